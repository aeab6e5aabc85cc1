package view

import (
	"fmt"
	"math"
	"strings"

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
)

// LayerInput stands for the input image where a layer of engine.Config.Layers is asked for.
const LayerInput = -1

// panelLayers gives the module of nn.Sequential whose output a panel shows.
var panelLayers = [NumPanels]int{LayerInput, 1, 2, 4, 5, 8, 10}

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

// Label is a piece of text beside a panel, to be set by the page.
type Label struct {
	Panel  int    // or one of the labels below
	Box    Rect   // the text is centred in it; in a wide layout it stands on the lower edge
	Title  string // PyTorch's class names; empty where the page's language decides
	Detail string // the shape
}

// Labels that belong to no panel.
const (
	LabelPad    = -1 // what to do with the pad
	LabelCentre = -2 // a note under the input: how the drawing got there
	LabelLegend = -3 // what the colours mean
)

// Layout says where everything on the stage lies.
type Layout struct {
	Config        engine.Config
	Ratio         float64 // device pixels per CSS pixel
	Width, Height float64 // of the frame; the height is what the width asks for
	Vertical      bool    // the flow runs down the frame instead of to the right
	Pad           Rect    // where one draws
	Panels        [NumPanels]Panel
	Labels        []Label
	Legend        Rect  // the bar of colours
	Flow          []Rib // outline of the band behind the panels
}

const (
	narrow  = 640 // frames narrower than this read from the top down
	minimum = 160 // a frame narrower than this is laid out as if it were this wide
)

// New lays the stage out for a frame of that width. The configuration must be valid.
func New(c engine.Config, width, ratio float64) *Layout {
	l := &Layout{Config: c, Ratio: ratio, Width: max(width, minimum)}
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
	l.Vertical = l.Width < narrow
	if l.Vertical {
		l.stack()
	} else {
		l.row()
	}
	l.Flow = l.flow()
	return l
}

// What a panel may take in a wide frame: a share of the width beside the pad,
// and the largest tile as a share of the pad's side.
var (
	widthShare = [NumPanels]float64{0.1, 0.205, 0.135, 0.215, 0.14, 0.105, 0.1}
	tileLimit  = [NumPanels]float64{0.29, 0.3, 0.2, 0.15, 0.095, 0.03, 0.03}
)

// Gaps between tiles, as a share of the tile.
func gapShare(side int) float64 {
	switch {
	case side == 1:
		return 0.2
	case side <= 10:
		return 0.13
	}
	return 0.085
}

// row lays a wide frame out from left to right.
func (l *Layout) row() {
	const (
		minGap = 14 // between neighbours along the flow
		bottom = 30 // room for the notes below
	)
	labels := 44.0 // room for the labels above
	if l.Width < 960 {
		labels = 58 // some titles take two lines
	}
	side := snap(min(max(l.Width*0.225, 156), 340), l.Ratio)
	l.Pad = Rect{0, labels, side, side}
	l.Height = math.Ceil(labels + side + bottom)

	room := l.Width - side - (NumPanels+1)*minGap
	free := l.Width - side
	for i := range l.Panels {
		p := &l.Panels[i]
		height := side
		if p.Side == 1 {
			height *= 0.72
		}
		p.grid = fit(p.Maps, room*widthShare[i], height, side*tileLimit[i], gapShare(p.Side), 0.7).snapped(l.Ratio)
		free -= p.grid.width()
	}
	gap := free / (NumPanels + 1)
	x, middle := side+gap, l.Pad.CY()
	for i := range l.Panels {
		p := &l.Panels[i]
		w, h := p.grid.width(), p.grid.height()
		p.Box = Rect{snap(x, l.Ratio), snap(middle-h/2, l.Ratio), w, h}
		x += w + gap
	}

	l.label(LabelPad, Rect{l.Pad.X, 0, side, labels - 8})
	for i := range l.Panels {
		left, right := l.Pad.Right(), l.Width
		if i > 0 {
			left = l.Panels[i-1].Box.CX()
		}
		if i < NumPanels-1 {
			right = l.Panels[i+1].Box.CX()
		}
		// Half of the way to the nearer neighbour's middle on each side.
		c := l.Panels[i].Box.CX()
		half := min(c-left, right-c) * 0.62
		half = max(half, l.Panels[i].Box.W/2)
		l.label(i, Rect{c - half, 0, 2 * half, labels - 8})
	}
	in := l.Panels[PanelInput].Box
	half := min(in.CX()-l.Pad.Right(), 70)
	l.label(LabelCentre, Rect{in.CX() - half, in.Bottom() + 4, 2 * half, 16})
	l.legend(Rect{l.Width - 86, l.Height - 16, 60, 6})
}

// Heights that a panel may take in a narrow frame, and its largest tile, as
// shares of the pad's side.
var (
	heightShare = [NumPanels]float64{0.26, 0.52, 0.3, 0.32, 0.22, 0.24, 0.2}
	stackLimit  = [NumPanels]float64{0.26, 0.24, 0.15, 0.15, 0.1, 0.034, 0.034}
)

// stack lays a narrow frame out from the top down.
func (l *Layout) stack() {
	const (
		margin = 6  // on both sides
		title  = 22 // room for a label above its panel
		gap    = 10 // between a panel and the next label
	)
	side := snap(min(l.Width*0.74, 300), l.Ratio)
	l.Pad = Rect{snap((l.Width-side)/2, l.Ratio), title, side, side}
	l.label(LabelPad, Rect{0, 0, l.Width, title - 2})
	y := l.Pad.Bottom() + gap
	for i := range l.Panels {
		p := &l.Panels[i]
		p.grid = fit(p.Maps, l.Width-2*margin, side*heightShare[i], side*stackLimit[i], gapShare(p.Side), 4).snapped(l.Ratio)
		l.label(i, Rect{0, y, l.Width, title - 2})
		y += title
		w, h := p.grid.width(), p.grid.height()
		p.Box = Rect{snap((l.Width-w)/2, l.Ratio), snap(y, l.Ratio), w, h}
		y += h + gap
	}
	l.Height = math.Ceil(y + gap)
	in := l.Panels[PanelInput].Box
	l.label(LabelCentre, Rect{in.Right() + 8, in.Y, l.Width - in.Right() - 8, in.H})
	l.legend(Rect{l.Width - 92, l.Height - 12, 60, 6})
}

func (l *Layout) label(panel int, box Rect) {
	t := Label{Panel: panel, Box: box}
	if panel >= 0 {
		p := &l.Panels[panel]
		layers := l.Config.Layers()
		switch panel {
		case PanelInput:
			t.Detail = shape([]int{1, engine.Side, engine.Side})
		case PanelConv1, PanelConv2:
			t.Title = layers[p.Layer-1].Kind + " → " + layers[p.Layer].Kind
		case PanelPool1, PanelPool2:
			t.Title = layers[p.Layer].Kind
		default:
			t.Title = layers[p.Layer-1].Kind
		}
		if panel != PanelInput {
			t.Detail = shape(layers[p.Layer].Shape)
		}
	}
	l.Labels = append(l.Labels, t)
}

func (l *Layout) legend(bar Rect) {
	l.Legend = bar
	l.label(LabelLegend, bar)
}

func shape(dims []int) string {
	s := make([]string, len(dims))
	for i, d := range dims {
		s[i] = fmt.Sprint(d)
	}
	return strings.Join(s, " × ")
}
