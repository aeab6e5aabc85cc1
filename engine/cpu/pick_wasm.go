//go:build goexperiment.simd && wasm

package cpu

var splitKernels = kernels{
	conv1RowSplit, conv2RowSplit, convWeightGradSplit, conv2InputGradRowSplit, sumCellsSplit,
	linearSplit, linearWeightGradSplit, activateSplit, activationGradSplit, poolSplit, poolGradSplit, softmaxSplit,
}

// pickKernels chooses the kernels: wasm has no fused multiply-add.
func pickKernels(reproducible bool) *kernels { return &splitKernels }
