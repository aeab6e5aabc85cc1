package cpu

import "unsafe"

// Weight gradients of the two convolutions; addresses and lanes as in conv_scalar.go.

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
