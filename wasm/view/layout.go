package view

import (
	"math"
	"slices"

	"lenet/engine"
)

// Panels of the picture, in the order of the flow. Each shows one layer after
// its activation.
const (
	PanelInput = iota // the image that the network sees
	PanelConv1
	PanelPool1
	PanelConv2
	PanelPool2
	PanelLinear1
	PanelLinear2
	NumPanels

	// PanelOutput stands for the ten outputs. They lie beside the stage, at the
	// end of the flow, and are no panel of the picture.
	PanelOutput = NumPanels
)

// LayerInput stands for the input image where a layer of engine.Config.Layers is asked for.
const LayerInput = -1

// panelLayers gives the module of nn.Sequential whose output a panel shows.
var panelLayers = [NumPanels]int{LayerInput, 1, 2, 4, 5, 8, 10}

// LayerOutput is the module of nn.Sequential that gives the ten outputs.
const LayerOutput = engine.NumLayers - 1

// LayerOf returns the module whose output a panel shows, or LayerInput.
func LayerOf(panel int) int {
	if panel == PanelOutput {
		return LayerOutput
	}
	return panelLayers[panel]
}

// PanelOf returns the panel that shows a module's output.
func PanelOf(layer int) (panel int, ok bool) {
	if layer == LayerOutput {
		return PanelOutput, true
	}
	panel = slices.Index(panelLayers[:], layer)
	return panel, panel >= 0
}

// Panel is one layer of the picture: a grid of square maps, or of single units.
type Panel struct {
	Layer int  // module in engine.Config.Layers whose output it shows, or LayerInput
	Maps  int  // number of maps; of units where Side is 1
	Side  int  // values along a map's side
	Box   Rect // around all maps

	grid grid
}

// Map returns the box of map c.
func (p *Panel) Map(c int) Rect {
	pitch := p.grid.tile + p.grid.gap
	x, y := c%p.grid.cols, c/p.grid.cols
	return Rect{p.Box.X + float64(x)*pitch, p.Box.Y + float64(y)*pitch, p.grid.tile, p.grid.tile}
}

// Cells returns the box of rows y0 to y1 and columns x0 to x1 (both included) of map c.
func (p *Panel) Cells(c, y0, x0, y1, x1 int) Rect {
	m := p.Map(c)
	cell := m.W / float64(p.Side)
	return Rect{m.X + float64(x0)*cell, m.Y + float64(y0)*cell, float64(x1-x0+1) * cell, float64(y1-y0+1) * cell}
}

// Frame is the room that there is for the stage, and how large its texts are.
type Frame struct {
	Width      float64 // CSS pixels
	Height     float64 // likewise; 0: it follows from the width
	Ratio      float64 // device pixels per CSS pixel
	Text       float64 // the reader's font size, CSS pixels; 0 stands for 16
	Presenting bool    // for a lecture hall: large texts
	Tools      float64 // a narrow frame keeps a row of this height free below the pad, CSS pixels
}

// Layout says where everything on the stage lies.
type Layout struct {
	Config        engine.Config
	Ratio         float64 // device pixels per CSS pixel
	Width, Height float64 // of the frame
	Font          float64 // of the labels' titles, CSS pixels
	Vertical      bool    // the flow runs down the frame instead of to the right
	Wrapped       bool    // titles are broken into two lines
	Pad           Rect    // where one draws
	Panels        [NumPanels]Panel
	Labels        []Label
	Legend        Rect  // the bar of colours
	Flow          []Rib // outline of the band behind the panels
}

// New lays the stage out. The configuration must be valid.
func New(c engine.Config, f Frame) *Layout {
	f.Width = max(f.Width, Pad.Least)
	l := &Layout{Config: c, Ratio: f.Ratio, Width: f.Width, Vertical: f.narrow(), Font: f.font()}
	layers := c.Layers()
	for i, layer := range panelLayers {
		p := &l.Panels[i]
		p.Layer, p.Maps, p.Side = layer, 1, engine.Side
		if layer != LayerInput {
			shape := layers[layer].Shape
			p.Maps, p.Side = shape[0], 1
			if len(shape) == 3 {
				p.Side = shape[1]
			}
		}
	}
	l.Pad = f.pad()
	if l.Vertical {
		l.stack(f)
	} else {
		l.row(f)
	}
	l.Flow = l.flow()
	return l
}

// gapShare returns the gap between a panel's tiles, as a share of the tile.
func gapShare(side int) float64 {
	switch {
	case side == 1:
		return 0.12
	case side <= 10:
		return 0.13
	}
	return 0.085
}

// few returns how much larger than usual the units of a panel of few may be.
func (p *Panel) few() float64 {
	if p.Side > 1 {
		return 1
	}
	return min(max(math.Sqrt(84/float64(p.Maps)), 1), 3)
}
