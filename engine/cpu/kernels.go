package cpu

import (
	"unsafe"

	"lenet/engine"
)

//go:generate go run gen.go

// kernels is one version of every kernel.
type kernels struct {
	conv1Row         func(z, x, w unsafe.Pointer, c1 int)
	transformRow     func(v, p unsafe.Pointer, c1, vPair int)
	transformRowGrad func(dp, dv unsafe.Pointer, c1, vPair int)
	pairsRow         func(z, x, w unsafe.Pointer, c, n, xPair, wRow, zPair int)
	outputRow        func(z, m, bias unsafe.Pointer, c2, biasStep int)
	outputGrad       func(d, dz unsafe.Pointer, c2 int, a0, a1 float32)
	tapGrads         func(d unsafe.Pointer, n int)
	convWeightGrad   func(d, dz, x unsafe.Pointer, g *gradShape)
	foldCells        func(d, x unsafe.Pointer, n int)
	linear           func(z, x, w unsafe.Pointer, rows, n, wRow, bias int)
	linearInputGrad  func(d, dz, w unsafe.Pointer, cols, n, wRow int)
	linearWeightGrad func(d, dz, xt unsafe.Pointer, rows, cols, blocks, dRow, xRow, dzBlock int, add bool)
	activate         func(z unsafe.Pointer, n int, act engine.Activation)
	activationGrad   func(d, a unsafe.Pointer, n int, act engine.Activation)
	pool             func(p, a unsafe.Pointer, g *poolShape)
	poolGrad         func(dz, dp, a unsafe.Pointer, g *poolShape)
	imageConv1       func(z, x, w unsafe.Pointer, c1 int)
	imageLinear      func(z, x, w unsafe.Pointer, rows, n, wRow int)
	add              func(d, x unsafe.Pointer, n int)
	apply            func(w, g unsafe.Pointer, n int, scale float32)
	applyFour        func(w, g0, g1, g2, g3 unsafe.Pointer, n int, scale float32)
	softmax          func(z, top, sum unsafe.Pointer, n int)

	peak func(d unsafe.Pointer, n int)
	bits int // of a vector
}
