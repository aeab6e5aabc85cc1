package view

import "math"

// PadRule says where the pad lies in any frame, and how large the labels' texts
// are: lengths in CSS pixels. The page places its pad by it while no layout has
// come yet (padbox.js).
type PadRule struct {
	Least      float64 `json:"least"`      // a frame narrower than this is laid out as if it were this wide
	Narrow     float64 `json:"narrow"`     // frames narrower than this read from the top down
	Slim       float64 `json:"slim"`       // likewise, where the height is given
	Answers    float64 `json:"answers"`    // room at the right of the pad for the bars, in a narrow frame
	NarrowSide Span    `json:"narrowSide"` // the pad's side there, of the width
	Under      float64 `json:"under"`      // room below the pad there, at least
	WideSide   Span    `json:"wideSide"`   // its side in a wide frame whose height follows
	FilledSide float64 `json:"filledSide"` // its side at most where the height is given, as a share of the width
	Low        float64 `json:"low"`        // the least height that is laid out
	Text       Span    `json:"text"`       // the titles' size for a reader's font size of 16, of the width beyond Plain
	Plain      float64 `json:"plain"`      // up to this width titles are of the least size, but of the most while presenting
	Line       float64 `json:"line"`       // the height of a line, of the titles' size
	Above      float64 `json:"above"`      // between the labels and the picture
	Below      float64 `json:"below"`      // between the picture and the lower edge
}

// Span is a length as a share of another one, within limits.
type Span struct {
	Share float64 `json:"share"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// Pad is the rule that [New] follows.
var Pad = PadRule{
	Least: 160, Narrow: 672, Slim: 480, Answers: 120, NarrowSide: Span{0.5, 0, 300}, Under: 15,
	WideSide: Span{0.25, 156, 400}, FilledSide: 0.295, Low: 200,
	Text: Span{1.0 / 150, 12, 13}, Plain: 960, Line: 1.3, Above: 8, Below: 3,
}

// narrow reports whether the frame reads from the top down.
func (f Frame) narrow() bool {
	if f.Height > 0 {
		return f.Width < Pad.Slim
	}
	return f.Width < Pad.Narrow
}

// font returns the size of the labels' titles.
func (f Frame) font() float64 {
	size := min(max(Pad.Text.Least+(f.Width-Pad.Plain)*Pad.Text.Share, Pad.Text.Least), Pad.Text.Most)
	if f.Presenting && !f.narrow() {
		size = Pad.Text.Most
	}
	if f.Text > 0 {
		size *= f.Text / 16
	}
	return size
}

// lines returns how many lines the labels of a wide frame take at most.
func (f Frame) lines() float64 {
	if f.Presenting {
		return 2
	}
	return 3
}

// top returns where the picture of a wide frame begins, below the labels.
func (f Frame) top() float64 { return math.Ceil(f.lines()*f.font()*Pad.Line + Pad.Above) }

// pad returns the place of the pad.
func (f Frame) pad() Rect {
	side, top := 0.0, 0.0
	switch {
	case f.narrow():
		side = min(max(f.Width-Pad.Answers, f.Width*Pad.NarrowSide.Share), Pad.NarrowSide.Most)
	case f.Height > 0:
		top = f.top()
		side = min(f.Width*Pad.FilledSide, max(f.Height, Pad.Low)-top-Pad.Below)
	default:
		top = f.top()
		side = min(max(f.Width*Pad.WideSide.Share, Pad.WideSide.Least), Pad.WideSide.Most)
	}
	side = snap(side, f.Ratio)
	return Rect{0, top, side, side}
}
