package cpu

import (
	"unsafe"

	"lenet/engine"
)

// Activation, pooling and softmax; addresses and lanes as in conv_scalar.go.

// e^x = 2^n·e^r with x = n·ln 2 + r and |r| ≤ ln 2/2. e^r is the polynomial of
// degree 6 that begins with 1 + r and has the least maximum error, 3e-9:
// 1 + r + r²·(C2 + C3·r + C4·r² + C5·r³ + C6·r⁴).
const (
	expShift = 3<<22 + 127    // adding it to a small number leaves that, rounded, and the exponent's bias in the low bits
	expTop   = expShift + 128 // of 2^128, infinity
	log2e    = 1.44269504     // 1/ln 2
	ln2Hi    = 0.693359375    // ln 2 in two parts; this one times n is exact
	ln2Lo    = -2.1219444e-4  // the rest
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
	switch act {
	case engine.Sigmoid:
		sigmoidScalar(z, n)
	case engine.Tanh:
		tanhScalar(z, n)
	default:
		reluScalar(z, n)
	}
}

// sigmoidScalar replaces n cells by 1/(1 + e^-x). It works with r of the
// opposite sign. Far below zero n stays at 128 and r grows, and both factors of
// e^-x are large and positive.
func sigmoidScalar(z unsafe.Pointer, n int) {
	one, most, shift, top := fillScalar(1), fillScalar(-expMin), fillScalar(expShift), fillScalar(expTop)
	c2, c4 := fillScalar(expC2), fillScalar(expC4)
	factors := sigmoidFactors
	for ; n > 0; n-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			x := loadScalar(unsafe.Add(z, v))
			x = ifGreaterScalar(x, most, most, x)
			t := capScalar(mulAddScalar(loadScalar(factors), x, shift), top)
			k := t.Sub(shift)
			r := mulAddScalar(loadScalar(unsafe.Add(factors, cell)), k, x)
			r = mulAddScalar(loadScalar(unsafe.Add(factors, 2*cell)), k, r)
			rr := r.Mul(r)
			q := mulAddScalar(loadScalar(unsafe.Add(factors, 4*cell)), r, c4)
			q = mulAddScalar(loadScalar(unsafe.Add(factors, 5*cell)), rr, q)
			q = mulAddScalar(q, rr, mulAddScalar(loadScalar(unsafe.Add(factors, 3*cell)), r, c2))
			e := mulAddScalar(q, rr, one.Sub(r))
			p := shiftExponentScalar(t)
			storeScalar(unsafe.Add(z, v), one.Div(mulAddScalar(e, p, one)))
		}
		z = unsafe.Add(z, cell)
	}
}

// tanhScalar replaces n cells by u/(u+2), u = e^2x - 1 = p·m + (p-1) where e^2x
// is p·(1+m), so that small x keep their precision.
func tanhScalar(z unsafe.Pointer, n int) {
	two := fillScalar(2)
	least, most := fillScalar(-15), fillScalar(15) // tanh 15 is 1
	one, shift := fillScalar(1), fillScalar(expShift)
	c2, c4 := fillScalar(expC2), fillScalar(expC4)
	factors := tanhFactors
	for ; n > 0; n-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			x := loadScalar(unsafe.Add(z, v))
			x = ifGreaterScalar(least, x, least, x)
			x = ifGreaterScalar(x, most, most, x)
			x = x.Add(x)
			t := mulAddScalar(loadScalar(factors), x, shift)
			k := t.Sub(shift)
			r := mulAddScalar(loadScalar(unsafe.Add(factors, cell)), k, x)
			r = mulAddScalar(loadScalar(unsafe.Add(factors, 2*cell)), k, r)
			rr := r.Mul(r)
			q := mulAddScalar(loadScalar(unsafe.Add(factors, 4*cell)), r, c4)
			q = mulAddScalar(loadScalar(unsafe.Add(factors, 5*cell)), rr, q)
			q = mulAddScalar(q, rr, mulAddScalar(loadScalar(unsafe.Add(factors, 3*cell)), r, c2))
			p := shiftExponentScalar(t)
			m := mulAddScalar(q, rr, r)
			u := mulAddScalar(m, p, p.Sub(one))
			storeScalar(unsafe.Add(z, v), u.Div(u.Add(two)))
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
// For sigmoid and tanh that is d·(α + a·(β-a)), with α = 0 and β = 1, or the
// other way round; for ReLU, d where a > 0.
func slopeScalar(d, a, alpha, beta lane, act engine.Activation) lane {
	if act == engine.ReLU {
		return ifGreaterScalar(a, fillScalar(0), d, fillScalar(0))
	}
	return d.Mul(mulAddScalar(a, beta.Sub(a), alpha))
}

// slopeConstants returns α and β of the activation's derivative.
func slopeConstants(act engine.Activation) (alpha, beta float32) {
	if act == engine.Tanh {
		return 1, 0
	}
	return 0, 1
}

// activationGradScalar multiplies n cells of gradient d by the activation's
// derivative where its values are a.
func activationGradScalar(d, a unsafe.Pointer, n int, act engine.Activation) {
	al, be := slopeConstants(act)
	alpha, beta := fillScalar(al), fillScalar(be)
	for b := 0; b < n*cell; b += laneBytesScalar {
		p := unsafe.Add(d, b)
		storeScalar(p, slopeScalar(loadScalar(p), loadScalar(unsafe.Add(a, b)), alpha, beta, act))
	}
}

// softmaxScalar replaces n cells of logits by probabilities; it also gives
// the largest logit, and the sum of e^(logit-largest).
func softmaxScalar(z, top, sum unsafe.Pointer, n int) {
	for v := 0; v < cell; v += laneBytesScalar {
		p := unsafe.Add(z, v)
		m := loadScalar(p)
		for k := 1; k < n; k++ {
			x := loadScalar(unsafe.Add(p, k*cell))
			m = ifGreaterScalar(x, m, x, m)
		}
		s := fillScalar(0)
		for k := 0; k < n; k++ {
			e := expScalar(loadScalar(unsafe.Add(p, k*cell)).Sub(m))
			storeScalar(unsafe.Add(p, k*cell), e)
			s = s.Add(e)
		}
		for k := 0; k < n; k++ {
			storeScalar(unsafe.Add(p, k*cell), loadScalar(unsafe.Add(p, k*cell)).Div(s))
		}
		storeScalar(unsafe.Add(top, v), m)
		storeScalar(unsafe.Add(sum, v), s)
	}
}
