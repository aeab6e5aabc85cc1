package cpu

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"lenet/engine"
)

// job is the workers' next task.
type job struct {
	order  []int32
	blocks int          // of the batch
	hi     int          // shards to compute end here
	each   int          // shards that go into one sum, 1 or 2
	next   atomic.Int32 // the next thing for a worker to take

	scale float32 // of the update

	images, labels []byte    // inference
	logits         []float32 // wanted, or nil for an evaluation
	losses         []float64 // of each block
}

// Step takes one step of gradient descent.
func (b *Backend) Step(order []int32, lr float32) (engine.Stats, error) {
	if err := b.checkOrder(order); err != nil {
		return engine.Stats{}, err
	}
	stats := b.gradients(order, 0, Shards)
	b.job.scale = lr / float32(len(order))
	b.job.next.Store(0)
	b.run((*Backend).updateTask)
	if b.frozen == 0 {
		b.derive()
	}
	return stats, nil
}

// Epoch takes a step for every batch of order.
func (b *Backend) Epoch(order []int32, batch int, lr float32, progress func(engine.Stats) bool) (engine.Stats, error) {
	var total engine.Stats
	if batch < 1 {
		return total, fmt.Errorf("batch size %d: use 1 or more", batch)
	}
	for len(order) > 0 {
		n := min(batch, len(order))
		s, err := b.Step(order[:n], lr)
		if err != nil {
			return total, err
		}
		total.Add(s)
		order = order[n:]
		if progress != nil && !progress(total) {
			break
		}
	}
	return total, nil
}

func (b *Backend) checkOrder(order []int32) error {
	if len(order) == 0 {
		return fmt.Errorf("a step on no examples: give at least one")
	}
	if len(b.labels) == 0 {
		return fmt.Errorf("no training set: call SetData first")
	}
	for _, i := range order {
		if i < 0 || int(i) >= len(b.labels) {
			return fmt.Errorf("example %d of a training set of %d", i, len(b.labels))
		}
	}
	return nil
}

// updateTask sums the shards and has the optimizer take a step, for one slice of the
// parameters that are not frozen after another.
func (b *Backend) updateTask(*worker) {
	const slice = 4096
	for {
		lo := b.frozen + int(b.job.next.Add(1)-1)*slice
		if lo >= len(b.weights) {
			return
		}
		n := min(slice, len(b.weights)-lo)
		var g [Shards / 2]unsafe.Pointer
		for i := range g {
			sum := b.filledSum(2 * i)
			if b.job.each == 1 && b.filled[2*i+1] {
				next := unsafe.Pointer(&b.sums[2*i+1][lo])
				if b.filled[2*i] {
					b.kernels.add(unsafe.Pointer(&sum[lo]), next, n)
				} else {
					sum = b.sums[2*i+1]
				}
			}
			g[i] = unsafe.Pointer(&sum[lo])
		}
		b.update.four(b, lo, n, g, b.job.scale)
	}
}
