package view

import "math"

// Reveal says how far an image has come on its way through the network, or the
// error on its way back. What it has not come to is dim.
type Reveal struct {
	Level float64 // 0 the pad alone, 1 the input as well, 2 the first convolution ... 8 the outputs; a fraction is on the way to the next one
	Back  bool    // the error comes from the outputs: what lies after Level is lit
}

// Everything is lit from this level on.
const Everything = PanelOutput + 1

// Front returns the place along the flow that the image or the error has come
// to; ok is false where everything is lit.
func (l *Layout) Front(r Reveal) (at float64, ok bool) {
	if !r.Back && r.Level >= Everything {
		return 0, false
	}
	k, part := math.Modf(min(max(r.Level, 0), Everything))
	from := l.edge(int(k))
	return from + (l.edge(min(int(k)+1, Everything))-from)*part, true
}

// edge returns where something of the picture ends along the flow: 0 is the pad,
// 1 the input, and so on.
func (l *Layout) edge(k int) float64 {
	switch {
	case k >= Everything && l.Vertical:
		return l.Height
	case k >= Everything:
		return l.Width
	}
	box := l.Pad
	if k > 0 {
		box = l.Panels[k-1].Box
	}
	if l.Vertical {
		return box.Bottom()
	}
	return box.Right()
}

// Before returns how much of a box lies before a place along the flow, 0 to 1.
func (l *Layout) Before(box Rect, at float64) float64 {
	from, size := box.X, box.W
	if l.Vertical {
		from, size = box.Y, box.H
	}
	return min(max((at-from)/size, 0), 1)
}

// Across returns the band's edges at a place along the flow.
func (l *Layout) Across(at float64) Rib {
	for i, r := range l.Flow {
		if r.At < at || i == 0 {
			continue
		}
		a := l.Flow[i-1]
		t := 1.0
		if r.At > a.At {
			t = (at - a.At) / (r.At - a.At)
		}
		t = min(max(t, 0), 1)
		return Rib{at, a.From + (r.From-a.From)*t, a.To + (r.To-a.To)*t}
	}
	return l.Flow[len(l.Flow)-1]
}
