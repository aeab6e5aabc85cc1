package view

import (
	"fmt"
	"math"
	"testing"

	"lenet/engine"
)

var configs = []engine.Config{
	engine.Classic(),
	{Activation: engine.Tanh, Channels: [2]int{1, 1}, Units: [2]int{1, 1}, Classes: 2},
	{Activation: engine.ReLU, Pooling: engine.MaxPool, Channels: [2]int{7, 13}, Units: [2]int{97, 11}, Classes: 47},
	{Channels: [2]int{64, 64}, Units: [2]int{512, 512}, Classes: 64},
	{Channels: [2]int{1, 64}, Units: [2]int{1, 512}},
	{Channels: [2]int{64, 1}, Units: [2]int{512, 1}},
}

// frames are rooms for the stage: with heights that follow, and as a window
// gives them at 1280×720, with a lesson beside, at 1920×1080 also while
// presenting, and at 2560×1440; with a font size of 32, and on a phone.
var frames = []Frame{
	{Width: 160}, {Width: 320}, {Width: 358, Tools: 60}, {Width: 358, Text: 32}, {Width: 671}, {Width: 672}, {Width: 776}, {Width: 1040}, {Width: 1155}, {Width: 1920},
	{Width: 1224, Height: 360}, {Width: 1000, Height: 360}, {Width: 1000, Height: 360, Text: 32}, {Width: 880, Height: 330}, {Width: 640, Height: 330},
	{Width: 1640, Height: 560, Text: 19.2}, {Width: 1600, Height: 520, Text: 32, Presenting: true}, {Width: 2280, Height: 800, Text: 25.6}, {Width: 800, Height: 1200}, {Width: 500, Height: 100},
}

// each calls f with a layout of every configuration in every room at every ratio of pixels.
func each(t *testing.T, f func(t *testing.T, l *Layout)) {
	for _, c := range configs {
		for _, frame := range frames {
			for _, frame.Ratio = range []float64{1, 1.25, 2, 3} {
				t.Run(fmt.Sprintf("%v %v %+v", c.Channels, c.Units, frame), func(t *testing.T) { f(t, New(c, frame)) })
			}
		}
	}
}

func inside(in, out Rect) bool {
	const eps = 1e-6
	return in.X >= out.X-eps && in.Y >= out.Y-eps && in.Right() <= out.Right()+eps && in.Bottom() <= out.Bottom()+eps
}

func TestEverythingLiesInItsPlace(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		frame := Rect{0, 0, l.Width, l.Height}
		before := l.Pad
		if !inside(l.Pad, frame) || !inside(l.Legend, frame) {
			t.Errorf("pad %v or legend %v is not in the frame %v", l.Pad, l.Legend, frame)
		}
		for i := range l.Panels {
			p := &l.Panels[i]
			if !inside(p.Box, frame) {
				t.Errorf("panel %d: %v is not in the frame %v", i, p.Box, frame)
			}
			if l.Vertical && p.Box.Y < before.Bottom()+4 || !l.Vertical && p.Box.X < before.Right()+3 {
				t.Errorf("panel %d at %v is on top of what comes before, %v", i, p.Box, before)
			}
			before = p.Box
			for c := range p.Maps {
				m := p.Map(c)
				if !inside(m, p.Box) {
					t.Fatalf("panel %d: map %d at %v is not in %v", i, c, m, p.Box)
				}
				for _, v := range []float64{m.X, m.Y, m.W} {
					if d := v * l.Ratio; math.Abs(d-math.Round(d)) > 1e-6 {
						t.Fatalf("panel %d: map %d at %v is not on the device's pixels", i, c, m)
					}
				}
				if c > 0 && overlap(m, p.Map(c-1)) {
					t.Fatalf("panel %d: maps %d and %d overlap", i, c-1, c)
				}
			}
		}
	})
}

func overlap(a, b Rect) bool {
	const eps = 1e-6
	return a.X < b.Right()-eps && b.X < a.Right()-eps && a.Y < b.Bottom()-eps && b.Y < a.Bottom()-eps
}

func TestLabelsDoNotTouch(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		if l.Width < 320 {
			return // too narrow for the notes beside the input
		}
		for i, a := range l.Labels {
			for _, b := range l.Labels[:i] {
				if a.Panel != LabelLegend && b.Panel != LabelLegend && overlap(a.Box, b.Box) {
					t.Errorf("label %d at %v and label %d at %v overlap", a.Panel, a.Box, b.Panel, b.Box)
				}
			}
			for k := range l.Panels {
				if overlap(a.Box, l.Panels[k].Box) {
					t.Errorf("label %d at %v lies on panel %d at %v", a.Panel, a.Box, k, l.Panels[k].Box)
				}
			}
		}
	})
}

func TestClassic(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1000, Height: 360, Ratio: 1})
	want := []struct {
		layer, maps, side, cols, rows int
		title, detail                 string
	}{
		{LayerInput, 1, 28, 1, 1, "", "28×28"},
		{1, 6, 28, 2, 3, "Conv2d + Sigmoid", "6 × 28×28"},
		{2, 6, 14, 2, 3, "AvgPool2d", "6 × 14×14"},
		{4, 16, 10, 2, 8, "Conv2d + Sigmoid", "16 × 10×10"},
		{5, 16, 5, 2, 8, "AvgPool2d", "16 × 5×5"},
		{8, 120, 1, 5, 24, "Linear + Sigmoid", "120"},
		{10, 84, 1, 4, 21, "Linear + Sigmoid", "84"},
	}
	for i, w := range want {
		p := l.Panels[i]
		if p.Layer != w.layer || p.Maps != w.maps || p.Side != w.side || p.grid.cols != w.cols || p.grid.rows != w.rows {
			t.Errorf("panel %d: module %d, %d maps of side %d in %d×%d, want %v", i, p.Layer, p.Maps, p.Side, p.grid.cols, p.grid.rows, w)
		}
		label := l.Labels[1+i]
		if label.Panel != i || label.Title != w.title || label.Detail != w.detail || !label.Brief {
			t.Errorf("label %d: %q %q of panel %d, want %q %q", i, label.Title, label.Detail, label.Panel, w.title, w.detail)
		}
		if i > PanelInput && i != PanelPool1 && p.Box.H < 0.8*l.Pad.H {
			t.Errorf("panel %d is %g px high beside a pad of %g px", i, p.Box.H, l.Pad.H)
		}
	}
	if l.Vertical || !l.Wrapped || l.Height != 360 {
		t.Errorf("in a row with titles of two lines: %t, %t; height %g", !l.Vertical, l.Wrapped, l.Height)
	}
	if l.Pad.W < 270 {
		t.Errorf("the pad is %g px wide", l.Pad.W)
	}
	wide := New(engine.Classic(), Frame{Width: 2600, Ratio: 1})
	if long := wide.Labels[1+PanelConv2]; wide.Wrapped || long.Title != "Conv2d + Sigmoid" || long.Detail != "[1, 16, 10, 10]" {
		t.Errorf("where there is room for it: %q %q", long.Title, long.Detail)
	}
	if show := New(engine.Classic(), Frame{Width: 1600, Height: 520, Ratio: 1, Text: 32, Presenting: true}); show.Font*0.93 < 24 || show.Labels[1+PanelPool2].Title != "Pool" || show.Panels[PanelConv1].Box.H < 0.75*show.Pad.H {
		t.Errorf("while presenting: %g px, %q", show.Font, show.Labels[1+PanelPool2].Title)
	}
	beside := New(engine.Classic(), Frame{Width: 620, Height: 303, Ratio: 1}) // a lesson
	if label := beside.Labels[1+PanelConv2]; label.Detail != "16 ×\n10×10" || beside.Panels[PanelConv1].Box.H < 0.85*beside.Pad.H {
		t.Errorf("beside a lesson: %q, the first maps %g px high", label.Detail, beside.Panels[PanelConv1].Box.H)
	}
	phone := New(engine.Classic(), Frame{Width: 358, Ratio: 3, Tools: 60})
	if layers := phone.Height - phone.Panels[PanelInput].Box.Y; !phone.Vertical || phone.Pad.W != 238 || layers > 320 {
		t.Errorf("a phone's layers are %g px high, its pad %g px", layers, phone.Pad.W)
	}
}

// Labels grow with the frame and with the reader's font size; they become
// smaller only where they would not fit.
func TestFont(t *testing.T) {
	for _, tt := range []struct {
		frame Frame
		font  float64
	}{
		{Frame{Width: 358}, 12}, {Frame{Width: 960, Height: 360}, 12}, {Frame{Width: 1224, Height: 360}, 13}, {Frame{Width: 1500, Height: 560, Text: 19.2}, 15.6},
		{Frame{Width: 2280, Height: 800, Text: 25.6}, 20.8}, {Frame{Width: 1504, Height: 596, Text: 32, Presenting: true}, 26}, {Frame{Width: 897, Height: 357, Text: 29.3, Presenting: true}, 23.8},
	} {
		tt.frame.Ratio = 1
		if l := New(engine.Classic(), tt.frame); math.Abs(l.Font-tt.font) > 0.1 {
			t.Errorf("%+v: %g px, want %g", tt.frame, l.Font, tt.font)
		}
	}
	if l := New(engine.Classic(), Frame{Width: 1000, Height: 360, Text: 32, Ratio: 1}); l.Font < 16 {
		t.Errorf("twice as large a font makes labels of %g px", l.Font)
	}
}

func TestFlow(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		at := math.Inf(-1)
		for _, r := range l.Flow {
			if r.At < at || r.From > r.To {
				t.Fatalf("rib %v after %g", r, at)
			}
			at = r.At
		}
		end := l.Width
		if l.Vertical {
			end = l.Height
		}
		if at != end {
			t.Errorf("the flow ends at %g, the frame at %g", at, end)
		}
		for i := range l.Panels {
			box := l.Panels[i].Box
			if l.Vertical {
				box = box.Transposed()
			}
			for _, r := range l.Flow {
				if r.At >= box.X && r.At <= box.Right() && (r.From > box.Y || r.To < box.Bottom()) {
					t.Errorf("panel %d at %v sticks out of the flow at %v", i, box, r)
				}
			}
		}
	})
}

func TestLink(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1155, Ratio: 1})
	u := Unit{PanelConv2, 5, 4, 5}
	n := 0
	l.Links(u, func(k Link) {
		from, to := l.Panels[PanelPool1].Cells(n, 4, 5, 8, 9), l.Box(u)
		if k.At(0) != (Point{from.Right(), from.CY()}) || k.At(1) != (Point{to.X, to.CY()}) {
			t.Errorf("link %d runs from %v to %v, want from %v to %v", n, k.At(0), k.At(1), from, to)
		}
		n++
	})
	if n != 6 {
		t.Errorf("%d links, want one from each of the 6 maps", n)
	}
	l.Links(Unit{Panel: PanelInput}, func(Link) { t.Error("the input is computed from nothing") })
}

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		n                    int
		width, height, limit float64
		aspect               float64
		cols, rows           int
	}{
		{1, 100, 100, 50, 1, 1, 1},
		{6, 160, 250, 75, 0.7, 2, 3},
		{6, 340, 90, 64, 5, 6, 1},
		{16, 150, 234, 35, 0.7, 4, 4},
		{16, 340, 90, 37, 5, 8, 2},
		{7, 1000, 20, 20, 0.7, 7, 1}, // only one row fits
	} {
		g := fit(tt.n, tt.width, tt.height, tt.limit, 0.1, tt.aspect)
		if g.cols != tt.cols || g.rows != tt.rows {
			t.Errorf("%d in %g×%g: %d×%d, want %d×%d", tt.n, tt.width, tt.height, g.cols, g.rows, tt.cols, tt.rows)
		}
		if g.width() > tt.width+1e-9 || g.height() > tt.height+1e-9 || g.tile > tt.limit {
			t.Errorf("%d in %g×%g: %g×%g with tiles of %g", tt.n, tt.width, tt.height, g.width(), g.height(), g.tile)
		}
	}
}
