// Package pen turns a drawing, kept as strokes of a pen, into the 28×28 image
// that the network sees, by the rule that made MNIST.
//
// A drawing lies on a square pad of 28 by 28 units, x to the right and y
// down. MNIST's digits were scaled so that the longest side of their ink is 20
// pixels, then placed in 28×28 with the centre of mass at the centre (LeCun,
// Cortes and Burges, "The MNIST database of handwritten digits"). Their pen is
// about 2 pixels wide at every size of the digit, so [Render] scales the
// strokes, not their ink, and redraws them with a constant pen:
//
//  1. cut away what lies outside the pad,
//  2. take the box of the strokes with the pen's radius around it,
//  3. scale and move it so that its longest side takes 20 pixels,
//  4. draw with 8×8 samples a pixel, and find the ink's centre of mass,
//  5. draw again, moved so that this centre lies where MNIST has it.
package pen

import "math"

const (
	Side   = 28          // width and height of the pad in units and of the image in pixels
	Pixels = Side * Side // pixels of the image

	// The largest drawing that is read. Every part of the playground has its limits
	// from here: the page by package constants.
	MaxStrokes = 2000
	MaxPoints  = 20000 // of all strokes

	// DefaultPen is the pen's width in pixels. A plain d2l LeNet reads widths
	// from 1.5 to 2.5 equally well, with the least loss near 2.25.
	DefaultPen = 2.25

	boxSide  = 20 // longest side of the ink, pixels
	maxScale = 8  // a smaller mark than boxSide/maxScale units is a dot, not a digit to blow up
	middle   = Side / 2.0
	// Where the centre of mass goes, from the left and from the top. MNIST puts
	// it on the middle of pixel 14 counted from 0, half a pixel past the image's
	// middle: its digits' centres average to that within 0.02 pixels.
	massAt = 14.5
)

// Point is a place on the pad, in units of 1/28 of its side, from its upper left corner.
type Point struct{ X, Y float64 }

// Stroke is the path of the pen from touching down to lifting off. A single point is a dot.
type Stroke []Point

// Drawing is strokes in the order in which they were drawn.
type Drawing []Stroke

// Options says how to render. The zero value is MNIST's rule with [DefaultPen].
type Options struct {
	Pen float64 // width of the pen in image pixels, kept within 0.5 to 8; 0 means DefaultPen
	Raw bool    // draw the pad as it is: no box, no scaling, no centring
}

// Stages are the intermediate results of Render. A point p of the pad lands on
// p·Scale + Offset in the image.
type Stages struct {
	Min, Max Point        // the box of the strokes with the pen's radius around it, in pad units
	Scale    float64      // image pixels per pad unit
	Boxed    [Pixels]byte // the scaled drawing with its box, not yet its mass, at the centre
	Shift    Point        // from there, how far the centre of mass had to move, in pixels
	Offset   Point        // where the pad's upper left corner lands in the image, in pixels
}

// Render draws the network's input: 784 grey values row by row, 0 the paper
// and 255 full ink. ok is false when nothing is drawn on the pad. Points that
// are not finite are left out, lines are cut at the pad's edges, and very long
// drawings are cut short, so that every input takes bounded time.
func Render(d Drawing, o Options) (img [Pixels]byte, ok bool) {
	img, _, ok = RenderStages(d, o)
	return img, ok
}

// RenderStages is [Render] with its intermediate results.
func RenderStages(d Drawing, o Options) (img [Pixels]byte, s Stages, ok bool) {
	lines := clean(d)
	if len(lines) == 0 {
		return img, s, false
	}
	width := o.Pen
	if !(width > 0) { // 0 and NaN
		width = DefaultPen
	}
	radius := min(max(width, 0.5), 8) / 2

	lo, hi := bounds(lines)
	s.Scale = 1
	if !o.Raw {
		longest := max(hi.X-lo.X, hi.Y-lo.Y)
		s.Scale = min((boxSide-2*radius)/longest, maxScale) // +Inf for a dot
		s.Offset.X = middle - s.Scale*(lo.X+hi.X)/2
		s.Offset.Y = middle - s.Scale*(lo.Y+hi.Y)/2
	}
	around := radius / s.Scale
	s.Min, s.Max = Point{lo.X - around, lo.Y - around}, Point{hi.X + around, hi.Y + around}

	var c canvas
	c.draw(lines, s.Scale, s.Offset, radius)
	s.Boxed = c.image()
	if o.Raw {
		return s.Boxed, s, true
	}
	mass := massCentre(&s.Boxed)
	s.Shift = Point{massAt - mass.X, massAt - mass.Y}
	s.Offset.X += s.Shift.X
	s.Offset.Y += s.Shift.Y
	c = canvas{}
	c.draw(lines, s.Scale, s.Offset, radius)
	return c.image(), s, true
}

// bounds returns the corners of the box around the ends of the lines.
func bounds(lines []line) (lo, hi Point) {
	lo, hi = Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, l := range lines {
		lo.X, hi.X = min(lo.X, l.a.X, l.b.X), max(hi.X, l.a.X, l.b.X)
		lo.Y, hi.Y = min(lo.Y, l.a.Y, l.b.Y), max(hi.Y, l.a.Y, l.b.Y)
	}
	return lo, hi
}

// massCentre returns the mean place of the ink, in pixels from the upper left
// corner, pixel i covering i to i+1. It returns the middle for an empty image.
func massCentre(img *[Pixels]byte) Point {
	var sum, sx, sy float64
	for i, v := range img {
		m := float64(v)
		sum += m
		sx += m * (float64(i%Side) + 0.5)
		sy += m * (float64(i/Side) + 0.5)
	}
	if sum == 0 {
		return Point{middle, middle}
	}
	return Point{sx / sum, sy / sum}
}
