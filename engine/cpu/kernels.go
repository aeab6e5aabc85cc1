package cpu

import (
	"unsafe"

	"lenet/engine"
)

//go:generate go run gen.go

// kernels is one version of every kernel.
type kernels struct {
	conv1Row          func(z, x, w unsafe.Pointer, c1 int)
	conv2Row          func(z, x, w unsafe.Pointer, c1, c2, wRow int)
	convWeightGrad    func(d, dz, x unsafe.Pointer, g *gradShape)
	conv2InputGradRow func(d, dz, wt unsafe.Pointer, y, c1, c2 int)
	foldCells         func(d, x unsafe.Pointer, n int)
	linear            func(z, x, w unsafe.Pointer, rows, n, wRow, bias int)
	linearInputGrad   func(d, dz, w unsafe.Pointer, cols, n, wRow int)
	linearWeightGrad  func(d, dz, xt unsafe.Pointer, rows, cols, blocks, dRow, xRow, dzBlock int, add bool)
	activate          func(z unsafe.Pointer, n int, act engine.Activation)
	activationGrad    func(d, a unsafe.Pointer, n int, act engine.Activation)
	pool              func(p, a unsafe.Pointer, g *poolShape)
	poolGrad          func(dz, dp, a unsafe.Pointer, g *poolShape)
	imageConv1        func(z, x, w unsafe.Pointer, c1 int)
	imageConv2        func(z, x, w unsafe.Pointer, c1, c2, wRow int)
	imageLinear       func(z, x, w unsafe.Pointer, rows, n, wRow int)
	add               func(d, x unsafe.Pointer, n int)
	apply             func(w, g unsafe.Pointer, n int, scale float32)
	applyFour         func(w, g0, g1, g2, g3 unsafe.Pointer, n int, scale float32)
	softmax           func(z, top, sum unsafe.Pointer)

	peak func(d unsafe.Pointer, n int)
	bits int // of a vector
}
