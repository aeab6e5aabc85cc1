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
	for q := 5; ; {
		for k := 5; ; {
			a, b := spreadScalar(w), spreadScalar(u)
			x0, x1 := loadScalar(x), loadScalar(unsafe.Add(x, cell))
			x2, x3 := loadScalar(unsafe.Add(x, 2*cell)), loadScalar(unsafe.Add(x, 3*cell))
			s00, s10 = mulAddScalar(a, x0, s00), mulAddScalar(b, x0, s10)
			s01, s11 = mulAddScalar(a, x1, s01), mulAddScalar(b, x1, s11)
			s02, s12 = mulAddScalar(a, x2, s02), mulAddScalar(b, x2, s12)
			s03, s13 = mulAddScalar(a, x3, s03), mulAddScalar(b, x3, s13)
			w, u, x = unsafe.Add(w, 4), unsafe.Add(u, 4), unsafe.Add(x, cell)
			if k--; k == 0 {
				break
			}
		}
		x = unsafe.Add(x, (inputCols-5)*cell)
		if q--; q == 0 {
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
}

// conv2RowScalar computes one row of the second convolution's output:
//
//	for px < 10, oc < c2:  z[px][oc] = w[oc][25·c1] + Σ_ky Σ_j w[oc][5·c1·ky+j] · x[ky][px·c1+j],  j < 5·c1
//
// x points at the first of five rows of 14·c1 cells (p1Cols columns apart in
// memory); z has c2+1 cells per pixel; w has wRow bytes per output channel.
func conv2RowScalar(z, x, w unsafe.Pointer, c1, c2, wRow int) {
	for v := 0; v < cell; v += laneBytesScalar {
		for px := 0; px < 10; px += 2 {
			for oc := 0; oc < c2; oc += 4 {
				conv2TileScalar(unsafe.Add(z, (px*(c2+1)+oc)*cell+v), unsafe.Add(x, px*c1*cell+v), unsafe.Add(w, oc*wRow), c1, wRow, (c2+1)*cell)
			}
		}
	}
}

// conv2TileScalar computes 2 pixels of 4 channels.
//
//go:noinline
func conv2TileScalar(z, x, w0 unsafe.Pointer, c1, wRow, zCol int) {
	w1 := unsafe.Add(w0, wRow)
	w2 := unsafe.Add(w1, wRow)
	w3 := unsafe.Add(w2, wRow)
	bias := 100 * c1
	s00, s10 := spreadScalar(unsafe.Add(w0, bias)), spreadScalar(unsafe.Add(w1, bias))
	s20, s30 := spreadScalar(unsafe.Add(w2, bias)), spreadScalar(unsafe.Add(w3, bias))
	s01, s11, s21, s31 := s00, s10, s20, s30
	y := unsafe.Add(x, c1*cell)
	rest := (p1Cols - 5) * c1 * cell
	for ky := 5; ; {
		for q := 5 * c1; ; {
			a, b := loadScalar(x), loadScalar(y)
			w := spreadScalar(w0)
			s00, s01 = mulAddScalar(w, a, s00), mulAddScalar(w, b, s01)
			w = spreadScalar(w1)
			s10, s11 = mulAddScalar(w, a, s10), mulAddScalar(w, b, s11)
			w = spreadScalar(w2)
			s20, s21 = mulAddScalar(w, a, s20), mulAddScalar(w, b, s21)
			w = spreadScalar(w3)
			s30, s31 = mulAddScalar(w, a, s30), mulAddScalar(w, b, s31)
			x, y = unsafe.Add(x, cell), unsafe.Add(y, cell)
			w0, w1, w2, w3 = unsafe.Add(w0, 4), unsafe.Add(w1, 4), unsafe.Add(w2, 4), unsafe.Add(w3, 4)
			if q--; q == 0 {
				break
			}
		}
		x, y = unsafe.Add(x, rest), unsafe.Add(y, rest)
		if ky--; ky == 0 {
			break
		}
	}
	storeScalar(z, s00)
	storeScalar(unsafe.Add(z, cell), s10)
	storeScalar(unsafe.Add(z, 2*cell), s20)
	storeScalar(unsafe.Add(z, 3*cell), s30)
	z = unsafe.Add(z, zCol)
	storeScalar(z, s01)
	storeScalar(unsafe.Add(z, cell), s11)
	storeScalar(unsafe.Add(z, 2*cell), s21)
	storeScalar(unsafe.Add(z, 3*cell), s31)
}
