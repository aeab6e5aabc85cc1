package cpu

import "unsafe"

// Gradient kernels of the two convolutions; addresses and lanes as in conv_scalar.go.

// convWeightGradScalar adds to the weight gradient of five taps in a row and two
// output channels, lane by lane:
//
//	for o < 2, kx < 5:  d[o][kx] += Σ_y Σ_px dz[y][px][o] · x[y][px+kx]
func convWeightGradScalar(d, dz, x unsafe.Pointer, g *gradShape) {
	for v := 0; v < cell; v += laneBytesScalar {
		convWeightGradTileScalar(unsafe.Add(d, v), unsafe.Add(dz, v), unsafe.Add(x, v), g)
	}
}

// gradShape holds what convWeightGrad needs to know; distances are in bytes.
type gradShape struct {
	rows, cols   int // output pixels; cols is a multiple of 10
	dzRow, dzCol int // from the end of a row of dz to the next; from pixel to pixel
	xRow, xCol   int // the same for x
	xStep        int // equal to xCol, but the compiler must not know: it would keep values from pixel to pixel, for which it has no registers
	dOut         int // from one channel's sums to the other's
}

//go:noinline
func convWeightGradTileScalar(d, dz, x unsafe.Pointer, g *gradShape) {
	e := unsafe.Add(d, g.dOut)
	s00, s10 := loadScalar(d), loadScalar(e)
	s01, s11 := loadScalar(unsafe.Add(d, cell)), loadScalar(unsafe.Add(e, cell))
	s02, s12 := loadScalar(unsafe.Add(d, 2*cell)), loadScalar(unsafe.Add(e, 2*cell))
	s03, s13 := loadScalar(unsafe.Add(d, 3*cell)), loadScalar(unsafe.Add(e, 3*cell))
	s04, s14 := loadScalar(unsafe.Add(d, 4*cell)), loadScalar(unsafe.Add(e, 4*cell))
	xCol, xStep, dzCol := g.xCol, g.xStep, g.dzCol
	for r := g.rows; ; {
		for q := g.cols / 10; ; {
			for j := 0; j < 5; j++ { // unroll in wasm
				for px := 0; px < 2; px++ { // unroll
					a, b := loadScalar(dz), loadScalar(unsafe.Add(dz, cell))
					t := loadScalar(x)
					s00, s10 = mulAddScalar(t, a, s00), mulAddScalar(t, b, s10)
					narrowFence(xCol)
					p := unsafe.Add(x, xCol)
					t = loadScalar(p)
					s01, s11 = mulAddScalar(t, a, s01), mulAddScalar(t, b, s11)
					p = unsafe.Add(p, xCol)
					fence(xCol)
					t = loadScalar(p)
					s02, s12 = mulAddScalar(t, a, s02), mulAddScalar(t, b, s12)
					narrowFence(xCol)
					p = unsafe.Add(p, xCol)
					t = loadScalar(p)
					s03, s13 = mulAddScalar(t, a, s03), mulAddScalar(t, b, s13)
					fence(xCol)
					t = loadScalar(unsafe.Add(p, xCol))
					s04, s14 = mulAddScalar(t, a, s04), mulAddScalar(t, b, s14)
					x, dz = unsafe.Add(x, xStep), unsafe.Add(dz, dzCol)
					fence(xCol)
				}
			}
			if q--; q == 0 {
				break
			}
		}
		x, dz = unsafe.Add(x, g.xRow), unsafe.Add(dz, g.dzRow)
		if r--; r == 0 {
			break
		}
	}
	storeScalar(d, s00)
	storeScalar(e, s10)
	storeScalar(unsafe.Add(d, cell), s01)
	storeScalar(unsafe.Add(e, cell), s11)
	storeScalar(unsafe.Add(d, 2*cell), s02)
	storeScalar(unsafe.Add(e, 2*cell), s12)
	storeScalar(unsafe.Add(d, 3*cell), s03)
	storeScalar(unsafe.Add(e, 3*cell), s13)
	storeScalar(unsafe.Add(d, 4*cell), s04)
	storeScalar(unsafe.Add(e, 4*cell), s14)
}

// foldCellsScalar adds up the lanes of n cells to four each, 16 bytes, as the
// first half of a binary tree over lanes: d[i][j] = (x[i][j] + x[i][j+8]) + (x[i][j+4] + x[i][j+12]).
// d may be x. The vectors must not be of more than four lanes.
func foldCellsScalar(d, x unsafe.Pointer, n int) {
	for range n {
		for v := 0; v < 16; v += laneBytesScalar {
			p := unsafe.Add(x, v)
			s := loadScalar(p).Add(loadScalar(unsafe.Add(p, 32))).Add(loadScalar(unsafe.Add(p, 16)).Add(loadScalar(unsafe.Add(p, 48))))
			storeScalar(unsafe.Add(d, v), s)
		}
		d, x = unsafe.Add(d, 16), unsafe.Add(x, cell)
	}
}

// conv2InputGradRowScalar computes row y < 14 of the gradient of the second
// convolution's input from the gradient dz of its output:
//
//	for px < 14, ic < c1:  d[px][ic] = Σ_ky Σ_kx Σ_oc wt[ic/3][ky][kx][oc][ic%3] · dz[y-ky][px-kx][oc]
//
// over the ky and kx that stay inside. d has one pixel more to each row than is used.
// dz has convCols columns of c2+1 cells, of which two on the left and two on the
// right are zero; dz points at its start.
func conv2InputGradRowScalar(d, dz, wt unsafe.Pointer, y, c1, c2 int) {
	ky := max(0, y-9)
	nky := min(4, y) - ky + 1
	col := (c2 + 1) * cell
	for v := 0; v < cell; v += laneBytesScalar {
		for px := 0; px < 14; px += 3 {
			kx := max(0, px-9)
			nkx := min(4, px+2) - kx + 1
			from := unsafe.Add(dz, ((y-ky)*convCols+px-kx+2)*col+v)
			for ic := 0; ic < c1; ic += 3 {
				w := unsafe.Add(wt, (((ic/3*5+ky)*5+kx)*c2)*3*4)
				conv2InputGradTileScalar(unsafe.Add(d, (px*c1+ic)*cell+v), from, w, nky, nkx, c1*cell, c2)
			}
		}
	}
}

// conv2InputGradTileScalar computes 3 pixels of 3 channels: nine sums, which
// take the kx that any of the three pixels has, 60 instead of 50 in a row.
//
//go:noinline
func conv2InputGradTileScalar(d, dz, w unsafe.Pointer, nky, nkx, dCol, c2 int) {
	var s00, s01, s02, s10, s11, s12, s20, s21, s22 = fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0)
	col := (c2 + 1) * cell
	wRest := (5 - nkx) * c2 * 12
	for {
		p := dz
		for kx := nkx; ; {
			p1 := unsafe.Add(p, col)
			p2 := unsafe.Add(p1, col)
			for q := c2 / 8; ; {
				for j := 0; j < 2; j++ { // unroll in wasm
					for k := 0; k < 4; k++ { // unroll
						x, y, z := loadScalar(unsafe.Add(p, k*cell)), loadScalar(unsafe.Add(p1, k*cell)), loadScalar(unsafe.Add(p2, k*cell))
						t := spreadScalar(unsafe.Add(w, k*12))
						s00, s01, s02 = mulAddScalar(t, x, s00), mulAddScalar(t, y, s01), mulAddScalar(t, z, s02)
						fence(dCol)
						t = spreadScalar(unsafe.Add(w, k*12+4))
						s10, s11, s12 = mulAddScalar(t, x, s10), mulAddScalar(t, y, s11), mulAddScalar(t, z, s12)
						fence(dCol)
						t = spreadScalar(unsafe.Add(w, k*12+8))
						s20, s21, s22 = mulAddScalar(t, x, s20), mulAddScalar(t, y, s21), mulAddScalar(t, z, s22)
						fence(dCol)
					}
					p, p1, p2, w = unsafe.Add(p, 4*cell), unsafe.Add(p1, 4*cell), unsafe.Add(p2, 4*cell), unsafe.Add(w, 48)
				}
				if q--; q == 0 {
					break
				}
			}
			p = unsafe.Add(p, cell-2*col)
			if kx--; kx == 0 {
				break
			}
		}
		dz, w = unsafe.Add(dz, -convCols*col), unsafe.Add(w, wRest)
		if nky--; nky == 0 {
			break
		}
	}
	storeScalar(d, s00)
	storeScalar(unsafe.Add(d, cell), s10)
	storeScalar(unsafe.Add(d, 2*cell), s20)
	d = unsafe.Add(d, dCol)
	storeScalar(d, s01)
	storeScalar(unsafe.Add(d, cell), s11)
	storeScalar(unsafe.Add(d, 2*cell), s21)
	d = unsafe.Add(d, dCol)
	storeScalar(d, s02)
	storeScalar(unsafe.Add(d, cell), s12)
	storeScalar(unsafe.Add(d, 2*cell), s22)
}
