package view

import (
	"slices"
	"testing"

	"lenet/engine"
)

// For a unit the boxes of its field are lit, and a link from each box of
// the layer before; for a linear unit one from each of its voters.
func TestLight(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1155, Ratio: 1})
	conv := Unit{PanelConv2, 6, 4, 5}
	lit := l.Light(conv, false, nil)
	if len(lit.Field) != 6+6+1 || len(lit.Links) != 6 || lit.Box != l.Box(conv) || lit.Windows != nil || lit.Voters != nil {
		t.Errorf("of %v: %+v", conv, lit)
	}
	votes := []Vote{{17, 0.5}, {400, 1}, {-1, 1}, {399, -0.25}}
	linear := Unit{Panel: PanelLinear1, C: 7}
	lit = l.Light(linear, false, votes)
	if len(lit.Links) != 0 || len(lit.Voters) != 2 || lit.Voters[1].Value != -0.25 || lit.Voters[1].Box != l.Box(Unit{PanelPool2, 15, 4, 4}) {
		t.Errorf("of %v: %+v", linear, lit)
	}
	if lit = l.Light(linear, true, votes); len(lit.Field) != 1 || len(lit.Voters) != 0 {
		t.Errorf("of the weights of %v: %+v", linear, lit)
	}
}

// A kernel lies on as many values of every map as it has weights, at the place
// whose sum they make. Its windows and the weights in its picture belong together.
func TestLightOfKernel(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		for _, panel := range []int{PanelConv1, PanelConv2} {
			p, from := &l.Panels[panel], &l.Panels[panel-1]
			u := Unit{panel, p.Maps - 1, p.Side / 2, p.Side / 3}
			lit := l.Light(u, true, nil)
			if lit.Box != p.Map(u.C) || len(lit.Windows) != from.Maps || len(lit.Links) != from.Maps {
				t.Fatalf("%v: box %v, %d windows, %d links", u, lit.Box, len(lit.Windows), len(lit.Links))
			}
			var boxes []Rect
			l.Boxes(l.Field(u)[0], func(r Rect) { boxes = append(boxes, r) })
			side := PartSide(l.Config, panel)
			for i, w := range lit.Windows {
				if w.Rect != boxes[i] {
					t.Fatalf("%v: the kernel lies at %v, the field is %v", u, w.Rect, boxes[i])
				}
				if x, y := partAt(from.Maps, i); w.X != x || w.Y != y || x+engine.Kernel > side || y+engine.Kernel > side {
					t.Fatalf("%v: window %d has the kernel at %d, %d of %d", u, i, w.X, w.Y, side)
				}
			}
		}
		if w := l.Light(Unit{Panel: PanelConv1}, true, nil).Windows[0]; w.Rect.X >= l.Panels[PanelInput].Box.X || w.W != l.Panels[PanelInput].Cells(0, 0, 0, 0, 4).W {
			t.Errorf("in the padding the kernel lies at %v", w.Rect)
		}
	})
}

// The trail leads from layer to layer back to the input, and to the part of the
// pad that becomes what the unit sees of it.
func TestTrail(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1000, Height: 360, Ratio: 1})
	for _, tt := range []struct {
		unit  Unit
		links int // besides the one from the pad
	}{
		{Unit{PanelConv2, 6, 4, 5}, 6 + 6},
		{Unit{PanelPool2, 6, 2, 2}, 6 + 6 + 6},
		{Unit{PanelPool1, 3, 4, 5}, 1},
		{Unit{PanelConv1, 3, 4, 5}, 0},
	} {
		lit := l.Light(tt.unit, false, nil)
		if len(lit.Trail) != tt.links || lit.Pad != (Rect{}) {
			t.Errorf("%v: %d links, pad %v; want %d, none", tt.unit, len(lit.Trail), lit.Pad, tt.links)
		}
		l.OnPad(&lit, tt.unit, Onto{Scale: 1}) // the pad shows the image
		field := l.Field(tt.unit)
		p := field[len(field)-1]
		cell := l.Pad.W / engine.Side
		want := Rect{l.Pad.X + float64(p.X0)*cell, l.Pad.Y + float64(p.Y0)*cell, float64(p.X1-p.X0+1) * cell, float64(p.Y1-p.Y0+1) * cell}
		if !inside(lit.Pad, want.Grow(1e-9)) || !inside(want, lit.Pad.Grow(1e-9)) || len(lit.Trail) != tt.links+1 {
			t.Errorf("%v on the pad: %v, %d links; want %v, %d", tt.unit, lit.Pad, len(lit.Trail), want, tt.links+1)
		}
	}
	corner, lit := Unit{PanelConv1, 0, 0, 0}, Lit{}
	if l.OnPad(&lit, corner, Onto{Scale: 0.7, X: 9, Y: 9}); lit.Pad != (Rect{}) {
		t.Errorf("what lies beside the pad is at %v", lit.Pad)
	}
	if l.OnPad(&lit, Unit{Panel: PanelLinear1}, Onto{Scale: 1}); lit.Pad != (Rect{}) {
		t.Errorf("a unit that sees everything has %v of the pad lit", lit.Pad)
	}
}

func TestAim(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1155, Ratio: 1})
	none := Unit{Panel: -1}
	for _, c := range []struct{ u, last, want Unit }{
		{Unit{PanelConv1, 2, 0, 1}, none, Unit{PanelConv1, 2, 14, 14}},
		{Unit{PanelConv2, 2, 0, 1}, Unit{PanelConv1, 2, 3, 4}, Unit{PanelConv2, 2, 5, 5}},
		{Unit{PanelConv1, 2, 0, 1}, Unit{PanelConv1, 2, 3, 4}, Unit{PanelConv1, 2, 3, 4}},
		{Unit{PanelConv1, 2, 0, 1}, Unit{PanelConv1, 1, 3, 4}, Unit{PanelConv1, 2, 14, 14}},
		{Unit{PanelPool1, 2, 0, 1}, none, Unit{PanelPool1, 2, 0, 1}},
		{Unit{PanelLinear1, 2, 0, 0}, none, Unit{PanelLinear1, 2, 0, 0}},
	} {
		if got := l.Aim(c.u, c.last); got != c.want {
			t.Errorf("Aim(%v, %v) = %v, want %v", c.u, c.last, got, c.want)
		}
	}
}

// Skipping goes from map to map and keeps the place in it; it reaches all of them.
func TestSkip(t *testing.T) {
	wide := New(engine.Classic(), Frame{Width: 1155, Ratio: 1})
	if got, want := wide.Skip(Unit{PanelConv1, 0, 5, 6}, 0, 1), (Unit{PanelConv1, 2, 5, 6}); got != want {
		t.Errorf("down: %v, want %v", got, want)
	}
	if got := wide.Skip(Unit{PanelConv1, 0, 5, 6}, 0, -1); got != (Unit{PanelConv1, 0, 5, 6}) {
		t.Errorf("up from the first row: %v", got)
	}
	each(t, func(t *testing.T, l *Layout) {
		var maps []int
		u := Unit{Panel: PanelConv2, Y: 1, X: 2}
		todo := []Unit{u}
		for len(todo) > 0 {
			u, todo = todo[0], todo[1:]
			if u.Panel != PanelConv2 || slices.Contains(maps, u.C) {
				continue
			}
			if u.Y != 1 || u.X != 2 {
				t.Fatalf("the place is not kept: %v", u)
			}
			maps = append(maps, u.C)
			for _, d := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				next := l.Skip(u, d[0], d[1])
				if !l.Has(next) {
					t.Fatalf("no such unit: %v", next)
				}
				todo = append(todo, next)
			}
		}
		if len(maps) != l.Panels[PanelConv2].Maps {
			t.Errorf("%d of %d maps are reached", len(maps), l.Panels[PanelConv2].Maps)
		}
	})
}
