package cpu

import "unsafe"

// The second convolution and its gradients, by Winograd's minimal filtering
// F(2, 5) along x: two neighbouring pixels, a pair, from 6 products for every
// five taps instead of 10 (Lavin and Gray 2016, arXiv:1509.09308). With six
// inputs d and five taps g,
//
//	out = Aᵀ·(G·g ⊙ Bᵀ·d)
//
// where ⊙ multiplies number by number: the convolution is a product of two
// polynomials, taken at the six points 0, 1, -1, 2, -2 and ∞,
//
//	     4  0 -5  0  1  0       1/4    0    0    0     0       1  0
//	     0 -4 -4  1  1  0      -1/6 -1/6 -1/6 -1/6  -1/6       1  1
//	Bᵀ = 0  4 -4 -1  1  0  G = -1/6  1/6 -1/6  1/6  -1/6   A = 1 -1
//	     0 -2 -1  2  1  0      1/24 1/12  1/6  1/3   2/3       1  2
//	     0  2 -1 -2  1  0      1/24 -1/12 1/6 -1/3   2/3       1 -2
//	     0  4  0 -5  0  1        0    0    0    0     1        0  1
//
// The sums over rows of taps and over channels lie between the transforms: for
// each point they are a product of matrices. The gradients go the same way
// back, through the transposed matrices. float32 errors are once to twice
// those of the sum itself. Addresses and lanes as in conv_scalar.go.

const (
	points = 6
	pairs  = 5 // in a row of the second convolution's output

	pairsStep = 2 // of pairsTile's sums
)

// transformRowScalar applies Bᵀ to a row of the second convolution's input:
//
//	for j < 6, i < 5, c < c1:  v[j][i][c] = Σ_k Bᵀ[j][k] · p[2i+k][c]
//
// vPair is the bytes from pair to pair of v, a fifth of those from point to point.
func transformRowScalar(v, p unsafe.Pointer, c1, vPair int) {
	four, minusFour, minusFive := fillScalar(4), fillScalar(-4), fillScalar(-5)
	col, vPoint := c1*cell, pairs*vPair
	for i := pairs; i > 0; i-- {
		q, u := v, p
		for c := c1; c > 0; c-- {
			for l := 0; l < cell; l += laneBytesScalar { // unroll in wasm
				x := unsafe.Add(u, l)
				d0 := loadScalar(x)
				x = unsafe.Add(x, col)
				d1 := loadScalar(x)
				x = unsafe.Add(x, col)
				d2 := loadScalar(x)
				x = unsafe.Add(x, col)
				d3 := loadScalar(x)
				x = unsafe.Add(x, col)
				d4 := loadScalar(x)
				d5 := loadScalar(unsafe.Add(x, col))
				to := unsafe.Add(q, l)
				storeScalar(to, mulAddScalar(d0, four, mulAddScalar(d2, minusFive, d4)))
				to = unsafe.Add(to, vPoint)
				s, t := mulAddScalar(d2, minusFour, d4), mulAddScalar(d1, minusFour, d3)
				storeScalar(to, s.Add(t))
				to = unsafe.Add(to, vPoint)
				storeScalar(to, s.Sub(t))
				to = unsafe.Add(to, vPoint)
				s, t = d4.Sub(d2), d3.Sub(d1)
				t = t.Add(t)
				storeScalar(to, s.Add(t))
				to = unsafe.Add(to, vPoint)
				storeScalar(to, s.Sub(t))
				storeScalar(unsafe.Add(to, vPoint), mulAddScalar(d1, four, mulAddScalar(d3, minusFive, d5)))
			}
			q, u = unsafe.Add(q, cell), unsafe.Add(u, cell)
		}
		v, p = unsafe.Add(v, vPair), unsafe.Add(p, 2*col)
	}
}

// pairsTileScalar computes two channels for the five pairs of a row, at one point:
//
//	for i < 5, c < 2:  z[i][c] = Σ_k<n w[c][k] · x[i][k]
//
// n is a multiple of pairsStep; xPair and zPair are the bytes from pair to pair, wRow those from channel to channel.
//
//go:noinline
func pairsTileScalar(z, x0, w unsafe.Pointer, n, xPair, wRow, zPair int) {
	var s00, s01, s02, s03, s04 = fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0)
	var s10, s11, s12, s13, s14 = fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0)
	u := unsafe.Add(w, wRow)
	x1 := unsafe.Add(x0, xPair)
	x2 := unsafe.Add(x1, xPair)
	x3 := unsafe.Add(x2, xPair)
	x4 := unsafe.Add(x3, xPair)
	for {
		for k := 0; k < pairsStep; k++ { // unroll
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
		x0, x1, x2 = unsafe.Add(x0, pairsStep*cell), unsafe.Add(x1, pairsStep*cell), unsafe.Add(x2, pairsStep*cell)
		x3, x4 = unsafe.Add(x3, pairsStep*cell), unsafe.Add(x4, pairsStep*cell)
		w, u = unsafe.Add(w, pairsStep*4), unsafe.Add(u, pairsStep*4)
		if n -= pairsStep; n == 0 {
			break
		}
	}
	storeScalar(z, s00)
	storeScalar(unsafe.Add(z, cell), s10)
	z = unsafe.Add(z, zPair)
	storeScalar(z, s01)
	storeScalar(unsafe.Add(z, cell), s11)
	z = unsafe.Add(z, zPair)
	storeScalar(z, s02)
	storeScalar(unsafe.Add(z, cell), s12)
	z = unsafe.Add(z, zPair)
	storeScalar(z, s03)
	storeScalar(unsafe.Add(z, cell), s13)
	z = unsafe.Add(z, zPair)
	storeScalar(z, s04)
	storeScalar(unsafe.Add(z, cell), s14)
}

// pairsTile6Scalar does the same; its vector versions are those of pairsTile in
// steps of 6, which forward allows.
//
//gen:copy pairsTileScalar pairsStep=6
//go:noinline
func pairsTile6Scalar(z, x0, w unsafe.Pointer, n, xPair, wRow, zPair int) {
	pairsTileScalar(z, x0, w, n, xPair, wRow, zPair)
}

// pairsRowScalar computes c channels for the five pairs of a row, at one point; c and n are even.
func pairsRowScalar(z, x, w unsafe.Pointer, c, n, xPair, wRow, zPair int) {
	for v := 0; v < cell; v += laneBytesScalar {
		for o := 0; o < c; o += 2 {
			to, from, taps := unsafe.Add(z, o*cell+v), unsafe.Add(x, v), unsafe.Add(w, o*wRow)
			if n%6 == 0 {
				pairsTile6Scalar(to, from, taps, n, xPair, wRow, zPair)
			} else {
				pairsTileScalar(to, from, taps, n, xPair, wRow, zPair)
			}
		}
	}
}

// outputRowScalar applies Aᵀ to a row of sums, [6][5][c2], and adds the biases:
//
//	for i < 5, e < 2, oc < c2:  z[2i+e][oc] = bias[oc] + Σ_j A[j][e] · m[j][i][oc]
//
// Biases are biasStep bytes apart.
func outputRowScalar(z, m, bias unsafe.Pointer, c2, biasStep int) {
	point := pairs * c2 * cell
	for i := pairs; i > 0; i-- {
		b := bias
		for c := c2; c > 0; c-- {
			with := spreadScalar(b)
			for l := 0; l < cell; l += laneBytesScalar { // unroll in wasm
				x := unsafe.Add(m, l)
				even := loadScalar(x).Add(with)
				x = unsafe.Add(x, point)
				m1 := loadScalar(x)
				x = unsafe.Add(x, point)
				m2 := loadScalar(x)
				x = unsafe.Add(x, point)
				m3 := loadScalar(x)
				x = unsafe.Add(x, point)
				m4 := loadScalar(x)
				odd := loadScalar(unsafe.Add(x, point)).Add(with)
				storeScalar(unsafe.Add(z, l), even.Add(m1.Add(m2)).Add(m3.Add(m4)))
				d := m3.Sub(m4)
				storeScalar(unsafe.Add(z, c2*cell+l), odd.Add(m1.Sub(m2)).Add(d.Add(d)))
			}
			z, m, b = unsafe.Add(z, cell), unsafe.Add(m, cell), unsafe.Add(b, biasStep)
		}
		z = unsafe.Add(z, c2*cell) // past the odd pixel
	}
}

// outputGradScalar applies one row of A to the gradient of the second convolution's output:
//
//	for i < 5, y < 10, oc < c2:  d[i][y][oc] = a0 · dz[y][2i][oc] + a1 · dz[y][2i+1][oc]
//
// d has one cell more for every pair.
func outputGradScalar(d, dz unsafe.Pointer, c2 int, a0, a1 float32) {
	f0, f1 := fillScalar(a0), fillScalar(a1)
	col := c2 * cell
	for i := 0; i < pairs; i++ {
		x := unsafe.Add(dz, 2*i*col)
		for y := 10; y > 0; y-- {
			for c := 0; c < c2; c++ {
				for l := 0; l < cell; l += laneBytesScalar { // unroll in wasm
					p := unsafe.Add(x, c*cell+l)
					storeScalar(unsafe.Add(d, l), mulAddScalar(loadScalar(unsafe.Add(p, col)), f1, loadScalar(p).Mul(f0)))
				}
				d = unsafe.Add(d, cell)
			}
			x = unsafe.Add(x, 10*col)
		}
		d = unsafe.Add(d, cell)
	}
}

// transformRowGradScalar applies B to a row of gradients: it is the transpose
// of transformRow. A pixel is an input of up to three pairs; what it gets from
// two of them is kept until the third.
//
//	for x < 14, c < c1:  dp[x][c] = Σ_i Σ_j Bᵀ[j][x-2i] · dv[j][i][c],  0 ≤ x-2i < 6
func transformRowGradScalar(dp, dv unsafe.Pointer, c1, vPair int) {
	four, five := fillScalar(4), fillScalar(5)
	col, vPoint := c1*cell, pairs*vPair
	for c := c1; c > 0; c-- {
		for l := 0; l < cell; l += laneBytesScalar { // unroll in wasm
			to, from := unsafe.Add(dp, l), unsafe.Add(dv, l)
			var e0, o0, e1, o1 = fillScalar(0), fillScalar(0), fillScalar(0), fillScalar(0)
			for i := pairs; i > 0; i-- {
				x := from
				v0 := loadScalar(x)
				x = unsafe.Add(x, vPoint)
				v1 := loadScalar(x)
				x = unsafe.Add(x, vPoint)
				v2 := loadScalar(x)
				x = unsafe.Add(x, vPoint)
				v3 := loadScalar(x)
				x = unsafe.Add(x, vPoint)
				v4 := loadScalar(x)
				v5 := loadScalar(unsafe.Add(x, vPoint))
				s, t := v1.Add(v2), v3.Add(v4)
				storeScalar(to, mulAddScalar(v0, four, e0))
				e0 = e1.Sub(mulAddScalar(v0, five, mulAddScalar(s, four, t)))
				e1 = v0.Add(s.Add(t))
				s, t = v1.Sub(v2), v3.Sub(v4)
				t = t.Add(t)
				storeScalar(unsafe.Add(to, col), mulAddScalar(v5.Sub(s), four, o0.Sub(t)))
				o0 = o1.Add(s.Add(t)).Sub(v5.Mul(five))
				o1 = v5
				to, from = unsafe.Add(to, 2*col), unsafe.Add(from, vPair)
			}
			storeScalar(to, e0)
			to = unsafe.Add(to, col)
			storeScalar(to, o0)
			to = unsafe.Add(to, col)
			storeScalar(to, e1)
			storeScalar(unsafe.Add(to, col), o1)
		}
		dp, dv = unsafe.Add(dp, cell), unsafe.Add(dv, cell)
	}
}

// tapGradsScalar applies Gᵀ to the gradients at the six points of n times five
// taps in a row, in place of the first five:
//
//	for i < n, k < 5:  d[k][i] = Σ_j G[j][k] · d[j][i]
func tapGradsScalar(d unsafe.Pointer, n int) {
	quarter, sixth, part := fillScalar(0.25), fillScalar(-1./6), fillScalar(1./24)
	point := n * cell
	for ; n > 0; n-- {
		for l := 0; l < cell; l += laneBytesScalar { // unroll in wasm
			d0 := unsafe.Add(d, l)
			d1 := unsafe.Add(d0, point)
			d2 := unsafe.Add(d1, point)
			d3 := unsafe.Add(d2, point)
			d4 := unsafe.Add(d3, point)
			u, v := loadScalar(d1), loadScalar(d2)
			s, t := u.Add(v).Mul(sixth), u.Sub(v).Mul(sixth)
			u, v = loadScalar(d3), loadScalar(d4)
			p, q := u.Add(v).Mul(part), u.Sub(v).Mul(part)
			storeScalar(d0, mulAddScalar(loadScalar(d0), quarter, s.Add(p)))
			q = q.Add(q)
			storeScalar(d1, t.Add(q))
			p = p.Add(p)
			p = p.Add(p)
			storeScalar(d2, s.Add(p))
			q = q.Add(q)
			q = q.Add(q)
			storeScalar(d3, t.Add(q))
			p = p.Add(p)
			p = p.Add(p)
			storeScalar(d4, s.Add(p).Add(loadScalar(unsafe.Add(d4, point))))
		}
		d = unsafe.Add(d, cell)
	}
}
