//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"testing"
	"unsafe"

	"lenet/engine"
)

// outcome is the result of a short run: every bit counts.
type outcome struct {
	weights uint64
	loss    float64
	correct int
	test    engine.Evaluation
}

// shortRun takes three steps of 9, 9 and 5 examples, twice, and evaluates.
func shortRun(t *testing.T, c engine.Config, o Options) outcome {
	t.Helper()
	images, labels := randomSet(23, 4)
	b := newBackend(t, c, o)
	must(t, b.SetParams(initial(c, 11)))
	must(t, b.SetData(images, labels))
	order := make([]int32, 23)
	var total engine.Stats
	for epoch := range 2 {
		engine.Shuffle(order, 1, epoch)
		s, err := b.Epoch(order, 9, 0.2, nil)
		must(t, err)
		total.Add(s)
	}
	test, err := b.Evaluate(images, labels)
	must(t, err)
	p := engine.NewParams(c)
	must(t, b.Params(p))
	if name := p.FirstNonFinite(); name != "" {
		t.Fatalf("%+v: %s is not finite", o, name)
	}
	if !(total.Loss() > 0.5 && total.Loss() < 5) || total.Examples != 46 {
		t.Fatalf("%+v: statistics %+v", o, total)
	}
	h := fnv.New64()
	h.Write(unsafe.Slice((*byte)(unsafe.Pointer(&p.Data[0])), 4*len(p.Data)))
	return outcome{h.Sum64(), total.LossSum, total.Correct, test}
}

// The same bits come from every schedule, grid size, number of examples in a
// block, and order in which threads run between barriers.
func TestSameBits(t *testing.T) {
	c := engine.Classic()
	c.Activation = engine.Tanh
	want := shortRun(t, c, Options{Schedule: Graph, PerBlock: 1})
	for i, o := range []Options{
		{Schedule: Graph, PerBlock: 1, Blocks: 1},
		{Schedule: Graph, PerBlock: 2, Blocks: 3},
		{Schedule: Graph, PerBlock: 2},
		{Schedule: Cooperative, PerBlock: 1},
		{Schedule: Cooperative, PerBlock: 1, Blocks: 1},
		{Schedule: Cooperative, PerBlock: 1, Blocks: 3},
		{Schedule: Cooperative, PerBlock: 2},
		{Schedule: Cooperative, PerBlock: 2, Blocks: 1},
	} {
		t.Run(fmt.Sprintf("%s-%d-%d", o.Schedule, o.PerBlock, o.Blocks), func(t *testing.T) {
			t.Setenv("LENET_EMULATOR_SEED", fmt.Sprint(i+1))
			if got := shortRun(t, c, o); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// A NaN loss is reported as NaN, and training continues, so that it can be diagnosed.
func TestDivergence(t *testing.T) {
	for _, c := range configs() {
		b := newBackend(t, c, Options{})
		images, labels := randomSet(4, 4)
		must(t, b.SetData(images, labels))
		p := initial(c, 1)
		p.Tensor("3.bias").Data[2] = float32(math.NaN())
		must(t, b.SetParams(p))
		s, err := b.Step(sequence(0, 4), 0.1)
		must(t, err)
		if !math.IsNaN(s.LossSum) {
			t.Errorf("%s %s: a NaN in the weights gives the loss %v", c.Activation, c.Pooling, s.LossSum)
		}
	}
}

// Progress comes in order, ends at the whole, and a stop ends the epoch after a whole step.
func TestProgressAndStop(t *testing.T) {
	for _, schedule := range []Schedule{Cooperative, Graph} {
		t.Run(schedule.String(), func(t *testing.T) {
			images, labels := randomSet(32, 4)
			b := newBackend(t, engine.Classic(), Options{Schedule: schedule})
			must(t, b.SetParams(initial(engine.Classic(), 1)))
			must(t, b.SetData(images, labels))
			n := 60
			if onGPU {
				n = 60000 // so that the stop comes before the end
			}
			order := make([]int32, n)
			for i := range order {
				order[i] = int32(i % 32)
			}
			last := 0
			s, err := b.Epoch(order[:48], 4, 0.1, func(s engine.Stats) bool {
				if s.Examples <= last || s.Examples%4 != 0 {
					t.Errorf("%d examples after %d", s.Examples, last)
				}
				last = s.Examples
				return true
			})
			must(t, err)
			if s.Examples != 48 || last != 48 {
				t.Errorf("%d examples, last reported %d, want 48", s.Examples, last)
			}
			s, err = b.Epoch(order, 2, 0.1, func(s engine.Stats) bool { return false })
			must(t, err)
			if s.Examples < 2 || s.Examples >= n || s.Examples%2 != 0 {
				t.Errorf("a stop ends after %d of %d examples", s.Examples, n)
			}
			if s, err = b.Epoch(order[:8], 2, 0.1, nil); err != nil || s.Examples != 8 {
				t.Errorf("after a stop: %+v, %v", s, err)
			}
		})
	}
}

// An epoch of more steps than a graph holds launches it again.
func TestLongGraph(t *testing.T) {
	images, labels := randomSet(8, 4)
	b := newBackend(t, engine.Classic(), Options{Schedule: Graph})
	must(t, b.SetParams(initial(engine.Classic(), 1)))
	must(t, b.SetData(images, labels))
	b.maxGraph = 4
	for _, n := range []int{9, 8, 9} {
		s, err := b.Epoch(make([]int32, n), 1, 0.01, nil)
		must(t, err)
		if s.Examples != n {
			t.Errorf("%d examples of %d", s.Examples, n)
		}
	}
}
