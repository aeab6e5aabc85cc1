package cpu

import (
	"unsafe"

	"lenet/engine"
)

// Activation, pooling and softmax; addresses and lanes as in conv_scalar.go.

// expScalar returns e^x within 1.5 units in the last place; 0 below -87.7, infinite above
// 88.4, NaN for NaN. x = n·ln 2 + r with |r| ≤ ln 2/2, the polynomial is the
// least-maximum one of degree 5 for (e^r-1-r)/r².
func expScalar(x lane) lane {
	const shift = 3<<22 + 127 // adding it leaves n + the exponent's bias in the low bits
	x = clampScalar(x, fillScalar(-88), fillScalar(88.8))
	t := mulAddScalar(x, fillScalar(1.44269504), fillScalar(shift))
	n := t.Sub(fillScalar(shift))
	r := mulAddScalar(n, fillScalar(-0.693359375), x)
	r = mulAddScalar(n, fillScalar(2.12194440e-4), r)
	return expPolyScalar(r).Mul(shiftExponentScalar(t))
}

// clampScalar returns x kept within [lo, hi], and NaN for NaN.
func clampScalar(x, lo, hi lane) lane {
	x = ifGreaterScalar(lo, x, lo, x)
	return ifGreaterScalar(x, hi, hi, x)
}

// expPolyScalar returns e^r for |r| ≤ ln 2/2.
func expPolyScalar(r lane) lane {
	return mulAddScalar(expm1PolyScalar(r), fillScalar(1), fillScalar(1))
}

// expm1PolyScalar returns e^r - 1 for |r| ≤ ln 2/2.
func expm1PolyScalar(r lane) lane {
	q := fillScalar(1.9875691500e-4)
	q = mulAddScalar(q, r, fillScalar(1.3981999507e-3))
	q = mulAddScalar(q, r, fillScalar(8.3334519073e-3))
	q = mulAddScalar(q, r, fillScalar(4.1665795894e-2))
	q = mulAddScalar(q, r, fillScalar(1.6666665459e-1))
	q = mulAddScalar(q, r, fillScalar(5.0000001201e-1))
	return mulAddScalar(q, r.Mul(r), r)
}

// sigmoidScalar returns 1/(1+e^-x).
func sigmoidScalar(x lane) lane {
	one := fillScalar(1)
	return one.Div(one.Add(expScalar(fillScalar(0).Sub(x))))
}

// tanhScalar returns (e^2x - 1)/(e^2x + 1), from e^2x - 1 so that small x keep their precision.
func tanhScalar(x lane) lane {
	const shift = 3<<22 + 127
	x = clampScalar(x, fillScalar(-10), fillScalar(10))
	x = x.Add(x)
	t := mulAddScalar(x, fillScalar(1.44269504), fillScalar(shift))
	n := t.Sub(fillScalar(shift))
	r := mulAddScalar(n, fillScalar(-0.693359375), x)
	r = mulAddScalar(n, fillScalar(2.12194440e-4), r)
	p := shiftExponentScalar(t)
	m := mulAddScalar(expm1PolyScalar(r), p, p.Sub(fillScalar(1)))
	return m.Div(m.Add(fillScalar(2)))
}

// reluScalar returns max(x, 0), and NaN for NaN.
func reluScalar(x lane) lane {
	zero := fillScalar(0)
	return ifGreaterScalar(zero, x, zero, x)
}

// activateScalar applies the activation to n cells.
func activateScalar(z unsafe.Pointer, n int, act engine.Activation) {
	for b := 0; b < n*cell; b += laneBytesScalar {
		p := unsafe.Add(z, b)
		switch act {
		case engine.Sigmoid:
			storeScalar(p, sigmoidScalar(loadScalar(p)))
		case engine.Tanh:
			storeScalar(p, tanhScalar(loadScalar(p)))
		default:
			storeScalar(p, reluScalar(loadScalar(p)))
		}
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
// dzRow bytes between pixels and rows. The first maximum takes a maximum's gradient.
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
			w := unsafe.Add(dz, 2*px*g.dzCol+b)
			storeScalar(w, slopeScalar(d0, x0, g.act))
			storeScalar(unsafe.Add(w, g.dzCol), slopeScalar(d1, x1, g.act))
			storeScalar(unsafe.Add(w, g.dzRow), slopeScalar(d2, x2, g.act))
			storeScalar(unsafe.Add(w, g.dzRow+g.dzCol), slopeScalar(d3, x3, g.act))
		}
	}
}

// poolShape holds what poolGrad needs to know; distances are in bytes.
type poolShape struct {
	n, c                            int // pooled pixels in a row; channels
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
