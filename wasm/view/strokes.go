package view

import (
	"errors"

	"lenet/engine/pen"
)

// AppendStrokes appends a drawing to dst as the stage's frame and its page send
// it: the number of strokes, the number of points of each, then every point's x
// and y in the pad's units.
func AppendStrokes(dst []float32, d pen.Drawing) []float32 {
	dst = append(dst, float32(len(d)))
	for _, s := range d {
		dst = append(dst, float32(len(s)))
	}
	for _, s := range d {
		for _, p := range s {
			dst = append(dst, float32(p.X), float32(p.Y))
		}
	}
	return dst
}

// Strokes reads what [AppendStrokes] writes. Strokes without points are left out.
func Strokes(buf []float32) (pen.Drawing, error) {
	broken := errors.New("broken ink: the numbers of strokes and points do not fit the length")
	if len(buf) == 0 {
		return nil, broken
	}
	// count reads a number of at most atMost. It compares before it converts:
	// what no int holds would come out as any.
	count := func(v float32, atMost int) (int, bool) {
		return int(v), v >= 0 && v <= float32(atMost) && int(v) <= atMost
	}
	n, ok := count(buf[0], len(buf)-1)
	if !ok {
		return nil, broken
	}
	lengths, points := buf[1:1+n], buf[1+n:]
	d := make(pen.Drawing, 0, n)
	for _, l := range lengths {
		m, ok := count(l, len(points)/2)
		if !ok {
			return nil, broken
		}
		s := make(pen.Stroke, m)
		for i := range s {
			s[i] = pen.Point{X: float64(points[2*i]), Y: float64(points[2*i+1])}
		}
		points = points[2*m:]
		if m > 0 {
			d = append(d, s)
		}
	}
	return d, nil
}
