//go:build !goexperiment.simd

package cpu

// pickKernels chooses the kernels: without SIMD, there is one version.
func pickKernels(reproducible bool) *kernels { return &scalarKernels }
