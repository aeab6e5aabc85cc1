package cpu

import (
	"fmt"
	"math"
	"testing"

	"lenet/engine"
)

// Frozen layers keep their bits, and the others get the gradients of an unfrozen
// network: in whole steps and in those of workers that exchange gradients, with
// every version of the kernels, after the freezing changed, and without allocations.
func TestFreeze(t *testing.T) {
	c := engine.Config{Activation: engine.Tanh, Pooling: engine.MaxPool, Channels: [2]int{5, 9}, Units: [2]int{31, 17}, Classes: 12}
	images, labels := byteSet(200)
	order := seq(0, 200)
	forVersions(t, func(t *testing.T, v versionTest) {
		backend := func(threads int, f engine.Freeze) *Backend {
			b := newBackend(t, c, Options{Threads: threads, Reproducible: !v.fused})
			b.kernels = v.kernels
			if err := b.SetParams(initial(c, 4)); err != nil {
				t.Fatal(err)
			}
			if err := b.SetData(images, labels); err != nil {
				t.Fatal(err)
			}
			b.Step(order, 0.1) // leaves gradients of all layers behind
			if err := b.SetFreeze(f); err != nil {
				t.Fatal(err)
			}
			return b
		}
		free := backend(2, engine.NoFreeze)
		start, full := engine.NewParams(c), engine.NewParams(c)
		free.Params(start)
		free.Gradient(order, full)
		for _, f := range []engine.Freeze{engine.FreezeConv, engine.FreezeAllButLast} {
			alone, apart := backend(3, f), backend(1, f)
			g, got, other := engine.NewParams(c), engine.NewParams(c), engine.NewParams(c)
			if _, err := alone.Gradient(order, g); err != nil {
				t.Fatal(err)
			}
			for i, a := range g.Tensors() {
				for k, x := range a.Data {
					if want := full.Tensors()[i].Data[k]; !f.Holds(a.Name) && x != want || f.Holds(a.Name) && x != 0 {
						t.Fatalf("%v: gradient %d of %s is %v, of all layers %v", f, k, a.Name, x, want)
					}
				}
			}
			sum := make([]float32, apart.ExchangeLen())
			for _, n := range []int{200, 17, 1} {
				if _, err := alone.Step(order[:n], 0.1); err != nil {
					t.Fatal(err)
				}
				if _, err := apart.ShardGradients(order[:n], 0, Shards, sum); err != nil {
					t.Fatal(err)
				}
				apart.Apply(sum, 0.1/float32(n))
			}
			alone.Params(got)
			apart.Params(other)
			for i, a := range got.Tensors() {
				kept := true
				for k, x := range a.Data {
					kept = kept && math.Float32bits(x) == math.Float32bits(start.Tensors()[i].Data[k])
				}
				if kept != f.Holds(a.Name) {
					t.Errorf("%v: %s kept its bits: %v", f, a.Name, kept)
				}
			}
			if i := differ(got.Data, other.Data); i >= 0 {
				t.Errorf("%v: parameter %d is %v, of workers that exchange gradients %v", f, i, got.Data[i], other.Data[i])
			}
			if n := testing.AllocsPerRun(5, func() { alone.Step(order, 0.1) }); n != 0 {
				t.Errorf("%v: %v allocations a step", f, n)
			}
			// All layers train again, as if nothing had been frozen.
			alone.SetFreeze(engine.NoFreeze)
			alone.SetParams(start)
			alone.Step(order, 0.1)
			free.SetParams(start)
			free.Step(order, 0.1)
			alone.Params(got)
			free.Params(other)
			if i := differ(got.Data, other.Data); i >= 0 {
				t.Errorf("%v: afterwards parameter %d is %v, want %v", f, i, got.Data[i], other.Data[i])
			}
		}
		if err := free.SetFreeze(9); err == nil {
			t.Error("an unknown freezing is taken")
		}
	})
}

// BenchmarkFreeze measures a training step of 256 examples.
func BenchmarkFreeze(b *testing.B) {
	for _, f := range []engine.Freeze{engine.NoFreeze, engine.FreezeConv, engine.FreezeAllButLast} {
		b.Run(fmt.Sprint(f), func(b *testing.B) {
			net, _, _ := ready(b, engine.Classic(), Options{Threads: 1}, 256)
			net.SetFreeze(f)
			order := seq(0, 256)
			for b.Loop() {
				net.Step(order, 0.1)
			}
			b.ReportMetric(float64(256*b.N)/b.Elapsed().Seconds(), "examples/s")
		})
	}
}
