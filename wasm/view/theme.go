package view

import (
	"image/color"

	"lenet/engine"
	"lenet/engine/figure/palette"
)

// Theme is the stage's colours, straight alpha.
type Theme struct {
	Dark   bool
	Pad    color.RGBA // the ground of the drawing, dark in both themes, as MNIST's is
	Ink    color.RGBA
	Tile   color.RGBA // a map with nothing to show yet
	Line   color.RGBA // around maps
	Flow   color.RGBA // the band behind the panels
	Front  color.RGBA // where an image on its way through has come to
	Point  color.RGBA // the unit that one points at
	Halo   color.RGBA // under Point, so that it shows on every colour
	Thread color.RGBA // the links to the unit that one points at

	For, Against color.RGBA // contributions above and below zero, as on the diverging scale
}

// DarkTheme and LightTheme are the two themes of the page.
var (
	DarkTheme = Theme{
		Dark: true,
		Pad:  color.RGBA{5, 6, 10, 255}, Ink: color.RGBA{255, 255, 255, 255},
		Tile: color.RGBA{30, 33, 44, 255}, Line: color.RGBA{255, 255, 255, 26},
		Flow: color.RGBA{255, 180, 84, 40}, Front: color.RGBA{255, 180, 84, 255},
		Point: color.RGBA{92, 194, 255, 255}, Halo: color.RGBA{0, 0, 0, 150}, Thread: color.RGBA{92, 194, 255, 150},
		For: color.RGBA{247, 130, 98, 255}, Against: color.RGBA{112, 182, 247, 255},
	}
	LightTheme = Theme{
		Pad: color.RGBA{21, 23, 29, 255}, Ink: color.RGBA{255, 255, 255, 255},
		Tile: color.RGBA{232, 227, 217, 255}, Line: color.RGBA{0, 0, 0, 40},
		Flow: color.RGBA{217, 115, 13, 40}, Front: color.RGBA{217, 115, 13, 255},
		Point: color.RGBA{0, 122, 224, 255}, Halo: color.RGBA{255, 255, 255, 215}, Thread: color.RGBA{0, 100, 190, 150},
		For: color.RGBA{190, 50, 50, 255}, Against: color.RGBA{33, 102, 172, 255},
	}
)

// Scale returns the colours for a network's activations, and the value at the
// lower end of the scale: -1 for tanh, whose values have a sign, otherwise 0.
func (t Theme) Scale(a engine.Activation) (*palette.Scale, int) {
	if a == engine.Tanh {
		return palette.RedBlue(t.Dark), -1
	}
	return palette.Magma(), 0
}

// High returns the value at the upper end of the scale, as the legend has it.
func High(a engine.Activation) string {
	if a == engine.ReLU {
		return "max"
	}
	return "1"
}
