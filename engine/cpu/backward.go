package cpu

import "unsafe"

// backward carries the gradient from dz5 of the chunk's block c back to the
// first convolution. It adds to g1 and g2, and leaves dz3, dz4 and t1 to t3
// for linearGrads. The gradients of p2, a2 and v take the places of those. It ends
// where the layers below are frozen.
func (w *worker) backward(c int) {
	b, s, k := w.b, &w.b.shape, &w.b.kernels
	act := b.cfg.Activation
	wt := unsafe.Pointer(unsafe.SliceData(b.weights))
	transpose(unsafe.Add(w.t3, c*lanes*s.s3*4), w.h2, s.u2, s.s3)
	if b.frozen >= s.fc3 {
		return
	}
	transpose(unsafe.Add(w.t2, c*lanes*s.s2*4), w.h1, s.u1, s.s2)
	if s.c2 == s.C2 {
		transpose(unsafe.Add(w.t1, c*lanes*s.s1*4), w.p2, s.F, s.s1)
	} else {
		for px := range 25 {
			transpose(unsafe.Add(w.t1, (c*lanes*s.s1+px*s.C2)*4), unsafe.Add(w.p2, px*s.C2*cell), s.c2, s.s1)
		}
	}
	dz3, dz4, dz5 := unsafe.Add(w.dz3, c*s.U1*cell), unsafe.Add(w.dz4, c*s.U2*cell), unsafe.Add(w.dz5, c*s.N*cell)
	k.linearInputGrad(dz4, dz5, unsafe.Add(wt, s.fc3*4), s.U2, s.N, s.s3*4)
	k.activationGrad(dz4, w.h2, s.U2, act)
	k.linearInputGrad(dz3, dz4, unsafe.Add(wt, s.fc2*4), s.U1, s.U2, s.s2*4)
	k.activationGrad(dz3, w.h1, s.U1, act)
	if b.frozen >= s.fc1 {
		return
	}
	k.linearInputGrad(w.p2, dz3, unsafe.Add(wt, s.fc1*4), s.F, s.U1, s.s1*4)

	for y := range 5 {
		row := unsafe.Add(w.a2, 2*y*10*s.C2*cell)
		k.poolGrad(row, unsafe.Add(w.p2, y*5*s.C2*cell), row, &w.pool2)
	}
	w.conv2Grads()
	for y := range 14 {
		k.transformRowGrad(w.p1, unsafe.Add(w.v, y*s.C1*cell), s.C1, s.vPair())
		k.poolGrad(w.dz1, w.p1, unsafe.Add(w.a1, 2*y*28*s.C1*cell), &w.pool1)
		w.conv1WeightGrad(y)
	}
}

// conv1WeightGrad adds to g1 from dz1, the gradient of rows 2y and 2y+1.
func (w *worker) conv1WeightGrad(y int) {
	for ky := range 5 {
		for oc := 0; oc < w.b.shape.C1; oc += 2 {
			w.b.kernels.convWeightGrad(unsafe.Add(w.grads, (w.g1+oc*25+ky*5)*cell), unsafe.Add(w.dz1, oc*cell), unsafe.Add(w.x, (2*y+ky)*inputCols*cell), &w.grad1)
		}
	}
}

// conv2Grads adds to g2, and replaces v by its gradient, from the gradient in
// a2: one point after the other.
func (w *worker) conv2Grads() {
	b, s, k := w.b, &w.b.shape, &w.b.kernels
	for j, a := range outputTransform {
		v := unsafe.Add(w.v, j*pairs*s.vPair())
		k.outputGrad(w.dm, w.a2, s.C2, a[0], a[1])
		for oc := 0; oc < s.C2; oc += 2 {
			for ic := range s.c1 {
				k.convWeightGrad(unsafe.Add(w.grads, (w.g2+((j*s.C2+oc)*s.C1+ic)*5)*cell), unsafe.Add(w.dm, oc*cell), unsafe.Add(v, ic*cell), &w.grad2)
			}
		}
		taps := unsafe.Pointer(&b.reversed[j*s.C1*5*s.C2])
		for y := range 14 {
			last := min(4, y) // of the rows of taps that reach row y of the input
			rows := last - max(0, y-9) + 1
			k.pairsRow(unsafe.Add(v, y*s.C1*cell), unsafe.Add(w.dm, (y-last)*s.C2*cell), unsafe.Add(taps, (4-last)*s.C2*4),
				s.C1, rows*s.C2, s.dmPair(), 5*s.C2*4, s.vPair())
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

// linearGrads computes, or adds to, the gradients in g (exchange layout) of the
// linear layers that are not frozen, from a chunk of blocks.
func (w *worker) linearGrads(g []float32, blocks int, add bool) {
	s, k := &w.b.shape, &w.b.kernels
	p := unsafe.Pointer(unsafe.SliceData(g))
	if w.b.frozen < s.fc3 {
		k.linearWeightGrad(unsafe.Add(p, s.fc1*4), w.dz3, w.t1, s.U1, s.s1, blocks, s.s1*4, s.s1*4, s.U1*cell, add)
		k.linearWeightGrad(unsafe.Add(p, s.fc2*4), w.dz4, w.t2, s.U2, s.s2, blocks, s.s2*4, s.s2*4, s.U2*cell, add)
	}
	k.linearWeightGrad(unsafe.Add(p, s.fc3*4), w.dz5, w.t3, s.N, s.s3, blocks, s.s3*4, s.s3*4, s.N*cell, add)
}

// convGrads sums the convolutions' gradients over the lanes to g, or adds them
// to the existing values, and clears them.
func (w *worker) convGrads(g []float32, add bool) {
	s := &w.b.shape
	k := &w.b.kernels
	point := s.C2 * s.C1 * 5
	k.tapGrads(unsafe.Add(w.grads, w.g2*cell), point)
	k.foldCells(w.grads, w.grads, w.gradCells-point) // tapGrads leaves five points
	put := func(at, cell int) {
		v := quadSum(w.grads, cell)
		if add {
			v += g[at]
		}
		g[at] = v
	}
	for oc := range s.c1 {
		for k := range 25 {
			put(oc*26+k, w.g1+oc*25+k)
		}
		put(oc*26+25, w.g1bias+oc)
	}
	for oc := range s.c2 {
		row := s.conv2 + oc*s.conv2Row()
		for ky := range 5 {
			for ic := range s.c1 {
				for kx := range 5 {
					put(row+(ky*5+kx)*s.C1+ic, w.g2+((kx*s.C2+oc)*s.C1+ic)*5+ky)
				}
			}
		}
		put(row+25*s.C1, w.g2bias+oc)
	}
	clear(floats(w.grads, w.gradCells*lanes))
}

// quadSum adds the four numbers that foldCells left of cell i: the second half
// of the binary tree over lanes.
func quadSum(p unsafe.Pointer, i int) float32 {
	q := (*[4]float32)(unsafe.Add(p, i*16))
	return (q[0] + q[2]) + (q[1] + q[3])
}
