//go:build (!goexperiment.simd && !wasm) || !(amd64 || arm64 || wasm)

package cpu

// pickKernels chooses the kernels: without vectors there is one version.
func pickKernels(bool) kernels { return tableScalar() }
