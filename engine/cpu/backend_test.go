package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lenet/engine"
)

// configs lists every activation and pooling, on the classical sizes and on odd ones.
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
	return append(cs, engine.Config{Activation: engine.Tanh, Channels: [2]int{16, 24}, Units: [2]int{130, 100}})
}

func name(c engine.Config) string {
	return fmt.Sprintf("%s-%s-%d-%d-%d-%d", c.Activation, c.Pooling, c.Channels[0], c.Channels[1], c.Units[0], c.Units[1])
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

// TestReferenceGradient checks the reference's gradient by differences.
func TestReferenceGradient(t *testing.T) {
	for _, c := range configs()[6:18] {
		t.Run(name(c), func(t *testing.T) {
			images, labels := randomSet(2, 5)
			r := newReference(initial(c, 3))
			order := []int32{0, 1}
			r.gradients(images, labels, order)
			rng := rand.New(rand.NewPCG(1, 2))
			for _, tensor := range engine.NewParams(c).Tensors() {
				w, g := r.w[tensor.Name], append([]float64(nil), r.grad[tensor.Name]...)
				for range 4 {
					i := rng.IntN(len(w))
					const h = 1e-6
					at := func(v float64) float64 {
						old := w[i]
						w[i] = v
						r.gradients(images, labels, order)
						w[i] = old
						return r.loss
					}
					diff := (at(w[i]+h) - at(w[i]-h)) / (2 * h)
					if math.Abs(diff-g[i]) > 1e-6*max(1, math.Abs(g[i])) {
						t.Errorf("%s[%d]: gradient %v, by differences %v", tensor.Name, i, g[i], diff)
					}
				}
			}
		})
	}
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
				images, labels := randomSet(40, 9)
				if err := b.SetData(images, labels); err != nil {
					t.Fatal(err)
				}
				compareLayers(t, b, newReference(p), images[:784])
				for _, order := range [][]int32{{3}, {1, 2, 0, 5, 4, 9, 8}, seq(0, 16), seq(3, 40)} {
					compareGradient(t, b, newReference(p), images, labels, order)
				}
				compareSteps(t, b, newReference(p), images, labels)
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

func compareLayers(t *testing.T, b *Backend, r *reference, image []byte) {
	t.Helper()
	tr := engine.NewTrace(b.cfg)
	if err := b.Trace(image, tr); err != nil {
		t.Fatal(err)
	}
	want := r.forward(image)
	if e := relError(tr.Input(), want[0], 0); e > 1e-7 {
		t.Errorf("input: error %g", e)
	}
	for i, l := range b.cfg.Layers() {
		if e := relError(tr.Layer(i), want[i+1], 0.1); !(e <= 2e-6) {
			t.Errorf("layer %d %s: error %g", i, l.Kind, e)
		}
	}
	logits := make([]float32, 10)
	if err := b.Logits(image, logits); err != nil {
		t.Fatal(err)
	}
	if e := relError(logits, want[12], 0.1); !(e <= 2e-6) {
		t.Errorf("logits: error %g", e)
	}
}

func compareGradient(t *testing.T, b *Backend, r *reference, images, labels []byte, order []int32) {
	t.Helper()
	g := engine.NewParams(b.cfg)
	stats, err := b.Gradient(order, g)
	if err != nil {
		t.Fatal(err)
	}
	r.gradients(images, labels, order)
	if stats.Examples != len(order) || !(math.Abs(stats.LossSum-r.loss) <= 1e-6*r.loss) {
		t.Errorf("batch of %d: %d examples, loss %v, want %v", len(order), stats.Examples, stats.LossSum, r.loss)
	}
	var largest float64
	for _, want := range r.grad {
		for i := range want {
			want[i] /= float64(len(order))
		}
		largest = max(largest, norm(want))
	}
	for _, tensor := range g.Tensors() {
		// A gradient that is thousands of times smaller than the others' is a
		// sum that cancels: it cannot be as exact.
		if e := relError(tensor.Data, r.grad[tensor.Name], largest/1000); !(e <= 1e-5) {
			t.Errorf("batch of %d: gradient of %s: error %g", len(order), tensor.Name, e)
		}
	}
}

func compareSteps(t *testing.T, b *Backend, r *reference, images, labels []byte) {
	t.Helper()
	for _, order := range [][]int32{seq(0, 9), seq(5, 40), {2}} {
		if _, err := b.Step(order, 0.05); err != nil {
			t.Fatal(err)
		}
		r.step(images, labels, order, 0.05)
	}
	p := engine.NewParams(b.cfg)
	if err := b.Params(p); err != nil {
		t.Fatal(err)
	}
	for _, tensor := range p.Tensors() {
		if e := relError(tensor.Data, r.w[tensor.Name], 0); !(e <= 1e-5) {
			t.Errorf("%s after 3 steps: error %g", tensor.Name, e)
		}
	}
}
