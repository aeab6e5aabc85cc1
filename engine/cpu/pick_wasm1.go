//go:build !goexperiment.simd && wasm

package cpu

// pickKernels chooses the kernels: the scalar ones, unrolled, because a branch
// costs much in wasm.
func pickKernels(bool) kernels { return tableWasm1() }
