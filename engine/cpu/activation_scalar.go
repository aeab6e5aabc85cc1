package cpu

import (
	"unsafe"

	"lenet/engine"
)

// Activation, pooling and softmax; addresses and lanes as in conv_scalar.go.

// Sigmoid and tanh are one curve: with s = 0 for sigmoid and 1 for tanh,
//
//	f(x) = u/(u + 1+s),  u = e^((1+s)x) - s
//
// Write e^y as p·(1+m), p = 2^n and m = e^r - 1, with y = n·ln 2 + r and
// |r| ≤ ln 2/2. Then u = p·m + (p - s) keeps its precision where it is small.
// m is a polynomial, the one of degree 6 that begins with r and has the least
// maximum error, 3e-9.
const (
	expShift = 3<<22 + 127   // adding it to a small number leaves that, rounded, and the exponent's bias in the low bits
	log2e    = 1.44269504    // 1/ln 2
	ln2Hi    = 0.693359375   // ln 2 in two parts; this one times n is exact
	ln2Lo    = -2.1219444e-4 // the rest
	expC2    = 0.49999994
	expC3    = 0.1666652
	expC4    = 0.041668393
	expC5    = 0.008368781
	expC6    = 0.0013814467
	expMin   = -88 // below, e^x is 0 here
)

// expScalar returns e^x for x ≤ 0, 0 below -87.7.
func expScalar(x lane) lane {
	x = ifGreaterScalar(fillScalar(expMin), x, fillScalar(expMin), x)
	t := mulAddScalar(x, fillScalar(log2e), fillScalar(expShift))
	n := t.Sub(fillScalar(expShift))
	r := mulAddScalar(n, fillScalar(-ln2Hi), x)
	r = mulAddScalar(n, fillScalar(-ln2Lo), r)
	q := mulAddScalar(fillScalar(expC6), r, fillScalar(expC5))
	q = mulAddScalar(q, r, fillScalar(expC4))
	q = mulAddScalar(q, r, fillScalar(expC3))
	q = mulAddScalar(q, r, fillScalar(expC2))
	m := mulAddScalar(q, r.Mul(r), r)
	p := shiftExponentScalar(t)
	return mulAddScalar(p, m, p)
}

// activateScalar applies the activation to n cells.
func activateScalar(z unsafe.Pointer, n int, act engine.Activation) {
	if act == engine.ReLU {
		reluScalar(z, n)
		return
	}
	s := fillScalar(0)
	if act == engine.Tanh {
		s = fillScalar(1)
	}
	scale := s.Add(fillScalar(1))
	lo, hi := fillScalar(expMin), fillScalar(30) // f(30) is 1
	toN, shift := fillScalar(log2e), fillScalar(expShift)
	hi2, lo2 := fillScalar(-ln2Hi), fillScalar(-ln2Lo)
	c2, c3, c4, c5, c6 := fillScalar(expC2), fillScalar(expC3), fillScalar(expC4), fillScalar(expC5), fillScalar(expC6)
	for ; n > 0; n-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			x := loadScalar(unsafe.Add(z, v)).Mul(scale)
			x = ifGreaterScalar(lo, x, lo, x)
			x = ifGreaterScalar(x, hi, hi, x)
			t := mulAddScalar(x, toN, shift)
			k := t.Sub(shift)
			r := mulAddScalar(k, hi2, x)
			r = mulAddScalar(k, lo2, r)
			q := mulAddScalar(c6, r, c5)
			q = mulAddScalar(q, r, c4)
			q = mulAddScalar(q, r, c3)
			q = mulAddScalar(q, r, c2)
			m := mulAddScalar(q, r.Mul(r), r)
			p := shiftExponentScalar(t)
			u := mulAddScalar(m, p, p.Sub(s))
			storeScalar(unsafe.Add(z, v), u.Div(u.Add(scale)))
		}
		z = unsafe.Add(z, cell)
	}
}

// reluScalar replaces n cells by max(x, 0), NaN by NaN.
func reluScalar(z unsafe.Pointer, n int) {
	zero := fillScalar(0)
	for b := 0; b < n*cell; b += laneBytesScalar {
		x := loadScalar(unsafe.Add(z, b))
		storeScalar(unsafe.Add(z, b), ifGreaterScalar(zero, x, zero, x))
	}
}

// slopeScalar returns d times the activation's derivative where its value is a.
func slopeScalar(d, a lane, act engine.Activation) lane {
	switch act {
	case engine.Sigmoid:
		return d.Mul(a.Mul(fillScalar(1).Sub(a)))
	case engine.Tanh:
		return d.Mul(fillScalar(1).Sub(a.Mul(a)))
	default:
		return ifGreaterScalar(a, fillScalar(0), d, fillScalar(0))
	}
}

// activationGradScalar multiplies n cells of gradient d by the activation's
// derivative where its values are a.
func activationGradScalar(d, a unsafe.Pointer, n int, act engine.Activation) {
	for b := 0; b < n*cell; b += laneBytesScalar {
		p := unsafe.Add(d, b)
		storeScalar(p, slopeScalar(loadScalar(p), loadScalar(unsafe.Add(a, b)), act))
	}
}

// poolScalar pools two rows of pixels, row bytes apart, to n pixels of c
// channels: p[px][ch] is the mean or maximum of a[0..1][2px..2px+1][ch]. Pixels
// are pCol and aCol bytes apart.
func poolScalar(p, a unsafe.Pointer, n, c, pCol, aCol, row int, pool engine.Pooling) {
	for px := 0; px < n; px++ {
		for b := 0; b < c*cell; b += laneBytesScalar {
			u := unsafe.Add(a, 2*px*aCol+b)
			x0, x1 := loadScalar(u), loadScalar(unsafe.Add(u, aCol))
			x2, x3 := loadScalar(unsafe.Add(u, row)), loadScalar(unsafe.Add(u, row+aCol))
			var y lane
			if pool == engine.AvgPool {
				y = x0.Add(x1).Add(x2.Add(x3)).Mul(fillScalar(0.25))
			} else {
				y = ifGreaterScalar(x1, x0, x1, x0)
				y = ifGreaterScalar(x2, y, x2, y)
				y = ifGreaterScalar(x3, y, x3, y)
			}
			storeScalar(unsafe.Add(p, px*pCol+b), y)
		}
	}
}

// poolGradScalar takes the gradient dp of poolScalar's output back through the
// pooling and the activation before it: to dz, laid out as a but with dzCol and
// dzRow bytes between pixels and rows. The first maximum takes a maximum's
// gradient. It also adds dz to bias, one cell per channel.
func poolGradScalar(dz, dp, a unsafe.Pointer, g *poolShape) {
	zero := fillScalar(0)
	for px := 0; px < g.n; px++ {
		for b := 0; b < g.c*cell; b += laneBytesScalar {
			u := unsafe.Add(a, 2*px*g.aCol+b)
			x0, x1 := loadScalar(u), loadScalar(unsafe.Add(u, g.aCol))
			x2, x3 := loadScalar(unsafe.Add(u, g.aRow)), loadScalar(unsafe.Add(u, g.aRow+g.aCol))
			d := loadScalar(unsafe.Add(dp, px*g.dpCol+b))
			d0, d1, d2, d3 := d, d, d, d
			if g.pool == engine.AvgPool {
				d0 = d.Mul(fillScalar(0.25))
				d1, d2, d3 = d0, d0, d0
			} else {
				y1 := ifGreaterScalar(x1, x0, x1, x0)
				y2 := ifGreaterScalar(x2, y1, x2, y1)
				d3 = ifGreaterScalar(x3, y2, d, zero)
				d = ifGreaterScalar(x3, y2, zero, d)
				d2 = ifGreaterScalar(x2, y1, d, zero)
				d = ifGreaterScalar(x2, y1, zero, d)
				d1 = ifGreaterScalar(x1, x0, d, zero)
				d0 = ifGreaterScalar(x1, x0, zero, d)
			}
			d0, d1 = slopeScalar(d0, x0, g.act), slopeScalar(d1, x1, g.act)
			d2, d3 = slopeScalar(d2, x2, g.act), slopeScalar(d3, x3, g.act)
			w := unsafe.Add(dz, 2*px*g.dzCol+b)
			storeScalar(w, d0)
			storeScalar(unsafe.Add(w, g.dzCol), d1)
			storeScalar(unsafe.Add(w, g.dzRow), d2)
			storeScalar(unsafe.Add(w, g.dzRow+g.dzCol), d3)
			w = unsafe.Add(g.bias, b)
			storeScalar(w, loadScalar(w).Add(d0.Add(d1).Add(d2.Add(d3))))
		}
	}
}

// poolShape holds what poolGrad needs to know; distances are in bytes.
type poolShape struct {
	bias                            unsafe.Pointer // where poolGrad adds dz
	n, c                            int            // pooled pixels in a row; channels
	aCol, aRow, dpCol, dzCol, dzRow int
	act                             engine.Activation
	pool                            engine.Pooling
}

// softmaxScalar replaces 10 cells of logits by probabilities; it also gives
// the largest logit, and the sum of e^(logit-largest).
func softmaxScalar(z, top, sum unsafe.Pointer) {
	for v := 0; v < cell; v += laneBytesScalar {
		p := unsafe.Add(z, v)
		m := loadScalar(p)
		for k := 1; k < engine.Classes; k++ {
			x := loadScalar(unsafe.Add(p, k*cell))
			m = ifGreaterScalar(x, m, x, m)
		}
		s := fillScalar(0)
		for k := 0; k < engine.Classes; k++ {
			e := expScalar(loadScalar(unsafe.Add(p, k*cell)).Sub(m))
			storeScalar(unsafe.Add(p, k*cell), e)
			s = s.Add(e)
		}
		for k := 0; k < engine.Classes; k++ {
			storeScalar(unsafe.Add(p, k*cell), loadScalar(unsafe.Add(p, k*cell)).Div(s))
		}
		storeScalar(unsafe.Add(top, v), m)
		storeScalar(unsafe.Add(sum, v), s)
	}
}
