package cpu

import (
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"lenet/engine"
	"lenet/engine/internal/difftest"
)

var _ engine.Backend = (*Backend)(nil)

// ready returns a backend with parameters and n training examples.
func ready(t testing.TB, c engine.Config, o Options, n int) (*Backend, []byte, []byte) {
	t.Helper()
	b := newBackend(t, c, o)
	if err := b.SetParams(initial(c, 1)); err != nil {
		t.Fatal(err)
	}
	images, labels := byteSet(n)
	if err := b.SetData(images, labels); err != nil {
		t.Fatal(err)
	}
	return b, images, labels
}

// TestNoAllocations checks that nothing is allocated per step or image.
func TestNoAllocations(t *testing.T) {
	b, images, labels := ready(t, engine.Classic(), Options{Threads: 2}, 100)
	order, sum, out, tr, pixels := seq(0, 100), make([]float32, b.ExchangeLen()), make([]float32, 100*10), engine.NewTrace(b.cfg), make([]float32, 784)
	for name, f := range map[string]func(){
		"Step":           func() { b.Step(order, 0.1) },
		"Epoch":          func() { b.Epoch(order, 32, 0.1, nil) },
		"ShardGradients": func() { b.ShardGradients(order, 0, 4, sum) },
		"Apply":          func() { b.Apply(sum, 1e-9) },
		"Logits":         func() { b.Logits(images, out) },
		"Trace":          func() { b.Trace(images[:784], tr) },
		"InputGradient":  func() { b.InputGradient(tr, 11, out[:10], pixels) },
	} {
		f() // allocates once
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	const matrix = 10 // rows and cells of the confusion matrix that is returned
	if n := testing.AllocsPerRun(20, func() { b.Evaluate(images, labels) }); n > matrix {
		t.Errorf("Evaluate: %v allocations", n)
	}
}

// fillGuards writes NaN between an arena's arrays and returns a check that it is still there.
func fillGuards(t *testing.T, arena []float32, arrays []array) (check func()) {
	t.Helper()
	inside := make([]bool, len(arena))
	for _, a := range arrays {
		first := int(uintptr(*a.p)-uintptr(unsafe.Pointer(&arena[0]))) / 4
		for i := range a.floats {
			inside[first+i] = true
		}
	}
	holes := 0
	for i, in := range inside {
		if !in {
			arena[i] = guardValue
			holes++
		}
	}
	if holes < len(arrays)*guard {
		t.Fatalf("only %d floats between the arrays", holes)
	}
	return func() {
		t.Helper()
		for i, in := range inside {
			if !in && math.Float32bits(arena[i]) != math.Float32bits(guardValue) {
				t.Fatalf("place %d between the arrays was written", i)
			}
		}
	}
}

// TestGuards fills what lies between a backend's arrays with NaN, trains and
// traces, and checks that nothing was read or written there.
func TestGuards(t *testing.T) {
	for _, c := range determinismConfigs() {
		plain, guarded := newBackend(t, c, Options{Threads: 1}), newBackend(t, c, Options{Threads: 1})
		w := guarded.workers[0]
		check := fillGuards(t, w.arena, w.arrays())
		if want, got := train(t, plain, 3), train(t, guarded, 3); !slices.Equal(got, want) {
			t.Errorf("%s: other weights with guards", name(c))
		}
		check()

		images, _ := byteSet(1)
		want, got := engine.NewTrace(c), engine.NewTrace(c)
		plain.Trace(images, want)
		guarded.image = newImagePath(guarded)
		check = fillGuards(t, guarded.image.arena, guarded.image.arrays())
		guarded.Trace(images, got)
		if !slices.Equal(got.Data, want.Data) {
			t.Errorf("%s: another trace with guards", name(c))
		}
		check()
	}
}

// TestLargeBatch checks shards of several chunks: examples given many times
// have the mean gradient of the examples given once.
func TestLargeBatch(t *testing.T) {
	b, _, _ := ready(t, engine.Classic(), Options{}, 48)
	once, often := engine.NewParams(b.cfg), engine.NewParams(b.cfg)
	if _, err := b.Gradient(seq(0, 48), once); err != nil {
		t.Fatal(err)
	}
	var order []int32
	for range 30 {
		order = append(order, seq(0, 48)...)
	}
	stats, err := b.Gradient(order, often)
	if err != nil || stats.Examples != 48*30 {
		t.Fatal(stats, err)
	}
	for i, tensor := range often.Tensors() {
		var want []float64
		for _, v := range once.Tensors()[i].Data {
			want = append(want, float64(v))
		}
		if e := difftest.Relative(tensor.Data, want, 0); !(e < 1e-5) {
			t.Errorf("gradient of %s: error %g", tensor.Name, e)
		}
	}
	var first []float32
	for _, threads := range []int{1, 2, 5} {
		b, _, _ := ready(t, engine.Classic(), Options{Threads: threads}, 48)
		b.Step(order, 0.1)
		p := engine.NewParams(b.cfg)
		b.Params(p)
		if first == nil {
			first = p.Data
		} else if !slices.Equal(p.Data, first) {
			t.Errorf("other weights with %d threads", threads)
		}
	}
}

// TestInference compares batched inference and evaluation with Trace.
func TestInference(t *testing.T) {
	for _, n := range []int{1, 15, 16, 17, 100} {
		b, images, labels := ready(t, engine.Classic(), Options{Threads: 2}, n)
		out, tr := make([]float32, n*10), engine.NewTrace(b.cfg)
		if err := b.Logits(images, out); err != nil {
			t.Fatal(err)
		}
		var want engine.Evaluation
		want.Examples = n
		for range 10 {
			want.Confusion = append(want.Confusion, make([]int, 10))
		}
		for i := range n {
			b.Trace(images[i*784:][:784], tr)
			z := tr.Logits()
			for k, v := range z {
				if math.Abs(float64(v-out[i*10+k])) > 1e-5 {
					t.Fatalf("image %d of %d: logit %d is %v, by Trace %v", i, n, k, out[i*10+k], v)
				}
			}
			var p [10]float32
			engine.Softmax(p[:], z)
			want.LossSum -= math.Log(float64(p[labels[i]]))
			best := engine.Argmax(out[i*10 : i*10+10])
			want.Confusion[labels[i]][best]++
			if best == int(labels[i]) {
				want.Correct++
			}
		}
		got, err := b.Evaluate(images, labels)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.LossSum-want.LossSum) > 1e-5*want.LossSum {
			t.Errorf("loss of %d images: %v, want %v", n, got.LossSum, want.LossSum)
		}
		got.LossSum = want.LossSum
		if !reflect.DeepEqual(got, want) {
			t.Errorf("evaluation of %d images: %+v, want %+v", n, got, want)
		}
	}
}

// TestEpoch checks the batches of an epoch, the smaller last one, and stopping.
func TestEpoch(t *testing.T) {
	b, _, _ := ready(t, engine.Classic(), Options{}, 100)
	var seen []int
	stats, err := b.Epoch(seq(0, 100), 48, 0.1, func(s engine.Stats) bool { seen = append(seen, s.Examples); return true })
	if err != nil || stats.Examples != 100 || len(seen) != 3 || seen[0] != 48 || seen[1] != 96 || seen[2] != 100 {
		t.Errorf("epoch: %+v, %v, steps to %v", stats, err, seen)
	}
	stats, err = b.Epoch(seq(0, 100), 48, 0.1, func(engine.Stats) bool { return false })
	if err != nil || stats.Examples != 48 {
		t.Errorf("stopped epoch: %+v, %v", stats, err)
	}
}

// TestErrors checks that a user's mistake is named with its remedy.
func TestErrors(t *testing.T) {
	if _, err := New(engine.Config{}, Options{}); err == nil {
		t.Error("New takes a configuration without channels")
	}
	if _, err := New(engine.Classic(), Options{Threads: -1}); err == nil {
		t.Error("New takes -1 threads")
	}
	b, images, labels := ready(t, engine.Classic(), Options{Threads: 1}, 20)
	other := engine.Classic()
	other.Units[0] = 7
	fresh := newBackend(t, engine.Classic(), Options{Threads: 1})
	for what, err := range map[string]error{
		"parameters are of":    b.SetParams(engine.NewParams(other)),
		"use engine.NewParams": b.Params(&engine.Params{Config: b.cfg}),
		"on no examples":       second(b.Step(nil, 1)),
		"example 20 of":        second(b.Step([]int32{20}, 1)),
		"example -1 of":        second(b.Gradient([]int32{-1}, engine.NewParams(b.cfg))),
		"call SetData first":   second(fresh.Step([]int32{0}, 1)),
		"batch size 0":         second(b.Epoch(seq(0, 5), 0, 1, nil)),
		"shards 1 to 3":        second(b.ShardGradients(seq(0, 5), 1, 3, nil)),
		"use ExchangeLen":      second(b.ShardGradients(seq(0, 5), 0, 8, nil)),
		"an image of 3 bytes":  b.Trace(make([]byte, 3), engine.NewTrace(b.cfg)),
		"the trace is of":      b.Trace(images[:784], engine.NewTrace(other)),
		"images and 9 logits":  b.Logits(images[:784], make([]float32, 9)),
		"for 19 labels":        second(b.Evaluate(images, labels[:19])),
		"for 18 labels":        b.SetData(images, labels[:18]),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one with %q", err, what)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestClose checks that Close ends the goroutines.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	b, err := New(engine.Classic(), Options{Threads: 4})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, before %d", runtime.NumGoroutine(), before)
}
