package cpu

import (
	"encoding/binary"
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
	p1 unsafe.Pointer // [14][C1] a row of it, pooled
	v  unsafe.Pointer // [6 points][5 pairs][14][C1] pooled and transformed (winograd_scalar.go)
	m  unsafe.Pointer // [6][5][C2] a row of the second convolution, before it is transformed back
	a2 unsafe.Pointer // [10][10][C2] second convolution, activated
	p2 unsafe.Pointer // [5][5][C2] pooled
	h1 unsafe.Pointer // [U1] first linear layer, activated
	h2 unsafe.Pointer // [U2] second
	z  unsafe.Pointer // [N] logits

	top, sum unsafe.Pointer // softmax: largest logit, sum of exponentials

	dz1 unsafe.Pointer // [2][dz1Cols][C1]
	dm  unsafe.Pointer // [5 pairs][10·C2+1] gradient of one point of m

	// The convolutions' gradients, lane by lane: summed over lanes once per shard.
	grads                  unsafe.Pointer // the four below, one after the other
	g1, g1bias, g2bias, g2 int            // their first cells: [C1][ky][kx], [C1], [C2], [6 points][C2][C1][ky]
	gradCells              int            // all of them

	// A chunk's inputs of the linear layers, [chunk·16 examples][s] floats, the
	// bias's column 1, and the gradients of their outputs, [chunk][rows] cells.
	t1, t2, t3    unsafe.Pointer
	dz3, dz4, dz5 unsafe.Pointer

	grad1, grad2 gradShape
	pool1, pool2 poolShape

	stats     engine.Stats
	evaluated engine.Stats // of the running Evaluate
	confusion []int        // [n][n] true class, answer; likewise

	_ [128]byte // stats are written often: no other worker's fields lie on their cache line
}

// newWorker allocates a worker's arena.
func newWorker(b *Backend) *worker {
	w := &worker{b: b, confusion: make([]int, b.shape.n*b.shape.n)}
	s := &b.shape
	w.g1bias = w.g1 + s.C1*25
	w.g2bias = w.g1bias + s.C1
	w.g2 = w.g2bias + s.C2
	w.gradCells = w.g2 + points*s.C2*s.C1*5
	w.arena = newArena(w.arrays())
	for n := range chunk * lanes {
		setFloat(w.t1, n*s.s1+s.F, 1)
		setFloat(w.t2, n*s.s2+s.U1, 1)
		setFloat(w.t3, n*s.s3+s.U2, 1)
	}
	col2 := s.C2 * cell
	w.grad1 = gradShape{rows: 2, cols: dz1Cols, dzCol: s.C1 * cell, xRow: (inputCols - dz1Cols) * cell, xCol: cell, xStep: cell, dOut: 25 * cell}
	w.grad2 = gradShape{rows: pairs, cols: 10, dzRow: cell, dzCol: s.C2 * cell,
		xRow: 4 * s.C1 * cell, xCol: s.C1 * cell, xStep: s.C1 * cell, dOut: s.C1 * 5 * cell}
	act, pool := b.cfg.Activation, b.cfg.Pooling
	w.pool1 = poolShape{bias: unsafe.Add(w.grads, w.g1bias*cell), n: 14, c: s.C1, aCol: s.C1 * cell, aRow: 28 * s.C1 * cell, pCol: s.C1 * cell,
		dzCol: s.C1 * cell, dzRow: dz1Cols * s.C1 * cell, act: act, pool: pool}
	w.pool2 = poolShape{bias: unsafe.Add(w.grads, w.g2bias*cell), n: 5, c: s.C2, aCol: col2, aRow: 10 * col2, pCol: s.C2 * cell, dzCol: col2, dzRow: 10 * col2, act: act, pool: pool}
	return w
}

// arrays lists the arena's arrays.
func (w *worker) arrays() []array {
	s := &w.b.shape
	return []array{
		{&w.x, (inputCols*inputCols + 2) * lanes},
		{&w.a1, 28 * 28 * s.C1 * lanes},
		{&w.p1, 14 * s.C1 * lanes},
		{&w.v, points * pairs * s.vPair() / 4},
		{&w.m, points * pairs * s.C2 * lanes},
		{&w.a2, 10 * 10 * s.C2 * lanes},
		{&w.p2, s.F * lanes},
		{&w.h1, s.U1 * lanes}, {&w.h2, s.U2 * lanes}, {&w.z, s.N * lanes},
		{&w.top, lanes}, {&w.sum, lanes},
		{&w.dz1, 2 * dz1Cols * s.C1 * lanes},
		{&w.dm, pairs * s.dmPair() / 4},
		{&w.grads, w.gradCells * lanes},
		{&w.t1, chunk * lanes * s.s1}, {&w.t2, chunk * lanes * s.s2}, {&w.t3, chunk * lanes * s.s3},
		{&w.dz3, chunk * s.U1 * lanes}, {&w.dz4, chunk * s.U2 * lanes}, {&w.dz5, chunk * s.N * lanes},
	}
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
// so that values written together lie together.
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
