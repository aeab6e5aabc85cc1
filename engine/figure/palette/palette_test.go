package palette

import (
	"image/color"
	"math"
	"testing"
)

func far(a, b color.RGBA) int {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B), d(a.A, b.A))
}

// luminance is the relative luminance of WCAG, 0..1.
func luminance(c color.RGBA) float64 {
	lin := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.R) + 0.7152*lin(c.G) + 0.0722*lin(c.B)
}

func TestMagma(t *testing.T) {
	s := Magma()
	for _, tt := range []struct { // matplotlib.colormaps['magma'](v, bytes=True)
		v    float32
		want color.RGBA
	}{
		{0, color.RGBA{0, 0, 3, 255}},
		{0.25, color.RGBA{80, 18, 123, 255}},
		{0.5, color.RGBA{182, 54, 121, 255}},
		{0.75, color.RGBA{251, 136, 97, 255}},
		{1, color.RGBA{251, 252, 191, 255}},
	} {
		if got := s.At(tt.v); far(got, tt.want) > 5 {
			t.Errorf("At(%g) = %v, want about %v", tt.v, got, tt.want)
		}
	}
	for i := 1; i < 256; i++ {
		if luminance(s.lut[i]) < luminance(s.lut[i-1])-1e-3 {
			t.Fatalf("darker at %d than at %d: only lightness tells colour-blind people more from less", i, i-1)
		}
	}
}

func TestRedBlue(t *testing.T) {
	for _, dark := range []bool{false, true} {
		s := RedBlue(dark)
		low, zero, high := s.At(-1), s.At(0), s.At(1)
		if low.B <= low.R || high.R <= high.B {
			t.Errorf("dark %t: -1 is %v and 1 is %v, want blue and red", dark, low, high)
		}
		// Lightness tells how far from zero, hue on which side of it.
		for i := 1; i < 128; i++ {
			for _, at := range [2][2]int{{127 - i, 128 - i}, {128 + i, 127 + i}} {
				away := luminance(s.lut[at[0]]) - luminance(s.lut[at[1]])
				if dark && away < -1e-3 || !dark && away > 1e-3 {
					t.Fatalf("dark %t: the way from zero turns back at %d", dark, at[0])
				}
			}
		}
		if l := luminance(zero); dark && l > 0.02 || !dark && l < 0.9 {
			t.Errorf("dark %t: zero is %v", dark, zero)
		}
	}
}

func TestScaleEnds(t *testing.T) {
	for _, s := range []*Scale{Grey(), Magma(), RedBlue(false), RedBlue(true)} {
		low := float32(0)
		if s.Diverging {
			low = -1
		}
		if s.At(low-5) != s.At(low) || s.At(9) != s.At(1) || s.At(float32(math.Inf(1))) != s.At(1) {
			t.Error("a value beyond an end does not have the end's colour")
		}
		nan := s.At(float32(math.NaN()))
		for _, c := range s.lut {
			if far(c, nan) < 20 {
				t.Errorf("NaN looks like a number, %v", c)
				break
			}
		}
	}
}
