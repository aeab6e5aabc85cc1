//go:build js

package playground

import (
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"lenet/wasm/view"
)

// mesh collects quads for one draw call. Boxes and points are given in CSS
// pixels and kept in device pixels. It is reused from frame to frame.
type mesh struct {
	ratio    float64 // device pixels per CSS pixel
	vertices []ebiten.Vertex
	indices  []uint32
}

func (m *mesh) reset(ratio float64) {
	m.ratio, m.vertices, m.indices = ratio, m.vertices[:0], m.indices[:0]
}

// quad adds four corners, in the order of a Z, that the caller then fills in.
func (m *mesh) quad() []ebiten.Vertex {
	n := len(m.vertices)
	for range 4 {
		m.vertices = append(m.vertices, ebiten.Vertex{})
	}
	i := uint32(n)
	m.indices = append(m.indices, i, i+1, i+2, i+1, i+2, i+3)
	return m.vertices[n:]
}

// paint is a premultiplied colour.
type paint struct{ r, g, b, a float32 }

func premultiplied(c color.RGBA) paint {
	a := float32(c.A) / 255
	return paint{float32(c.R) / 255 * a, float32(c.G) / 255 * a, float32(c.B) / 255 * a, a}
}

func (p paint) times(k float32) paint { return paint{p.r * k, p.g * k, p.b * k, p.a * k} }

func (p paint) on(v *ebiten.Vertex) {
	v.ColorR, v.ColorG, v.ColorB, v.ColorA = p.r, p.g, p.b, p.a
}

// box adds a box with round corners; line, if not 0, leaves only an outline
// inside its edge. Radius and line are CSS pixels.
func (m *mesh) box(r view.Rect, radius, line float64, p paint) {
	s := m.ratio
	hw, hh := r.W/2*s, r.H/2*s
	radius = min(radius*s, hw, hh)
	m.capsule(r.CX()*s, r.CY()*s, 1, 0, hw, hh, radius, line*s, p)
}

// stroke adds a straight line with round ends.
func (m *mesh) stroke(a, b view.Point, width float64, p paint) {
	s := m.ratio
	dx, dy := (b.X-a.X)*s, (b.Y-a.Y)*s
	length, r := math.Hypot(dx, dy), width/2*s
	ux, uy := 1.0, 0.0
	if length > 0 {
		ux, uy = dx/length, dy/length
	}
	m.capsule((a.X+b.X)/2*s, (a.Y+b.Y)/2*s, ux, uy, length/2+r, r, r, 0, p)
}

// capsule adds a box about (cx, cy) that is turned so that its width runs
// along (ux, uy), all in device pixels.
func (m *mesh) capsule(cx, cy, ux, uy, hw, hh, radius, line float64, p paint) {
	q := m.quad()
	for i := range q {
		x, y := hw+1, hh+1 // one pixel more for the soft edge
		if i&1 == 0 {
			x = -x
		}
		if i&2 == 0 {
			y = -y
		}
		v := &q[i]
		v.DstX, v.DstY = float32(cx+x*ux-y*uy), float32(cy+x*uy+y*ux)
		v.SrcX, v.SrcY = float32(x), float32(y)
		v.Custom0, v.Custom1, v.Custom2, v.Custom3 = float32(hw), float32(hh), float32(radius), float32(line)
		p.on(v)
	}
}

// curve adds a thin line along a link.
func (m *mesh) curve(c view.Link, width float64, p paint) {
	s, half := m.ratio, width/2*m.ratio
	n := c.Steps()
	var last [2]ebiten.Vertex
	for k := range n + 1 {
		t := float64(k) / float64(n)
		a, b, at := c.At(max(t-0.01, 0)), c.At(min(t+0.01, 1)), c.At(t)
		dx, dy := b.X-a.X, b.Y-a.Y
		if l := math.Hypot(dx, dy); l > 0 {
			dx, dy = dx/l, dy/l
		}
		var rib [2]ebiten.Vertex
		for i := range rib {
			off := (half + 1) * float64(2*i-1)
			v := &rib[i]
			v.DstX, v.DstY = float32(at.X*s-dy*off), float32(at.Y*s+dx*off)
			v.Custom0, v.Custom1, v.Custom3 = float32(half-off), float32(half+off), -1
			p.on(v)
		}
		m.join(k, &last, rib)
	}
}

// band adds the flow behind the panels.
func (m *mesh) band(ribs []view.Rib, vertical bool, p paint) {
	s := m.ratio
	var last [2]ebiten.Vertex
	for k, r := range ribs {
		// The edges' slope turns a distance across the flow into one to the edge.
		a, b := ribs[max(k-1, 0)], ribs[min(k+1, len(ribs)-1)]
		run := b.At - a.At
		slope := func(rise float64) float64 {
			if run == 0 {
				return 1
			}
			return run / math.Hypot(run, rise)
		}
		from, to := slope(b.From-a.From), slope(b.To-a.To)
		var rib [2]ebiten.Vertex
		for i := range rib {
			across := r.From*s - 2
			if i == 1 {
				across = r.To*s + 2
			}
			v := &rib[i]
			v.DstX, v.DstY = float32(r.At*s), float32(across)
			if vertical {
				v.DstX, v.DstY = v.DstY, v.DstX
			}
			v.Custom0, v.Custom1, v.Custom3 = float32((across-r.From*s)*from), float32((r.To*s-across)*to), -1
			p.on(v)
		}
		m.join(k, &last, rib)
	}
}

// gradient adds a box whose colour changes from left to right, t going from 0 to 1.
func (m *mesh) gradient(r view.Rect, steps int, colour func(t float64) paint) {
	s := m.ratio
	var last [2]ebiten.Vertex
	for k := range steps + 1 {
		t := float64(k) / float64(steps)
		var rib [2]ebiten.Vertex
		for i := range rib {
			v := &rib[i]
			v.DstX, v.DstY = float32((r.X+t*r.W)*s), float32((r.Y+float64(i)*r.H)*s)
			v.Custom0, v.Custom1, v.Custom3 = 1, 1, -1 // no soft edge
			colour(t).on(v)
		}
		m.join(k, &last, rib)
	}
}

// join adds the quad between the last rib and this one, and keeps this one as the last.
func (m *mesh) join(k int, last *[2]ebiten.Vertex, rib [2]ebiten.Vertex) {
	if k > 0 {
		q := m.quad()
		q[0], q[1], q[2], q[3] = last[0], last[1], rib[0], rib[1]
	}
	*last = rib
}

// sprite adds a box that shows a square of an image, side pixels from (x, y) on.
func (m *mesh) sprite(r view.Rect, x, y, side int, light float32) {
	size := float32(side)
	m.part(r, float32(x), float32(y), size, size, light)
}

// part adds a box that shows w by h pixels of an image from (x, y) on.
func (m *mesh) part(r view.Rect, x, y, w, h, light float32) {
	q := m.quad()
	for i := range q {
		v := &q[i]
		v.DstX, v.DstY = float32(r.X*m.ratio), float32(r.Y*m.ratio)
		v.SrcX, v.SrcY = x, y
		if i&1 != 0 {
			v.DstX, v.SrcX = float32(r.Right()*m.ratio), x+w
		}
		if i&2 != 0 {
			v.DstY, v.SrcY = float32(r.Bottom()*m.ratio), y+h
		}
		v.ColorR, v.ColorG, v.ColorB, v.ColorA = light, light, light, light
	}
}

// shapes draws the mesh with the shape shader.
func (m *mesh) shapes(dst *ebiten.Image, shader *ebiten.Shader, blend ebiten.Blend) {
	if len(m.indices) > 0 {
		dst.DrawTrianglesShader32(m.vertices, m.indices, shader, &ebiten.DrawTrianglesShaderOptions{Blend: blend})
	}
}

// sprites draws the mesh with an image, its pixels as even cells at sizes that
// are no multiple of the map's.
func (m *mesh) sprites(dst, src *ebiten.Image) {
	if len(m.indices) > 0 {
		dst.DrawTriangles32(m.vertices, m.indices, src, &ebiten.DrawTrianglesOptions{
			ColorScaleMode: ebiten.ColorScaleModePremultipliedAlpha,
			Filter:         ebiten.FilterPixelated,
		})
	}
}
