package view

import (
	"math"
	"reflect"
	"testing"

	"lenet/engine/pen"
)

// Strokes reads what AppendStrokes writes, and refuses numbers that fit no
// buffer, also those that no int holds.
func TestStrokes(t *testing.T) {
	d := pen.Drawing{{{X: 1, Y: 2}, {X: 3, Y: 4}}, {{X: 5, Y: 6}}}
	got, err := Strokes(AppendStrokes(nil, d))
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("%v became %v (%v)", d, got, err)
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, buf := range [][]float32{
		nil, {-1}, {nan}, {inf}, {2}, {1}, {1, 1}, {1, -1, 0, 0}, {1, 2, 0, 0}, {1, nan, 0, 0}, {1, inf, 0, 0},
		{math.MaxFloat32}, {1 << 31}, {1 << 62, 1}, {1, math.MaxFloat32, 1, 1}, {1, 1 << 30, 1, 1}, {1, 1 << 31, 1, 1}, {1, 1 << 62, 1, 1}, {1, 1 << 63, 1, 1}, {2, 1 << 62, 1 << 62, 1},
	} {
		if d, err := Strokes(buf); err == nil {
			t.Errorf("Strokes(%v) = %v, want an error", buf, d)
		}
	}
}

// A stroke that is dropped, in the making or finished, leaves the others as they were.
func TestInkDrop(t *testing.T) {
	var k Ink
	k.Drop()
	k.Begin(pen.Point{X: 1, Y: 1})
	k.End()
	k.Begin(pen.Point{X: 9, Y: 9})
	k.Move(pen.Point{X: 12, Y: 9})
	k.Drop()
	if want := (pen.Drawing{{{X: 1, Y: 1}}}); !reflect.DeepEqual(k.Strokes, want) || k.Drawing() {
		t.Errorf("%v, drawing %v", k.Strokes, k.Drawing())
	}
	k.Drop()
	k.Begin(pen.Point{X: 2, Y: 2})
	if len(k.Strokes) != 1 || !k.Drawing() {
		t.Errorf("%v, drawing %v", k.Strokes, k.Drawing())
	}
}
