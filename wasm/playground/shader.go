//go:build js

package playground

import "github.com/hajimehoshi/ebiten/v2"

// shapeSource fills every shape but the maps, anti-aliased at any size. A
// fragment's distance to the shape's edge decides its coverage; custom.w says
// which shape:
//
//   - >= 0: a box with round corners about the origin of src. custom.xy is
//     half its size, custom.z the corners' radius; custom.w, if not 0, is the
//     width of an outline inside the edge, in place of the whole.
//   - < 0: a ribbon. custom.xy are the distances to its two edges, inside
//     being positive.
//
// All in device pixels; color is premultiplied.
const shapeSource = `//kage:unit pixels
package main

func Fragment(dst vec4, src vec2, color vec4, custom vec4) vec4 {
	d := min(custom.x, custom.y)
	if custom.w >= 0 {
		q := abs(src) - custom.xy + custom.z
		d = custom.z - min(max(q.x, q.y), 0) - length(max(q, 0))
		if custom.w > 0 {
			d = min(d, custom.w - d)
		}
	}
	return color * clamp(d + 0.5, 0, 1)
}
`

func newShapeShader() *ebiten.Shader {
	s, err := ebiten.NewShader([]byte(shapeSource))
	if err != nil {
		panic(err) // the source above is wrong
	}
	return s
}
