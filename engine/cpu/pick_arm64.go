//go:build goexperiment.simd && arm64

package cpu

import "simd"

// vectorized says that the program was built with the vector kernels.
const vectorized = true

// pickKernels chooses the kernels; GODEBUG=simd=0 asks for scalar ones.
func pickKernels(reproducible bool) kernels {
	switch {
	case simd.Emulated():
		return tableScalar()
	case reproducible:
		return tableSplit4()
	default:
		return tableFused4()
	}
}
