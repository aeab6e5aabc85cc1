package cpu

import "unsafe"

// Kernels for a single image, where the lanes are neighbouring pixels, or
// inputs of a linear layer, instead of examples. A plane is one channel's
// pixels, in rows of 32; what is computed between the rows' ends is not used.
// The sums are in the same order as for a block.

// imageConv1Scalar computes the first convolution of one image:
//
//	for oc < c1, i < 896:  z[oc][i] = w[oc][25] + Σ_ky Σ_kx w[oc][5ky+kx] · x[i+32ky+kx]
func imageConv1Scalar(z, x, w unsafe.Pointer, c1 int) {
	for oc := 0; oc < c1; oc += 2 {
		for i := 0; i < plane1*4; i += 4 * laneBytesScalar {
			imageConv1TileScalar(unsafe.Add(z, oc*plane1*4+i), unsafe.Add(x, i), unsafe.Add(w, oc*26*4), c1)
		}
	}
}

// imageConv1TileScalar computes 4 vectors of pixels of 2 channels.
//
//go:noinline
func imageConv1TileScalar(z, x, w unsafe.Pointer, c1 int) {
	u := unsafe.Add(w, 26*4)
	s00, s10 := spreadScalar(unsafe.Add(w, 25*4)), spreadScalar(unsafe.Add(u, 25*4))
	s01, s02, s03 := s00, s00, s00
	s11, s12, s13 := s10, s10, s10
	for ky := 0; ky < 5; ky++ { // unroll in wasm
		for k := 0; k < 5; k++ { // unroll
			a, b := spreadScalar(unsafe.Add(w, k*4)), spreadScalar(unsafe.Add(u, k*4))
			x0, x1 := loadScalar(unsafe.Add(x, k*4)), loadScalar(unsafe.Add(x, k*4+laneBytesScalar))
			s00, s10 = mulAddScalar(a, x0, s00), mulAddScalar(b, x0, s10)
			narrowFence(c1)
			s01, s11 = mulAddScalar(a, x1, s01), mulAddScalar(b, x1, s11)
			narrowFence(c1)
			x2, x3 := loadScalar(unsafe.Add(x, k*4+2*laneBytesScalar)), loadScalar(unsafe.Add(x, k*4+3*laneBytesScalar))
			s02, s12 = mulAddScalar(a, x2, s02), mulAddScalar(b, x2, s12)
			narrowFence(c1)
			s03, s13 = mulAddScalar(a, x3, s03), mulAddScalar(b, x3, s13)
			fence(c1)
		}
		w, u, x = unsafe.Add(w, 20), unsafe.Add(u, 20), unsafe.Add(x, inputCols*4)
	}
	storeScalar(z, s00)
	storeScalar(unsafe.Add(z, laneBytesScalar), s01)
	storeScalar(unsafe.Add(z, 2*laneBytesScalar), s02)
	storeScalar(unsafe.Add(z, 3*laneBytesScalar), s03)
	z = unsafe.Add(z, plane1*4)
	storeScalar(z, s10)
	storeScalar(unsafe.Add(z, laneBytesScalar), s11)
	storeScalar(unsafe.Add(z, 2*laneBytesScalar), s12)
	storeScalar(unsafe.Add(z, 3*laneBytesScalar), s13)
}

// imageLinearScalar multiplies rows of a matrix by a vector, lane by lane:
//
//	for o < rows, l < 16:  z[o][l] = Σ_k w[o][16k+l] · x[16k+l],  k < n
//
// rows is a multiple of 8; w has wRow bytes per row.
func imageLinearScalar(z, x, w unsafe.Pointer, rows, n, wRow int) {
	for o := 0; o < rows; o += 8 {
		for v := 0; v < cell; v += laneBytesScalar {
			imageLinearTileScalar(unsafe.Add(z, o*cell+v), unsafe.Add(x, v), unsafe.Add(w, o*wRow+v), n, wRow)
		}
	}
}

// imageLinearTileScalar computes 8 rows.
//
//go:noinline
func imageLinearTileScalar(z, x, w0 unsafe.Pointer, n, wRow int) {
	w1 := unsafe.Add(w0, wRow)
	w2 := unsafe.Add(w1, wRow)
	w3 := unsafe.Add(w2, wRow)
	w4 := unsafe.Add(w3, wRow)
	w5 := unsafe.Add(w4, wRow)
	w6 := unsafe.Add(w5, wRow)
	w7 := unsafe.Add(w6, wRow)
	s0 := fillScalar(0)
	s1, s2, s3, s4, s5, s6, s7 := s0, s0, s0, s0, s0, s0, s0
	for {
		a := loadScalar(x)
		s0, s1 = mulAddScalar(loadScalar(w0), a, s0), mulAddScalar(loadScalar(w1), a, s1)
		s2, s3 = mulAddScalar(loadScalar(w2), a, s2), mulAddScalar(loadScalar(w3), a, s3)
		fence(wRow)
		s4, s5 = mulAddScalar(loadScalar(w4), a, s4), mulAddScalar(loadScalar(w5), a, s5)
		s6, s7 = mulAddScalar(loadScalar(w6), a, s6), mulAddScalar(loadScalar(w7), a, s7)
		x = unsafe.Add(x, cell)
		w0, w1, w2, w3 = unsafe.Add(w0, cell), unsafe.Add(w1, cell), unsafe.Add(w2, cell), unsafe.Add(w3, cell)
		w4, w5, w6, w7 = unsafe.Add(w4, cell), unsafe.Add(w5, cell), unsafe.Add(w6, cell), unsafe.Add(w7, cell)
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
