package cpu

import (
	"fmt"
	"unsafe"

	"lenet/engine"
)

// update is an optimizer: how a step changes the weights. An optimizer with a
// state, such as momentum, is one more type with an array like the weights',
// and its kernels in update_scalar.go. Arrays are in the exchange layout.
type update interface {
	// four changes the weights lo up to lo+n, n at most a slice of [Backend.updateTask],
	// by the sum of four gradients times scale, the learning rate divided by the
	// batch's size. Workers call it at the same time, for places of their own.
	four(b *Backend, lo, n int, g [Shards / 2]unsafe.Pointer, scale float32)
	// whole changes all weights from place lo on by one gradient times scale.
	whole(b *Backend, lo int, g unsafe.Pointer, scale float32)
	// restart forgets the steps taken so far: other weights were set.
	restart()
}

// newUpdate returns the optimizer.
func newUpdate(o engine.Optimizer) (update, error) {
	if o != engine.SGD {
		return nil, fmt.Errorf("the CPU has no kernels for the optimizer %v: use sgd", o)
	}
	return sgd{}, nil
}

// sgd is plain stochastic gradient descent, w -= scale·g, which keeps nothing.
type sgd struct{}

func (sgd) four(b *Backend, lo, n int, g [Shards / 2]unsafe.Pointer, scale float32) {
	b.kernels.applyFour(unsafe.Pointer(&b.weights[lo]), g[0], g[1], g[2], g[3], n, scale)
}

func (sgd) whole(b *Backend, lo int, g unsafe.Pointer, scale float32) {
	b.kernels.apply(unsafe.Pointer(&b.weights[lo]), g, len(b.weights)-lo, scale)
}

func (sgd) restart() {}
