package cpu

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lenet/engine"
	"lenet/engine/internal/difftest"
	"lenet/engine/internal/reference"
)

// The gradient by the input is the reference's, from every module, for every
// activation and pooling and odd sizes.
func TestInputGradient(t *testing.T) {
	for _, c := range configs() {
		t.Run(name(c), func(t *testing.T) {
			b := newBackend(t, c, Options{Threads: 1})
			p := initial(c, 7)
			if err := b.SetParams(p); err != nil {
				t.Fatal(err)
			}
			images, _ := randomSetOf(c.NumClasses(), 1, 9)
			r := reference.New(p)
			r.FollowTracer(b, images)
			tr, g := engine.NewTrace(c), make([]float32, engine.Pixels)
			if err := b.Trace(images, tr); err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			for layer := range engine.NumLayers {
				by := make([]float32, len(tr.Layer(layer)))
				exact := make([]float64, len(by))
				for i := range by {
					by[i] = rng.Float32() - 0.5
					exact[i] = float64(by[i])
				}
				if err := b.InputGradient(tr, layer, by, g); err != nil {
					t.Fatal(err)
				}
				if e := difftest.Relative(g, r.InputGradient(images, layer, exact), 1e-30); !(e < 1e-5) {
					t.Errorf("from module %d: error %.2g", layer, e)
				}
			}
		})
	}
}

// A trace of numbers that are grey levels is the trace of the image.
func TestTraceInput(t *testing.T) {
	b, images, _ := ready(t, engine.Classic(), Options{Threads: 1}, 1)
	want, got := engine.NewTrace(b.cfg), engine.NewTrace(b.cfg)
	if err := b.Trace(images, want); err != nil {
		t.Fatal(err)
	}
	copy(got.Input(), want.Input())
	if err := b.TraceInput(got); err != nil {
		t.Fatal(err)
	}
	for i, v := range want.Data {
		if got.Data[i] != v {
			t.Fatalf("value %d is %v, want %v", i, got.Data[i], v)
		}
	}
}

func TestInputGradientErrors(t *testing.T) {
	b, _, _ := ready(t, engine.Classic(), Options{Threads: 1}, 1)
	tr, g := engine.NewTrace(b.cfg), make([]float32, engine.Pixels)
	for message, err := range map[string]error{
		"use the same configuration":                                         b.InputGradient(engine.NewTrace(engine.Classic().WithClasses(3)), 11, make([]float32, 3), g),
		"of 0 outputs of module 12 by 784 pixels: use a module from 0 to 11": b.InputGradient(tr, 12, nil, g),
		"of 3 outputs of module 11":                                          b.InputGradient(tr, 11, make([]float32, 3), g),
		"by 3 pixels: ":                                                      b.InputGradient(tr, 11, make([]float32, 10), g[:3]),
	} {
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %q", err, message)
		}
	}
}

// BenchmarkInputGradient times a trace and the gradient behind it; best is the
// fastest of each.
func BenchmarkInputGradient(b *testing.B) {
	net, images, _ := ready(b, engine.Classic(), Options{Threads: 1}, 1)
	tr, g, by := engine.NewTrace(net.cfg), make([]float32, engine.Pixels), make([]float32, 10)
	by[3] = 1
	trace, gradient := time.Hour, time.Hour
	for b.Loop() {
		start := time.Now()
		net.Trace(images, tr)
		between := time.Now()
		net.InputGradient(tr, 11, by, g)
		trace, gradient = min(trace, between.Sub(start)), min(gradient, time.Since(between))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(trace)/1e6, "trace-best-ms")
	b.ReportMetric(float64(gradient)/1e6, "gradient-best-ms")
}
