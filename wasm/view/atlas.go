package view

import (
	"image/color"
	"lenet/engine/figure/palette"
)

// Atlas is one image that holds every map of every panel, one pixel a value,
// and a picture for the pad. Panels of single units are not in it.
type Atlas struct {
	Width, Height int
	Pix           []byte // RGBA, premultiplied, row-major

	top  [NumPanels]int // where a panel's maps start
	side [NumPanels]int
}

const atlasWidth = 256

// NewAtlas returns an atlas for the layout's panels.
func NewAtlas(l *Layout) *Atlas {
	return newAtlas(l, func(panel int) int { return l.Panels[panel].Side })
}

// NewPartsAtlas returns an atlas for the [Parts] of the layout's panels.
func NewPartsAtlas(l *Layout) *Atlas {
	return newAtlas(l, func(panel int) int { return PartSide(l.Config, panel) })
}

func newAtlas(l *Layout, side func(panel int) int) *Atlas {
	a := &Atlas{Width: atlasWidth}
	for i := range l.Panels {
		a.top[i], a.side[i] = a.Height, side(i)
		if a.side[i] <= 1 {
			continue
		}
		perRow := atlasWidth / a.side[i]
		a.Height += (l.Panels[i].Maps + perRow - 1) / perRow * a.side[i]
	}
	a.Pix = make([]byte, 4*a.Width*a.Height)
	return a
}

// Side returns how many pixels a panel's maps have along a side; a map of 1 or 0 is not in the atlas.
func (a *Atlas) Side(panel int) int { return a.side[panel] }

// Map returns the upper left corner of map c of a panel.
func (a *Atlas) Map(panel, c int) (x, y int) {
	perRow := atlasWidth / a.side[panel]
	return c % perRow * a.side[panel], a.top[panel] + c/perRow*a.side[panel]
}

// PadPicture is the upper left corner of the pad's picture, beside the input.
func (a *Atlas) PadPicture() (x, y int) { return a.side[PanelInput], a.top[PanelInput] }

// Paint colours a panel's maps, values being [map][y][x]; a Gap is left transparent.
func (a *Atlas) Paint(panel int, values []float32, s *palette.Scale) {
	side := a.side[panel]
	for c := range len(values) / (side * side) {
		x, y := a.Map(panel, c)
		for row := range side {
			src := values[(c*side+row)*side:][:side]
			dst := a.Pix[4*((y+row)*a.Width+x):][:4*side]
			for i, v := range src {
				if v == Gap {
					clear(dst[4*i:][:4])
					continue
				}
				put(dst[4*i:], s.At(v))
			}
		}
	}
}

// PaintPicture puts a 28×28 image of grey levels where the pad takes it from.
func (a *Atlas) PaintPicture(pixels []byte) {
	x, y := a.PadPicture()
	side := a.side[PanelInput]
	for i, v := range pixels[:side*side] {
		put(a.Pix[4*((y+i/side)*a.Width+x+i%side):], color.RGBA{v, v, v, 255})
	}
}

func put(dst []byte, c color.RGBA) { dst[0], dst[1], dst[2], dst[3] = c.R, c.G, c.B, c.A }
