package view

// Hit returns the unit under a point. A point up to slack away from a map
// still hits its nearest unit: a fingertip needs that.
func (l *Layout) Hit(x, y, slack float64) (Unit, bool) {
	for i := range l.Panels {
		p := &l.Panels[i]
		if !p.Box.Grow(slack).Contains(x, y) {
			continue
		}
		pitch := p.grid.tile + p.grid.gap
		// The tile whose share of the gaps the point is in.
		col := clamp(int((x-p.Box.X+p.grid.gap/2)/pitch), p.grid.cols)
		row := clamp(int((y-p.Box.Y+p.grid.gap/2)/pitch), p.grid.rows)
		c := row*p.grid.cols + col
		if c >= p.Maps || !p.Map(c).Grow(slack).Contains(x, y) {
			continue
		}
		m := p.Map(c)
		cell := m.W / float64(p.Side)
		return Unit{i, c, clamp(int((y-m.Y)/cell), p.Side), clamp(int((x-m.X)/cell), p.Side)}, true
	}
	return Unit{}, false
}

// Step moves a unit by one cell, dx or dy being -1 or 1 and the other 0. Past
// the edge of a map it goes on in the neighbouring map, past the edge of a
// panel in the panel before or after it along the flow; at the ends it stays.
func (l *Layout) Step(u Unit, dx, dy int) Unit {
	along, across := dx, dy
	if l.Vertical {
		along, across = dy, dx
	}
	if u.Panel == PanelOutput {
		if c := u.C + across; c >= 0 && c < l.Config.NumClasses() {
			u.C = c
		}
		if along < 0 {
			return l.enter(PanelLinear2, -1, l.Box(u))
		}
		return u
	}
	p := &l.Panels[u.Panel]
	if x, y := u.X+dx, u.Y+dy; x >= 0 && x < p.Side && y >= 0 && y < p.Side {
		u.X, u.Y = x, y
		return u
	}
	if c, ok := p.beside(u.C, dx, dy); ok {
		u.C = c
		u.X, u.Y = (u.X+dx+p.Side)%p.Side, (u.Y+dy+p.Side)%p.Side
		return u
	}
	if along == 0 {
		return u
	}
	return l.Leap(u, along)
}

// Skip moves a unit to the same place of the neighbouring map, dx or dy being
// -1 or 1 and the other 0. Past the edge of a panel it moves as Step does.
func (l *Layout) Skip(u Unit, dx, dy int) Unit {
	if u.Panel == PanelOutput {
		return l.Step(u, dx, dy)
	}
	if c, ok := l.Panels[u.Panel].beside(u.C, dx, dy); ok {
		u.C = c
		return u
	}
	along := dx
	if l.Vertical {
		along = dy
	}
	if along == 0 {
		return u
	}
	return l.Leap(u, along)
}

// beside returns the map that lies beside map c in the panel.
func (p *Panel) beside(c, dx, dy int) (int, bool) {
	col, row := c%p.grid.cols+dx, c/p.grid.cols+dy
	c = row*p.grid.cols + col
	return c, col >= 0 && col < p.grid.cols && row >= 0 && c < p.Maps
}

// Leap moves a unit to the panel before (along -1) or after it (along 1), to
// what lies nearest there; at the ends it stays.
func (l *Layout) Leap(u Unit, along int) Unit {
	next := u.Panel + along
	switch {
	case next < 0 || next > PanelOutput:
		return u
	case next == PanelOutput:
		return l.output(l.Box(u))
	}
	return l.enter(next, along, l.Box(u))
}

// output returns the output nearest to a box.
func (l *Layout) output(from Rect) Unit {
	last := l.Flow[len(l.Flow)-1]
	at := from.CY()
	if l.Vertical {
		at = from.CX()
	}
	classes := l.Config.NumClasses()
	c := int((at - last.From) / (last.To - last.From) * float64(classes))
	return Unit{Panel: PanelOutput, C: clamp(c, classes)}
}

// enter returns the unit of a panel nearest to a box, on the side where the
// flow enters (along 1) or leaves (along -1).
func (l *Layout) enter(panel, along int, from Rect) Unit {
	p := &l.Panels[panel]
	x, y := p.Box.X, from.CY()
	if along < 0 {
		x = p.Box.Right() - 1e-3
	}
	if l.Vertical {
		x, y = from.CX(), p.Box.Y
		if along < 0 {
			y = p.Box.Bottom() - 1e-3
		}
	}
	best, bestDistance := 0, -1.0
	for c := range p.Maps {
		m := p.Map(c)
		dx, dy := max(m.X-x, x-m.Right(), 0), max(m.Y-y, y-m.Bottom(), 0)
		if d := dx*dx + dy*dy; bestDistance < 0 || d < bestDistance {
			best, bestDistance = c, d
		}
	}
	m := p.Map(best)
	cell := m.W / float64(p.Side)
	return Unit{panel, best, clamp(int((y-m.Y)/cell), p.Side), clamp(int((x-m.X)/cell), p.Side)}
}

// First returns the unit that the keyboard starts from: the middle of the
// first convolution's first map.
func (l *Layout) First() Unit {
	half := l.Panels[PanelConv1].Side / 2
	return Unit{PanelConv1, 0, half, half}
}

// clamp returns the number of 0 to n-1 that is nearest to v.
func clamp(v, n int) int { return max(0, min(v, n-1)) }
