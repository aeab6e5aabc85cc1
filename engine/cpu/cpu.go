// Package cpu runs LeNet on the processor: whole training steps and inference
// over blocks of 16 examples, on all threads.
//
// # Layout
//
// The 16 examples of a block are innermost: every activation is an array
// [y][x][c] of cells, a cell being one value of each example, 64 bytes, one
// cache line. At every vector width a kernel then multiplies a weight, spread
// over a vector, by whole cells: there is no im2col, no packing, no shuffling
// and no remainder. Channels and units are rounded up to whole tiles with zeros
// (see shape). A single image goes another way, with pixels in the lanes
// (imagePath).
//
// # Kernels
//
// Each kernel is written once, in *_scalar.go, as a tile of 8 to 10 sums that
// stay in registers; gen.go writes the vector versions. For a block: the first
// convolution computes 4 pixels by 2 channels; the second, in Winograd's way
// (winograd_scalar.go), 5 pairs of pixels by 2 channels, forward and back; their
// weight gradients 5 taps by 2 channels, lane by lane, summed over the lanes once
// per shard; linear layers 8 outputs (or 4 by two vectors); their weight
// gradients 4 outputs by 2 vectors of inputs, from transposed inputs. Biases are
// a last column of the weights.
//
// # Bits
//
// A batch is cut into a fixed number of gradient shards, which are summed as a
// binary tree, and every sum has a fixed order. So one seed gives the same
// weights on any number of threads and with vectors of 128, 256 or 512 bits,
// which all fuse multiplication and addition. The kernels without vectors and
// those of WebAssembly do not, and give other bits. With [Options].Reproducible
// none of them does: the bits are the same on every platform, with vectors or
// without.
//
// # Speed
//
// The vector kernels are compiled with GOEXPERIMENT=simd only, for amd64, arm64
// and wasm. A program built without it runs the kernels without vectors, about 20
// times slower: export GOEXPERIMENT=simd, or once and for all
// go env -w GOEXPERIMENT=simd. [Kernels] says which ones run.
//
// A step costs whole blocks of 16 examples: one of a single example takes as long
// as one of 16 (350 µs on one core of a Zen 4), one of 17 as long as one of 32.
// Choose batches of 16 or more, best multiples of 16.
package cpu

import (
	"fmt"
	"runtime"
	"sync"

	"lenet/engine"
)

// Shards is the number of gradient shards in a batch, independent of its size and
// the number of threads. A batch of n blocks of 16 examples gives shard s the
// blocks s·n/Shards up to (s+1)·n/Shards.
const Shards = 8

// Options change the way of the computation, not its result.
type Options struct {
	Threads      int  // goroutines that compute; 0 for GOMAXPROCS. Training makes use of up to Shards.
	Reproducible bool // no fused multiply-add: the same bits on every platform
	Optimizer    engine.Optimizer
}

// Backend is LeNet on the processor. It implements [engine.Backend].
type Backend struct {
	cfg     engine.Config
	shape   shape
	params  int // how many parameters the network has
	frozen  int // so many floats of the exchange layout, its first layers, keep their bits
	kernels kernels
	update  update

	weights  []float32 // exchange layout
	taps     []float32 // second convolution's, transformed: [6 points][C2][ky][C1]
	reversed []float32 // the same for its input gradient: [6 points][C1][4-ky][C2]

	images, labels []byte

	// Gradients in the exchange layout, each of one shard or of two that follow
	// each other, at the place of the first; allocated when first needed. What
	// is not filled is of shards without examples.
	sums   [Shards][]float32
	filled [Shards]bool
	zeros  []float32
	stats  [Shards]engine.Stats

	image   *imagePath // allocated by the first Trace
	back    *backPath  // allocated by the first InputGradient
	workers []*worker
	start   []chan struct{} // one for each worker but the first
	done    sync.WaitGroup
	task    func(*Backend, *worker)
	job     job
}

// New returns a backend with zeroed parameters. It has goroutines that only
// [Backend.Close] ends.
func New(c engine.Config, o Options) (*Backend, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if o.Threads < 0 {
		return nil, fmt.Errorf("%d threads: use 1 or more, or 0 for one per processor", o.Threads)
	}
	update, err := newUpdate(o.Optimizer)
	if err != nil {
		return nil, err
	}
	b := &Backend{update: update, cfg: c, shape: newShape(c), params: c.NumParams(), kernels: pickKernels(o.Reproducible)}
	s := &b.shape
	b.weights = aligned(s.total)
	b.taps, b.reversed = aligned(points*5*s.C1*s.C2), aligned(points*5*s.C1*s.C2)
	b.zeros = aligned(s.total)
	threads := o.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	if runtime.GOOS == "js" {
		threads = 1 // there is only one
	}
	for i := range threads {
		w := newWorker(b)
		b.workers = append(b.workers, w)
		if i > 0 {
			c := make(chan struct{})
			b.start = append(b.start, c)
			go func() {
				for range c {
					b.task(b, w)
					b.done.Done()
				}
			}()
		}
	}
	return b, nil
}

// run calls task once for each worker, at the same time, and waits for all.
func (b *Backend) run(task func(*Backend, *worker)) {
	b.task = task
	b.done.Add(len(b.start))
	for _, c := range b.start {
		c <- struct{}{}
	}
	task(b, b.workers[0])
	b.done.Wait()
}

// Config returns the network's configuration.
func (b *Backend) Config() engine.Config { return b.cfg }

// Name returns "cpu".
func (b *Backend) Name() string { return "cpu" }

// Close ends the backend's goroutines.
func (b *Backend) Close() error {
	for _, c := range b.start {
		close(c)
	}
	b.start = nil
	return nil
}

// SetParams copies the parameters in.
func (b *Backend) SetParams(p *engine.Params) error {
	if err := b.check(p); err != nil {
		return err
	}
	clear(b.weights) // what fills the tiles is not zero any more after a NaN
	b.shape.each(func(i, at int) { b.weights[at] = p.Data[i] })
	b.derive()
	b.update.restart()
	return nil
}

// Params copies the parameters out.
func (b *Backend) Params(p *engine.Params) error {
	if err := b.check(p); err != nil {
		return err
	}
	b.shape.each(func(i, at int) { p.Data[i] = b.weights[at] })
	return nil
}

func (b *Backend) check(p *engine.Params) error {
	if !p.Config.Equal(b.cfg) {
		return fmt.Errorf("parameters are of %+v, the backend of %+v: use the same configuration", p.Config, b.cfg)
	}
	if len(p.Data) != b.params {
		return fmt.Errorf("%d parameters where the configuration has %d: use engine.NewParams", len(p.Data), b.params)
	}
	return nil
}

// derive recomputes the values that are kept in a second form.
func (b *Backend) derive() {
	s := &b.shape
	for oc := range s.c2 {
		for ky := range 5 {
			for ic := range s.c1 {
				at := s.conv2 + oc*s.conv2Row() + ky*5*s.C1 + ic
				u := transformTaps(b.weights[at], b.weights[at+s.C1], b.weights[at+2*s.C1], b.weights[at+3*s.C1], b.weights[at+4*s.C1])
				for j, v := range u {
					b.taps[((j*s.C2+oc)*5+ky)*s.C1+ic] = v
					b.reversed[((j*s.C1+ic)*5+4-ky)*s.C2+oc] = v
				}
			}
		}
	}
}

// SetFreeze chooses the layers that steps leave as they are from now on.
func (b *Backend) SetFreeze(f engine.Freeze) error {
	switch f {
	case engine.NoFreeze:
		b.frozen = 0
	case engine.FreezeConv:
		b.frozen = b.shape.fc1
	case engine.FreezeAllButLast:
		b.frozen = b.shape.fc3
	default:
		return fmt.Errorf("the CPU cannot freeze %v: use none, conv or all-but-last", f)
	}
	for _, sum := range b.sums { // of steps before: no more written to
		if sum != nil {
			clear(sum[:b.frozen])
		}
	}
	return nil
}

// SetData gives the training set, which it keeps.
func (b *Backend) SetData(images, labels []byte) error {
	if err := (engine.Set{Images: images, Labels: labels}).CheckFor(b.shape.n); err != nil {
		return err
	}
	b.images, b.labels = images, labels
	return nil
}

// Kernels describes the kernels that this program runs on this machine: the width
// of their vectors or, where they have none, why.
func Kernels() string {
	switch bits := pickKernels(false).bits; {
	case bits > 32:
		return fmt.Sprintf("CPU kernels with vectors of %d bits", bits)
	case vectorized:
		return "CPU kernels without vectors, about 20 times slower: GODEBUG=simd=0 is set, or the processor has none"
	case runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" || runtime.GOARCH == "wasm":
		return "CPU kernels without vectors, about 20 times slower: built without GOEXPERIMENT=simd"
	default:
		return "CPU kernels without vectors: there are none for " + runtime.GOARCH
	}
}

// VectorBits returns the width of the vectors in use, 32 without vectors.
func (b *Backend) VectorBits() int { return b.kernels.bits }
