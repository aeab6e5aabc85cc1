package view

import (
	"math"
	"testing"
	"time"

	"lenet/engine"
	"lenet/engine/figure/palette"
)

// Every weight of the convolutions lies where its kernel is drawn, and nothing else does.
func TestParts(t *testing.T) {
	for _, c := range configs {
		p := engine.NewParams(c)
		p.Init(3)
		s := NewParts(p)
		for panel, name := range map[int]string{PanelConv1: "0.weight", PanelConv2: "3.weight"} {
			w, side := p.Tensor(name), PartSide(c, panel)
			got, peak := s.Panel(panel), float64(s.Peak[panel])
			if len(got) != w.Shape[0]*side*side {
				t.Fatalf("%v: %d values of panel %d", c.Channels, len(got), panel)
			}
			for o := range w.Shape[0] {
				seen := 0
				row := mosaic(w.Shape[1])
				top := (row - (w.Shape[1]+row-1)/row) * 6 / 2
				for y := range side {
					for x := range side {
						v := got[(o*side+y)*side+x]
						y := y - top
						i := y/6*row + x/6
						if y < 0 || y%6 == 5 || x%6 == 5 || i >= w.Shape[1] {
							if v != Gap {
								t.Fatalf("%v: panel %d, map %d: %v in the gap at %d, %d", c.Channels, panel, o, v, y, x)
							}
							continue
						}
						seen++
						want := float64(w.Data[((o*w.Shape[1]+i)*5+y%6)*5+x%6])
						if math.Abs(float64(v)*peak-want) > 1e-6 || v == Gap {
							t.Fatalf("%v: panel %d, map %d at %d, %d: %v of %v, want %v", c.Channels, panel, o, y, x, v, peak, want)
						}
					}
				}
				if seen != 25*w.Shape[1] {
					t.Fatalf("%d weights are shown", seen)
				}
			}
		}
		for panel, name := range map[int]string{PanelLinear1: "7.weight", PanelLinear2: "9.weight"} {
			w := p.Tensor(name)
			var top float32
			for o, v := range s.Panel(panel) {
				var sum float64
				for _, x := range w.Data[o*w.Shape[1]:][:w.Shape[1]] {
					sum += float64(x) * float64(x)
				}
				if want := math.Sqrt(sum); math.Abs(float64(v*s.Peak[panel])-want) > 1e-5 {
					t.Fatalf("%v: unit %d of panel %d: %v, want %v", c.Units, o, panel, v*s.Peak[panel], want)
				}
				top = max(top, v)
			}
			if top != 1 {
				t.Errorf("the largest unit shows as %v", top)
			}
		}
	}
}

// Weights that are all zero, and those that are NaN, have pictures too.
func TestPartsOfNothing(t *testing.T) {
	p := engine.NewParams(engine.Classic())
	for _, v := range NewParts(p).Data {
		if v != 0 && v != Gap {
			t.Fatalf("%v of zeros", v)
		}
	}
	p.Data[0], p.Data[1] = float32(math.NaN()), float32(math.Inf(-1))
	a := NewPartsAtlas(New(p.Config, Frame{Width: 960, Ratio: 1}))
	s := NewParts(p)
	scale := palette.RedBlue(true)
	a.Paint(PanelConv1, s.Panel(PanelConv1), scale)
	x, y := a.Map(PanelConv1, 0)
	at := a.Pix[4*(y*a.Width+x):]
	if got, want := [3]byte(at[:3]), [3]byte{palette.NaN.R, palette.NaN.G, palette.NaN.B}; got != want {
		t.Errorf("NaN is %v", got)
	}
	if low := scale.At(-1); [3]byte(at[4:7]) != [3]byte{low.R, low.G, low.B} {
		t.Errorf("-Inf is %v", at[4:8])
	}
	a.Paint(PanelConv2, s.Panel(PanelConv2), scale)
	x, y = a.Map(PanelConv2, 3)
	if gap := a.Pix[4*(y*a.Width+x+5):][:4]; gap[3] != 0 {
		t.Errorf("the gap is %v", gap)
	}
}

// A kernel slides over the whole of its map, row by row, and comes to an end.
func TestSlide(t *testing.T) {
	l := New(engine.Classic(), Frame{Width: 1155, Ratio: 1})
	u := Unit{PanelConv2, 5, 4, 5}
	last, seen := -1, map[Unit]bool{}
	for at := time.Duration(0); ; at += 10 * time.Millisecond {
		now, ok := l.Slide(u, at)
		if !ok {
			if now != u || at < time.Second || at > 5*time.Second {
				t.Errorf("it ends after %v at %v", at, now)
			}
			break
		}
		n := now.Y*10 + now.X
		if n < last || !l.Has(now) || now.C != 5 {
			t.Fatalf("after %v it is at %v", at, now)
		}
		last = n
		seen[now] = true
		ahead := 0.0
		l.Ahead(now, func(r Rect) { ahead += r.W * r.H })
		cell := l.Box(now)
		if got := ahead / (cell.W * cell.H); math.Abs(got-float64(99-n)) > 1e-6 {
			t.Fatalf("%v cells lie ahead of %v", got, now)
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d of 100 places", len(seen))
	}
	if _, ok := l.Slide(Unit{Panel: PanelPool1}, 0); ok {
		t.Error("a pooling has no kernel")
	}
}
