package cpu

import "unsafe"

// Kernels over the exchange layout: arrays of n floats, n a multiple of 16.

// addScalar adds x to d.
func addScalar(d, x unsafe.Pointer, n int) {
	for ; n > 0; n -= lanes {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			p := unsafe.Add(d, v)
			storeScalar(p, loadScalar(p).Add(loadScalar(unsafe.Add(x, v))))
		}
		d, x = unsafe.Add(d, cell), unsafe.Add(x, cell)
	}
}

// applyScalar takes a step: w -= scale·g.
func applyScalar(w, g unsafe.Pointer, n int, scale float32) {
	s := fillScalar(scale)
	for ; n > 0; n -= lanes {
		for v := 0; v < cell; v += laneBytesScalar { // unroll in wasm
			p := unsafe.Add(w, v)
			storeScalar(p, loadScalar(p).Sub(s.Mul(loadScalar(unsafe.Add(g, v)))))
		}
		w, g = unsafe.Add(w, cell), unsafe.Add(g, cell)
	}
}

// applyFourScalar takes a step along a sum: w -= scale·((g0+g1) + (g2+g3)).
func applyFourScalar(w, g0, g1, g2, g3 unsafe.Pointer, n int, scale float32) {
	s := fillScalar(scale)
	for i := 0; i < n*4; i += laneBytesScalar {
		a := loadScalar(unsafe.Add(g0, i)).Add(loadScalar(unsafe.Add(g1, i)))
		b := loadScalar(unsafe.Add(g2, i)).Add(loadScalar(unsafe.Add(g3, i)))
		p := unsafe.Add(w, i)
		storeScalar(p, loadScalar(p).Sub(s.Mul(a.Add(b))))
	}
}
