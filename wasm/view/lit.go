package view

import "lenet/engine"

// Lit lists the places that are lit while one points at a unit.
type Lit struct {
	Box     Rect     // the unit, or the picture of a kernel; of an output where the flow leaves for it, a line
	Field   []Rect   // the parts of earlier panels that it sees
	Links   []Link   // to it from its inputs
	Windows []Window // where a kernel lies, with what of it lies there
	Voters  []Voter  // the inputs that count most for or against a linear unit
}

// Ring returns the radius of the circle around a unit while presenting.
func Ring(unit Rect) float64 { return max(unit.W, unit.H)/2 + 20 }

// Voter is where a vote comes from.
type Voter struct {
	Vote
	Box  Rect
	Link Link
}

// Window is where the kernel for one input map lies on that map. In the padding
// it sticks out.
type Window struct {
	Rect
	X, Y int // upper left corner of the kernel in its picture, of [PartSide] values
}

// Light returns the places that are lit for a unit. Where the panels show weights, the unit
// of a convolution stands for its kernel, and that of a linear layer for its
// row. Votes of no input of the unit are left out.
func (l *Layout) Light(u Unit, weights bool, votes []Vote) Lit {
	lit := Lit{Box: l.Box(u)}
	if weights && u.Kernel() {
		l.kernel(u, &lit)
		return lit
	}
	if weights && u.Panel >= PanelLinear1 { // the row of weights is to be seen
		lit.Field = []Rect{l.Panels[u.Panel-1].Box.Grow(1)}
		return lit
	}
	for _, v := range votes {
		if from, ok := l.Voter(u, v.Index); ok {
			box := l.Box(from)
			lit.Voters = append(lit.Voters, Voter{v, box, l.link(box, lit.Box)})
		}
	}
	for _, p := range l.Field(u) {
		if l.Whole(p) {
			lit.Field = append(lit.Field, l.Panels[p.Panel].Box.Grow(1))
			continue
		}
		l.Boxes(p, func(r Rect) { lit.Field = append(lit.Field, r) })
	}
	if u.Panel < PanelLinear1 {
		l.Links(u, func(k Link) { lit.Links = append(lit.Links, k) })
	}
	return lit
}

// kernel lights the kernel's picture and the windows where it lies, and of the
// panels before, which show no activations, only the input.
func (l *Layout) kernel(u Unit, lit *Lit) {
	lit.Box = l.Panels[u.Panel].Map(u.C)
	y, x := u.Y, u.X
	if u.Panel == PanelConv1 { // Conv2d(padding=2)
		y, x = y-engine.Kernel/2, x-engine.Kernel/2
	}
	from := &l.Panels[u.Panel-1]
	for i := range from.Maps {
		w := Window{Rect: from.Cells(i, y, x, y+engine.Kernel-1, x+engine.Kernel-1)}
		w.X, w.Y = partAt(from.Maps, i)
		lit.Windows = append(lit.Windows, w)
		lit.Links = append(lit.Links, l.link(w.Rect, lit.Box))
	}
	if u.Panel == PanelConv2 {
		field := l.Field(u)
		l.Boxes(field[len(field)-1], func(r Rect) { lit.Field = append(lit.Field, r) })
	}
}
