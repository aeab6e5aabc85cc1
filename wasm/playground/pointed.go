//go:build js

package playground

import (
	"lenet/engine"
	"lenet/wasm/view"
)

// pointed draws the pointed unit, the part of every earlier panel that it sees,
// and threads from its inputs.
func (c *canvas) pointed(g *game) {
	l, m := g.layout, &c.mesh
	unit, sliding := g.place()
	if sliding && g.parts == nil { // the rest of the map is not computed yet
		tile := premultiplied(g.theme.Tile)
		l.Ahead(unit, func(r view.Rect) { m.box(r, 0, 0, tile) })
	}
	lit := l.Light(unit, g.parts != nil, g.votes)
	l.OnPad(&lit, unit, g.onto)
	if lit.Pad.W > 0 {
		c.frame(g, lit.Pad)
	}
	c.trail(g, lit.Trail)
	for _, r := range lit.Field {
		c.frame(g, r)
	}
	for _, w := range lit.Windows {
		c.frame(g, w.Rect)
	}
	c.threads(g, lit.Links)
	c.voting(g, lit.Voters)
	if unit.Panel == view.PanelOutput {
		b := lit.Box
		m.box(view.Rect{X: b.X - 2, Y: b.Y - 2, W: b.W + 2, H: b.H + 2}.Grow(1), 1, 0, premultiplied(g.theme.Point))
		return
	}
	c.frame(g, lit.Box)
	if g.frame.Presenting {
		c.ring(g, lit.Box)
	}
}

// ring adds a large circle around a box, to be seen from the last row of a lecture hall.
func (c *canvas) ring(g *game, r view.Rect) {
	radius := view.Ring(r)
	box := view.Rect{X: r.CX() - radius, Y: r.CY() - radius, W: 2 * radius, H: 2 * radius}
	c.mesh.box(box.Grow(1), radius+1, 6, premultiplied(g.theme.Halo))
	c.mesh.box(box, radius, 4, premultiplied(g.theme.Point))
}

// showsMaps reports whether a panel shows maps of values: where weights are on
// show these are the input, what the kernel that one points at lies on, and the
// layer that a linear unit's weights lie on.
func (g *game) showsMaps(panel int) bool {
	if g.parts == nil || panel == view.PanelInput {
		return true
	}
	return g.hasUnit && panel == g.unit.Panel-1 && (g.unit.Kernel() || g.rowOn(panel) != nil)
}

// kernel adds the kernel that one points at where it lies on the layer before, so
// that this shines through.
func (c *canvas) kernel(g *game) {
	if !g.hasUnit || !g.unit.Kernel() {
		return
	}
	unit, _ := g.place()
	x, y := c.parts.Map(unit.Panel, unit.C)
	for _, w := range g.layout.Light(unit, true, nil).Windows {
		c.mesh.sprite(w.Rect, x+w.X, y+w.Y, engine.Kernel, 0.8)
	}
}

// frame adds a line around a box.
func (c *canvas) frame(g *game, r view.Rect) {
	c.mesh.box(r.Grow(2.5), 2.5, 3.5, premultiplied(g.theme.Halo))
	c.mesh.box(r.Grow(1.5), 1.5, 1.5, premultiplied(g.theme.Point))
}

// threads adds curves to a unit from each patch that it is computed from.
func (c *canvas) threads(g *game, links []view.Link) {
	halo, thread := premultiplied(g.theme.Halo), premultiplied(g.theme.Thread)
	if len(links) > 20 { // many threads, each the fainter
		thread = thread.times(max(20/float32(len(links)), 0.15))
	} else {
		for _, k := range links {
			c.mesh.curve(k, 2.75, halo.times(0.5))
		}
	}
	for _, k := range links {
		c.mesh.curve(k, 1.25, thread)
	}
}

// trail adds thin curves between what a unit sees of the layers before.
func (c *canvas) trail(g *game, links []view.Link) {
	thread := premultiplied(g.theme.Thread).times(min(max(10/float32(len(links)), 0.12), 0.6))
	for _, k := range links {
		c.mesh.curve(k, 1, thread)
	}
}

// voting adds curves to a linear unit from the inputs that count most for and
// against it, the stronger the wider.
func (c *canvas) voting(g *game, voters []view.Voter) {
	var top float32
	for _, v := range voters {
		top = max(top, v.Value, -v.Value)
	}
	if !(top > 0) {
		return
	}
	for _, v := range voters {
		colour := g.theme.For
		if v.Value < 0 {
			colour = g.theme.Against
		}
		width := 0.75 + 3*float64(max(v.Value, -v.Value)/top)
		c.mesh.curve(v.Link, width+1.5, premultiplied(g.theme.Halo).times(0.5))
		c.mesh.curve(v.Link, width, premultiplied(colour))
		c.mesh.box(v.Box.Grow(2), 3, 1.5, premultiplied(colour))
	}
}
