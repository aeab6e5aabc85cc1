package cpu

import (
	"unsafe"

	"lenet/engine"
)

// Pooling of two rows of pixels to one; addresses and lanes as in conv_scalar.go.

// poolShape holds what the pooling kernels need to know; distances are in bytes.
type poolShape struct {
	n, c         int            // pooled pixels in a row; channels
	aCol, aRow   int            // from pixel to pixel, and from row to row, of what is pooled
	pCol         int            // from pixel to pixel of the pooled
	dzCol, dzRow int            // the same as aCol and aRow for its gradient
	bias         unsafe.Pointer // [c] where the gradient is summed
	act          engine.Activation
	pool         engine.Pooling
}

// poolScalar pools: p[px][ch] is the mean or maximum of a[0..1][2px..2px+1][ch].
func poolScalar(p, a unsafe.Pointer, g *poolShape) {
	for px := 0; px < g.n; px++ {
		if g.pool == engine.AvgPool {
			avgPoolScalar(unsafe.Add(p, px*g.pCol), unsafe.Add(a, 2*px*g.aCol), g.c, g.aCol, g.aRow)
		} else {
			maxPoolScalar(unsafe.Add(p, px*g.pCol), unsafe.Add(a, 2*px*g.aCol), g.c, g.aCol, g.aRow)
		}
	}
}

// avgPoolScalar pools one pixel of c channels.
func avgPoolScalar(p, a unsafe.Pointer, c, col, row int) {
	quarter := fillScalar(0.25)
	for ; c > 0; c-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			u := unsafe.Add(a, v)
			x0, x1 := loadScalar(u), loadScalar(unsafe.Add(u, col))
			u = unsafe.Add(u, row)
			x2, x3 := loadScalar(u), loadScalar(unsafe.Add(u, col))
			storeScalar(unsafe.Add(p, v), x0.Add(x1).Add(x2.Add(x3)).Mul(quarter))
		}
		p, a = unsafe.Add(p, cell), unsafe.Add(a, cell)
	}
}

// maxPoolScalar pools one pixel of c channels.
func maxPoolScalar(p, a unsafe.Pointer, c, col, row int) {
	for ; c > 0; c-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			u := unsafe.Add(a, v)
			x0, x1 := loadScalar(u), loadScalar(unsafe.Add(u, col))
			u = unsafe.Add(u, row)
			x2, x3 := loadScalar(u), loadScalar(unsafe.Add(u, col))
			y := ifGreaterScalar(x1, x0, x1, x0)
			y = ifGreaterScalar(x2, y, x2, y)
			storeScalar(unsafe.Add(p, v), ifGreaterScalar(x3, y, x3, y))
		}
		p, a = unsafe.Add(p, cell), unsafe.Add(a, cell)
	}
}

// poolGradScalar takes the gradient dp of poolScalar's output back through the
// pooling and the activation before it, to dz, which may be a. It also adds dz
// to the bias's gradient.
func poolGradScalar(dz, dp, a unsafe.Pointer, g *poolShape) {
	for px := 0; px < g.n; px++ {
		d, p, x := unsafe.Add(dz, 2*px*g.dzCol), unsafe.Add(dp, px*g.pCol), unsafe.Add(a, 2*px*g.aCol)
		switch {
		case g.pool == engine.MaxPool:
			maxPoolGradScalar(d, p, x, g)
		case g.act == engine.ReLU:
			avgPoolReLUGradScalar(d, p, x, g)
		default:
			avgPoolGradScalar(d, p, x, g)
		}
	}
}

// avgPoolGradScalar takes one pixel's gradient back, for sigmoid and tanh.
func avgPoolGradScalar(dz, dp, a unsafe.Pointer, g *poolShape) {
	al, be := slopeConstants(g.act)
	alpha, beta, quarter := fillScalar(al), fillScalar(be), fillScalar(0.25)
	bias, aCol, aRow, dzCol, dzRow := g.bias, g.aCol, g.aRow, g.dzCol, g.dzRow
	for c := g.c; c > 0; c-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			u := unsafe.Add(a, v)
			x0, x1 := loadScalar(u), loadScalar(unsafe.Add(u, aCol))
			u = unsafe.Add(u, aRow)
			x2, x3 := loadScalar(u), loadScalar(unsafe.Add(u, aCol))
			d := loadScalar(unsafe.Add(dp, v)).Mul(quarter)
			d0, d1 := d.Mul(mulAddScalar(x0, beta.Sub(x0), alpha)), d.Mul(mulAddScalar(x1, beta.Sub(x1), alpha))
			d2, d3 := d.Mul(mulAddScalar(x2, beta.Sub(x2), alpha)), d.Mul(mulAddScalar(x3, beta.Sub(x3), alpha))
			w := unsafe.Add(dz, v)
			storeScalar(w, d0)
			storeScalar(unsafe.Add(w, dzCol), d1)
			w = unsafe.Add(w, dzRow)
			storeScalar(w, d2)
			storeScalar(unsafe.Add(w, dzCol), d3)
			w = unsafe.Add(bias, v)
			storeScalar(w, loadScalar(w).Add(d0.Add(d1).Add(d2.Add(d3))))
		}
		dz, dp, a, bias = unsafe.Add(dz, cell), unsafe.Add(dp, cell), unsafe.Add(a, cell), unsafe.Add(bias, cell)
	}
}

// avgPoolReLUGradScalar takes one pixel's gradient back, for ReLU.
func avgPoolReLUGradScalar(dz, dp, a unsafe.Pointer, g *poolShape) {
	zero, quarter := fillScalar(0), fillScalar(0.25)
	bias, aCol, aRow, dzCol, dzRow := g.bias, g.aCol, g.aRow, g.dzCol, g.dzRow
	for c := g.c; c > 0; c-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			u := unsafe.Add(a, v)
			x0, x1 := loadScalar(u), loadScalar(unsafe.Add(u, aCol))
			u = unsafe.Add(u, aRow)
			x2, x3 := loadScalar(u), loadScalar(unsafe.Add(u, aCol))
			d := loadScalar(unsafe.Add(dp, v)).Mul(quarter)
			d0, d1 := ifGreaterScalar(x0, zero, d, zero), ifGreaterScalar(x1, zero, d, zero)
			d2, d3 := ifGreaterScalar(x2, zero, d, zero), ifGreaterScalar(x3, zero, d, zero)
			w := unsafe.Add(dz, v)
			storeScalar(w, d0)
			storeScalar(unsafe.Add(w, dzCol), d1)
			w = unsafe.Add(w, dzRow)
			storeScalar(w, d2)
			storeScalar(unsafe.Add(w, dzCol), d3)
			w = unsafe.Add(bias, v)
			storeScalar(w, loadScalar(w).Add(d0.Add(d1).Add(d2.Add(d3))))
		}
		dz, dp, a, bias = unsafe.Add(dz, cell), unsafe.Add(dp, cell), unsafe.Add(a, cell), unsafe.Add(bias, cell)
	}
}

// maxPoolGradScalar takes one pixel's gradient back to the first maximum.
func maxPoolGradScalar(dz, dp, a unsafe.Pointer, g *poolShape) {
	al, be := slopeConstants(g.act)
	alpha, beta, zero := fillScalar(al), fillScalar(be), fillScalar(0)
	bias, aCol, aRow, dzCol, dzRow := g.bias, g.aCol, g.aRow, g.dzCol, g.dzRow
	for c := g.c; c > 0; c-- {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			u := unsafe.Add(a, v)
			x0, x1 := loadScalar(u), loadScalar(unsafe.Add(u, aCol))
			u = unsafe.Add(u, aRow)
			x2, x3 := loadScalar(u), loadScalar(unsafe.Add(u, aCol))
			y1 := ifGreaterScalar(x1, x0, x1, x0)
			y2 := ifGreaterScalar(x2, y1, x2, y1)
			y3 := ifGreaterScalar(x3, y2, x3, y2)
			d := slopeScalar(loadScalar(unsafe.Add(dp, v)), y3, alpha, beta, g.act)
			w := unsafe.Add(bias, v)
			storeScalar(w, loadScalar(w).Add(d))
			w = unsafe.Add(dz, v)
			storeScalar(unsafe.Add(w, dzRow+dzCol), ifGreaterScalar(x3, y2, d, zero))
			d = ifGreaterScalar(x3, y2, zero, d)
			storeScalar(unsafe.Add(w, dzRow), ifGreaterScalar(x2, y1, d, zero))
			d = ifGreaterScalar(x2, y1, zero, d)
			storeScalar(unsafe.Add(w, dzCol), ifGreaterScalar(x1, x0, d, zero))
			storeScalar(w, ifGreaterScalar(x1, x0, zero, d))
		}
		dz, dp, a, bias = unsafe.Add(dz, cell), unsafe.Add(dp, cell), unsafe.Add(a, cell), unsafe.Add(bias, cell)
	}
}
