package view

import "time"

// How long a kernel takes to slide over a whole map.
const slideTime = 2800 * time.Millisecond

// Kernel reports whether the unit is one of a convolution. Where the panels show
// weights it stands for the kernel of its map, and its row and column for where
// that lies on the layer before.
func (u Unit) Kernel() bool { return u.Panel == PanelConv1 || u.Panel == PanelConv2 }

// Aim returns what pointing at u means where the panels show weights: a kernel
// lies where it lay if that was the last one, otherwise on the middle of its map.
func (l *Layout) Aim(u, last Unit) Unit {
	if !u.Kernel() {
		return u
	}
	if last.Panel == u.Panel && last.C == u.C {
		return last
	}
	u.Y = l.Panels[u.Panel].Side / 2
	u.X = u.Y
	return u
}

// Slide returns which unit of the map that u lies in a convolution has come to
// when it has run for some time, row by row from the upper left. ok is false
// when it is through, or where u is of no convolution.
func (l *Layout) Slide(u Unit, since time.Duration) (at Unit, ok bool) {
	if !u.Kernel() || since < 0 || since >= slideTime {
		return u, false
	}
	side := l.Panels[u.Panel].Side
	n := int(int64(since) * int64(side*side) / int64(slideTime))
	u.Y, u.X = n/side, n%side
	return u, true
}

// Ahead calls yield with the boxes of the units of u's map that come after u.
func (l *Layout) Ahead(u Unit, yield func(Rect)) {
	p := &l.Panels[u.Panel]
	last := p.Side - 1
	if u.X < last {
		yield(p.Cells(u.C, u.Y, u.X+1, u.Y, last))
	}
	if u.Y < last {
		yield(p.Cells(u.C, u.Y+1, 0, last, last))
	}
}
