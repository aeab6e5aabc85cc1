//go:build goexperiment.simd && amd64

package cpu

import "simd"

// vectorized says that the program was built with the vector kernels.
const vectorized = true

// pickKernels chooses the kernels for this machine's vectors, or for the width
// that GODEBUG=simd=0|128|256|512 asks for.
func pickKernels(reproducible bool) kernels {
	if simd.Emulated() {
		return tableScalar()
	}
	var k kernels
	switch bits := simd.VectorBitSize(); {
	case bits == 512 && reproducible:
		k = tableSplit16()
	case bits == 512:
		k = tableFused16()
	case bits == 256 && reproducible:
		k = tableSplit8()
	case bits == 256:
		k = tableFused8()
	case reproducible:
		k = tableSplit4()
	default:
		k = tableFused4()
	}
	k.foldCells = foldCellsSplit4 // four lanes of results
	return k
}
