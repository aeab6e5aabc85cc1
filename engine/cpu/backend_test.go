package cpu

import (
	"fmt"
	"math"
	"testing"

	"lenet/engine"
	"lenet/engine/internal/difftest"
	"lenet/engine/internal/reference"
)

// configs lists every activation and pooling, on the classical sizes and on odd
// ones, and other numbers of classes.
func configs() []engine.Config {
	var cs []engine.Config
	for _, sizes := range [][4]int{{6, 16, 120, 84}, {1, 1, 1, 1}, {5, 9, 31, 17}} {
		for act := engine.Sigmoid; act <= engine.ReLU; act++ {
			for pool := engine.AvgPool; pool <= engine.MaxPool; pool++ {
				cs = append(cs, engine.Config{Activation: act, Pooling: pool,
					Channels: [2]int{sizes[0], sizes[1]}, Units: [2]int{sizes[2], sizes[3]}})
			}
		}
	}
	for _, n := range []int{engine.MinClasses, 3, 16, 26, engine.MaxClasses} {
		cs = append(cs, engine.Classic().WithClasses(n))
	}
	return append(cs, engine.Config{Activation: engine.Tanh, Channels: [2]int{16, 24}, Units: [2]int{130, 100}, Classes: 17})
}

func name(c engine.Config) string {
	s := fmt.Sprintf("%s-%s-%d-%d-%d-%d", c.Activation, c.Pooling, c.Channels[0], c.Channels[1], c.Units[0], c.Units[1])
	if c.Classes != 0 {
		s += fmt.Sprintf("-%d", c.Classes)
	}
	return s
}

func newBackend(t testing.TB, c engine.Config, o Options) *Backend {
	t.Helper()
	b, err := New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func initial(c engine.Config, seed uint64) *engine.Params {
	p := engine.NewParams(c)
	p.Init(seed)
	return p
}

// TestAgainstReference compares layer outputs, logits, loss, gradients and
// weights after steps with the reference, for odd batches and batch 1.
func TestAgainstReference(t *testing.T) {
	for _, reproducible := range []bool{false, true} {
		for _, c := range configs() {
			t.Run(fmt.Sprintf("%s-%v", name(c), reproducible), func(t *testing.T) {
				b := newBackend(t, c, Options{Threads: 2, Reproducible: reproducible})
				p := initial(c, 7)
				if err := b.SetParams(p); err != nil {
					t.Fatal(err)
				}
				images, labels := randomSetOf(c.NumClasses(), 40, 9)
				if err := b.SetData(images, labels); err != nil {
					t.Fatal(err)
				}
				compareLayers(t, b, reference.New(p), images[:784], false)
				for _, order := range [][]int32{{3}, {1, 2, 0, 5, 4, 9, 8}, seq(0, 16), seq(3, 40)} {
					compareGradient(t, b, reference.New(p), images, labels, order, false)
				}
				compareSteps(t, b, reference.New(p), images, labels)
			})
		}
	}
}

func seq(from, to int32) []int32 {
	var s []int32
	for i := from; i < to; i++ {
		s = append(s, i)
	}
	return s
}

func compareLayers(t *testing.T, b *Backend, r *reference.Net, image []byte, drawn bool) {
	t.Helper()
	tr := engine.NewTrace(b.cfg)
	if err := b.Trace(image, tr); err != nil {
		t.Fatal(err)
	}
	want := r.Forward(image)
	if e := difftest.Relative(tr.Input(), want[0], 0); e > 1e-7 {
		t.Errorf("input: error %g", e)
	}
	if err := difftest.CheckLayers(tr, r, image, drawn); err != nil {
		t.Error(err)
	}
	logits := make([]float32, b.cfg.NumClasses())
	if err := b.Logits(image, logits); err != nil {
		t.Fatal(err)
	}
	copy(tr.Logits(), logits)
	if err := difftest.CheckLayers(tr, r, image, drawn); err != nil {
		t.Errorf("logits: %v", err)
	}
}

func compareGradient(t *testing.T, b *Backend, r *reference.Net, images, labels []byte, order []int32, drawn bool) {
	t.Helper()
	g := engine.NewParams(b.cfg)
	stats, err := b.Gradient(order, g)
	if err != nil {
		t.Fatal(err)
	}
	r.FollowTracer(b, images)
	gradient := difftest.CheckGradient(g, r, images, labels, order, drawn)
	if stats.Examples != len(order) || !(math.Abs(stats.LossSum-r.Loss) <= 1e-6*r.Loss) {
		t.Errorf("batch of %d: %d examples, loss %v, want %v", len(order), stats.Examples, stats.LossSum, r.Loss)
	}
	if gradient != nil {
		t.Errorf("batch of %d: %v", len(order), gradient)
	}
}

// TestTraceBits holds the path of a single image against that of a block: both
// convolutions are the same to the bit, so that the maxima of a trace are those
// that a step takes.
func TestTraceBits(t *testing.T) {
	images, _ := randomSet(1, 4)
	for _, c := range configs() {
		b := newBackend(t, c, Options{Threads: 1})
		b.SetParams(initial(c, 3))
		tr := engine.NewTrace(c)
		if err := b.Trace(images, tr); err != nil {
			t.Fatal(err)
		}
		block, w := noImages, b.workers[0]
		block[0] = (*[engine.Pixels]byte)(images)
		w.setBlock(&block)
		w.forward(true)
		for i, v := range tr.Layer(1) {
			if got := float(w.a1, (i%784*b.shape.C1+i/784)*lanes); got != v {
				t.Fatalf("%s: first convolution [%d] is %v, traced %v", name(c), i, got, v)
			}
		}
		for i, v := range tr.Layer(4) {
			if got := float(w.a2, (i%100*b.shape.C2+i/100)*lanes); got != v {
				t.Fatalf("%s: second convolution [%d] is %v, traced %v", name(c), i, got, v)
			}
		}
	}
}

func compareSteps(t *testing.T, b *Backend, r *reference.Net, images, labels []byte) {
	t.Helper()
	for _, order := range [][]int32{seq(0, 9), seq(5, 40), {2}} {
		if _, err := b.Step(order, 0.05); err != nil {
			t.Fatal(err)
		}
		r.Step(images, labels, order, 0.05)
	}
	p := engine.NewParams(b.cfg)
	if err := b.Params(p); err != nil {
		t.Fatal(err)
	}
	for _, tensor := range p.Tensors() {
		if e := difftest.Relative(tensor.Data, r.Weights[tensor.Name], 0); !(e <= 1e-5) {
			t.Errorf("%s after 3 steps: error %g", tensor.Name, e)
		}
	}
}
