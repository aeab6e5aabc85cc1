package figure

import (
	"errors"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bar is one bar of a chart.
type Bar struct {
	Name  string
	Value float64 // 0 or more
	Label string  // behind the bar: "73,636  (5.24 × PyTorch)"
	Peer  bool    // somebody else's figure, in grey
}

// Bars is a chart of horizontal bars, the first one at the top.
type Bars struct {
	Title   string
	Caption string // below the bars: unit, machine
	Bars    []Bar
}

// SaveBars draws the chart into an .svg, .png or .pdf file.
func SaveBars(path string, b Bars) error {
	const (
		row, thick = 19, 12
		above      = 28
		under      = 22
		names      = 168
		room       = 210
		notes      = 118
	)
	most := 0.0
	for _, bar := range b.Bars {
		if !(bar.Value >= 0) || math.IsInf(bar.Value, 1) {
			return errors.New(bar.Name + ": " + strconv.FormatFloat(bar.Value, 'g', -1, 64) + " has no bar")
		}
		most = max(most, bar.Value)
	}
	if most == 0 {
		return errors.New("there is nothing to plot: no bar is longer than 0")
	}
	width, height := vg.Length(names+room+notes), above+under+row*vg.Length(len(b.Bars))
	return save(path, width, height, func(c draw.Canvas) {
		w := writer{&c}
		w.text(11, width/2, height-8, text.XCenter, text.YTop, color.Black, b.Title)
		for i, bar := range b.Bars {
			y := height - above - vg.Length(i)*row - row/2.0
			ink := quantities[0].color
			if bar.Peer {
				ink = color.RGBA{0xa8, 0xa8, 0xa8, 0xff}
			}
			end := names + vg.Length(bar.Value/most)*room
			fill(&c, ink, names, y-thick/2.0, end, y+thick/2.0)
			w.text(9, names-6, y, text.XRight, text.YCenter, color.Black, bar.Name)
			w.text(9, end+5, y, text.XLeft, text.YCenter, color.Black, bar.Label)
		}
		w.text(8, width/2, 6, text.XCenter, text.YBottom, color.Gray{0x55}, b.Caption)
	})
}
