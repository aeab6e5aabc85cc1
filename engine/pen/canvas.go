package pen

import (
	"math"
	"math/bits"
)

// sub is the number of samples along each side of a pixel. Eight samples of a
// row make a byte, so that a pixel's coverage is a count of bits.
const sub = 8

// canvas holds one bit a sample: [sample row][pixel column], bit k of a byte
// for the k-th sample from the left.
type canvas [Side * sub][Side]byte

// draw inks the lines, moved to p·scale + offset, with a round pen of that
// radius in pixels. Lines are capsules: round caps, and round joins where
// lines meet.
func (c *canvas) draw(lines []line, scale float64, offset Point, radius float64) {
	for _, l := range lines {
		a := Point{(l.a.X*scale + offset.X) * sub, (l.a.Y*scale + offset.Y) * sub}
		b := Point{(l.b.X*scale + offset.X) * sub, (l.b.Y*scale + offset.Y) * sub}
		c.capsule(a, b, radius*sub)
	}
}

// capsule inks every sample within r of the line from a to b, all in samples.
// Sample i has its centre at i + 0.5.
func (c *canvas) capsule(a, b Point, r float64) {
	dx, dy := b.X-a.X, b.Y-a.Y
	length2 := dx*dx + dy*dy
	reach := r * math.Sqrt(length2)
	top := int(max(math.Ceil(min(a.Y, b.Y)-r-0.5), 0))
	bottom := int(min(math.Floor(max(a.Y, b.Y)+r-0.5), Side*sub-1))
	for row := top; row <= bottom; row++ {
		y := float64(row) + 0.5
		// The capsule is convex, so its part of a row is one interval: from the
		// leftmost to the rightmost of its two discs and its middle.
		left, right := math.Inf(1), math.Inf(-1)
		for _, p := range [2]Point{a, b} {
			if h := r*r - (y-p.Y)*(y-p.Y); h >= 0 {
				h = math.Sqrt(h)
				left, right = min(left, p.X-h), max(right, p.X+h)
			}
		}
		if length2 > 0 {
			// The middle: within reach of the line across, between the ends along it.
			lo1, hi1 := between((y-a.Y)*dx-reach, (y-a.Y)*dx+reach, dy)
			lo2, hi2 := between(-(y-a.Y)*dy, length2-(y-a.Y)*dy, dx)
			if lo, hi := max(lo1, lo2), min(hi1, hi2); lo <= hi {
				left, right = min(left, a.X+lo), max(right, a.X+hi)
			}
		}
		c.span(row, left, right)
	}
}

// between returns the interval of u with lo <= k·u <= hi.
func between(lo, hi, k float64) (from, to float64) {
	switch {
	case k > 0:
		return lo / k, hi / k
	case k < 0:
		return hi / k, lo / k
	case lo <= 0 && 0 <= hi:
		return math.Inf(-1), math.Inf(1)
	}
	return math.Inf(1), math.Inf(-1)
}

// span inks the samples of a row whose centres lie from left to right.
func (c *canvas) span(row int, left, right float64) {
	if !(left <= right) {
		return
	}
	from := int(math.Ceil(max(left-0.5, 0)))
	to := int(math.Floor(min(right-0.5, Side*sub-1)))
	if from > to {
		return
	}
	first, last := from/sub, to/sub
	head, tail := byte(0xff)<<(from%sub), byte(0xff)>>(sub-1-to%sub)
	if first == last {
		c[row][first] |= head & tail
		return
	}
	c[row][first] |= head
	for i := first + 1; i < last; i++ {
		c[row][i] = 0xff
	}
	c[row][last] |= tail
}

// image averages the samples of each pixel: 64 of them, to 0..255.
func (c *canvas) image() (img [Pixels]byte) {
	for y := range Side {
		for x := range Side {
			n := 0
			for _, row := range c[y*sub : (y+1)*sub] {
				n += bits.OnesCount8(row[x])
			}
			img[y*Side+x] = byte((n*255 + sub*sub/2) / (sub * sub))
		}
	}
	return img
}
