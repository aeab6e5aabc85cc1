package view

import "lenet/engine"

// Lit lists the places that are lit while one points at a unit.
type Lit struct {
	Box     Rect     // the unit, or the picture of a kernel; of an output where the flow leaves for it, a line
	Field   []Rect   // the parts of earlier panels that it sees
	Links   []Link   // to it from its inputs
	Trail   []Link   // from layer to layer before them, back to the input or the pad
	Pad     Rect     // the part of the pad that it sees; empty where that is not known
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
		lit.Trail = l.trail(u)
	}
	return lit
}

// trail links what a unit sees of each layer to what it sees of the next one, up
// to its own inputs.
func (l *Layout) trail(u Unit) (links []Link) {
	field := l.Field(u)
	for k := 1; k < len(field); k++ {
		var from, to []Rect
		l.Boxes(field[k], func(r Rect) { from = append(from, r) })
		l.Boxes(field[k-1], func(r Rect) { to = append(to, r) })
		for i := range max(len(from), len(to)) { // map by map, or from one, or to one
			links = append(links, l.link(from[min(i, len(from)-1)], to[min(i, len(to)-1)]))
		}
	}
	return links
}

// Onto says where a point of the pad lands in the image, in pixels: at
// p·Scale + X, Y. The zero value stands for an unknown place.
type Onto struct{ Scale, X, Y float64 }

// OnPad adds what a unit of a convolution or a pooling sees on the pad, and a link from there.
func (l *Layout) OnPad(lit *Lit, u Unit, at Onto) {
	if at.Scale <= 0 || u.Panel >= PanelLinear1 || len(lit.Windows) > 0 {
		return
	}
	p := Patch{PanelInput, 0, u.Y, u.X, u.Y, u.X}
	if field := l.Field(u); len(field) > 0 {
		p = field[len(field)-1]
	}
	unit := l.Pad.W / engine.Side
	place := func(v int, offset, from, most float64) float64 {
		return from + min(max((float64(v)-offset)/at.Scale*unit, 0), most)
	}
	x0, x1 := place(p.X0, at.X, l.Pad.X, l.Pad.W), place(p.X1+1, at.X, l.Pad.X, l.Pad.W)
	y0, y1 := place(p.Y0, at.Y, l.Pad.Y, l.Pad.H), place(p.Y1+1, at.Y, l.Pad.Y, l.Pad.H)
	if x1 <= x0 || y1 <= y0 {
		return // none of it is on the pad
	}
	lit.Pad = Rect{x0, y0, x1 - x0, y1 - y0}
	lit.Trail = append(lit.Trail, l.link(lit.Pad, l.Panels[PanelInput].Cells(0, p.Y0, p.X0, p.Y1, p.X1)))
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
