package cpu

import (
	"math"
	"slices"
	"testing"

	"lenet/engine"
)

// A backend that has seen NaN everywhere computes, with fresh parameters, the
// same bits as one that has not.
func TestRecoversFromNaN(t *testing.T) {
	for _, c := range []engine.Config{
		engine.Classic(),
		{Activation: engine.ReLU, Pooling: engine.MaxPool, Channels: [2]int{5, 9}, Units: [2]int{33, 17}},
		{Activation: engine.Tanh, Pooling: engine.MaxPool, Channels: [2]int{6, 16}, Units: [2]int{120, 84}},
	} {
		fresh, images, _ := ready(t, c, Options{Threads: 2}, 100)
		used, _, _ := ready(t, c, Options{Threads: 2}, 100)
		bad, good := initial(c, 1), initial(c, 1)
		for i := range bad.Data {
			bad.Data[i] = float32(math.NaN())
		}
		trace := engine.NewTrace(c)
		var outcome [2][]float32
		for i, b := range []*Backend{fresh, used} {
			if b == used {
				if err := b.SetParams(bad); err != nil {
					t.Fatal(err)
				}
				b.Trace(images[:engine.Pixels], trace)
				b.Step(seq(0, 100), 1)
			}
			if err := b.SetParams(good); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Epoch(seq(0, 100), 30, 0.5, nil); err != nil {
				t.Fatal(err)
			}
			p := engine.NewParams(c)
			if err := b.Params(p); err != nil {
				t.Fatal(err)
			}
			if err := b.Trace(images[:engine.Pixels], trace); err != nil {
				t.Fatal(err)
			}
			outcome[i] = slices.Concat(p.Data, trace.Data)
		}
		if name := (&engine.Params{Config: c, Data: outcome[1][:c.NumParams()]}).FirstNonFinite(); name != "" || !slices.Equal(outcome[0], outcome[1]) {
			t.Errorf("%+v: other results after NaN; first NaN in %q", c, name)
		}
	}
}
