//go:build goexperiment.simd && wasm

package cpu

// vectorized says that the program was built with the vector kernels.
const vectorized = true

// pickKernels chooses the kernels: wasm has no fused multiply-add, so the only
// vector version is reproducible.
func pickKernels(bool) kernels { return tableWasm4() }
