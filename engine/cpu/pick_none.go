//go:build (!goexperiment.simd && !wasm) || !(amd64 || arm64 || wasm)

package cpu

// vectorized says that the program was built with the vector kernels.
const vectorized = false

// pickKernels chooses the kernels: without vectors there is one version.
func pickKernels(bool) kernels { return tableScalar() }
