package worker

import (
	"math"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/wasm/inspect"
	"lenet/wasm/protocol"
)

// showing returns a worker with the embedded weights and an image predicted.
func showing(t *testing.T) (*Worker, protocol.Prediction) {
	t.Helper()
	w := new(Worker)
	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	ask[protocol.Network](t, w, protocol.Load{File: file})
	_, test := subset(t, 1, 1)
	return w, ask[protocol.Prediction](t, w, protocol.Predict{Pixels: test.Images[:engine.Pixels]})
}

// A unit is taken apart as of the last image predicted, whatever else the worker looked at.
func TestInspect(t *testing.T) {
	train, test := subset(t, 20, 40)
	w := loaded(t, train, test)
	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	ask[protocol.Network](t, w, protocol.Load{File: file})
	u := inspect.Unit{Layer: 4, C: 5, Y: 4, X: 5}
	if n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: u}); n.Sum != nil {
		t.Error("a unit without an image is taken apart")
	}
	p := ask[protocol.Prediction](t, w, protocol.Predict{Pixels: test.Images[:engine.Pixels]})
	ask[protocol.SampleList](t, w, protocol.Samples{From: 1, Count: 30})
	n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: u})
	tr := engine.NewTrace(engine.Classic())
	copy(tr.Data, p.Trace)
	if want := float64(tr.Layer(4)[(5*10+4)*10+5]); n.Sum.Engine != want || math.Abs(n.Sum.Value-want) > 1e-5 {
		t.Errorf("value %v, engine %v, want %v", n.Sum.Value, n.Sum.Engine, want)
	}
	for c, want := range p.P {
		n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: inspect.Unit{Layer: 11, C: c}})
		if math.Abs(n.P-float64(want)) > 1e-6 {
			t.Errorf("class %d has %v, its inspection says %v", c, want, n.P)
		}
	}
	if _, err := w.Handle(protocol.Inspect{Unit: inspect.Unit{Layer: 4, C: 16}}); err == nil {
		t.Error("a unit that is not there is taken apart")
	}
	ask[protocol.Prediction](t, w, protocol.Predict{}) // an empty pad
	if n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: u}); n.Sum != nil {
		t.Error("a unit of an empty pad is taken apart")
	}
}

func TestParts(t *testing.T) {
	w, _ := showing(t)
	for of, layers := range map[string][]int{protocol.OfActivations: {1, 4, 8, 10}, protocol.OfWeights: {0, 3, 7, 9, 11}} {
		l := ask[protocol.PartList](t, w, protocol.Parts{Of: of})
		if len(l.Histograms) != len(layers) || (l.Parts != nil) != (of == protocol.OfWeights) {
			t.Fatalf("%s: %d histograms, parts %v", of, len(l.Histograms), l.Parts != nil)
		}
		for i, h := range l.Histograms {
			n := 0
			for _, c := range h.Counts {
				n += c
			}
			if h.Layer != layers[i] || n != h.Finite || n == 0 {
				t.Errorf("%s: histogram of module %d counts %d of %d", of, h.Layer, n, h.Finite)
			}
		}
	}
	if _, err := w.Handle(protocol.Parts{Of: protocol.OfGradients}); err == nil {
		t.Error("gradients without a run")
	}
}

// The gradient on show is that of the batch of the last step, at the weights as they are.
func TestGradient(t *testing.T) {
	train, test := subset(t, 100, 10)
	w := loaded(t, train, test)
	r := quick() // batches of 32: the fourth has 4
	ask[protocol.Progress](t, w, protocol.Start{Recipe: r, Size: 1})
	for step, batch := range [][2]int{{0, 32}, {0, 32}, {32, 64}, {64, 96}, {96, 100}, {0, 32}} {
		for w.run.step < step {
			work(t, []*Worker{w}, r.LR, r.Epochs)
		}
		order := make([]int32, 100)
		engine.Shuffle(order, r.Seed, max(step-1, 0)/4)
		b, err := cpu.New(r.Config, cpu.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.SetParams(ask[protocol.Parameters](t, w, protocol.Snapshot{}).Params)
		b.SetData(train.Images, train.Labels)
		want := engine.NewParams(r.Config)
		if _, err := b.Gradient(order[batch[0]:batch[1]], want); err != nil {
			t.Fatal(err)
		}
		b.Close()
		got, err := w.run.slope()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Data {
			if got.Data[i] != want.Data[i] {
				t.Fatalf("after step %d value %d is %v, want %v", step, i, got.Data[i], want.Data[i])
			}
		}
	}
	l := ask[protocol.PartList](t, w, protocol.Parts{Of: protocol.OfGradients})
	if l.Parts == nil || len(l.Histograms) != 5 {
		t.Errorf("%d histograms", len(l.Histograms))
	}
}
