package view

import "lenet/engine"

// Unit is one value of one panel: row Y and column X of map C. A linear
// layer's unit and an output have Y and X zero.
type Unit struct{ Panel, C, Y, X int }

// Patch is the part of an earlier panel that a unit sees: rows Y0 to Y1 and columns X0
// to X1, both included, of map C, or of every map if C is AllMaps.
type Patch struct {
	Panel, C       int
	Y0, X0, Y1, X1 int
}

// AllMaps stands for every map of a panel.
const AllMaps = -1

// Field returns the unit's receptive field in every earlier panel, nearest
// first, the input last. Rows and columns of padding are left out.
func (l *Layout) Field(u Unit) []Patch {
	const pad = (engine.Kernel - 1) / 2
	p := Patch{u.Panel, u.C, u.Y, u.X, u.Y, u.X}
	var field []Patch
	for p.Panel > PanelInput {
		switch p.Panel {
		case PanelConv1: // Conv2d(padding=2) of the input
			last := engine.Side - 1
			p.C = 0
			p.Y0, p.X0 = max(p.Y0-pad, 0), max(p.X0-pad, 0)
			p.Y1, p.X1 = min(p.Y1+pad, last), min(p.X1+pad, last)
		case PanelConv2: // Conv2d without padding, of every map
			p.C = AllMaps
			p.Y1, p.X1 = p.Y1+engine.Kernel-1, p.X1+engine.Kernel-1
		case PanelPool1, PanelPool2: // each map by itself
			p.Y0, p.X0, p.Y1, p.X1 = 2*p.Y0, 2*p.X0, 2*p.Y1+1, 2*p.X1+1
		default: // Linear sees everything
			last := l.Panels[p.Panel-1].Side - 1
			p = Patch{p.Panel, AllMaps, 0, 0, last, last}
		}
		p.Panel--
		field = append(field, p)
	}
	return field
}

// Sees returns the patch of the input that a unit of a layer depends on, rows
// and columns of padding left out: 14×14 pixels for most units of the second
// convolution, all of them for a unit of a Linear.
func Sees(c engine.Config, layer, y, x int) Patch {
	panel, ok := PanelOf(layer)
	if !ok {
		panel, ok = PanelOf(layer + 1) // a sum before its activation
	}
	if !ok || panel >= PanelLinear1 {
		return Patch{Y1: engine.Side - 1, X1: engine.Side - 1}
	}
	if panel == PanelInput {
		return Patch{Y0: y, X0: x, Y1: y, X1: x}
	}
	field := New(c, Frame{Width: Pad.Narrow, Ratio: 1}).Field(Unit{Panel: panel, Y: y, X: x})
	return field[len(field)-1]
}

// Boxes calls yield with the patch's box in each map it lies in.
func (l *Layout) Boxes(p Patch, yield func(Rect)) {
	panel := &l.Panels[p.Panel]
	if p.C != AllMaps {
		yield(panel.Cells(p.C, p.Y0, p.X0, p.Y1, p.X1))
		return
	}
	for c := range panel.Maps {
		yield(panel.Cells(c, p.Y0, p.X0, p.Y1, p.X1))
	}
}

// Whole reports whether the patch takes in the whole panel.
func (l *Layout) Whole(p Patch) bool {
	last := l.Panels[p.Panel].Side - 1
	return (p.C == AllMaps || l.Panels[p.Panel].Maps == 1) &&
		p.Y0 == 0 && p.X0 == 0 && p.Y1 == last && p.X1 == last
}

// Links calls yield with a curve to the unit from each box it takes its input from.
func (l *Layout) Links(u Unit, yield func(Link)) {
	if u.Panel == PanelInput {
		return
	}
	to := l.Box(u)
	l.Boxes(l.Field(u)[0], func(from Rect) { yield(l.link(from, to)) })
}

// Box returns where the unit lies; of an output, where the flow leaves for it.
func (l *Layout) Box(u Unit) Rect {
	if u.Panel == PanelOutput {
		last := l.Flow[len(l.Flow)-1]
		step := (last.To - last.From) / float64(l.Config.NumClasses())
		at := last.From + float64(u.C)*step
		if l.Vertical {
			return Rect{at, last.At, step, 0}
		}
		return Rect{last.At, at, 0, step}
	}
	return l.Panels[u.Panel].Cells(u.C, u.Y, u.X, u.Y, u.X)
}

// Shape returns how many maps a panel has, and their side.
func (l *Layout) Shape(panel int) (maps, side int) {
	if panel == PanelOutput {
		return l.Config.NumClasses(), 1
	}
	return l.Panels[panel].Maps, l.Panels[panel].Side
}

// Has reports whether there is such a unit.
func (l *Layout) Has(u Unit) bool {
	if u.Panel < 0 || u.Panel > PanelOutput {
		return false
	}
	maps, side := l.Shape(u.Panel)
	in := func(v, n int) bool { return v >= 0 && v < n }
	return in(u.C, maps) && in(u.Y, side) && in(u.X, side)
}

// Vote is one input of a linear unit: its place among all inputs, and what it
// adds to the unit's sum.
type Vote struct {
	Index int
	Value float32
}

// Voter returns the unit that gives a linear unit its input of that place, as
// Flatten counts.
func (l *Layout) Voter(u Unit, index int) (Unit, bool) {
	if u.Panel < PanelLinear1 {
		return Unit{}, false
	}
	_, side := l.Shape(u.Panel - 1)
	from := Unit{u.Panel - 1, index / (side * side), index / side % side, index % side}
	return from, l.Has(from)
}
