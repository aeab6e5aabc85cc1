//go:build goexperiment.simd && wasm

package cpu

// pickKernels chooses the kernels: wasm has no fused multiply-add, so the only
// vector version is reproducible.
func pickKernels(bool) kernels { return tableWasm4() }
