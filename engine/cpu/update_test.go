package cpu

import (
	"math"
	"testing"
	"unsafe"

	"lenet/engine"
)

// momentum is what an optimizer with a state takes: v = μ·v + g, w -= scale·v,
// here with plain loops for kernels.
type momentum struct {
	mu       float32
	velocity []float32 // like the weights
	restarts int
}

func (m *momentum) move(b *Backend, at int, g, scale float32) {
	m.velocity[at] = m.mu*m.velocity[at] + g
	b.weights[at] -= scale * m.velocity[at]
}

func (m *momentum) four(b *Backend, lo, n int, g [Shards / 2]unsafe.Pointer, scale float32) {
	for i := range n {
		m.move(b, lo+i, (float(g[0], i)+float(g[1], i))+(float(g[2], i)+float(g[3], i)), scale)
	}
}

func (m *momentum) whole(b *Backend, lo int, g unsafe.Pointer, scale float32) {
	for i := range b.weights[lo:] {
		m.move(b, lo+i, float(g, i), scale)
	}
}

func (m *momentum) restart() { m.restarts++; clear(m.velocity) }

// An optimizer with a state goes through the same steps as plain descent, those
// of one backend and those of workers that exchange gradients, and allocates nothing.
func TestUpdateWithState(t *testing.T) {
	const mu, lr = 0.5, 0.25
	c := engine.Config{Activation: engine.Tanh, Channels: [2]int{2, 3}, Units: [2]int{7, 5}}
	images, labels := byteSet(40)
	order := make([]int32, 40)
	engine.Shuffle(order, 3, 0)
	backend := func() (*Backend, *momentum) {
		b := newBackend(t, c, Options{Threads: 3, Reproducible: true})
		m := &momentum{mu: mu, velocity: make([]float32, len(b.weights))}
		b.update = m
		b.SetParams(initial(c, 4))
		b.SetData(images, labels)
		return b, m
	}
	alone, m := backend()
	apart, _ := backend()
	want, v := initial(c, 4), engine.NewParams(c)
	g, got := engine.NewParams(c), engine.NewParams(c)
	sum := make([]float32, apart.ExchangeLen())
	for range 3 {
		if _, err := alone.Gradient(order, g); err != nil {
			t.Fatal(err)
		}
		for i := range v.Data {
			v.Data[i] = mu*v.Data[i] + g.Data[i]
			want.Data[i] -= lr * v.Data[i]
		}
		if _, err := alone.Step(order, lr); err != nil {
			t.Fatal(err)
		}
		if _, err := apart.ShardGradients(order, 0, Shards, sum); err != nil {
			t.Fatal(err)
		}
		apart.Apply(sum, lr/float32(len(order)))
		for name, b := range map[string]*Backend{"alone": alone, "exchanging": apart} {
			b.Params(got)
			if most, where := got.MaxDiff(want); most > 1e-6 || math.IsNaN(most) {
				t.Errorf("%s: %s differs by %v", name, where, most)
			}
		}
	}
	if n := testing.AllocsPerRun(5, func() { alone.Step(order, lr) }); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
	alone.SetParams(want)
	if m.restarts != 2 || m.velocity[0] != 0 {
		t.Errorf("%d restarts, velocity %v", m.restarts, m.velocity[0])
	}
	if _, err := New(c, Options{Optimizer: 9}); err == nil {
		t.Error("an optimizer without kernels is taken")
	}
}
