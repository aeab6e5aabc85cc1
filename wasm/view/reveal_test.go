package view

import (
	"math"
	"testing"

	"lenet/engine"
)

// The front lies behind everything that is lit at a whole level, before
// everything else, and moves with the flow in between.
func TestFront(t *testing.T) {
	for _, frame := range []Frame{{Width: 1000, Height: 360, Ratio: 1}, {Width: 358, Ratio: 2, Tools: 60}} {
		l := New(engine.Classic(), frame)
		last := math.Inf(-1)
		for level := 0.0; level < Everything; level += 0.25 {
			at, ok := l.Front(Reveal{Level: level})
			if back, _ := l.Front(Reveal{Level: level, Back: true}); !ok || at < last || back != at {
				t.Fatalf("%+v: at level %g the front is at %g (%t) after %g; back %g", frame, level, at, ok, last, back)
			}
			last = at
			if level != math.Trunc(level) {
				continue
			}
			for i := range l.Panels {
				want := 0.0
				if i < int(level) {
					want = 1
				}
				if got := l.Before(l.Panels[i].Box, at); got != want {
					t.Errorf("%+v: at level %g a share of %g of panel %d is lit, want %g", frame, level, got, i, want)
				}
			}
			if r := l.Across(at); r.At != at || r.To-r.From < 10 {
				t.Errorf("at %g the band is %v", at, r)
			}
		}
		for _, level := range []float64{Everything, math.Inf(1)} {
			if at, ok := l.Front(Reveal{Level: level}); ok {
				t.Errorf("with everything lit the front is at %g", at)
			}
		}
		if at, ok := l.Front(Reveal{Level: Everything, Back: true}); !ok || at != l.edge(Everything) {
			t.Errorf("the error begins at %g, %t", at, ok)
		}
	}
}
