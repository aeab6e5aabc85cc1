package cpu

// tableScalar lists this version's kernels.
func tableScalar() kernels {
	return kernels{
		conv1Row:         conv1RowScalar,
		transformRow:     transformRowScalar,
		transformRowGrad: transformRowGradScalar,
		pairsRow:         pairsRowScalar,
		outputRow:        outputRowScalar,
		outputGrad:       outputGradScalar,
		tapGrads:         tapGradsScalar,
		convWeightGrad:   convWeightGradScalar,
		foldCells:        foldCellsScalar,
		linear:           linearScalar,
		linearInputGrad:  linearInputGradScalar,
		linearWeightGrad: linearWeightGradScalar,
		activate:         activateScalar,
		activationGrad:   activationGradScalar,
		pool:             poolScalar,
		poolGrad:         poolGradScalar,
		imageConv1:       imageConv1Scalar,
		imageLinear:      imageLinearScalar,
		add:              addScalar,
		apply:            applyScalar,
		applyFour:        applyFourScalar,
		softmax:          softmaxScalar,
		peak:             peakScalar,
		bits:             laneBytesScalar * 8,
	}
}
