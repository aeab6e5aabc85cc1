//go:build !goexperiment.simd && wasm

package cpu

// vectorized says that the program was built with the vector kernels.
const vectorized = false

// pickKernels chooses the kernels: the scalar ones, unrolled, because a branch
// costs much in wasm.
func pickKernels(bool) kernels { return tableWasm1() }
