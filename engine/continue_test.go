package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
)

// sets returns the first examples of MNIST.
func sets(t *testing.T, n int) (train, test engine.Set) {
	t.Helper()
	train, test, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	cut := func(s engine.Set, n int) engine.Set {
		return engine.Set{Images: s.Images[:n*engine.Pixels], Labels: s.Labels[:n]}
	}
	return cut(train, n), cut(test, 50)
}

func backend(t *testing.T, p *engine.Params) *cpu.Backend {
	t.Helper()
	b, err := cpu.New(p.Config, cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := b.SetParams(p); err != nil {
		t.Fatal(err)
	}
	return b
}

// A run that is interrupted after any step, and resumed on another backend from
// the parameters and the report of then, ends with the same bits.
func TestContinueAfterAnyStep(t *testing.T) {
	train, test := sets(t, 100)
	r := engine.Recipe{Config: engine.Classic(), Epochs: 2, Batch: 32, LR: 0.5, Seed: 4}
	start := engine.NewParams(r.Config)
	start.Init(r.Seed)
	whole := backend(t, start)
	var reports []engine.Report
	if err := engine.Train(t.Context(), whole, r, train, test, 0, func(rep engine.Report) { reports = append(reports, rep) }); err != nil {
		t.Fatal(err)
	}
	want := engine.NewParams(r.Config)
	if err := whole.Params(want); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 10 { // 4 steps and a test, twice
		t.Fatalf("%d reports", len(reports))
	}
	for stop := range reports {
		ctx, cancel := context.WithCancel(t.Context())
		b := backend(t, start)
		at, n := engine.Report{}, 0
		err := engine.Train(ctx, b, r, train, test, 0, func(rep engine.Report) {
			at = rep
			if n == stop {
				cancel()
			}
			n++
		})
		if stop < 9 && !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at report %d: %v", stop, err)
		}
		// A stop between epochs lets one more step pass.
		p := engine.NewParams(r.Config)
		if err := b.Params(p); err != nil {
			t.Fatal(err)
		}
		b = backend(t, p)
		var last engine.Report
		if err := engine.Continue(t.Context(), b, r, train, test, at, func(rep engine.Report) { last = rep }); err != nil {
			t.Fatal(err)
		}
		if err := b.Params(p); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Data, want.Data) {
			t.Errorf("stopped at report %d: other weights", stop)
		}
		if stop < 9 && (last.Epoch != 2 || last.Done.Correct != reports[9].Done.Correct || last.Test.Stats != reports[9].Test.Stats) {
			t.Errorf("stopped at report %d: last report %+v", stop, last)
		}
	}
	if err := engine.Continue(t.Context(), whole, r, train, test, engine.Report{Done: engine.Stats{Examples: 33}}, nil); err == nil {
		t.Error("went on from within a batch")
	}
}

// Diagnose finds the step and the layer.
func TestDiagnose(t *testing.T) {
	train, test := sets(t, 200)
	r := engine.Recipe{Config: engine.Classic(), Epochs: 2, Batch: 20, LR: 0.1, Seed: 1}
	r.Activation = engine.ReLU
	start := engine.NewParams(r.Config)
	start.Init(r.Seed)
	for _, c := range []struct {
		name  string
		spoil func()
		lr    float64
		step  int
		where string
	}{
		{"rate", func() {}, 1e12, 0, ""},
		{"weights", func() { start.Tensor("7.weight").Data[5] = float32(inf()) }, 0.1, 1, "7.weight, of Linear (7),"},
		{"layer", func() { fill(start.Tensor("9.weight").Data, 3e38) }, 0.1, 1, "the output of Linear (9)"},
	} {
		start.Init(r.Seed)
		c.spoil()
		r.LR = c.lr
		b := backend(t, start)
		err := engine.Train(t.Context(), b, r, train, test, 0, nil)
		var d *engine.DivergedError
		if !errors.As(err, &d) || !errors.Is(err, engine.ErrDiverged) {
			t.Fatalf("%s: %v", c.name, err)
		}
		noticed := d.Step
		if err := d.Diagnose(t.Context(), b, r, train, engine.Stats{}, start); err != nil {
			t.Fatal(err)
		}
		t.Log(d)
		if d.Step > noticed || d.Where == "" || c.where != "" && (d.Where != c.where || d.Step != c.step) {
			t.Errorf("%s: %v, noticed at step %d", c.name, d, noticed)
		}
	}
}

func inf() float64 { x := 1e308; return x * 10 }

func fill(v []float32, x float32) {
	for i := range v {
		v[i] = x
	}
}
