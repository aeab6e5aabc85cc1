package cpu

import "unsafe"

// Gradient kernels of the linear layers; addresses and lanes as in conv_scalar.go.

// linearInputGradScalar computes the gradient of a linear layer's input:
//
//	for i < cols:  d[i] = Σ_o w[o][i] · dz[o],  o < n
//
// cols is a multiple of 8 and so is n; w has wRow bytes per output.
func linearInputGradScalar(d, dz, w unsafe.Pointer, cols, n, wRow int) {
	if laneBytesScalar == cell {
		for i := 0; i < cols; i += 8 {
			linearInputGradTile8Scalar(unsafe.Add(d, i*cell), dz, unsafe.Add(w, i*4), n/8, wRow)
		}
		return
	}
	for v := 0; v < cell; v += 2 * laneBytesScalar {
		for i := 0; i < cols; i += 4 {
			linearInputGradTile4Scalar(unsafe.Add(d, i*cell+v), unsafe.Add(dz, v), unsafe.Add(w, i*4), n/8, wRow)
		}
	}
}

// linearInputGradTile8Scalar computes 8 inputs, where a vector holds all examples.
//
//go:noinline
func linearInputGradTile8Scalar(d, dz, w unsafe.Pointer, n, wRow int) {
	s0 := fillScalar(0)
	s1, s2, s3, s4, s5, s6, s7 := s0, s0, s0, s0, s0, s0, s0
	for {
		for j := 0; j < 2; j++ { // unroll
			for k := 0; k < 4; k++ { // unroll
				a := loadScalar(unsafe.Add(dz, k*cell))
				s0 = mulAddScalar(spreadScalar(w), a, s0)
				s1 = mulAddScalar(spreadScalar(unsafe.Add(w, 4)), a, s1)
				s2 = mulAddScalar(spreadScalar(unsafe.Add(w, 8)), a, s2)
				s3 = mulAddScalar(spreadScalar(unsafe.Add(w, 12)), a, s3)
				fence(n)
				s4 = mulAddScalar(spreadScalar(unsafe.Add(w, 16)), a, s4)
				s5 = mulAddScalar(spreadScalar(unsafe.Add(w, 20)), a, s5)
				s6 = mulAddScalar(spreadScalar(unsafe.Add(w, 24)), a, s6)
				s7 = mulAddScalar(spreadScalar(unsafe.Add(w, 28)), a, s7)
				w = unsafe.Add(w, wRow)
				fence(n)
			}
			dz = unsafe.Add(dz, 4*cell)
		}
		if n--; n == 0 {
			break
		}
	}
	storeScalar(d, s0)
	storeScalar(unsafe.Add(d, cell), s1)
	storeScalar(unsafe.Add(d, 2*cell), s2)
	storeScalar(unsafe.Add(d, 3*cell), s3)
	storeScalar(unsafe.Add(d, 4*cell), s4)
	storeScalar(unsafe.Add(d, 5*cell), s5)
	storeScalar(unsafe.Add(d, 6*cell), s6)
	storeScalar(unsafe.Add(d, 7*cell), s7)
}

// linearInputGradTile4Scalar computes 4 inputs for 2 vectors of examples.
//
//go:noinline
func linearInputGradTile4Scalar(d, dz, w unsafe.Pointer, n, wRow int) {
	s00 := fillScalar(0)
	s10, s20, s30, s01, s11, s21, s31 := s00, s00, s00, s00, s00, s00, s00
	for {
		for j := 0; j < 2; j++ { // unroll
			for k := 0; k < 4; k++ { // unroll
				a, b := loadScalar(unsafe.Add(dz, k*cell)), loadScalar(unsafe.Add(dz, k*cell+laneBytesScalar))
				t := spreadScalar(w)
				s00, s01 = mulAddScalar(t, a, s00), mulAddScalar(t, b, s01)
				narrowFence(n)
				t = spreadScalar(unsafe.Add(w, 4))
				s10, s11 = mulAddScalar(t, a, s10), mulAddScalar(t, b, s11)
				narrowFence(n)
				t = spreadScalar(unsafe.Add(w, 8))
				s20, s21 = mulAddScalar(t, a, s20), mulAddScalar(t, b, s21)
				narrowFence(n)
				t = spreadScalar(unsafe.Add(w, 12))
				s30, s31 = mulAddScalar(t, a, s30), mulAddScalar(t, b, s31)
				w = unsafe.Add(w, wRow)
				fence(n)
			}
			dz = unsafe.Add(dz, 4*cell)
		}
		if n--; n == 0 {
			break
		}
	}
	storeScalar(d, s00)
	storeScalar(unsafe.Add(d, laneBytesScalar), s01)
	storeScalar(unsafe.Add(d, cell), s10)
	storeScalar(unsafe.Add(d, cell+laneBytesScalar), s11)
	storeScalar(unsafe.Add(d, 2*cell), s20)
	storeScalar(unsafe.Add(d, 2*cell+laneBytesScalar), s21)
	storeScalar(unsafe.Add(d, 3*cell), s30)
	storeScalar(unsafe.Add(d, 3*cell+laneBytesScalar), s31)
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
	for i := 0; i < cols*4; i += 2 * laneBytesScalar {
		for o := 0; o < rows; o += 4 {
			linearWeightGradTileScalar(unsafe.Add(d, o*dRow+i), unsafe.Add(dz, o*cell), unsafe.Add(xt, i), blocks, dRow, xRow, dzBlock-cell, add)
		}
	}
}

// linearWeightGradTileScalar computes 4 outputs by 2 vectors of inputs.
//
//go:noinline
func linearWeightGradTileScalar(d, dz, xt unsafe.Pointer, blocks, dRow, xRow, dzRest int, add bool) {
	s00 := fillScalar(0)
	s10, s20, s30, s01, s11, s21, s31 := s00, s00, s00, s00, s00, s00, s00
	for {
		for q := 0; q < 4; q++ { // unroll in wasm
			for n := 0; n < 4; n++ { // unroll
				x, y := loadScalar(xt), loadScalar(unsafe.Add(xt, laneBytesScalar))
				t := spreadScalar(unsafe.Add(dz, n*4))
				s00, s01 = mulAddScalar(t, x, s00), mulAddScalar(t, y, s01)
				narrowFence(dRow)
				t = spreadScalar(unsafe.Add(dz, cell+n*4))
				s10, s11 = mulAddScalar(t, x, s10), mulAddScalar(t, y, s11)
				narrowFence(dRow)
				t = spreadScalar(unsafe.Add(dz, 2*cell+n*4))
				s20, s21 = mulAddScalar(t, x, s20), mulAddScalar(t, y, s21)
				narrowFence(dRow)
				t = spreadScalar(unsafe.Add(dz, 3*cell+n*4))
				s30, s31 = mulAddScalar(t, x, s30), mulAddScalar(t, y, s31)
				xt = unsafe.Add(xt, xRow)
				fence(dRow)
			}
			dz = unsafe.Add(dz, 16)
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
		s00, s01 = loadScalar(d).Add(s00), loadScalar(unsafe.Add(d, laneBytesScalar)).Add(s01)
		s10, s11 = loadScalar(d1).Add(s10), loadScalar(unsafe.Add(d1, laneBytesScalar)).Add(s11)
		s20, s21 = loadScalar(d2).Add(s20), loadScalar(unsafe.Add(d2, laneBytesScalar)).Add(s21)
		s30, s31 = loadScalar(d3).Add(s30), loadScalar(unsafe.Add(d3, laneBytesScalar)).Add(s31)
	}
	storeScalar(d, s00)
	storeScalar(unsafe.Add(d, laneBytesScalar), s01)
	storeScalar(d1, s10)
	storeScalar(unsafe.Add(d1, laneBytesScalar), s11)
	storeScalar(d2, s20)
	storeScalar(unsafe.Add(d2, laneBytesScalar), s21)
	storeScalar(d3, s30)
	storeScalar(unsafe.Add(d3, laneBytesScalar), s31)
}
