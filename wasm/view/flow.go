package view

import "math"

// Rib is a cross-section of the band: at a place along the flow, its two
// edges across it. Ends along y in a vertical layout.
type Rib struct{ At, From, To float64 }

// BendRibs is the number of ribs of a bend of the flow: from one panel to the next one.
const BendRibs = 25

// flow runs one soft band from the pad behind all panels to the end of the
// frame, as wide as what it passes through.
func (l *Layout) flow() []Rib {
	const (
		before = 2 // margin before and after a panel; the less, the gentler the bends
		beside = 6 // margin on both sides of it
		steps  = BendRibs - 1
	)
	turn := func(r Rect) Rect { // so that the flow always runs along x
		if l.Vertical {
			return r.Transposed()
		}
		return r
	}
	pad, end := turn(l.Pad), l.Width
	if l.Vertical {
		end = l.Height
	}
	const corner = 10 // the flow leaves the pad between its round corners
	last := Rib{pad.Right(), pad.Y + corner, pad.Bottom() - corner}
	ribs := []Rib{{pad.Right() - 2, last.From, last.To}}
	bend := func(to Rib) {
		for k := range steps + 1 {
			t := float64(k) / steps
			s := t * t * (3 - 2*t)
			ribs = append(ribs, Rib{
				last.At + (to.At-last.At)*t,
				last.From + (to.From-last.From)*s,
				last.To + (to.To-last.To)*s,
			})
		}
		last = to
	}
	for i := range l.Panels {
		box := turn(l.Panels[i].Box)
		bend(Rib{max(box.X-before, last.At), box.Y - beside, box.Bottom() + beside})
		last.At = box.Right() + before
	}
	if l.Vertical {
		pad.Y, pad.H = l.Panels[PanelConv1].Box.X, l.Panels[PanelConv1].Box.W
	}
	bend(Rib{end, pad.Y, pad.Bottom()})
	return ribs
}

// Link is the curve from a patch of one panel to a unit of a later one.
type Link [4]Point

// link leaves a box and enters another along the flow.
func (l *Layout) link(from, to Rect) Link {
	if l.Vertical {
		a, b := Point{from.CX(), from.Bottom()}, Point{to.CX(), to.Y}
		m := (a.Y + b.Y) / 2
		return Link{a, {a.X, m}, {b.X, m}, b}
	}
	a, b := Point{from.Right(), from.CY()}, Point{to.X, to.CY()}
	m := (a.X + b.X) / 2
	return Link{a, {m, a.Y}, {m, b.Y}, b}
}

// At returns the point of the cubic Bézier curve at t in 0..1.
func (c Link) At(t float64) Point {
	u := 1 - t
	a, b, d, e := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return Point{
		a*c[0].X + b*c[1].X + d*c[2].X + e*c[3].X,
		a*c[0].Y + b*c[1].Y + d*c[2].Y + e*c[3].Y,
	}
}

// Steps returns how many straight pieces show the curve as smooth.
func (c Link) Steps() int {
	d := math.Hypot(c[3].X-c[0].X, c[3].Y-c[0].Y)
	return int(min(max(d/10, 4), 24))
}
