package cpu

// tableScalar lists this version's kernels.
func tableScalar() kernels {
	return kernels{
		conv1Row:          conv1RowScalar,
		conv2Row:          conv2RowScalar,
		convWeightGrad:    convWeightGradScalar,
		conv2InputGradRow: conv2InputGradRowScalar,
		foldCells:         foldCellsScalar,
		linear:            linearScalar,
		linearInputGrad:   linearInputGradScalar,
		linearWeightGrad:  linearWeightGradScalar,
		activate:          activateScalar,
		activationGrad:    activationGradScalar,
		pool:              poolScalar,
		poolGrad:          poolGradScalar,
		imageConv1:        imageConv1Scalar,
		imageConv2:        imageConv2Scalar,
		imageLinear:       imageLinearScalar,
		add:               addScalar,
		apply:             applyScalar,
		applyFour:         applyFourScalar,
		softmax:           softmaxScalar,
		peak:              peakScalar,
		bits:              laneBytesScalar * 8,
	}
}
