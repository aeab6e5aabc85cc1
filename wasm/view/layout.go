package view

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

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

// Label is a piece of text beside a panel, to be set by the page.
type Label struct {
	Panel  int    // or one of the labels below
	Box    Rect   // the text is centred in it; in a wide layout it stands on the lower edge
	Title  string // PyTorch's class names, as "Conv2d + Sigmoid"; empty where the page's language decides
	Detail string // the output's shape for one image, as lenet layers prints it
}

// Labels that belong to no panel.
const (
	LabelPad    = -1 // what to do with the pad
	LabelCentre = -2 // a note under the input: how the drawing got there
	LabelLegend = -3 // the legend of the colours
)

// Layout says where everything on the stage lies.
type Layout struct {
	Config        engine.Config
	Ratio         float64 // device pixels per CSS pixel
	Width, Height float64 // of the frame; the height follows from the width
	Vertical      bool    // the flow runs down the frame instead of to the right
	Wrapped       bool    // titles are broken into two lines
	Pad           Rect    // where one draws
	Panels        [NumPanels]Panel
	Labels        []Label
	Legend        Rect  // the bar of colours
	Flow          []Rib // outline of the band behind the panels
}

// PadRule says where the pad lies in a frame of any width: all lengths in CSS
// pixels. The page places its pad by it while no layout has come yet.
type PadRule struct {
	Least      float64 `json:"least"`      // a frame narrower than this is laid out as if it were this wide
	Narrow     float64 `json:"narrow"`     // frames narrower than this read from the top down
	NarrowSide Span    `json:"narrowSide"` // the pad's side there
	NarrowTop  float64 `json:"narrowTop"`
	Aside      float64 `json:"aside"`  // between the pad and the input's column beside it
	Column     float64 `json:"column"` // the most that column takes
	WideSide   Span    `json:"wideSide"`
	OneLine    float64 `json:"oneLine"`  // the pad's top where titles take one line
	TwoLines   float64 `json:"twoLines"` // and where they take two
	Roomy      float64 `json:"roomy"`    // from this width on titles take one line, if they fit
}

// Span is a length as a share of the frame's width, within limits.
type Span struct {
	Share float64 `json:"share"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

func (s Span) of(width float64) float64 { return min(max(width*s.Share, s.Least), s.Most) }

// Pad is the rule that [New] follows.
var Pad = PadRule{
	Least: 160, Narrow: 672, NarrowSide: Span{0.68, 0, 240}, NarrowTop: 20, Aside: 8, Column: 120,
	WideSide: Span{0.225, 156, 340}, OneLine: 44, TwoLines: 56, Roomy: 1264,
}

// New lays the stage out for a frame of that width. The configuration must be valid.
func New(c engine.Config, width, ratio float64) *Layout {
	l := &Layout{Config: c, Ratio: ratio, Width: max(width, Pad.Least)}
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
	l.Vertical = l.Width < Pad.Narrow
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
		return 0.24
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

// row lays a wide frame out from left to right.
func (l *Layout) row() {
	const (
		gaps   = 9.0 // between neighbours along the flow; the first and the last, where it is steepest, count 1.5
		bottom = 32  // room for the notes below
	)
	side := snap(Pad.WideSide.of(l.Width), l.Ratio)
	room := l.Width - side
	fill := func(gap float64) {
		for i := range l.Panels {
			p := &l.Panels[i]
			height := side
			if p.Side == 1 || i == PanelPool2 {
				height *= 0.72
			}
			width, limit := (room-gaps*gap)*widthShare[i], side*tileLimit[i]*p.few()
			p.grid = fit(p.Maps, width, height, limit, gapShare(p.Side), 0.7).snapped(l.Ratio)
		}
	}
	fill(14)
	top := Pad.OneLine
	var slots []float64
	if l.Width >= Pad.Roomy {
		slots = l.slots(room-gaps*4, 1)
	}
	lowered := false // the labels of poolings lie above or below their maps, which are small, and not in the row of the others
	if slots == nil {
		slots, top, l.Wrapped = l.slots(room-gaps*8, 2), Pad.TwoLines, true
	}
	if slots == nil {
		fill(17) // the labels of the others are wider than their maps
		lowered = true
		slots = l.slots(room-gaps*4, 2, PanelPool2) // the first one has tall neighbours
	}
	if slots == nil {
		slots = l.slots(room-gaps*4, 2, PanelPool1, PanelPool2)
	}
	l.Pad = Rect{0, top, side, side}
	l.Height = math.Ceil(top + side + bottom)
	l.label(LabelPad, Rect{0, 0, side, top - 8})

	free := room
	for i := range l.Panels {
		if slots == nil {
			slots = make([]float64, NumPanels)
		}
		slots[i] = max(slots[i], l.Panels[i].grid.width())
		free -= slots[i]
	}
	gap := free / gaps
	x := side + 1.5*gap
	for i := range l.Panels {
		p := &l.Panels[i]
		w, h := p.grid.width(), p.grid.height()
		p.Box = Rect{snap(x+(slots[i]-w)/2, l.Ratio), snap(l.Pad.CY()-h/2, l.Ratio), w, h}
		l.label(i, Rect{x - gap/2, 0, slots[i] + gap, top - 8})
		x += slots[i] + gap
	}
	for i := range l.Labels {
		if at := &l.Labels[i]; lowered && (at.Panel == PanelPool1 || at.Panel == PanelPool2) {
			at.Box = l.lowered(at.Panel, at.Box, top-8)
		}
	}
	in := l.Panels[PanelInput].Box
	half := min(in.CX()-l.Pad.Right()-4, l.Panels[PanelConv1].Box.X-in.CX()-4, 70)
	l.label(LabelCentre, Rect{in.CX() - half, in.Bottom() + 9, 2 * half, 28})
	l.legend(Rect{l.Width - 94, l.Height - 14, 60, 6})
}

// lowered returns the box of a pooling's label of two lines that has no place
// in the row of labels, which ends at top: above its maps where the text comes
// neither there nor near its neighbours' maps, or else below all of them.
func (l *Layout) lowered(panel int, slot Rect, top float64) Rect {
	const (
		height = 30
		apart  = 2 // the text is taken to be as wide as in the widest font
	)
	boxes := []Rect{l.Panels[panel-1].Box, l.Panels[panel].Box, l.Panels[panel+1].Box}
	slot.Y, slot.H = boxes[1].Y-9-height, height
	half := l.labelWidth(panel, 2)/2 + apart
	clear, bottom := slot.Y >= top, 0.0
	for _, b := range boxes {
		beside := b.Right() <= slot.CX()-half || b.X >= slot.CX()+half
		clear = clear && (beside || b.Y >= slot.Bottom())
		bottom = max(bottom, b.Bottom())
	}
	if !clear {
		slot.Y = bottom + 1
	}
	return slot
}

// labelWidth returns about how wide a panel's label is, also where it shows
// weights, when its title is broken into so many lines.
func (l *Layout) labelWidth(panel, lines int) float64 {
	em, small := 8.2, 0.75 // a bold character of the titles in a wide font, CSS pixels; one of the details as a share of it
	if l.Width < 960 {     // the page has smaller fonts there
		em, small = 7.6, 0.69
	}
	width := 0.0
	fit := func(line string, size float64) {
		width = max(width, size*em*float64(utf8.RuneCountInString(line)))
	}
	title, detail := l.text(panel)
	name, shape := Parameter(l.Config, panel)
	if module, act, ok := strings.Cut(title, " + "); ok && lines > 1 {
		fit(module, 1)
		fit("+ "+act, 0.82)
	} else {
		fit(title, 1)
	}
	fit(detail, small)
	fit(name, 1)
	fit(shape, small)
	return width
}

// slots returns how wide each panel and its label are, whose title is broken
// into so many lines, or nil if they do not fit into room together. Labels may
// be left out.
func (l *Layout) slots(room float64, lines int, without ...int) []float64 {
	slots := make([]float64, NumPanels)
	for i := range l.Panels {
		if !slices.Contains(without, i) {
			slots[i] = l.labelWidth(i, lines)
		}
		room -= max(slots[i], l.Panels[i].grid.width())
	}
	if room < 0 {
		return nil
	}
	return slots
}

// Heights that a panel may take in a narrow frame, and its largest tile, as
// shares of the pad's side.
var (
	heightShare = [NumPanels]float64{0.25, 0.36, 0.24, 0.36, 0.25, 0.26, 0.2}
	stackLimit  = [NumPanels]float64{0.25, 0.26, 0.15, 0.15, 0.1, 0.036, 0.036}
)

// stack lays a narrow frame out from the top down, the input beside the pad.
func (l *Layout) stack() {
	const (
		margin = 8 // on both sides
		gap    = 6 // between a panel and the next label
		bar    = 40
	)
	title, aside := Pad.NarrowTop, Pad.Aside // room for a label above its panel; between the pad and the input's column
	side := snap(Pad.NarrowSide.of(l.Width), l.Ratio)
	beside := min(l.Width-side-aside, Pad.Column)
	l.Pad = Rect{snap((l.Width-side-aside-beside)/2, l.Ratio), title, side, side}
	l.label(LabelPad, Rect{l.Pad.X, 0, side + 3*aside, title - 2})
	fill := func(p *Panel, width float64, i int) {
		height, limit := side*heightShare[i], side*stackLimit[i]*p.few()
		p.grid = fit(p.Maps, width, height, limit, gapShare(p.Side), 5).snapped(l.Ratio)
	}

	const lines, note, below = 36, 28, 26 // heights of the input's label, of the note and of the legend
	in := &l.Panels[PanelInput]
	fill(in, beside, PanelInput)
	x, size := l.Pad.Right()+aside, in.grid.width()
	y := l.Pad.CY() - (lines+size+note+below+3*gap)/2
	l.label(PanelInput, Rect{x, y, beside, lines - 2})
	y += lines
	in.Box = Rect{snap(x+(beside-size)/2, l.Ratio), snap(y, l.Ratio), size, size}
	y += size + gap
	l.label(LabelCentre, Rect{x, y, beside, note})
	y += note + 2*gap
	l.legend(Rect{snap(x+(beside-bar)/2, l.Ratio), snap(y+below-6, l.Ratio), bar, 6})

	y = l.Pad.Bottom() + gap
	for i := PanelInput + 1; i < NumPanels; i++ {
		p := &l.Panels[i]
		fill(p, l.Width-2*margin, i)
		l.label(i, Rect{0, y, l.Width, title - 2})
		y += title
		w, h := p.grid.width(), p.grid.height()
		p.Box = Rect{snap((l.Width-w)/2, l.Ratio), snap(y, l.Ratio), w, h}
		y += h + gap
	}
	l.Height = math.Ceil(y + 2*gap) // the flow widens to its end
}

func (l *Layout) label(panel int, box Rect) {
	t := Label{Panel: panel, Box: box}
	if panel >= 0 {
		t.Title, t.Detail = l.text(panel)
	}
	l.Labels = append(l.Labels, t)
}

// text returns a panel's label.
func (l *Layout) text(panel int) (title, detail string) {
	if panel == PanelInput {
		return "", shape([]int{1, engine.Side, engine.Side})
	}
	layers, at := l.Config.Layers(), l.Panels[panel].Layer
	switch panel {
	case PanelPool1, PanelPool2:
		title = layers[at].Kind
	default: // the values shown are after the activation
		title = layers[at-1].Kind + " + " + layers[at].Kind
	}
	return title, shape(layers[at].Shape)
}

func (l *Layout) legend(bar Rect) {
	l.Legend = bar
	l.label(LabelLegend, bar)
}

// shape writes a layer's output shape for one image: [1, 6, 28, 28].
func shape(dims []int) string { return list(append([]int{1}, dims...)) }

func list(dims []int) string {
	return strings.ReplaceAll(fmt.Sprint(dims), " ", ", ")
}
