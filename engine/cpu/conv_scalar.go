package cpu

import "unsafe"

// Kernels of the two convolutions. Addresses are of cells: a cell is one value
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

// conv2RowScalar computes one row of the second convolution's output:
//
//	for px < 10, oc < c2:  z[px][oc] = w[oc][25·c1] + Σ_ky Σ_j w[oc][5·c1·ky+j] · x[ky][px·c1+j],  j < 5·c1
//
// x points at the first of five rows of p1Cols·c1 cells; z has c2+1 cells per
// pixel; w has wRow bytes per output channel.
func conv2RowScalar(z, x, w unsafe.Pointer, c1, c2, wRow int) {
	for v := 0; v < cell; v += laneBytesScalar {
		for px := 0; px < 10; px += 5 {
			for oc := 0; oc < c2; oc += 2 {
				conv2TileScalar(unsafe.Add(z, (px*(c2+1)+oc)*cell+v), unsafe.Add(x, px*c1*cell+v), unsafe.Add(w, oc*wRow), c1, wRow, (c2+1)*cell)
			}
		}
	}
}

// conv2TileScalar computes 5 pixels of 2 channels.
//
//go:noinline
func conv2TileScalar(z, x0, w unsafe.Pointer, c1, wRow, zCol int) {
	u := unsafe.Add(w, wRow)
	s00, s10 := spreadScalar(unsafe.Add(w, 100*c1)), spreadScalar(unsafe.Add(u, 100*c1))
	s01, s02, s03, s04 := s00, s00, s00, s00
	s11, s12, s13, s14 := s10, s10, s10, s10
	x1 := unsafe.Add(x0, c1*cell)
	x2 := unsafe.Add(x1, c1*cell)
	x3 := unsafe.Add(x2, c1*cell)
	x4 := unsafe.Add(x3, c1*cell)
	rest := (p1Cols - 5) * c1 * cell
	for ky := 5; ; {
		for q := c1 / 6; ; {
			for j := 0; j < 6; j++ { // unroll in wasm
				for k := 0; k < 5; k++ { // unroll
					a, b := spreadScalar(unsafe.Add(w, k*4)), spreadScalar(unsafe.Add(u, k*4))
					x := loadScalar(unsafe.Add(x0, k*cell))
					s00, s10 = mulAddScalar(x, a, s00), mulAddScalar(x, b, s10)
					narrowFence(wRow)
					x = loadScalar(unsafe.Add(x1, k*cell))
					s01, s11 = mulAddScalar(x, a, s01), mulAddScalar(x, b, s11)
					fence(wRow)
					x = loadScalar(unsafe.Add(x2, k*cell))
					s02, s12 = mulAddScalar(x, a, s02), mulAddScalar(x, b, s12)
					narrowFence(wRow)
					x = loadScalar(unsafe.Add(x3, k*cell))
					s03, s13 = mulAddScalar(x, a, s03), mulAddScalar(x, b, s13)
					fence(wRow)
					x = loadScalar(unsafe.Add(x4, k*cell))
					s04, s14 = mulAddScalar(x, a, s04), mulAddScalar(x, b, s14)
					fence(wRow)
				}
				x0, x1, x2 = unsafe.Add(x0, 5*cell), unsafe.Add(x1, 5*cell), unsafe.Add(x2, 5*cell)
				x3, x4 = unsafe.Add(x3, 5*cell), unsafe.Add(x4, 5*cell)
				w, u = unsafe.Add(w, 20), unsafe.Add(u, 20)
			}
			if q--; q == 0 {
				break
			}
		}
		x0, x1, x2 = unsafe.Add(x0, rest), unsafe.Add(x1, rest), unsafe.Add(x2, rest)
		x3, x4 = unsafe.Add(x3, rest), unsafe.Add(x4, rest)
		if ky--; ky == 0 {
			break
		}
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
	z = unsafe.Add(z, zCol)
	storeScalar(z, s04)
	storeScalar(unsafe.Add(z, cell), s14)
}
