package view

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"lenet/engine"
)

// Label is a piece of text beside a panel, to be set by the page.
type Label struct {
	Panel  int    // or one of the labels below
	Box    Rect   // where the text goes: centred on the lower edge, or in a vertical layout at the left
	Title  string // PyTorch's class names, as "Conv2d + Sigmoid"; empty where the page's language decides
	Detail string // the output's shape for one image, as lenet layers prints it, or a short form of it
	Brief  bool   // there is no room for the long form
	Fixed  bool   // nor for the names of weights in its place
}

// Labels that belong to no panel.
const (
	LabelPad    = -1 // what to do with the pad
	LabelCentre = -2 // a note under the input: how the drawing got there
	LabelLegend = -3 // the legend of the colours
)

// wording is how long the labels are.
type wording struct {
	wrapped bool    // titles are broken into two lines
	brief   bool    // shapes are written as "6 × 28×28", and those of weights not at all
	module  bool    // titles leave the activation out
	common  bool    // titles are "Conv" and "Pool"
	split   bool    // shapes are broken into two lines
	bare    bool    // there are no shapes
	least   float64 // how large the panels have to be beside it, as a share of their size without labels
}

// wordings returns what may be tried, the longest first, where labels take so
// many lines at most.
func wordings(lines float64) []wording {
	const long, short, shortest = 0.94, 0.87, 0.6
	module, common := wording{brief: true, module: true, least: short}, wording{brief: true, module: true, common: true, least: short}
	bare := common
	bare.bare, bare.least = true, shortest
	if lines == 2 {
		common.least = 0.75
		return []wording{{least: long}, {brief: true, least: long}, module, common, bare}
	}
	moduleSplit, commonSplit := module, common
	moduleSplit.split, commonSplit.split, commonSplit.least = true, true, shortest
	return []wording{
		{least: long}, {brief: true, least: long}, {wrapped: true, least: long}, {wrapped: true, brief: true, least: 0.8},
		module, moduleSplit, common, commonSplit, bare,
	}
}

// Widths of a character in a wide font, as a share of the titles' size.
const (
	boldWidth  = 0.63
	plainWidth = 0.56
)

// labelWidth returns about how wide a panel's label is, also where it shows weights.
func (l *Layout) labelWidth(panel int, w wording) float64 {
	width := 0.0
	fit := func(line string, size float64) {
		width = max(width, l.Font*size*float64(utf8.RuneCountInString(line)))
	}
	title, detail := l.text(panel, w)
	if title == "" {
		title = "Input"
	}
	name, shape := Parameter(l.Config, panel)
	module, act, ok := strings.Cut(title, " + ")
	if ok && w.wrapped {
		fit("+ "+act, plainWidth)
		fit(module, boldWidth)
	} else {
		fit(title, boldWidth)
	}
	for line := range strings.Lines(detail) {
		fit(strings.TrimSpace(line), plainWidth)
	}
	if !w.common {
		fit(name, boldWidth)
	}
	if !w.brief {
		fit(shape, plainWidth)
	}
	return width
}

func (l *Layout) label(panel int, box Rect, w wording) {
	t := Label{Panel: panel, Box: box, Brief: w.brief, Fixed: w.common}
	if panel >= 0 {
		t.Title, t.Detail = l.text(panel, w)
	}
	l.Labels = append(l.Labels, t)
}

// text returns a panel's label.
func (l *Layout) text(panel int, w wording) (title, detail string) {
	dims := []int{1, engine.Side, engine.Side}
	if panel != PanelInput {
		layers, at := l.Config.Layers(), l.Panels[panel].Layer
		title, dims = layers[at].Kind, layers[at].Shape
		if panel != PanelPool1 && panel != PanelPool2 { // the values shown are after the activation
			title = layers[at-1].Kind
			if !w.module {
				title += " + " + layers[at].Kind
			}
		}
	}
	if w.common {
		title = strings.TrimSuffix(strings.NewReplacer("AvgPool", "Pool", "MaxPool", "Pool").Replace(title), "2d")
	}
	switch {
	case w.bare:
		return title, ""
	case w.split:
		return title, strings.Replace(brief(dims), " × ", " ×\n", 1)
	case w.brief:
		return title, brief(dims)
	}
	return title, list(append([]int{1}, dims...))
}

// list writes a shape as PyTorch does: [1, 6, 28, 28].
func list(dims []int) string {
	return strings.ReplaceAll(fmt.Sprint(dims), " ", ", ")
}

// brief writes the shape of a layer's output in short: 6 × 28×28, or 120.
func brief(dims []int) string {
	switch {
	case len(dims) == 1:
		return fmt.Sprint(dims[0])
	case dims[0] == 1:
		return fmt.Sprintf("%d×%d", dims[1], dims[2])
	}
	return fmt.Sprintf("%d × %d×%d", dims[0], dims[1], dims[2])
}
