// Package palette has the colour scales that the program's figures and the page
// share. It depends on no plotting library, so that the page can use it.
package palette

import (
	"image/color"
	"math"
)

// Scale maps a value to a colour: 0..1 for a sequential scale, -1..1 for a
// diverging one. Values beyond the ends get the end's colour.
type Scale struct {
	Diverging bool
	lut       [256]color.RGBA
	nan       color.RGBA
}

// At returns the colour of v. NaN has a colour of its own, that no number has.
func (s *Scale) At(v float32) color.RGBA {
	if s.Diverging {
		v = (v + 1) / 2
	}
	switch { // comparisons, since min and max are calls on wasm
	case v <= 0:
		return s.lut[0]
	case v >= 1:
		return s.lut[255]
	case v == v:
		return s.lut[int(v*255+0.5)]
	}
	return s.nan
}

// NaN is the colour of NaN: a green, which lies on none of the scales.
var NaN = color.RGBA{64, 160, 96, 255}

// Grey shows images.
func Grey() *Scale {
	s := &Scale{nan: NaN}
	for i := range s.lut {
		s.lut[i] = color.RGBA{uint8(i), uint8(i), uint8(i), 255}
	}
	return s
}

// Magma shows activations that are never negative. It is matplotlib's magma,
// safe for every kind of colour blindness, as Matt Zucker's polynomial of
// degree 6 (largest error about 1 %).
func Magma() *Scale {
	coef := [7][3]float64{
		{-0.002136485053939582, -0.000749655052795221, -0.005386127855323933},
		{0.2516605407371642, 0.6775232436837668, 2.494026599312351},
		{8.353717279216625, -3.577719514958484, 0.3144679030132573},
		{-27.66873308576866, 14.26473078096533, -13.64921318813922},
		{52.17613981234068, -27.94360607168351, 12.94416944238394},
		{-50.76852536473588, 29.04658282127291, 4.23415299384598},
		{18.65570506591883, -11.48977351997711, -5.601961508734096},
	}
	s := &Scale{nan: NaN}
	for i := range s.lut {
		t := float64(i) / 255
		var c [3]float64
		for k := len(coef) - 1; k >= 0; k-- {
			for j := range c {
				c[j] = c[j]*t + coef[k][j]
			}
		}
		s.lut[i] = color.RGBA{unit8(c[0]), unit8(c[1]), unit8(c[2]), 255}
	}
	return s
}

// RedBlue shows signed values, blue below zero and red above: the larger the
// value, the further from the theme's ground. On light it is ColorBrewer's
// RdBu, which colour-blind people can tell apart; on dark the middle is dark,
// so that zero is as quiet as it is on light.
func RedBlue(dark bool) *Scale {
	stops := []color.RGBA{ // RdBu of 11, from blue to red
		{5, 48, 97, 255}, {33, 102, 172, 255}, {67, 147, 195, 255}, {146, 197, 222, 255}, {209, 229, 240, 255},
		{247, 247, 247, 255},
		{253, 219, 199, 255}, {244, 165, 130, 255}, {214, 96, 77, 255}, {178, 24, 43, 255}, {103, 0, 31, 255},
	}
	if dark {
		stops = []color.RGBA{
			{188, 226, 255, 255}, {112, 182, 247, 255}, {52, 130, 209, 255}, {31, 78, 134, 255}, {24, 42, 68, 255},
			{20, 22, 29, 255},
			{70, 30, 32, 255}, {134, 42, 40, 255}, {205, 68, 54, 255}, {247, 130, 98, 255}, {255, 206, 178, 255},
		}
	}
	s := &Scale{Diverging: true, nan: NaN}
	for i := range s.lut {
		at := float64(i) / 255 * float64(len(stops)-1)
		k := min(int(at), len(stops)-2)
		s.lut[i] = mix(stops[k], stops[k+1], at-float64(k))
	}
	return s
}

// mix returns the colour t of the way from a to b.
func mix(a, b color.RGBA, t float64) color.RGBA {
	m := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + (float64(y)-float64(x))*t)) }
	return color.RGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), m(a.A, b.A)}
}

func unit8(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 1) * 255)) }
