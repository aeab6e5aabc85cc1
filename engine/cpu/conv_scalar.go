package cpu

import "unsafe"

// Kernels of the first convolution. Addresses are of cells: a cell is one value
// of each of the 16 examples of a block, 64 bytes. Every kernel loops over the
// lanes of a cell outermost, so that its tile of sums stays in registers.

// conv1RowScalar computes one row of the first convolution's output:
//
//	for px < 28, oc < c1:  z[px][oc] = w[oc][25] + Σ_ky Σ_kx w[oc][5ky+kx] · x[ky][px+kx]
//
// x points at the first of five rows of 32 cells; w has 26 numbers per output channel.
func conv1RowScalar(z, x, w unsafe.Pointer, c1 int) {
	for v := 0; v < cell; v += laneBytesScalar {
		for oc := 0; oc < c1; oc += 2 {
			for px := 0; px < 28; px += 4 {
				conv1TileScalar(unsafe.Add(z, (px*c1+oc)*cell+v), unsafe.Add(x, px*cell+v), unsafe.Add(w, oc*26*4), c1*cell)
			}
		}
	}
}

// conv1TileScalar computes 4 pixels of 2 channels; zCol is the bytes from pixel to pixel of z.
//
//go:noinline
func conv1TileScalar(z, x, w unsafe.Pointer, zCol int) {
	u := unsafe.Add(w, 26*4)
	s00 := spreadScalar(unsafe.Add(w, 25*4))
	s10 := spreadScalar(unsafe.Add(u, 25*4))
	s01, s02, s03 := s00, s00, s00
	s11, s12, s13 := s10, s10, s10
	for ky := 0; ky < 5; ky++ { // unroll in wasm
		for k := 0; k < 5; k++ { // unroll
			a, b := spreadScalar(unsafe.Add(w, k*4)), spreadScalar(unsafe.Add(u, k*4))
			x0, x1 := loadScalar(unsafe.Add(x, k*cell)), loadScalar(unsafe.Add(x, (k+1)*cell))
			s00, s10 = mulAddScalar(a, x0, s00), mulAddScalar(b, x0, s10)
			narrowFence(zCol)
			s01, s11 = mulAddScalar(a, x1, s01), mulAddScalar(b, x1, s11)
			narrowFence(zCol)
			x2, x3 := loadScalar(unsafe.Add(x, (k+2)*cell)), loadScalar(unsafe.Add(x, (k+3)*cell))
			s02, s12 = mulAddScalar(a, x2, s02), mulAddScalar(b, x2, s12)
			narrowFence(zCol)
			s03, s13 = mulAddScalar(a, x3, s03), mulAddScalar(b, x3, s13)
			fence(zCol)
		}
		w, u, x = unsafe.Add(w, 20), unsafe.Add(u, 20), unsafe.Add(x, inputCols*cell)
	}
	storeScalar(z, s00)
	storeScalar(unsafe.Add(z, cell), s10)
	z = unsafe.Add(z, zCol)
	storeScalar(z, s01)
	storeScalar(unsafe.Add(z, cell), s11)
	z = unsafe.Add(z, zCol)
	storeScalar(z, s02)
	storeScalar(unsafe.Add(z, cell), s12)
	z = unsafe.Add(z, zCol)
	storeScalar(z, s03)
	storeScalar(unsafe.Add(z, cell), s13)
}
