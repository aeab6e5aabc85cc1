//go:build goexperiment.simd && amd64

package cpu

import "simd"

// pickKernels chooses the kernels for this machine's vectors, or for the width
// that GODEBUG=simd=0|128|256|512 asks for.
func pickKernels(reproducible bool) kernels {
	if simd.Emulated() {
		return tableScalar()
	}
	switch simd.VectorBitSize() {
	case 512:
		if reproducible {
			return tableSplit16()
		}
		return tableFused16()
	case 256:
		if reproducible {
			return tableSplit8()
		}
		return tableFused8()
	default:
		if reproducible {
			return tableSplit4()
		}
		return tableFused4()
	}
}
