//go:build js

package playground

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"lenet/engine/figure/palette"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// canvas holds what drawing needs: the images, meshes and colours.
type canvas struct {
	shader *ebiten.Shader

	atlas      *view.Atlas
	maps       *ebiten.Image // the atlas on the GPU
	stale      bool          // the atlas does not show the values yet
	parts      *view.Atlas   // of weights or gradients
	partsMaps  *ebiten.Image
	partsStale bool
	ink        *ebiten.Image // the pad's drawing, alpha only
	inkStale   bool

	mesh  mesh
	curve []pen.Point

	grey   *palette.Scale
	scale  *palette.Scale // for activations
	signed *palette.Scale // for weights and gradients
	scaled struct {       // what scale was made for
		dark bool
		act  byte
		made bool
	}
}

func (c *canvas) init() {
	c.shader = newShapeShader()
	c.grey = palette.Grey()
}

// fit makes the images for a new layout.
func (c *canvas) fit(l *view.Layout) {
	for _, m := range []*ebiten.Image{c.maps, c.partsMaps, c.ink} {
		if m != nil {
			m.Deallocate()
		}
	}
	c.atlas = view.NewAtlas(l)
	c.maps = ebiten.NewImage(c.atlas.Width, c.atlas.Height)
	side := int(l.Pad.W*l.Ratio + 0.5)
	c.ink = ebiten.NewImage(side, side)
	c.parts = view.NewPartsAtlas(l)
	c.partsMaps = ebiten.NewImage(c.parts.Width, max(c.parts.Height, 1))
	c.stale, c.partsStale, c.inkStale = true, true, true
}

const (
	padRadius  = 12.0 // corners, CSS pixels
	tileRadius = 2.0
)

// draw draws one frame: the band, the pad, the panels, and over them the unit that one
// points at.
func (c *canvas) draw(screen *ebiten.Image, g *game) {
	c.colours(g)
	if c.stale {
		c.paint(g)
	}
	if c.partsStale && g.parts != nil {
		c.paintParts(g)
	}
	if c.inkStale {
		c.drawInk(g)
	}
	screen.Clear()
	l, t := g.layout, g.theme

	m := &c.mesh
	m.reset(l.Ratio)
	m.band(l.Flow, l.Vertical, premultiplied(t.Flow))
	c.bright(g)
	m.box(l.Pad, padRadius, 0, premultiplied(t.Pad))
	tile := premultiplied(t.Tile)
	for i := range l.Panels {
		p := &l.Panels[i]
		for k := range p.Maps {
			if p.Side > 1 {
				m.box(p.Map(k), 0, 0, tile)
			}
		}
		if p.Side == 1 {
			c.units(p, i, g)
		}
	}
	c.legend(l, g.parts != nil)
	m.shapes(screen, c.shader, ebiten.BlendSourceOver)

	m.reset(l.Ratio)
	for i := range l.Panels {
		p := &l.Panels[i]
		if p.Side == 1 || !g.showsMaps(i) {
			continue
		}
		_, light := g.values.Shown(i)
		if g.rowOn(i) != nil {
			light = 1
		}
		for k := range p.Maps {
			x, y := c.atlas.Map(i, k)
			c.shown(g, p.Map(k), x, y, p.Side, light)
		}
	}
	if g.picture != nil {
		x, y := c.atlas.PadPicture()
		m.sprite(l.Pad.Grow(-padRadius/2), x, y, pen.Side, 1)
	}
	m.sprites(screen, c.maps)
	if g.parts != nil {
		m.reset(l.Ratio)
		for i := range l.Panels {
			side := c.parts.Side(i)
			if side <= 1 {
				continue
			}
			for k := range l.Panels[i].Maps {
				x, y := c.parts.Map(i, k)
				c.shown(g, l.Panels[i].Map(k), x, y, side, 1)
			}
		}
		c.kernel(g)
		m.sprites(screen, c.partsMaps)
	}
	if g.picture == nil {
		op := &ebiten.DrawImageOptions{}
		op.GeoM.Translate(l.Pad.X*l.Ratio, l.Pad.Y*l.Ratio)
		op.ColorScale.ScaleWithColor(t.Ink)
		screen.DrawImage(c.ink, op)
	}

	m.reset(l.Ratio)
	line := premultiplied(t.Line)
	m.box(l.Pad, padRadius, 1, line)
	for i := range l.Panels {
		for k := range l.Panels[i].Maps {
			if l.Panels[i].Side > 1 {
				m.box(l.Panels[i].Map(k), tileRadius, 1/l.Ratio, line)
			}
		}
	}
	c.front(g)
	if g.hasUnit {
		c.pointed(g)
	}
	m.shapes(screen, c.shader, ebiten.BlendSourceOver)
}

// colours makes the scale of the activations for the theme and the network.
func (c *canvas) colours(g *game) {
	key := c.scaled
	key.dark, key.act, key.made = g.theme.Dark, byte(g.config.Activation), true
	if key != c.scaled {
		c.scaled = key
		c.scale, _ = g.theme.Scale(g.config.Activation)
		c.signed = palette.RedBlue(g.theme.Dark)
		c.stale, c.partsStale = true, true
	}
}

// paint colours the maps again and sends them to the GPU.
func (c *canvas) paint(g *game) {
	c.stale = false
	for i := range g.layout.Panels {
		if g.layout.Panels[i].Side == 1 {
			continue
		}
		values, _ := g.values.Shown(i)
		scale := c.scale
		if i == view.PanelInput {
			scale = c.grey
		}
		if row := g.rowOn(i); row != nil {
			values, scale = row, c.signed
		}
		c.atlas.Paint(i, values, scale)
	}
	c.maps.WritePixels(c.atlas.Pix)
}

// paintParts colours the weights or gradients and sends them to the GPU.
func (c *canvas) paintParts(g *game) {
	c.partsStale = false
	for i := range g.layout.Panels {
		if c.parts.Side(i) > 1 {
			c.parts.Paint(i, g.parts.Panel(i), c.signed)
		}
	}
	c.partsMaps.WritePixels(c.parts.Pix)
}

// units adds a panel of single units to the mesh.
func (c *canvas) units(p *view.Panel, i int, g *game) {
	values, light := g.values.Shown(i)
	scale := c.scale
	if g.parts != nil {
		values, light, scale = g.parts.Panel(i), 1, c.signed
	}
	if row := g.rowOn(i); row != nil {
		values = row
	}
	at, hidden := g.layout.Front(g.reveal)
	for k, v := range values {
		box, light := p.Map(k), light
		if hidden && (g.layout.Before(box, at) < 0.5) != g.reveal.Back {
			light *= dim
		}
		u, tile := premultiplied(scale.At(v)).times(light), premultiplied(g.theme.Tile).times(1-light)
		u = paint{u.r + tile.r, u.g + tile.g, u.b + tile.b, u.a + tile.a}
		c.mesh.box(box, box.W*0.22, 0, u)
	}
}

// legend adds the bar of colours to the mesh.
func (c *canvas) legend(l *view.Layout, signed bool) {
	const steps = 64
	scale := c.scale
	if signed {
		scale = c.signed
	}
	c.mesh.gradient(l.Legend, steps, func(t float64) paint {
		if scale.Diverging {
			t = 2*t - 1
		}
		return premultiplied(scale.At(float32(t)))
	})
}

// drawInk redraws the strokes. Where pieces of a stroke overlap the higher
// coverage counts, so that no joint shows.
func (c *canvas) drawInk(g *game) {
	c.inkStale = false
	c.ink.Clear()
	l, m := g.layout, &c.mesh
	m.reset(l.Ratio)
	unit := l.Pad.W / pen.Side
	white := premultiplied(color.RGBA{255, 255, 255, 255})
	for _, s := range g.ink.Strokes {
		c.curve = view.Smooth(c.curve[:0], s)
		for i, p := range c.curve {
			from := c.curve[max(i-1, 0)]
			if i > 0 || len(c.curve) == 1 {
				m.stroke(view.Point{X: from.X * unit, Y: from.Y * unit}, view.Point{X: p.X * unit, Y: p.Y * unit}, pen.DefaultPen*unit, white)
			}
		}
	}
	m.shapes(c.ink, c.shader, ebiten.Blend{
		BlendFactorSourceRGB: ebiten.BlendFactorOne, BlendFactorSourceAlpha: ebiten.BlendFactorOne,
		BlendFactorDestinationRGB: ebiten.BlendFactorOne, BlendFactorDestinationAlpha: ebiten.BlendFactorOne,
		BlendOperationRGB: ebiten.BlendOperationMax, BlendOperationAlpha: ebiten.BlendOperationMax,
	})
	m.reset(l.Ratio) // keep to the pad's round corners
	m.box(view.Rect{W: l.Pad.W, H: l.Pad.H}, padRadius, 0, white)
	m.shapes(c.ink, c.shader, ebiten.BlendDestinationIn)
}
