//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"lenet/engine"
	"lenet/engine/cpu"
)

// configs lists every activation and pooling.
func configs() []engine.Config {
	var all []engine.Config
	for act := engine.Sigmoid; act <= engine.ReLU; act++ {
		for pool := engine.AvgPool; pool <= engine.MaxPool; pool++ {
			c := engine.Classic()
			c.Activation, c.Pooling = act, pool
			all = append(all, c)
		}
	}
	return all
}

// randomSet returns images that are noisy blobs, brighter where the label is larger.
func randomSet(n int, seed uint64) (images, labels []byte) {
	rng := rand.New(rand.NewPCG(seed, 1))
	images, labels = make([]byte, n*engine.Pixels), make([]byte, n)
	for i := range labels {
		labels[i] = byte(rng.IntN(10))
		cx, cy := 8+12*rng.Float64(), 8+12*rng.Float64()
		for p := range engine.Pixels {
			dx, dy := float64(p%28)-cx, float64(p/28)-cy
			v := 255*math.Exp(-(dx*dx+dy*dy)/float64(20+5*labels[i])) + 30*rng.NormFloat64()
			images[i*engine.Pixels+p] = byte(max(0, min(255, v)))
		}
	}
	return images, labels
}

// sequence returns from, from+1, ..., to-1.
func sequence(from, to int32) []int32 {
	var s []int32
	for ; from < to; from++ {
		s = append(s, from)
	}
	return s
}

// relative returns ‖got-want‖/‖want‖.
func relative(got, want []float32) float64 {
	var d, n float64
	for i := range want {
		e := float64(got[i]) - float64(want[i])
		d, n = d+e*e, n+float64(want[i])*float64(want[i])
	}
	return math.Sqrt(d / n)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The GPU agrees with the CPU backend for every activation and pooling: layers,
// logits, gradients of batches of 1, 7 and 40, training, evaluation.
func TestAgreesWithCPU(t *testing.T) {
	images, labels := randomSet(61, 9)
	for i, c := range configs() {
		t.Run(fmt.Sprintf("%s-%s", c.Activation, c.Pooling), func(t *testing.T) {
			b := newBackend(t, c, Options{Schedule: Cooperative + Schedule(i%2), PerBlock: 1 + i/2%2})
			want, err := cpu.New(c, cpu.Options{})
			must(t, err)
			defer want.Close()
			start := initial(c, 7)
			for _, x := range []engine.Backend{b, want} {
				must(t, x.SetParams(start))
				must(t, x.SetData(images, labels))
			}
			compareForward(t, b, want, c, images)
			for _, order := range [][]int32{{5}, {3, 1, 4, 15, 9, 2, 6}, sequence(20, 60)} {
				compareGradients(t, b, want, c, order)
			}
			compareTraining(t, b, want, c)
			got, err := b.Evaluate(images, labels)
			must(t, err)
			ref, err := want.Evaluate(images, labels)
			must(t, err)
			if !reflect.DeepEqual(got.Confusion, ref.Confusion) || got.Correct != ref.Correct || got.Examples != ref.Examples || !(math.Abs(got.Loss()-ref.Loss()) <= 1e-4) {
				t.Errorf("evaluation %+v, on the CPU %+v", got, ref)
			}
		})
	}
}

func compareForward(t *testing.T, b *Backend, want *cpu.Backend, c engine.Config, images []byte) {
	t.Helper()
	got, ref := engine.NewTrace(c), engine.NewTrace(c)
	must(t, b.Trace(images[:engine.Pixels], got))
	must(t, want.Trace(images[:engine.Pixels], ref))
	if e := relative(got.Input(), ref.Input()); !(e <= 1e-7) {
		t.Errorf("input: error %g", e)
	}
	for i, l := range c.Layers() {
		if e := relative(got.Layer(i), ref.Layer(i)); !(e <= 2e-6) {
			t.Errorf("layer %d %s: error %g", i, l.Kind, e)
		}
	}
	n := len(images) / engine.Pixels
	z, zr := make([]float32, n*engine.DefaultClasses), make([]float32, n*engine.DefaultClasses)
	must(t, b.Logits(images, z))
	must(t, want.Logits(images, zr))
	if e := relative(z, zr); !(e <= 2e-6) {
		t.Errorf("logits: error %g", e)
	}
}

func compareGradients(t *testing.T, b *Backend, want *cpu.Backend, c engine.Config, order []int32) {
	t.Helper()
	got, ref, before := engine.NewParams(c), engine.NewParams(c), engine.NewParams(c)
	must(t, b.Params(before))
	s, err := b.Gradient(order, got)
	must(t, err)
	r, err := want.Gradient(order, ref)
	must(t, err)
	if s.Examples != r.Examples || s.Correct != r.Correct || !(math.Abs(s.LossSum-r.LossSum) <= 1e-5*r.LossSum) {
		t.Errorf("batch of %d: statistics %+v, on the CPU %+v", len(order), s, r)
	}
	for i, g := range got.Tensors() {
		if e := relative(g.Data, ref.Tensors()[i].Data); !(e <= 1e-5) {
			t.Errorf("batch of %d: gradient of %s: error %g", len(order), g.Name, e)
		}
	}
	after := engine.NewParams(c)
	must(t, b.Params(after))
	if !slices.Equal(before.Data, after.Data) {
		t.Error("Gradient moved the parameters")
	}
}

// compareTraining runs two epochs of batches of 16 on 61 examples, the last of 13.
// At this rate no ReLU is so near 0 that rounding decides whether it is on: at 0.1
// one is, and parameters that differ by 1e-7 then train to weights 2e-3 apart.
func compareTraining(t *testing.T, b *Backend, want *cpu.Backend, c engine.Config) {
	t.Helper()
	order := make([]int32, 61)
	for epoch := range 2 {
		engine.Shuffle(order, 3, epoch)
		s, err := b.Epoch(order, 16, 0.05, nil)
		must(t, err)
		r, err := want.Epoch(order, 16, 0.05, nil)
		must(t, err)
		if s.Examples != r.Examples || !(math.Abs(s.Loss()-r.Loss()) <= 1e-4) {
			t.Errorf("epoch %d: %+v, on the CPU %+v", epoch, s, r)
		}
	}
	got, ref := engine.NewParams(c), engine.NewParams(c)
	must(t, b.Params(got))
	must(t, want.Params(ref))
	for i, w := range got.Tensors() {
		if e := relative(w.Data, ref.Tensors()[i].Data); !(e <= 1e-5) {
			t.Errorf("after training: %s: error %g", w.Name, e)
		}
	}
}
