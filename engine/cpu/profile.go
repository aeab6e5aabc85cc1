package cpu

import (
	"fmt"
	"slices"
	"time"
	"unsafe"

	"lenet/engine"
)

// Part is a layer's work in a training step, forward or backward.
type Part struct {
	Layer    string  `json:"layer"` // as nn.Sequential prints it, or work that belongs to no layer
	Backward bool    `json:"backward"`
	Seconds  float64 `json:"seconds"` // for one example, on one thread
	FLOP     float64 `json:"flop"`    // for one example: multiplications and additions of weights; 0 where there are none
}

// Profile has the time that each part of a training step takes.
type Profile struct {
	Bits  int     `json:"vector_bits"` // 32 without vectors
	Peak  float64 `json:"peak_flops"`  // FLOP/s of multiplying and adding as the kernels do, with nothing to wait for
	Parts []Part  `json:"parts"`
}

// NewProfile measures every part of a training step of that network, each by
// itself and for at least that long, and gives the best of many slices of
// time, which other programs disturb least. The weights are random.
func NewProfile(c engine.Config, o Options, each time.Duration) (Profile, error) {
	o.Threads = 1
	b, err := New(c, o)
	if err != nil {
		return Profile{}, err
	}
	defer b.Close()
	p := engine.NewParams(c)
	p.Init(1)
	if err := b.SetParams(p); err != nil {
		return Profile{}, err
	}
	r := Profile{Bits: b.kernels.bits}
	cells := aligned(12 * lanes)
	for i := range cells {
		cells[i] = float32(i) / 1000
	}
	const rounds = 100
	peak := func() { // the clock's frequency changes: the highest of many
		took := best(each/4, func() { b.kernels.peak(unsafe.Pointer(&cells[0]), rounds) })
		r.Peak = max(r.Peak, 2*4*10*rounds*float64(b.kernels.bits/32)/took)
	}
	for _, t := range b.tasks() {
		peak()
		b.sample() // what the parts before left may be small numbers, slow on some processors
		p := Part{t.layer, t.backward, best(each, t.run) / (lanes * t.blocks), t.flop}
		if i := slices.IndexFunc(r.Parts, func(o Part) bool { return o.Layer == p.Layer && o.Backward == p.Backward }); i >= 0 {
			r.Parts[i].Seconds += p.Seconds
			r.Parts[i].FLOP += p.FLOP
		} else {
			r.Parts = append(r.Parts, p)
		}
	}
	return r, nil
}

// best runs f again and again and returns the seconds of one run in the
// fastest slice of time.
func best(total time.Duration, f func()) float64 {
	const slice, least = 300 * time.Microsecond, 20
	fastest := time.Hour.Seconds()
	for begin, slices := time.Now(), 0; slices < least || time.Since(begin) < total; slices++ {
		n, start := 0, time.Now()
		for n == 0 || time.Since(start) < slice {
			f()
			n++
		}
		fastest = min(fastest, time.Since(start).Seconds()/float64(n))
	}
	return fastest
}

// sample takes a block of noisy images forward and backward.
func (b *Backend) sample() {
	w := b.workers[0]
	var block [lanes]*[engine.Pixels]byte
	var labels [lanes]byte
	state := uint32(1)
	for i := range block {
		block[i] = new([engine.Pixels]byte)
		for p := range block[i] {
			state = state*1664525 + 1013904223
			block[i][p] = byte(state >> 24)
		}
		labels[i] = byte(i % b.shape.n)
	}
	for c := range chunk {
		w.setBlock(&block)
		w.forward(true)
		w.loss(&labels, lanes, c)
		w.backward(c)
	}
	w.setBlock(&block)
	w.forward(true)
	clear(floats(w.grads, w.gradCells*lanes))
}

// task is a part of a training step that can be run by itself, again and again.
type task struct {
	layer    string
	backward bool
	flop     float64 // of one example
	blocks   float64 // that run works on
	run      func()
}

// tasks lists the parts of a training step in order, as forward, loss,
// backward, linearGrads and updateTask have them.
func (b *Backend) tasks() []task {
	w, s, k := b.workers[0], &b.shape, &b.kernels
	act := b.cfg.Activation
	wt := unsafe.Pointer(unsafe.SliceData(b.weights))
	row2 := 10 * s.C2 * cell
	layers := b.cfg.Layers()
	name := func(i int) string { return fmt.Sprintf("%d %s(%s)", i, layers[i].Kind, layers[i].Detail) }
	grads, images := aligned(s.total), noImages
	g := unsafe.Pointer(&grads[0])

	conv1 := 2 * 25 * 28 * 28 * float64(s.c1)
	conv2 := 2 * 25 * 10 * 10 * float64(s.c1*s.c2)
	fc1, fc2, fc3 := 2*25*float64(s.c2*s.u1), 2*float64(s.u1*s.u2), 2*float64(s.n*s.u2)

	const blocks = 2 // of a shard, at batch 256
	weightGrad := func(d int, dz, x unsafe.Pointer, rows, row int) func() {
		return func() {
			k.linearWeightGrad(unsafe.Add(g, d*4), dz, x, rows, row, blocks, row*4, row*4, rows*cell, false)
		}
	}
	return []task{
		{"pixels to cells", false, 0, 1, func() { w.setBlock(&images) }},
		{name(0), false, conv1, 1, func() {
			for y := range 28 {
				k.conv1Row(unsafe.Add(w.a1, y*28*s.C1*cell), unsafe.Add(w.x, y*inputCols*cell), wt, s.C1)
			}
		}},
		{name(1), false, 0, 1, func() {
			for y := range 14 {
				k.activate(unsafe.Add(w.a1, y*56*s.C1*cell), 56*s.C1, act)
			}
		}},
		{name(2), false, 0, 1, func() {
			for y := range 14 {
				k.pool(w.p1, unsafe.Add(w.a1, 2*y*28*s.C1*cell), &w.pool1)
			}
		}},
		{name(3), false, conv2, 1, func() {
			for y := range 14 {
				k.transformRow(unsafe.Add(w.v, y*s.C1*cell), w.p1, s.C1, s.vPair())
			}
			for y := range 10 {
				b.conv2Row(unsafe.Add(w.a2, y*row2), w.m, unsafe.Add(w.v, y*s.C1*cell), s.vPair())
			}
		}},
		{name(4), false, 0, 1, func() {
			for y := range 10 {
				k.activate(unsafe.Add(w.a2, y*row2), 10*s.C2, act)
			}
		}},
		{name(5), false, 0, 1, func() {
			for y := range 5 {
				k.pool(unsafe.Add(w.p2, y*5*s.C2*cell), unsafe.Add(w.a2, 2*y*row2), &w.pool2)
			}
		}},
		{name(7), false, fc1, 1, func() { k.linear(w.h1, w.p2, unsafe.Add(wt, s.fc1*4), s.U1, s.F, s.s1*4, s.F*4) }},
		{name(8), false, 0, 1, func() { k.activate(w.h1, s.U1, act) }},
		{name(9), false, fc2, 1, func() { k.linear(w.h2, w.h1, unsafe.Add(wt, s.fc2*4), s.U2, s.U1, s.s2*4, s.U1*4) }},
		{name(10), false, 0, 1, func() { k.activate(w.h2, s.U2, act) }},
		{name(11), false, fc3, 1, func() { k.linear(w.z, w.h2, unsafe.Add(wt, s.fc3*4), s.N, s.U2, s.s3*4, s.U2*4) }},
		{"softmax, loss", false, 0, 1, func() { w.loss(&[lanes]byte{}, lanes, 0) }},

		// A linear layer's input gradient goes with the slope of the activation below.
		{name(11), true, fc3, 1, func() {
			k.linearInputGrad(w.dz4, w.dz5, unsafe.Add(wt, s.fc3*4), s.U2, s.N, s.s3*4)
			k.activationGrad(w.dz4, w.h2, s.U2, act)
		}},
		{name(11), true, fc3, blocks, weightGrad(s.fc3, w.dz5, w.t3, s.N, s.s3)},
		{name(9), true, fc2, 1, func() {
			k.linearInputGrad(w.dz3, w.dz4, unsafe.Add(wt, s.fc2*4), s.U1, s.U2, s.s2*4)
			k.activationGrad(w.dz3, w.h1, s.U1, act)
		}},
		{name(9), true, fc2, blocks, weightGrad(s.fc2, w.dz4, w.t2, s.U2, s.s2)},
		{name(7), true, fc1, 1, func() { k.linearInputGrad(w.p2, w.dz3, unsafe.Add(wt, s.fc1*4), s.F, s.U1, s.s1*4) }},
		{name(7), true, fc1, blocks, weightGrad(s.fc1, w.dz3, w.t1, s.U1, s.s1)},
		{"linear layers' inputs transposed", true, 0, 1, func() {
			transpose(w.t3, w.h2, s.u2, s.s3)
			transpose(w.t2, w.h1, s.u1, s.s2)
			transpose(w.t1, w.p2, s.F, s.s1)
		}},
		{name(5), true, 0, 1, func() { // to a1, not in place as backward does: again and again, the numbers would vanish
			for y := range 5 {
				k.poolGrad(unsafe.Add(w.a1, 2*y*row2), unsafe.Add(w.p2, y*5*s.C2*cell), unsafe.Add(w.a2, 2*y*row2), &w.pool2)
			}
		}},
		{name(3), true, 2 * conv2, 1, func() {
			w.conv2Grads()
			for y := range 14 {
				k.transformRowGrad(w.p1, unsafe.Add(w.v, y*s.C1*cell), s.C1, s.vPair())
			}
		}},
		{name(2), true, 0, 1, func() {
			for y := range 14 {
				k.poolGrad(w.dz1, w.p1, unsafe.Add(w.a1, 2*y*28*s.C1*cell), &w.pool1)
			}
		}},
		{name(0), true, conv1, 1, func() {
			for y := range 14 {
				w.conv1WeightGrad(y)
			}
		}},
		{"lanes summed", true, 0, blocks, func() { w.convGrads(grads, false) }},
		{"shards summed, step", true, 0, Shards * blocks, func() {
			for range Shards / 2 {
				k.add(g, g, s.total)
			}
			k.applyFour(wt, unsafe.Pointer(&b.zeros[0]), unsafe.Pointer(&b.zeros[0]), unsafe.Pointer(&b.zeros[0]), unsafe.Pointer(&b.zeros[0]), s.total, 0)
			b.derive()
		}},
	}
}
