package view

import (
	"math"
	"slices"
	"testing"

	"lenet/engine/pen"
)

func TestInk(t *testing.T) {
	var k Ink
	if k.Move(pen.Point{X: 1, Y: 1}) || len(k.Strokes) != 0 {
		t.Error("a pen in the air draws")
	}
	k.Begin(pen.Point{X: 1, Y: 1})
	if k.Move(pen.Point{X: 1.05, Y: 1}) {
		t.Error("a step too small to see counts")
	}
	if !k.Move(pen.Point{X: 5, Y: 1}) || !k.Move(pen.Point{X: 100, Y: -100}) {
		t.Error("a step does not count")
	}
	k.End()
	if k.Move(pen.Point{X: 9, Y: 9}) {
		t.Error("a lifted pen draws")
	}
	k.Begin(pen.Point{X: 3, Y: 3})
	want := pen.Drawing{{{X: 1, Y: 1}, {X: 5, Y: 1}, {X: 32, Y: -4}}, {{X: 3, Y: 3}}}
	if len(k.Strokes) != 2 || len(k.Strokes[0]) != 3 || k.Strokes[0][2] != want[0][2] || k.Strokes[1][0] != want[1][0] {
		t.Errorf("strokes %v, want %v", k.Strokes, want)
	}
	k.Set(want[:1])
	if k.Drawing() || len(k.Strokes) != 1 {
		t.Error("Set leaves the pen down or the old strokes")
	}
}

// A late message of the page does not remove strokes that were drawn meanwhile.
func TestInkRebase(t *testing.T) {
	draw := func(x ...float64) (k Ink) {
		for _, x := range x {
			k.Begin(pen.Point{X: x, Y: 1})
			k.End()
		}
		return k
	}
	xs := func(k Ink) (list []float64) {
		for _, s := range k.Strokes {
			list = append(list, s[0].X)
		}
		return list
	}
	k := draw(1, 2, 3) // the page knows 1 and 2, and clears
	k.Rebase(nil, 2)
	if got := xs(k); !slices.Equal(got, []float64{3}) {
		t.Errorf("strokes %v, want the new one", got)
	}
	k.Begin(pen.Point{X: 4, Y: 1})
	k.Rebase(draw(8, 9).Strokes, 1) // the page knows 3, and has others in its place
	if !k.Move(pen.Point{X: 5, Y: 5}) {
		t.Error("the pen is lifted")
	}
	if got := xs(k); !slices.Equal(got, []float64{8, 9, 4}) || len(k.Strokes[2]) != 2 {
		t.Errorf("strokes %v", k.Strokes)
	}
	k.End()
	k.Rebase(nil, 3)
	if k.Drawing() || len(k.Strokes) != 0 {
		t.Errorf("strokes %v after all are known and cleared", k.Strokes)
	}
}

func TestInkHasALimit(t *testing.T) {
	var k Ink
	for i := range 2 * pen.MaxPoints {
		if i%100 == 0 {
			k.Begin(pen.Point{})
		}
		k.Move(pen.Point{X: float64(i%2) * 20, Y: 1})
	}
	n := 0
	for _, s := range k.Strokes {
		n += len(s)
	}
	if n != pen.MaxPoints {
		t.Errorf("%d points, want %d", n, pen.MaxPoints)
	}
}

func TestSmooth(t *testing.T) {
	if got := Smooth(nil, pen.Stroke{{X: 1, Y: 2}}); len(got) != 1 || got[0] != (pen.Point{X: 1, Y: 2}) {
		t.Errorf("a dot becomes %v", got)
	}
	// A coarse circle: the curve must stay near it and turn gently.
	const n, r = 10, 10.0
	var s pen.Stroke
	for i := range n {
		a := 2 * math.Pi * float64(i) / n
		s = append(s, pen.Point{X: r * math.Cos(a), Y: r * math.Sin(a)})
	}
	curve := Smooth(nil, s)
	if curve[0] != s[0] || curve[len(curve)-1] != s[n-1] {
		t.Error("the curve does not start and end where the stroke does")
	}
	for i, p := range curve {
		if d := math.Hypot(p.X, p.Y); d < 0.9*r || d > r+1e-9 {
			t.Errorf("point %d is %g from the centre, want about %g", i, d, r)
		}
		if i < 2 {
			continue
		}
		a, b := curve[i-1], curve[i-2]
		turn := math.Abs(math.Remainder(math.Atan2(p.Y-a.Y, p.X-a.X)-math.Atan2(a.Y-b.Y, a.X-b.X), 2*math.Pi))
		if turn > 0.3 { // the stroke turns by 0.63
			t.Errorf("the curve turns by %g at point %d", turn, i)
		}
	}
}
