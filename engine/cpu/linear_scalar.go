package cpu

import "unsafe"

// Kernels of the linear layers; addresses and lanes as in conv_scalar.go.

// linearScalar multiplies a matrix with n columns of cells:
//
//	for i < rows:  z[i] = bias[i] + Σ_k w[i·wRow + k·wCol] · x[k],  k < n
//
// rows is a multiple of 8; wRow and wCol are in bytes, and bias is where
// w[i·wRow + bias] is, or negative for none. With wRow and wCol exchanged it multiplies by the transpose.
func linearScalar(z, x, w unsafe.Pointer, rows, n, wRow, wCol, bias int) {
	for v := 0; v < cell; v += laneBytesScalar {
		for i := 0; i < rows; i += 8 {
			linearTileScalar(unsafe.Add(z, i*cell+v), unsafe.Add(x, v), unsafe.Add(w, i*wRow), n, wRow, wCol, bias)
		}
	}
}

//go:noinline
func linearTileScalar(z, x, w0 unsafe.Pointer, n, wRow, wCol, bias int) {
	w1 := unsafe.Add(w0, wRow)
	w2 := unsafe.Add(w1, wRow)
	w3 := unsafe.Add(w2, wRow)
	w4 := unsafe.Add(w3, wRow)
	w5 := unsafe.Add(w4, wRow)
	w6 := unsafe.Add(w5, wRow)
	w7 := unsafe.Add(w6, wRow)
	s0 := fillScalar(0)
	s1, s2, s3, s4, s5, s6, s7 := s0, s0, s0, s0, s0, s0, s0
	if bias >= 0 {
		s0, s1 = spreadScalar(unsafe.Add(w0, bias)), spreadScalar(unsafe.Add(w1, bias))
		s2, s3 = spreadScalar(unsafe.Add(w2, bias)), spreadScalar(unsafe.Add(w3, bias))
		s4, s5 = spreadScalar(unsafe.Add(w4, bias)), spreadScalar(unsafe.Add(w5, bias))
		s6, s7 = spreadScalar(unsafe.Add(w6, bias)), spreadScalar(unsafe.Add(w7, bias))
	}
	for {
		a := loadScalar(x)
		s0 = mulAddScalar(spreadScalar(w0), a, s0)
		s1 = mulAddScalar(spreadScalar(w1), a, s1)
		s2 = mulAddScalar(spreadScalar(w2), a, s2)
		s3 = mulAddScalar(spreadScalar(w3), a, s3)
		s4 = mulAddScalar(spreadScalar(w4), a, s4)
		s5 = mulAddScalar(spreadScalar(w5), a, s5)
		s6 = mulAddScalar(spreadScalar(w6), a, s6)
		s7 = mulAddScalar(spreadScalar(w7), a, s7)
		x = unsafe.Add(x, cell)
		w0, w1, w2, w3 = unsafe.Add(w0, wCol), unsafe.Add(w1, wCol), unsafe.Add(w2, wCol), unsafe.Add(w3, wCol)
		w4, w5, w6, w7 = unsafe.Add(w4, wCol), unsafe.Add(w5, wCol), unsafe.Add(w6, wCol), unsafe.Add(w7, wCol)
		if n--; n == 0 {
			break
		}
	}
	storeScalar(z, s0)
	storeScalar(unsafe.Add(z, cell), s1)
	storeScalar(unsafe.Add(z, 2*cell), s2)
	storeScalar(unsafe.Add(z, 3*cell), s3)
	storeScalar(unsafe.Add(z, 4*cell), s4)
	storeScalar(unsafe.Add(z, 5*cell), s5)
	storeScalar(unsafe.Add(z, 6*cell), s6)
	storeScalar(unsafe.Add(z, 7*cell), s7)
}

// linearWeightGradScalar computes a linear layer's weight gradient from the
// gradient dz of its output (cells) and its input xt, transposed (n rows of
// xRow bytes, one per example):
//
//	for o < rows, i < cols:  d[o][i] = (add: d[o][i]) + Σ_n dz[o][n] · xt[n][i]
//
// rows is a multiple of 4, cols of 32; d has rows of dRow bytes. Blocks of 16
// examples are dzBlock and 16·xRow bytes apart.
func linearWeightGradScalar(d, dz, xt unsafe.Pointer, rows, cols, blocks, dRow, xRow, dzBlock int, add bool) {
	step := laneBytesScalar
	for i := 0; i < cols*4; i += 2 * step {
		for o := 0; o < rows; o += 4 {
			linearWeightGradTileScalar(unsafe.Add(d, o*dRow+i), unsafe.Add(dz, o*cell), unsafe.Add(xt, i), blocks, dRow, xRow, dzBlock-cell, add)
		}
	}
}

// linearWeightGradTileScalar computes 4 outputs by 2 vectors of inputs.
//
//go:noinline
func linearWeightGradTileScalar(d, dz, xt unsafe.Pointer, blocks, dRow, xRow, dzRest int, add bool) {
	step := laneBytesScalar
	s00 := fillScalar(0)
	s10, s20, s30, s01, s11, s21, s31 := s00, s00, s00, s00, s00, s00, s00
	for {
		for n := lanes; ; {
			x, y := loadScalar(xt), loadScalar(unsafe.Add(xt, step))
			t := spreadScalar(dz)
			s00, s01 = mulAddScalar(t, x, s00), mulAddScalar(t, y, s01)
			t = spreadScalar(unsafe.Add(dz, cell))
			s10, s11 = mulAddScalar(t, x, s10), mulAddScalar(t, y, s11)
			t = spreadScalar(unsafe.Add(dz, 2*cell))
			s20, s21 = mulAddScalar(t, x, s20), mulAddScalar(t, y, s21)
			t = spreadScalar(unsafe.Add(dz, 3*cell))
			s30, s31 = mulAddScalar(t, x, s30), mulAddScalar(t, y, s31)
			xt, dz = unsafe.Add(xt, xRow), unsafe.Add(dz, 4)
			if n--; n == 0 {
				break
			}
		}
		dz = unsafe.Add(dz, dzRest)
		if blocks--; blocks == 0 {
			break
		}
	}
	d1 := unsafe.Add(d, dRow)
	d2 := unsafe.Add(d1, dRow)
	d3 := unsafe.Add(d2, dRow)
	if add {
		s00, s01 = loadScalar(d).Add(s00), loadScalar(unsafe.Add(d, step)).Add(s01)
		s10, s11 = loadScalar(d1).Add(s10), loadScalar(unsafe.Add(d1, step)).Add(s11)
		s20, s21 = loadScalar(d2).Add(s20), loadScalar(unsafe.Add(d2, step)).Add(s21)
		s30, s31 = loadScalar(d3).Add(s30), loadScalar(unsafe.Add(d3, step)).Add(s31)
	}
	storeScalar(d, s00)
	storeScalar(unsafe.Add(d, step), s01)
	storeScalar(d1, s10)
	storeScalar(unsafe.Add(d1, step), s11)
	storeScalar(d2, s20)
	storeScalar(unsafe.Add(d2, step), s21)
	storeScalar(d3, s30)
	storeScalar(unsafe.Add(d3, step), s31)
}
