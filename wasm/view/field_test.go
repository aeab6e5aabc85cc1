package view

import (
	"math"
	"testing"

	"lenet/engine"
)

// seen works out from the definition of each layer which values of a panel a
// set of values of the next panel is computed from. Values are keyed by map, row, column.
func seen(l *Layout, panel int, of map[[3]int]bool) map[[3]int]bool {
	from := map[[3]int]bool{}
	src := &l.Panels[panel-1]
	add := func(c, y, x int) {
		if y >= 0 && x >= 0 && y < src.Side && x < src.Side {
			from[[3]int{c, y, x}] = true
		}
	}
	for u := range of {
		switch panel {
		case PanelConv1, PanelConv2:
			pad := 0
			if panel == PanelConv1 {
				pad = 2
			}
			for c := range src.Maps {
				for ky := range engine.Kernel {
					for kx := range engine.Kernel {
						add(c, u[1]+ky-pad, u[2]+kx-pad)
					}
				}
			}
		case PanelPool1, PanelPool2:
			for k := range 4 {
				add(u[0], 2*u[1]+k/2, 2*u[2]+k%2)
			}
		default:
			for c := range src.Maps {
				for k := range src.Side * src.Side {
					add(c, k/src.Side, k%src.Side)
				}
			}
		}
	}
	return from
}

func TestFieldIsWhatTheLayersRead(t *testing.T) {
	l := New(engine.Config{Channels: [2]int{3, 4}, Units: [2]int{5, 6}}, Frame{Width: 1155, Ratio: 1})
	for panel := range l.Panels {
		p := &l.Panels[panel]
		for _, u := range []Unit{
			{panel, 0, 0, 0},
			{panel, p.Maps - 1, p.Side - 1, p.Side - 1},
			{panel, p.Maps / 2, p.Side / 2, p.Side / 3},
		} {
			field := l.Field(u)
			if len(field) != panel {
				t.Fatalf("%v: %d patches, want %d", u, len(field), panel)
			}
			values := map[[3]int]bool{{u.C, u.Y, u.X}: true}
			for i, patch := range field {
				at := panel - i
				values = seen(l, at, values)
				if patch.Panel != at-1 {
					t.Fatalf("%v: patch %d is of panel %d, want %d", u, i, patch.Panel, at-1)
				}
				n := 0
				for c := range l.Panels[at-1].Maps {
					if patch.C != AllMaps && patch.C != c {
						continue
					}
					for y := patch.Y0; y <= patch.Y1; y++ {
						for x := patch.X0; x <= patch.X1; x++ {
							n++
							if !values[[3]int{c, y, x}] {
								t.Fatalf("%v does not see map %d (%d, %d) of panel %d", u, c, y, x, at-1)
							}
						}
					}
				}
				if n != len(values) {
					t.Errorf("%v: the patch %+v has %d values, want %d", u, patch, n, len(values))
				}
				boxes := 0
				l.Boxes(patch, func(Rect) { boxes++ })
				if want := l.Panels[at-1].Maps; patch.C == AllMaps && boxes != want || patch.C != AllMaps && boxes != 1 {
					t.Errorf("%v: the patch %+v has %d boxes", u, patch, boxes)
				}
				whole := len(values) == l.Panels[at-1].Maps*l.Panels[at-1].Side*l.Panels[at-1].Side
				if l.Whole(patch) != whole {
					t.Errorf("%v: Whole(%+v) = %t", u, patch, !whole)
				}
			}
		}
	}
}

func TestHitFindsEveryUnit(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		for i := range l.Panels {
			p := &l.Panels[i]
			for c := range p.Maps {
				for k := range p.Side * p.Side {
					want := Unit{i, c, k / p.Side, k % p.Side}
					b := l.Box(want)
					if got, ok := l.Hit(b.CX(), b.CY(), 0); !ok || got != want {
						t.Fatalf("Hit in the middle of %v gives %v, %t", want, got, ok)
					}
				}
			}
		}
	})
}

func TestHitMisses(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1155, Ratio: 1})
	m := l.Panels[PanelConv1].Map(0)
	for _, tt := range []struct {
		name    string
		x, y    float64
		slack   float64
		want    Unit
		wantHit bool
	}{
		{"the pad", l.Pad.CX(), l.Pad.CY(), 8, Unit{}, false},
		{"just outside", m.X - 3, m.CY(), 0, Unit{}, false},
		{"just outside, with a finger", m.X - 3, m.Y + 1, 8, Unit{PanelConv1, 0, 0, 0}, true},
		{"between two maps", m.Right() + 2, m.Y + 1, 0, Unit{}, false},
		{"between two maps, nearer to the first", m.Right() + 1, m.Y + 1, 8, Unit{PanelConv1, 0, 0, 27}, true},
		{"outside the frame", -50, -50, 8, Unit{}, false},
	} {
		if got, ok := l.Hit(tt.x, tt.y, tt.slack); ok != tt.wantHit || got != tt.want {
			t.Errorf("%s: %v, %t; want %v, %t", tt.name, got, ok, tt.want, tt.wantHit)
		}
	}
	odd := New(engine.Config{Channels: [2]int{7, 13}, Units: [2]int{97, 11}}, Frame{Width: 1155, Ratio: 1})
	p := &odd.Panels[PanelConv1]
	if x, y := p.Box.Right()-3, p.Box.Bottom()-3; p.grid.cols*p.grid.rows > p.Maps {
		if u, ok := odd.Hit(x, y, 0); ok {
			t.Errorf("the empty place of the grid hits %v", u)
		}
	}
}

func TestStep(t *testing.T) {
	wide, phone := New(engine.Classic(), Frame{Width: 1155, Ratio: 1}), New(engine.Classic(), Frame{Width: 360, Ratio: 1})
	last := wide.Panels[PanelLinear2].grid
	cols, third := last.cols, last.cols*(last.rows*7/20+1)-1 // of the last layer; the unit at the right about a third down
	for _, tt := range []struct {
		name   string
		l      *Layout
		from   Unit
		dx, dy int
		want   Unit
	}{
		{"inside a map", wide, Unit{PanelConv1, 0, 5, 5}, 1, 0, Unit{PanelConv1, 0, 5, 6}},
		{"up inside a map", wide, Unit{PanelConv1, 0, 5, 5}, 0, -1, Unit{PanelConv1, 0, 4, 5}},
		{"to the next map", wide, Unit{PanelConv1, 0, 5, 27}, 1, 0, Unit{PanelConv1, 1, 5, 0}},
		{"to the map below", wide, Unit{PanelConv1, 0, 27, 5}, 0, 1, Unit{PanelConv1, 2, 0, 5}},
		{"at the lower edge", wide, Unit{PanelConv1, 4, 27, 5}, 0, 1, Unit{PanelConv1, 4, 27, 5}},
		{"to the next unit", wide, Unit{PanelLinear2, 0, 0, 0}, 0, 1, Unit{PanelLinear2, cols, 0, 0}},
		{"before the input", wide, Unit{PanelInput, 0, 5, 0}, -1, 0, Unit{PanelInput, 0, 5, 0}},
		{"to the outputs", wide, Unit{PanelLinear2, third, 0, 0}, 1, 0, Unit{PanelOutput, 3, 0, 0}},
		{"down the outputs", wide, Unit{PanelOutput, 1, 0, 0}, 0, 1, Unit{PanelOutput, 2, 0, 0}},
		{"below the outputs", wide, Unit{PanelOutput, 9, 0, 0}, 0, 1, Unit{PanelOutput, 9, 0, 0}},
		{"after the outputs", wide, Unit{PanelOutput, 9, 0, 0}, 1, 0, Unit{PanelOutput, 9, 0, 0}},
		{"back from the outputs", wide, Unit{PanelOutput, 9, 0, 0}, -1, 0, Unit{PanelLinear2, 83, 0, 0}},
		{"across the outputs of a phone", phone, Unit{PanelOutput, 3, 0, 0}, 1, 0, Unit{PanelOutput, 4, 0, 0}},
		{"across the flow of a phone", phone, Unit{PanelConv1, 5, 3, 27}, 1, 0, Unit{PanelConv1, 5, 3, 27}},
	} {
		if got := tt.l.Step(tt.from, tt.dx, tt.dy); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Arrow keys alone must reach every panel and come back.
func TestStepWalksTheFlow(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		dx, dy := 1, 0
		if l.Vertical {
			dx, dy = 0, 1
		}
		for _, dir := range []int{1, -1} {
			u, last := l.First(), -1
			for range 10000 {
				next := l.Step(u, dir*dx, dir*dy)
				if d := (next.Panel - u.Panel) * dir; d < 0 || d > 1 {
					t.Fatalf("from %v to %v", u, next)
				}
				if !l.Has(next) {
					t.Fatalf("no such unit: %v", next)
				}
				if next == u {
					last = u.Panel
					break
				}
				u = next
			}
			if want := map[int]int{1: PanelOutput, -1: 0}[dir]; last != want {
				t.Fatalf("walking by %d ends in panel %d, want %d", dir, last, want)
			}
		}
	})
}

// In a layer of single units the arrow keys go to what is drawn beside each of
// them, and where nothing is they leave the layer or stay.
func TestStepAmongUnits(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		for i := range l.Panels {
			p := &l.Panels[i]
			if p.Side > 1 {
				continue
			}
			pitch := p.grid.tile + p.grid.gap
			for c := range p.Maps {
				for _, d := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
					box := p.Map(c)
					got := l.Step(Unit{Panel: i, C: c}, d[0], d[1])
					beside, ok := l.Hit(box.CX()+float64(d[0])*pitch, box.CY()+float64(d[1])*pitch, 0)
					if ok = ok && beside.Panel == i; ok && got != beside {
						t.Fatalf("from unit %d by %v to %v, but %v is there", c, d, got, beside)
					}
					if !ok && got.Panel == i && got.C != c {
						t.Fatalf("from unit %d by %v to %v, but nothing is there", c, d, got)
					}
				}
			}
		}
	})
}

// Leaping goes from layer to layer and back.
func TestLeap(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		u := Unit{Panel: PanelInput, Y: 14, X: 14}
		for panel := 1; panel <= PanelOutput; panel++ {
			if u = l.Leap(u, 1); u.Panel != panel || !l.Has(u) {
				t.Fatalf("the leap to panel %d ends at %v", panel, u)
			}
		}
		if l.Leap(u, 1) != u {
			t.Error("there is something after the outputs")
		}
		for panel := PanelLinear2; panel >= 0; panel-- {
			if u = l.Leap(u, -1); u.Panel != panel || !l.Has(u) {
				t.Fatalf("the leap back to panel %d ends at %v", panel, u)
			}
		}
		if l.Leap(u, -1) != u {
			t.Error("there is something before the input")
		}
	})
}

// Flatten's numbers are those of the units.
func TestVoter(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1155, Ratio: 1})
	for _, tt := range []struct {
		of    Unit
		index int
		want  Unit
		ok    bool
	}{
		{Unit{Panel: PanelLinear1}, 0, Unit{PanelPool2, 0, 0, 0}, true},
		{Unit{Panel: PanelLinear1, C: 7}, 399, Unit{PanelPool2, 15, 4, 4}, true},
		{Unit{Panel: PanelLinear1}, 37, Unit{PanelPool2, 1, 2, 2}, true},
		{Unit{Panel: PanelLinear1}, 400, Unit{PanelPool2, 16, 0, 0}, false},
		{Unit{Panel: PanelOutput}, 83, Unit{PanelLinear2, 83, 0, 0}, true},
		{Unit{Panel: PanelConv2}, 0, Unit{}, false},
	} {
		if got, ok := l.Voter(tt.of, tt.index); got != tt.want || ok != tt.ok {
			t.Errorf("input %d of %v: %v, %t", tt.index, tt.of, got, ok)
		}
	}
}

// The outputs leave where the flow ends, each in its share.
func TestOutputs(t *testing.T) {
	each(t, func(t *testing.T, l *Layout) {
		last := l.Flow[len(l.Flow)-1]
		for c := range l.Config.NumClasses() {
			b := l.Box(Unit{Panel: PanelOutput, C: c})
			at, from, to := b.X, b.Y, b.Bottom()
			if l.Vertical {
				at, from, to = b.Y, b.X, b.Right()
			}
			step := (last.To - last.From) / float64(l.Config.NumClasses())
			if at != last.At || math.Abs(from-last.From-float64(c)*step) > 1e-6 || math.Abs(to-from-step) > 1e-6 {
				t.Fatalf("output %d lies at %v, the flow ends as %v", c, b, last)
			}
		}
	})
}

func TestLayersAndPanels(t *testing.T) {
	for panel := range NumPanels + 1 {
		if got, ok := PanelOf(LayerOf(panel)); !ok || got != panel {
			t.Errorf("panel %d shows module %d, which panel %d shows", panel, LayerOf(panel), got)
		}
	}
	for _, layer := range []int{0, 3, 6, 7, 9, 12, -2} {
		if panel, ok := PanelOf(layer); ok {
			t.Errorf("panel %d is said to show module %d", panel, layer)
		}
	}
}
