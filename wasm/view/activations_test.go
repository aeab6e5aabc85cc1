package view

import (
	"math"
	"testing"
	"time"

	"lenet/engine"
	"lenet/engine/figure/palette"
)

const tick = 16 * time.Millisecond

func filled(c engine.Config, v float32) *Activations {
	a := NewActivations(c)
	for i := range a.Data() {
		a.Data()[i] = v
	}
	return a
}

func TestFadeRunsAlongTheFlow(t *testing.T) {
	a := filled(engine.Classic(), 0)
	a.Changed(true)
	for i := range a.Data() {
		a.Data()[i] = 1
	}
	a.Changed(false)
	a.Advance(tick)
	last := float32(1)
	for i := range NumPanels {
		values, light := a.Shown(i)
		if light < 0.99 {
			t.Errorf("panel %d went dark between two pictures", i)
		}
		if i > 0 && !(values[0] < last && values[0] > 0) {
			t.Errorf("panel %d shows %g after one frame, the one before it %g", i, values[0], last)
		}
		last = values[0]
	}
	frames := 1
	for a.Moving() {
		a.Advance(tick)
		frames++
	}
	if d := time.Duration(frames) * tick; d > 200*time.Millisecond {
		t.Errorf("the fade took %v", d)
	}
	for i := range NumPanels {
		values, light := a.Shown(i)
		for k, v := range values {
			if v != 1 || light != 1 {
				t.Fatalf("panel %d value %d rests at %g, light %g", i, k, v, light)
			}
		}
	}
	if a.Advance(tick) {
		t.Error("Advance at rest reports a change")
	}
}

func TestAtOnce(t *testing.T) {
	a := filled(engine.Classic(), 0.5)
	a.Changed(true)
	for i := range NumPanels {
		if values, light := a.Shown(i); values[0] != 0.5 || light != 1 {
			t.Errorf("panel %d shows %g, light %g", i, values[0], light)
		}
	}
	a.Clear(true)
	if _, light := a.Shown(PanelConv1); light != 0 || a.Moving() {
		t.Errorf("light %g after Clear", light)
	}
}

// The first picture on empty panels is lit up, not faded from nothing's values.
func TestFirstPicture(t *testing.T) {
	a := filled(engine.Classic(), 0.5)
	a.Changed(false)
	a.Advance(tick)
	values, light := a.Shown(PanelLinear1)
	if values[0] != 0.5 || light <= 0 || light >= 1 {
		t.Errorf("shows %g, light %g", values[0], light)
	}
}

func TestReLUIsScaledToItsLargest(t *testing.T) {
	c := engine.Classic()
	c.Activation = engine.ReLU
	a := filled(c, 0)
	layer := a.values(PanelPool1)
	layer[7], layer[8] = 5, 2.5
	a.Changed(true)
	values, _ := a.Shown(PanelPool1)
	if values[7] != 1 || values[8] != 0.5 || values[9] != 0 {
		t.Errorf("5, 2.5, 0 show as %v", values[7:10])
	}
	if values, _ := a.Shown(PanelConv2); values[0] != 0 {
		t.Errorf("a layer of zeros shows %g", values[0])
	}
}

func TestNotANumberShows(t *testing.T) {
	a := filled(engine.Classic(), 0)
	a.Changed(true)
	nan := float32(math.NaN())
	a.Data()[engine.Pixels+engine.Side*engine.Side*6] = nan // the first value after module 0
	a.Changed(false)
	a.Advance(tick)
	if values, _ := a.Shown(PanelConv1); values[0] == values[0] {
		t.Errorf("NaN shows as %g", values[0])
	}
	a.Data()[engine.Pixels+engine.Side*engine.Side*6] = 1
	a.Changed(false)
	for a.Moving() {
		a.Advance(tick)
	}
	if values, _ := a.Shown(PanelConv1); values[0] != 1 {
		t.Errorf("after NaN, 1 shows as %g", values[0])
	}
}

func TestCheck(t *testing.T) {
	a := NewActivations(engine.Classic())
	if err := a.Check(len(engine.NewTrace(engine.Classic()).Data)); err != nil {
		t.Error(err)
	}
	if a.Check(0) == nil || a.Check(len(a.Data())+1) == nil {
		t.Error("a trace of the wrong size passes")
	}
}

func TestAtlas(t *testing.T) {
	for _, c := range configs {
		l := New(c, Frame{Width: 1040, Ratio: 1})
		a := NewAtlas(l)
		owner := make([]int, a.Width*a.Height)
		claim := func(id, x, y, side int) {
			for k := range side * side {
				at := (y+k/side)*a.Width + x + k%side
				if owner[at] != 0 {
					t.Fatalf("%v: the pixel (%d, %d) has two owners", c, x, y)
				}
				owner[at] = id
			}
		}
		x, y := a.PadPicture()
		claim(-1, x, y, engine.Side)
		for i := range l.Panels {
			if p := &l.Panels[i]; p.Side > 1 {
				for k := range p.Maps {
					x, y := a.Map(i, k)
					claim(1+i, x, y, p.Side)
				}
			}
		}
	}
	l := New(engine.Classic(), Frame{Width: 1040, Ratio: 1})
	a := NewAtlas(l)
	values := make([]float32, 16*10*10)
	values[(3*10+4)*10+5] = 1 // map 3, row 4, column 5
	a.Paint(PanelConv2, values, palette.Grey())
	lit := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if a.Pix[i] == 255 {
			lit++
		}
	}
	x, y := a.Map(PanelConv2, 3)
	if at := 4 * ((y+4)*a.Width + x + 5); lit != 1 || a.Pix[at] != 255 || a.Pix[at+3] != 255 {
		t.Errorf("%d pixels are lit, that of the value is %v", lit, a.Pix[at:at+4])
	}
	picture := make([]byte, engine.Pixels)
	picture[2*engine.Side+3] = 9
	a.PaintPicture(picture)
	x, y = a.PadPicture()
	if at := 4 * ((y+2)*a.Width + x + 3); a.Pix[at] != 9 {
		t.Error("the pad's picture is not where PadPicture says")
	}
}

func TestAFrameAllocatesNothing(t *testing.T) {
	a := filled(engine.Classic(), 0.5)
	l := New(engine.Classic(), Frame{Width: 1040, Ratio: 2})
	atlas, scale := NewAtlas(l), palette.Magma()
	if n := testing.AllocsPerRun(20, func() {
		a.Changed(false)
		a.Advance(tick)
		for i := range PanelLinear1 {
			values, _ := a.Shown(i)
			atlas.Paint(i, values, scale)
		}
	}); n != 0 {
		t.Errorf("%g allocations a frame", n)
	}
}
