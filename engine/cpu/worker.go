package cpu

import (
	"encoding/binary"
	"math"
	"unsafe"

	"lenet/engine"
)

// chunk is the number of blocks whose linear layers' weight gradients are computed together.
const chunk = 4

// worker carries blocks of 16 examples through the network, one at a time.
// Its arrays are [y][x][c] of cells unless the comment says otherwise.
type worker struct {
	b     *Backend
	arena []float32

	x  unsafe.Pointer // [32][32] input / 255 with a border of two zeros, and two cells more
	a1 unsafe.Pointer // [28][28][C1] first convolution, activated
	p1 unsafe.Pointer // [14][14][C1] pooled
	a2 unsafe.Pointer // [10][10][C2+1] second convolution, activated
	p2 unsafe.Pointer // [5][5][C2] pooled
	h1 unsafe.Pointer // [U1] first linear layer, activated
	h2 unsafe.Pointer // [U2] second
	z  unsafe.Pointer // [16] logits

	top, sum unsafe.Pointer // softmax: largest logit, sum of exponentials

	dp2 unsafe.Pointer // [5][5][C2]
	dz2 unsafe.Pointer // [10][dzCols][C2+1]
	dp1 unsafe.Pointer // [14][dp1Cols][C1]
	dz1 unsafe.Pointer // [2][dz1Cols][C1]

	// The convolutions' gradients, lane by lane: summed over lanes once per shard.
	g1     unsafe.Pointer // [C1][ky][kx]
	g1bias unsafe.Pointer // [C1]
	g2     unsafe.Pointer // [C2][ky][C1][kx]
	g2bias unsafe.Pointer // [C2]
	gEnd   unsafe.Pointer // first cell after them

	// A chunk's inputs of the linear layers, [chunk·16 examples][s] floats, the
	// bias's column 1, and the gradients of their outputs, [chunk][rows] cells.
	t1, t2, t3    unsafe.Pointer
	dz3, dz4, dz5 unsafe.Pointer

	grad1, grad2 gradShape
	pool1, pool2 poolShape

	stats      engine.Stats
	evaluation engine.Evaluation
}

// newWorker allocates a worker's arena.
func newWorker(b *Backend) *worker {
	w := &worker{b: b}
	s := &b.shape
	w.arena = newArena([]array{
		{&w.x, (inputCols*inputCols + 2) * lanes},
		{&w.a1, 28 * 28 * s.C1 * lanes},
		{&w.p1, 14 * p1Cols * s.C1 * lanes},
		{&w.a2, 100 * (s.C2 + 1) * lanes},
		{&w.p2, s.F * lanes},
		{&w.h1, s.U1 * lanes}, {&w.h2, s.U2 * lanes}, {&w.z, outRows * lanes},
		{&w.top, lanes}, {&w.sum, lanes},
		{&w.dp2, s.F * lanes},
		{&w.dz2, 10 * dzCols * (s.C2 + 1) * lanes},
		{&w.dp1, 14 * dp1Cols * s.C1 * lanes},
		{&w.dz1, 2 * dz1Cols * s.C1 * lanes},
		{&w.g1, s.C1 * 25 * lanes}, {&w.g1bias, s.C1 * lanes},
		{&w.g2, s.C2 * 25 * s.C1 * lanes}, {&w.g2bias, s.C2 * lanes}, {&w.gEnd, 0},
		{&w.t1, chunk * lanes * s.s1}, {&w.t2, chunk * lanes * s.s2}, {&w.t3, chunk * lanes * s.s3},
		{&w.dz3, chunk * s.U1 * lanes}, {&w.dz4, chunk * s.U2 * lanes}, {&w.dz5, chunk * outRows * lanes},
	})
	for n := range chunk * lanes {
		setFloat(w.t1, n*s.s1+s.F, 1)
		setFloat(w.t2, n*s.s2+s.U1, 1)
		setFloat(w.t3, n*s.s3+s.U2, 1)
	}
	col2 := (s.C2 + 1) * cell
	w.grad1 = gradShape{rows: 2, cols: dz1Cols, dzCol: s.C1 * cell, xRow: (inputCols - dz1Cols) * cell, xCol: cell, xStep: cell, dOut: 25 * cell}
	w.grad2 = gradShape{rows: 10, cols: 10, dzRow: (dzCols - 10) * col2, dzCol: col2,
		xRow: (p1Cols - 10) * s.C1 * cell, xCol: s.C1 * cell, xStep: s.C1 * cell, dOut: 25 * s.C1 * cell}
	act, pool := b.cfg.Activation, b.cfg.Pooling
	w.pool1 = poolShape{bias: w.g1bias, n: 14, c: s.C1, aCol: s.C1 * cell, aRow: 28 * s.C1 * cell, dpCol: s.C1 * cell,
		dzCol: s.C1 * cell, dzRow: dz1Cols * s.C1 * cell, act: act, pool: pool}
	w.pool2 = poolShape{bias: w.g2bias, n: 5, c: s.C2, aCol: col2, aRow: 10 * col2, dpCol: s.C2 * cell, dzCol: col2, dzRow: dzCols * col2, act: act, pool: pool}
	return w
}

// pixel is value/255 of every byte.
var pixel = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(i) / 255
	}
	return t
}()

// noImages is a block without examples: lanes that are not used compute on zeros.
var noImages = func() (block [lanes]*[engine.Pixels]byte) {
	zero := new([engine.Pixels]byte)
	for i := range block {
		block[i] = zero
	}
	return block
}()

// setBlock writes a block of images to x, four pixels of each image at a time
// so that what is written together lies together.
func (w *worker) setBlock(images *[lanes]*[engine.Pixels]byte) {
	for at := 0; at < engine.Pixels; at += 4 {
		p := unsafe.Add(w.x, ((at/engine.Side+2)*inputCols+2+at%engine.Side)*cell)
		for _, image := range images {
			v := binary.LittleEndian.Uint32(image[at:])
			*(*float32)(p) = pixel[v&255]
			*(*float32)(unsafe.Add(p, cell)) = pixel[v>>8&255]
			*(*float32)(unsafe.Add(p, 2*cell)) = pixel[v>>16&255]
			*(*float32)(unsafe.Add(p, 3*cell)) = pixel[v>>24]
			p = unsafe.Add(p, 4)
		}
	}
}

// forward runs the network on x. For training it keeps all that backward
// needs; otherwise a1 holds two rows only.
func (w *worker) forward(training bool) {
	b, s, k := w.b, &w.b.shape, &w.b.kernels
	act, pool := b.cfg.Activation, b.cfg.Pooling
	wt := unsafe.Pointer(unsafe.SliceData(b.weights))
	row := 28 * s.C1 * cell
	for y := range 14 {
		a := w.a1
		if training {
			a = unsafe.Add(a, y*2*row)
		}
		k.conv1Row(a, unsafe.Add(w.x, 2*y*inputCols*cell), wt, s.C1)
		k.conv1Row(unsafe.Add(a, row), unsafe.Add(w.x, (2*y+1)*inputCols*cell), wt, s.C1)
		k.activate(a, 2*28*s.C1, act)
		k.pool(unsafe.Add(w.p1, y*p1Cols*s.C1*cell), a, 14, s.C1, s.C1*cell, s.C1*cell, row, pool)
	}
	col2 := (s.C2 + 1) * cell
	w2 := unsafe.Add(wt, s.conv2*4)
	for y := range 5 {
		a := unsafe.Add(w.a2, y*20*col2)
		k.conv2Row(a, unsafe.Add(w.p1, 2*y*p1Cols*s.C1*cell), w2, s.C1, s.C2, s.conv2Row()*4)
		k.conv2Row(unsafe.Add(a, 10*col2), unsafe.Add(w.p1, (2*y+1)*p1Cols*s.C1*cell), w2, s.C1, s.C2, s.conv2Row()*4)
		k.activate(a, 20*(s.C2+1), act)
		k.pool(unsafe.Add(w.p2, y*5*s.C2*cell), a, 5, s.C2, s.C2*cell, col2, 10*col2, pool)
	}
	k.linear(w.h1, w.p2, unsafe.Add(wt, s.fc1*4), s.U1, s.F, s.s1*4, s.F*4)
	k.activate(w.h1, s.U1, act)
	k.linear(w.h2, w.h1, unsafe.Add(wt, s.fc2*4), s.U2, s.U1, s.s2*4, s.U1*4)
	k.activate(w.h2, s.U2, act)
	k.linear(w.z, w.h2, unsafe.Add(wt, s.fc3*4), outRows, s.U2, s.s3*4, s.U2*4)
}

// loss turns the logits into the gradient of the summed loss by them, in dz5
// of the chunk's block c, and adds the block's n examples to the statistics.
func (w *worker) loss(labels *[lanes]byte, n, c int) {
	dz := unsafe.Add(w.dz5, c*outRows*cell)
	copy((*[outRows * lanes]float32)(dz)[:], (*[outRows * lanes]float32)(w.z)[:])
	w.b.kernels.softmax(dz, w.top, w.sum)
	for i := range n {
		l := int(labels[i])
		setFloat(dz, l*lanes+i, float(dz, l*lanes+i)-1)
	}
	for i := n; i < lanes; i++ {
		for k := range engine.Classes {
			setFloat(dz, k*lanes+i, 0)
		}
	}
	w.count(labels, n)
}

// count adds a block of n examples to the statistics, given softmax's top and sum.
func (w *worker) count(labels *[lanes]byte, n int) {
	for i := range n {
		l := int(labels[i])
		w.stats.LossSum += math.Log(float64(float(w.sum, i))) + float64(float(w.top, i)) - float64(float(w.z, l*lanes+i))
		if w.predicted(i) == l {
			w.stats.Correct++
		}
	}
	w.stats.Examples += n
}

// predicted returns the class with the largest logit, the first one on ties.
func (w *worker) predicted(i int) int {
	best := 0
	for k := 1; k < engine.Classes; k++ {
		if float(w.z, k*lanes+i) > float(w.z, best*lanes+i) {
			best = k
		}
	}
	return best
}

// backward carries the gradient from dz5 of the chunk's block c back to the
// first convolution. It adds to g1 and g2, and leaves dz3, dz4 and t1 to t3
// for linearGrads.
func (w *worker) backward(c int) {
	b, s, k := w.b, &w.b.shape, &w.b.kernels
	act := b.cfg.Activation
	wt := unsafe.Pointer(unsafe.SliceData(b.weights))
	transpose(unsafe.Add(w.t3, c*lanes*s.s3*4), w.h2, s.u2, s.s3)
	transpose(unsafe.Add(w.t2, c*lanes*s.s2*4), w.h1, s.u1, s.s2)
	if s.c2 == s.C2 {
		transpose(unsafe.Add(w.t1, c*lanes*s.s1*4), w.p2, s.F, s.s1)
	} else {
		for px := range 25 {
			transpose(unsafe.Add(w.t1, (c*lanes*s.s1+px*s.C2)*4), unsafe.Add(w.p2, px*s.C2*cell), s.c2, s.s1)
		}
	}
	dz3, dz4, dz5 := unsafe.Add(w.dz3, c*s.U1*cell), unsafe.Add(w.dz4, c*s.U2*cell), unsafe.Add(w.dz5, c*outRows*cell)
	k.linearInputGrad(dz4, dz5, unsafe.Add(wt, s.fc3*4), s.U2, outRows, s.s3*4)
	k.activationGrad(dz4, w.h2, s.U2, act)
	k.linearInputGrad(dz3, dz4, unsafe.Add(wt, s.fc2*4), s.U1, s.U2, s.s2*4)
	k.activationGrad(dz3, w.h1, s.U1, act)
	k.linearInputGrad(w.dp2, dz3, unsafe.Add(wt, s.fc1*4), s.F, s.U1, s.s1*4)

	col2 := (s.C2 + 1) * cell
	inner := unsafe.Add(w.dz2, 2*col2)
	for y := range 5 {
		k.poolGrad(unsafe.Add(inner, 2*y*dzCols*col2), unsafe.Add(w.dp2, y*5*s.C2*cell), unsafe.Add(w.a2, y*20*col2), &w.pool2)
	}
	for y := range 14 {
		k.conv2InputGradRow(unsafe.Add(w.dp1, y*dp1Cols*s.C1*cell), w.dz2, b.transposed, y, s.C1, s.C2)
	}
	for ic := range s.c1 {
		for oc := 0; oc < s.C2; oc += 2 {
			for ky := range 5 {
				k.convWeightGrad(unsafe.Add(w.g2, ((oc*5+ky)*s.C1+ic)*5*cell), unsafe.Add(inner, oc*cell),
					unsafe.Add(w.p1, (ky*p1Cols*s.C1+ic)*cell), &w.grad2)
			}
		}
	}
	for y := range 14 {
		k.poolGrad(w.dz1, unsafe.Add(w.dp1, y*dp1Cols*s.C1*cell), unsafe.Add(w.a1, 2*y*28*s.C1*cell), &w.pool1)
		for ky := range 5 {
			for oc := 0; oc < s.C1; oc += 2 {
				k.convWeightGrad(unsafe.Add(w.g1, (oc*25+ky*5)*cell), unsafe.Add(w.dz1, oc*cell), unsafe.Add(w.x, (2*y+ky)*inputCols*cell), &w.grad1)
			}
		}
	}
}

// transpose writes n cells to 16 rows of stride floats.
func transpose(t, x unsafe.Pointer, n, stride int) {
	for ; n >= 4; n -= 4 {
		from, to := x, t
		for range lanes {
			*(*[4]float32)(to) = [4]float32{float(from, 0), float(from, lanes), float(from, 2*lanes), float(from, 3*lanes)}
			from, to = unsafe.Add(from, 4), unsafe.Add(to, stride*4)
		}
		x, t = unsafe.Add(x, 4*cell), unsafe.Add(t, 16)
	}
	for ; n > 0; n-- {
		for l := range lanes {
			setFloat(t, l*stride, float(x, l))
		}
		x, t = unsafe.Add(x, cell), unsafe.Add(t, 4)
	}
}

// linearGrads computes, or adds to, the linear layers' gradients in g (exchange
// layout) from a chunk of blocks.
func (w *worker) linearGrads(g []float32, blocks int, add bool) {
	s, k := &w.b.shape, &w.b.kernels
	p := unsafe.Pointer(unsafe.SliceData(g))
	k.linearWeightGrad(unsafe.Add(p, s.fc1*4), w.dz3, w.t1, s.U1, s.s1, blocks, s.s1*4, s.s1*4, s.U1*cell, add)
	k.linearWeightGrad(unsafe.Add(p, s.fc2*4), w.dz4, w.t2, s.U2, s.s2, blocks, s.s2*4, s.s2*4, s.U2*cell, add)
	k.linearWeightGrad(unsafe.Add(p, s.fc3*4), w.dz5, w.t3, outRows, s.s3, blocks, s.s3*4, s.s3*4, outRows*cell, add)
}

// convGrads sums the convolutions' gradients over the lanes into g and clears them.
func (w *worker) convGrads(g []float32) {
	s := &w.b.shape
	cells := int(uintptr(w.gEnd)-uintptr(w.g1)) / cell
	w.b.kernels.foldCells(w.g1, w.g1, cells)
	at := func(p unsafe.Pointer) int { return int(uintptr(p)-uintptr(w.g1)) / cell }
	bias1, g2, bias2 := at(w.g1bias), at(w.g2), at(w.g2bias)
	for oc := range s.c1 {
		for k := range 25 {
			g[oc*26+k] = quadSum(w.g1, oc*25+k)
		}
		g[oc*26+25] = quadSum(w.g1, bias1+oc)
	}
	row := s.conv2Row()
	for oc := range s.c2 {
		d := g[s.conv2+oc*row:][:row]
		for ky := range 5 {
			for ic := range s.c1 {
				for kx := range 5 {
					d[(ky*5+kx)*s.C1+ic] = quadSum(w.g1, g2+((oc*5+ky)*s.C1+ic)*5+kx)
				}
			}
		}
		d[25*s.C1] = quadSum(w.g1, bias2+oc)
	}
	clear(floats(w.g1, cells*lanes))
}

// quadSum adds the four numbers that foldCells left of cell i: the second half
// of the binary tree over lanes.
func quadSum(p unsafe.Pointer, i int) float32 {
	q := (*[4]float32)(unsafe.Add(p, i*16))
	return (q[0] + q[2]) + (q[1] + q[3])
}
