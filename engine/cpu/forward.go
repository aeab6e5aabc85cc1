package cpu

import (
	"math"
	"unsafe"
)

// forward runs the network on x. For training it keeps all that the gradients of the
// convolutions need; otherwise a1 holds two rows only.
func (w *worker) forward(training bool) {
	b, s, k := w.b, &w.b.shape, &w.b.kernels
	act := b.cfg.Activation
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
		k.pool(w.p1, a, &w.pool1)
		k.transformRow(unsafe.Add(w.v, y*s.C1*cell), w.p1, s.C1, s.vPair())
	}
	row2 := 10 * s.C2 * cell
	for y := range 10 {
		a := unsafe.Add(w.a2, y*row2)
		b.conv2Row(a, w.m, unsafe.Add(w.v, y*s.C1*cell), s.vPair())
		k.activate(a, 10*s.C2, act)
	}
	for y := range 5 {
		k.pool(unsafe.Add(w.p2, y*5*s.C2*cell), unsafe.Add(w.a2, 2*y*row2), &w.pool2)
	}
	k.linear(w.h1, w.p2, unsafe.Add(wt, s.fc1*4), s.U1, s.F, s.s1*4, s.F*4)
	k.activate(w.h1, s.U1, act)
	k.linear(w.h2, w.h1, unsafe.Add(wt, s.fc2*4), s.U2, s.U1, s.s2*4, s.U1*4)
	k.activate(w.h2, s.U2, act)
	k.linear(w.z, w.h2, unsafe.Add(wt, s.fc3*4), s.N, s.U2, s.s3*4, s.U2*4)
}

// conv2Row computes a row of the second convolution's output, [10][C2], from
// five rows of its transformed input. m is room for a row before it is transformed back.
func (b *Backend) conv2Row(z, m, v unsafe.Pointer, vPair int) {
	s, k := &b.shape, &b.kernels
	n := 5 * s.C1
	for j := range points {
		k.pairsRow(unsafe.Add(m, j*pairs*s.C2*cell), unsafe.Add(v, j*pairs*vPair), unsafe.Pointer(&b.taps[j*s.C2*n]), s.C2, n, vPair, n*4, s.C2*cell)
	}
	k.outputRow(z, m, unsafe.Pointer(&b.weights[s.conv2+25*s.C1]), s.C2, s.conv2Row()*4)
}

// loss turns the logits into the gradient of the summed loss by them, in dz5
// of the chunk's block c, and adds the block's n examples to the statistics.
func (w *worker) loss(labels *[lanes]byte, n, c int) {
	s := &w.b.shape
	dz := unsafe.Add(w.dz5, c*s.N*cell)
	copy(floats(dz, s.N*lanes), floats(w.z, s.N*lanes))
	w.b.kernels.softmax(dz, w.top, w.sum, s.n)
	for i := range n {
		l := int(labels[i])
		setFloat(dz, l*lanes+i, float(dz, l*lanes+i)-1)
	}
	for i := n; i < lanes; i++ {
		for k := range s.n {
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
	for k := 1; k < w.b.shape.n; k++ {
		if float(w.z, k*lanes+i) > float(w.z, best*lanes+i) {
			best = k
		}
	}
	return best
}
