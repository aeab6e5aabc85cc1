package cpu

import "unsafe"

// Kernels of the linear layers; addresses and lanes as in conv_scalar.go.

// linearScalar computes a linear layer:
//
//	for o < rows:  z[o] = w[o][bias] + Σ_k w[o][k] · x[k],  k < n
//
// rows is a multiple of 8 and so is n; w has wRow bytes per output and the bias
// is bias bytes into each.
func linearScalar(z, x, w unsafe.Pointer, rows, n, wRow, bias int) {
	if laneBytesScalar == cell {
		for o := 0; o < rows; o += 8 {
			linearTile8Scalar(unsafe.Add(z, o*cell), x, unsafe.Add(w, o*wRow), n/8, wRow, bias)
		}
		return
	}
	for v := 0; v < cell; v += 2 * laneBytesScalar {
		for o := 0; o < rows; o += 4 {
			linearTile4Scalar(unsafe.Add(z, o*cell+v), unsafe.Add(x, v), unsafe.Add(w, o*wRow), n/8, wRow, bias)
		}
	}
}

// linearTile8Scalar computes 8 outputs, where a vector holds all examples.
//
//go:noinline
func linearTile8Scalar(z, x, w0 unsafe.Pointer, n, wRow, bias int) {
	w1 := unsafe.Add(w0, wRow)
	w2 := unsafe.Add(w1, wRow)
	w3 := unsafe.Add(w2, wRow)
	w4 := unsafe.Add(w3, wRow)
	w5 := unsafe.Add(w4, wRow)
	w6 := unsafe.Add(w5, wRow)
	w7 := unsafe.Add(w6, wRow)
	s0, s1 := spreadScalar(unsafe.Add(w0, bias)), spreadScalar(unsafe.Add(w1, bias))
	s2, s3 := spreadScalar(unsafe.Add(w2, bias)), spreadScalar(unsafe.Add(w3, bias))
	s4, s5 := spreadScalar(unsafe.Add(w4, bias)), spreadScalar(unsafe.Add(w5, bias))
	s6, s7 := spreadScalar(unsafe.Add(w6, bias)), spreadScalar(unsafe.Add(w7, bias))
	for {
		for j := 0; j < 2; j++ { // unroll
			for k := 0; k < 4; k++ { // unroll
				a := loadScalar(unsafe.Add(x, k*cell))
				s0 = mulAddScalar(spreadScalar(unsafe.Add(w0, k*4)), a, s0)
				s1 = mulAddScalar(spreadScalar(unsafe.Add(w1, k*4)), a, s1)
				s2 = mulAddScalar(spreadScalar(unsafe.Add(w2, k*4)), a, s2)
				s3 = mulAddScalar(spreadScalar(unsafe.Add(w3, k*4)), a, s3)
				fence(bias)
				s4 = mulAddScalar(spreadScalar(unsafe.Add(w4, k*4)), a, s4)
				s5 = mulAddScalar(spreadScalar(unsafe.Add(w5, k*4)), a, s5)
				s6 = mulAddScalar(spreadScalar(unsafe.Add(w6, k*4)), a, s6)
				s7 = mulAddScalar(spreadScalar(unsafe.Add(w7, k*4)), a, s7)
				fence(bias)
			}
			x = unsafe.Add(x, 4*cell)
			w0, w1, w2, w3 = unsafe.Add(w0, 16), unsafe.Add(w1, 16), unsafe.Add(w2, 16), unsafe.Add(w3, 16)
			w4, w5, w6, w7 = unsafe.Add(w4, 16), unsafe.Add(w5, 16), unsafe.Add(w6, 16), unsafe.Add(w7, 16)
		}
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

// linearTile4Scalar computes 4 outputs for 2 vectors of examples.
//
//go:noinline
func linearTile4Scalar(z, x, w0 unsafe.Pointer, n, wRow, bias int) {
	w1 := unsafe.Add(w0, wRow)
	w2 := unsafe.Add(w1, wRow)
	w3 := unsafe.Add(w2, wRow)
	s00, s10 := spreadScalar(unsafe.Add(w0, bias)), spreadScalar(unsafe.Add(w1, bias))
	s20, s30 := spreadScalar(unsafe.Add(w2, bias)), spreadScalar(unsafe.Add(w3, bias))
	s01, s11, s21, s31 := s00, s10, s20, s30
	for {
		for j := 0; j < 2; j++ { // unroll
			for k := 0; k < 4; k++ { // unroll
				a, b := loadScalar(unsafe.Add(x, k*cell)), loadScalar(unsafe.Add(x, k*cell+laneBytesScalar))
				t := spreadScalar(unsafe.Add(w0, k*4))
				s00, s01 = mulAddScalar(t, a, s00), mulAddScalar(t, b, s01)
				narrowFence(bias)
				t = spreadScalar(unsafe.Add(w1, k*4))
				s10, s11 = mulAddScalar(t, a, s10), mulAddScalar(t, b, s11)
				narrowFence(bias)
				t = spreadScalar(unsafe.Add(w2, k*4))
				s20, s21 = mulAddScalar(t, a, s20), mulAddScalar(t, b, s21)
				narrowFence(bias)
				t = spreadScalar(unsafe.Add(w3, k*4))
				s30, s31 = mulAddScalar(t, a, s30), mulAddScalar(t, b, s31)
				fence(bias)
			}
			x = unsafe.Add(x, 4*cell)
			w0, w1, w2, w3 = unsafe.Add(w0, 16), unsafe.Add(w1, 16), unsafe.Add(w2, 16), unsafe.Add(w3, 16)
		}
		if n--; n == 0 {
			break
		}
	}
	storeScalar(z, s00)
	storeScalar(unsafe.Add(z, laneBytesScalar), s01)
	storeScalar(unsafe.Add(z, cell), s10)
	storeScalar(unsafe.Add(z, cell+laneBytesScalar), s11)
	storeScalar(unsafe.Add(z, 2*cell), s20)
	storeScalar(unsafe.Add(z, 2*cell+laneBytesScalar), s21)
	storeScalar(unsafe.Add(z, 3*cell), s30)
	storeScalar(unsafe.Add(z, 3*cell+laneBytesScalar), s31)
}
