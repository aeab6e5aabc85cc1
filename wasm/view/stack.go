package view

import "math"

// Heights that a panel may take in a narrow frame, and its largest tile, both
// for a frame 358 pixels wide.
var (
	rowHeight = [NumPanels]float64{36, 44, 32, 54, 34, 36, 30}
	rowTile   = [NumPanels]float64{36, 44, 32, 26, 17, 10, 10}
)

// stack lays a narrow frame out from the top down: the pad, with room for the
// bars at its right and for the tools below it, then each layer as one row, its
// label at the left.
func (l *Layout) stack(f Frame) {
	const gap = 5 // between two rows
	scale := min(max(l.Width/358, 0.7), 1.5)
	words, column := l.narrowWords()
	l.Wrapped = words.wrapped
	line := Pad.Line * l.Font
	left := snap(column+8, l.Ratio)
	room := l.Width - left

	y := l.Pad.Bottom() + max(f.Tools, Pad.Under)
	for i := range l.Panels {
		p := &l.Panels[i]
		height := scale * rowHeight[i]
		p.grid = fit(p.Maps, room, height, scale*rowTile[i]*p.few(), gapShare(p.Side), room/height).snapped(room, height, l.Ratio)
		w, h := p.grid.width(), p.grid.height()
		lines := 2.0
		if words.wrapped && i != PanelInput && i != PanelPool1 && i != PanelPool2 {
			lines = 3
		}
		tall := math.Ceil(max(h, lines*line))
		p.Box = Rect{left, snap(y+(tall-h)/2, l.Ratio), w, h}
		l.label(i, Rect{0, y, column, tall}, words)
		if i == PanelInput {
			l.aside(Rect{p.Box.Right() + 8, y, l.Width - p.Box.Right() - 8, tall})
		}
		y += tall + gap
	}
	l.Height = math.Ceil(y + 2)
}

// aside places what lies beside the input of a narrow frame.
func (l *Layout) aside(box Rect) {
	bar := min(0.45*box.W, 90)
	l.Legend = Rect{snap(box.Right()-bar-2, l.Ratio), snap(box.CY()-2, l.Ratio), bar, 6}
	l.label(LabelCentre, Rect{box.X, box.Y, max(box.W-bar-10, 0), box.H}, wording{})
	l.label(LabelLegend, l.Legend, wording{})
}

// narrowWords chooses how the labels of a narrow frame read, and returns how
// wide their column is. Where no wording fits, the text is made smaller.
func (l *Layout) narrowWords() (words wording, column float64) {
	const most = 0.34 // of the width
	for ; ; l.Font *= 0.94 {
		for _, words = range []wording{{}, {brief: true}, {wrapped: true, brief: true}} {
			column = 0
			for i := range l.Panels {
				column = max(column, math.Ceil(l.labelWidth(i, words)))
			}
			if column <= most*l.Width || l.Font < smallest {
				return words, column
			}
		}
	}
}
