//go:build js

package playground

import "lenet/wasm/view"

// dim is how much of its light a value keeps that an image on its way has not come to.
const dim = 0.14

// shown adds a map, the part of it dim that the image or the error has not come to.
func (c *canvas) shown(g *game, r view.Rect, x, y, side int, light float32) {
	l, m := g.layout, &c.mesh
	at, hidden := l.Front(g.reveal)
	if !hidden {
		m.sprite(r, x, y, side, light)
		return
	}
	before, after := light, light*dim
	if g.reveal.Back {
		before, after = after, before
	}
	share := l.Before(r, at)
	first, rest := r, r
	fx, fy, size := float32(x), float32(y), float32(side)
	cut := size * float32(share)
	if l.Vertical {
		first.H *= share
		rest.Y, rest.H = first.Bottom(), r.H-first.H
	} else {
		first.W *= share
		rest.X, rest.W = first.Right(), r.W-first.W
	}
	if share > 0 {
		if l.Vertical {
			m.part(first, fx, fy, size, cut, before)
		} else {
			m.part(first, fx, fy, cut, size, before)
		}
	}
	if share < 1 {
		if l.Vertical {
			m.part(rest, fx, fy+cut, size, size-cut, after)
		} else {
			m.part(rest, fx+cut, fy, size-cut, size, after)
		}
	}
}

// bright adds the part of the band that is lit.
func (c *canvas) bright(g *game) {
	l, m := g.layout, &c.mesh
	at, hidden := l.Front(g.reveal)
	if !hidden {
		return
	}
	edge := l.Across(at)
	var ribs []view.Rib
	if g.reveal.Back {
		ribs = append(ribs, edge)
	}
	for _, r := range l.Flow {
		if (r.At > at) == g.reveal.Back {
			ribs = append(ribs, r)
		}
	}
	if !g.reveal.Back {
		ribs = append(ribs, edge)
	}
	m.band(ribs, l.Vertical, premultiplied(g.theme.Flow))
}

// front adds the line that the image or the error has come to.
func (c *canvas) front(g *game) {
	l := g.layout
	at, hidden := l.Front(g.reveal)
	if !hidden {
		return
	}
	edge := l.Across(at)
	line := premultiplied(g.theme.Front)
	for _, width := range []float64{14, 3} {
		box := view.Rect{X: at - width/2, Y: edge.From, W: width, H: edge.To - edge.From}
		if l.Vertical {
			box = view.Rect{X: edge.From, Y: at - width/2, W: edge.To - edge.From, H: width}
		}
		c.mesh.box(box, width/2, 0, line.times(float32(min(3/width, 1))))
	}
}
