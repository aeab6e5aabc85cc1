//go:build js

package playground

import (
	"lenet/wasm/view"
)

// pointed adds what one points at: the unit, what it sees of every earlier
// panel, and threads from what it is computed from.
func (c *canvas) pointed(g *game) {
	l, m := g.layout, &c.mesh
	unit, sliding := g.place()
	if sliding { // what is still to come of the map is not there yet
		tile := premultiplied(g.theme.Tile)
		l.Ahead(unit, func(r view.Rect) { m.box(r, 0, 0, tile) })
	}
	for _, p := range l.Field(unit) {
		if l.Whole(p) {
			c.frame(g, l.Panels[p.Panel].Box.Grow(1))
			continue
		}
		l.Boxes(p, func(r view.Rect) { c.frame(g, r) })
	}
	if unit.Panel >= view.PanelLinear1 {
		c.voting(g)
	} else {
		c.threads(g, unit)
	}
	if unit.Panel == view.PanelOutput {
		b := l.Box(unit)
		m.box(view.Rect{X: b.X - 2, Y: b.Y - 2, W: b.W + 2, H: b.H + 2}.Grow(1), 1, 0, premultiplied(g.theme.Point))
		return
	}
	c.frame(g, l.Box(unit))
}

// frame adds a line around a box.
func (c *canvas) frame(g *game, r view.Rect) {
	c.mesh.box(r.Grow(2.5), 2.5, 3.5, premultiplied(g.theme.Halo))
	c.mesh.box(r.Grow(1.5), 1.5, 1.5, premultiplied(g.theme.Point))
}

// threads adds curves to a unit from each patch that it is computed from.
func (c *canvas) threads(g *game, unit view.Unit) {
	halo, thread := premultiplied(g.theme.Halo), premultiplied(g.theme.Thread)
	count := 0
	g.layout.Links(unit, func(view.Link) { count++ })
	if count > 20 { // many threads, each the fainter
		thread = thread.times(max(20/float32(count), 0.15))
	} else {
		g.layout.Links(unit, func(k view.Link) { c.mesh.curve(k, 2.75, halo.times(0.5)) })
	}
	g.layout.Links(unit, func(k view.Link) { c.mesh.curve(k, 1.25, thread) })
}

// voting adds curves to a linear unit from the inputs that count most for and
// against it, the stronger the wider.
func (c *canvas) voting(g *game) {
	var top float32
	for _, v := range g.votes {
		top = max(top, v.Value, -v.Value)
	}
	for _, v := range g.votes {
		from, ok := g.layout.Voter(g.unit, v.Index)
		if !ok || !(top > 0) {
			continue
		}
		colour := g.theme.For
		if v.Value < 0 {
			colour = g.theme.Against
		}
		width := 0.75 + 3*float64(max(v.Value, -v.Value)/top)
		link := g.layout.LinkOf(from, g.unit)
		c.mesh.curve(link, width+1.5, premultiplied(g.theme.Halo).times(0.5))
		c.mesh.curve(link, width, premultiplied(colour))
		box := g.layout.Box(from)
		c.mesh.box(box.Grow(2), 3, 1.5, premultiplied(colour))
	}
}
