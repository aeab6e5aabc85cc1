package view

import "math"

// What a panel of a wide frame may take: a share of the width beside the pad,
// a share of the picture's height, and the largest tile as a share of the pad's side.
var (
	widthShare  = [NumPanels]float64{0.09, 0.31, 0.2, 0.12, 0.105, 0.1, 0.085}
	heightShare = [NumPanels]float64{0.4, 1, 0.82, 1, 0.92, 1, 0.92}
	tileLimit   = [NumPanels]float64{0.24, 0.5, 0.34, 0.26, 0.2, 0.05, 0.05}
)

// gapsAlong weighs the gaps along the flow: before each panel, and after the
// last one. They are the wider the steeper the flow is there.
var gapsAlong = [NumPanels + 1]float64{1.9, 1.9, 1, 1.2, 0.9, 1, 0.9, 1.3}

// row lays a wide frame out from left to right. The panels are as large as
// height and width let them be together.
func (l *Layout) row(f Frame) {
	const tallest = 1.03 // the picture's height, of the pad's side
	pad := l.Pad
	area := Rect{pad.Right(), pad.Y, l.Width - pad.Right(), pad.H}
	l.Height = math.Ceil(pad.Bottom() + Pad.Below)
	if f.Height > 0 {
		l.Height = max(f.Height, Pad.Low)
		area.H = min(l.Height-pad.Y-Pad.Below, tallest*pad.H)
	}
	least, weights := max(5, l.Width/95), 0.0 // a gap of weight 1
	for _, w := range gapsAlong {
		weights += w
	}
	room := area.W - weights*least

	words, slots := l.words(f, room, area, 0.6*least)
	l.Wrapped = words.wrapped

	free := area.W
	for i := range l.Panels {
		slots[i] = max(slots[i], l.Panels[i].grid.width())
		free -= slots[i]
	}
	gap := max(free, 0) / weights
	l.label(LabelPad, Rect{0, 0, pad.W, pad.Y - Pad.Above}, wording{})
	x := area.X
	for i := range l.Panels {
		p := &l.Panels[i]
		x += gapsAlong[i] * gap
		w, h := p.grid.width(), p.grid.height()
		p.Box = Rect{snap(x+(slots[i]-w)/2, l.Ratio), snap(area.CY()-h/2, l.Ratio), w, h}
		before, after := gapsAlong[i]*gap/2, gapsAlong[i+1]*gap/2
		half := slots[i]/2 + min(before, after)
		l.label(i, Rect{x + slots[i]/2 - half, 0, 2 * half, pad.Y - Pad.Above}, words)
		x += slots[i]
	}
	if !f.Presenting { // what is small is left out
		l.notes(area)
	}
}

// words chooses the longest labels beside which the panels stay large enough,
// in so much room together, and makes the panels' grids. It returns how wide the
// labels are, less what they may reach into the gaps. Where even the shortest do
// not fit, the text is made smaller.
func (l *Layout) words(f Frame, room float64, area Rect, reach float64) (words wording, slots [NumPanels]float64) {
	sizes := l.sizes(room, area)
	without, _ := sizes.largest(slots, room)
	for ; l.Font >= smallest; l.Font *= 0.94 {
		for _, words = range wordings(f.lines()) {
			for i := range slots {
				slots[i] = l.labelWidth(i, words) - reach
			}
			if k, ok := sizes.largest(slots, room); ok && sizes[k].sum() >= words.least*sizes[without].sum() {
				l.fill(sizes[k].scale, room, area)
				return words, slots
			}
		}
	}
	l.fill(sizes[without].scale, room, area)
	return words, [NumPanels]float64{}
}

// smallest is the size of titles, CSS pixels, below which labels may be cut.
const smallest = 9

// size is how wide the panels are at a scale.
type size struct {
	scale  float64
	widths [NumPanels]float64
}

func (s *size) sum() float64 {
	sum := 0.0
	for _, w := range s.widths {
		sum += w
	}
	return sum
}

type sizes []size

// sizes returns how wide the panels may be, the largest first.
func (l *Layout) sizes(room float64, area Rect) (all sizes) {
	for scale := 1.8; scale > 0.3; scale -= 0.02 {
		l.fill(scale, room, area)
		s := size{scale: scale}
		for i := range l.Panels {
			s.widths[i] = l.Panels[i].grid.width()
		}
		all = append(all, s)
	}
	return all
}

// largest returns the first size whose panels, or the slots where those are
// wider, fit into room together; ok is false, and it returns the last one, where none does.
func (all sizes) largest(slots [NumPanels]float64, room float64) (k int, ok bool) {
	for k = range all {
		sum := 0.0
		for i, w := range all[k].widths {
			sum += max(w, slots[i])
		}
		if sum <= room {
			return k, true
		}
	}
	return k, false
}

// fill makes the panels' grids, so many times as large as their shares.
func (l *Layout) fill(scale, room float64, area Rect) {
	for i := range l.Panels {
		p := &l.Panels[i]
		width, height := scale*room*widthShare[i], area.H*heightShare[i]
		p.grid = fit(p.Maps, width, height, l.Pad.H*tileLimit[i]*p.few(), gapShare(p.Side), width/height).snapped(width, height, l.Ratio)
	}
}

// notes places what lies below the input: how the drawing got there, and the
// legend, which goes above the input where there is no room.
func (l *Layout) notes(area Rect) {
	in := l.Panels[PanelInput].Box
	half := min(in.CX()-l.Pad.Right(), l.Panels[PanelConv1].Box.X-in.CX(), 5.5*l.Font) - 3
	line := Pad.Line * l.Font
	l.label(LabelCentre, Rect{in.CX() - half, in.Bottom() + 6, 2 * half, 3 * line}, wording{})
	const bar = 6
	at := Rect{snap(in.CX()-half, l.Ratio), snap(l.Pad.Bottom()-line-bar-2, l.Ratio), 2 * half, bar} // the page's tools lie below the pad
	if at.Y < in.Bottom()+6+4*line {                                                                 // with its name above
		at.Y = snap(max(in.Y-2*line-bar, area.Y+line), l.Ratio)
	}
	l.Legend = at
	l.label(LabelLegend, at, wording{})
}
