//go:build goexperiment.simd && !wasm

package cpu

var fusedKernels = kernels{
	conv1RowFused, conv2RowFused, convWeightGradFused, conv2InputGradRowFused, sumCellsFused,
	linearFused, linearWeightGradFused, activateFused, activationGradFused, poolFused, poolGradFused, softmaxFused,
}

var splitKernels = kernels{
	conv1RowSplit, conv2RowSplit, convWeightGradSplit, conv2InputGradRowSplit, sumCellsSplit,
	linearSplit, linearWeightGradSplit, activateSplit, activationGradSplit, poolSplit, poolGradSplit, softmaxSplit,
}

// pickKernels chooses the kernels for this machine.
func pickKernels(reproducible bool) *kernels {
	switch {
	case !hasVectors():
		return &scalarKernels
	case reproducible:
		return &splitKernels
	default:
		return &fusedKernels
	}
}
