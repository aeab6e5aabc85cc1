package view

import (
	"math"
	"slices"

	"lenet/engine/pen"
)

// Ink is a drawing in the making, in the pad's units (28 to a side).
type Ink struct {
	Strokes pen.Drawing
	drawing bool
	points  int // of all strokes
}

const (
	MinStep = 0.12 // points nearer than this to the last one are left out, units
	Beyond  = 4    // a pen that leaves the pad is followed this far, units
)

// Begin puts the pen down.
func (k *Ink) Begin(p pen.Point) {
	if k.points >= pen.MaxPoints {
		return
	}
	k.points++
	k.Strokes = append(k.Strokes, pen.Stroke{held(p)})
	k.drawing = true
}

// Move draws on to p. It reports whether that changed the drawing.
func (k *Ink) Move(p pen.Point) bool {
	if !k.drawing || k.points >= pen.MaxPoints {
		return false
	}
	s := &k.Strokes[len(k.Strokes)-1]
	p = held(p)
	last := (*s)[len(*s)-1]
	if math.Hypot(p.X-last.X, p.Y-last.Y) < MinStep {
		return false
	}
	*s = append(*s, p)
	k.points++
	return true
}

// End lifts the pen.
func (k *Ink) End() { k.drawing = false }

// Drop takes the last stroke back, finished or not: it was no stroke.
func (k *Ink) Drop() {
	if n := len(k.Strokes); n > 0 {
		k.Set(k.Strokes[:n-1])
	}
}

// Drawing reports whether the pen is down.
func (k *Ink) Drawing() bool { return k.drawing }

// Set replaces the drawing and lifts the pen.
func (k *Ink) Set(d pen.Drawing) {
	k.Strokes, k.drawing, k.points = d, false, 0
	for _, s := range d {
		k.points += len(s)
	}
}

// Rebase puts a drawing in place of the first known strokes; those after them,
// the one in the making included, stay.
func (k *Ink) Rebase(d pen.Drawing, known int) {
	fresh, drawing := k.Strokes[min(known, len(k.Strokes)):], k.drawing
	k.Set(append(slices.Clip(d), fresh...))
	k.drawing = drawing && len(fresh) > 0
}

func held(p pen.Point) pen.Point {
	return pen.Point{
		X: min(max(p.X, -Beyond), pen.Side+Beyond),
		Y: min(max(p.Y, -Beyond), pen.Side+Beyond),
	}
}

// Smooth appends to dst the points of a smooth curve through the stroke: from
// midpoint to midpoint, bent towards the points between (quadratic Béziers).
// A stroke of one or two points stays as it is.
func Smooth(dst []pen.Point, s pen.Stroke) []pen.Point {
	if len(s) < 3 {
		return append(dst, s...)
	}
	mid := func(a, b pen.Point) pen.Point { return pen.Point{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2} }
	dst = append(dst, s[0])
	from := mid(s[0], s[1])
	dst = append(dst, from)
	for i := 1; i < len(s)-1; i++ {
		c, to := s[i], mid(s[i], s[i+1])
		// As many pieces as the bend asks for.
		bend := math.Hypot(from.X-2*c.X+to.X, from.Y-2*c.Y+to.Y)
		n := int(min(max(math.Ceil(math.Sqrt(bend*20)), 1), 12))
		for k := 1; k <= n; k++ {
			t := float64(k) / float64(n)
			u := 1 - t
			dst = append(dst, pen.Point{
				X: u*u*from.X + 2*u*t*c.X + t*t*to.X,
				Y: u*u*from.Y + 2*u*t*c.Y + t*t*to.Y,
			})
		}
		from = to
	}
	return append(dst, s[len(s)-1])
}
