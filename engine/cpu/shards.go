package cpu

import (
	"fmt"
	"unsafe"

	"lenet/engine"
)

// gradients computes the gradients of shards lo to hi of the batch, into sums.
func (b *Backend) gradients(order []int32, lo, hi int) engine.Stats {
	j := &b.job
	j.order, j.blocks, j.hi = order, (len(order)+lanes-1)/lanes, hi
	// Adding a shard to the one before it while that is still in the cache
	// saves half of the memory traffic, if there is enough work for all.
	j.each = 1
	if hi-lo > 1 && len(b.workers) <= Shards/2 {
		j.each = 2
	}
	j.next.Store(int32(lo))
	b.run((*Backend).gradientTask)
	var total engine.Stats
	for s := lo; s < hi; s++ {
		total.Add(b.stats[s])
	}
	j.order = nil
	return total
}

// gradientTask computes shards until none is left.
func (b *Backend) gradientTask(w *worker) {
	for {
		each := b.job.each
		first := int(b.job.next.Add(int32(each))) - each
		if first >= b.job.hi {
			return
		}
		b.filled[first] = false
		for s := first; s < first+each; s++ {
			w.stats = engine.Stats{}
			if w.shard(s, b.sum(first), b.filled[first]) {
				b.filled[first] = true
			}
			b.stats[s] = w.stats
		}
	}
}

// sum returns the memory of a sum.
func (b *Backend) sum(s int) []float32 {
	if b.sums[s] == nil {
		b.sums[s] = aligned(b.shape.total)
	}
	return b.sums[s]
}

// shard computes the gradient of a shard, or adds it to what is in sum. It
// returns false when the shard has no examples.
func (w *worker) shard(s int, sum []float32, add bool) bool {
	b := w.b
	from, to := s*b.job.blocks/Shards, (s+1)*b.job.blocks/Shards
	if from == to {
		return false
	}
	if add && to-from > chunk { // several chunks are a sum of their own
		own := b.sum(s)
		w.shard(s, own, false)
		b.kernels.add(unsafe.Pointer(&sum[0]), unsafe.Pointer(&own[0]), len(sum))
		return true
	}
	for at := from; at < to; at += chunk {
		n := min(chunk, to-at)
		for c := range n {
			order := b.job.order[(at+c)*lanes:]
			order = order[:min(lanes, len(order))]
			var labels [lanes]byte
			images := noImages
			for i, o := range order {
				images[i] = (*[engine.Pixels]byte)(b.images[int(o)*engine.Pixels:])
				labels[i] = b.labels[o]
			}
			w.setBlock(&images)
			w.forward(b.frozen == 0)
			w.loss(&labels, len(order), c)
			w.backward(c)
		}
		w.linearGrads(sum, n, add || at > from)
	}
	if b.frozen == 0 {
		w.convGrads(sum, add)
	}
	return true
}

// filledSum returns what of the gradient begins at shard s: zeros when there is nothing.
func (b *Backend) filledSum(s int) []float32 {
	if !b.filled[s] {
		return b.zeros
	}
	return b.sums[s]
}

// Gradient computes the gradient of the mean loss of those examples, without a step.
func (b *Backend) Gradient(order []int32, g *engine.Params) (engine.Stats, error) {
	if err := b.checkOrder(order); err != nil {
		return engine.Stats{}, err
	}
	if err := b.check(g); err != nil {
		return engine.Stats{}, err
	}
	sum := make([]float32, b.ExchangeLen())
	stats, err := b.ShardGradients(order, 0, Shards, sum)
	n := float32(len(order))
	b.shape.each(func(i, at int) { g.Data[i] = sum[at] / n })
	return stats, err
}

// ExchangeLen returns the length of the exchange layout, in floats.
func (b *Backend) ExchangeLen() int { return b.shape.total }

// ShardGradients computes the summed gradient of shards lo up to hi of the
// batch, as a binary tree, not divided by the batch's size. The range is a
// power of two long and aligned to its length. Adding, with
// [Backend.Combine], the sums of two neighbouring ranges in order gives the sum of both.
func (b *Backend) ShardGradients(order []int32, lo, hi int, sum []float32) (engine.Stats, error) {
	if err := b.checkOrder(order); err != nil {
		return engine.Stats{}, err
	}
	n := hi - lo
	if lo < 0 || hi > Shards || n < 1 || n&(n-1) != 0 || lo%n != 0 {
		return engine.Stats{}, fmt.Errorf("shards %d to %d: use an aligned power of two within 0 to %d", lo, hi, Shards)
	}
	if len(sum) != b.shape.total {
		return engine.Stats{}, fmt.Errorf("a sum of %d floats: use ExchangeLen, %d", len(sum), b.shape.total)
	}
	stats := b.gradients(order, lo, hi)
	for step := b.job.each; step < n; step *= 2 {
		for s := lo; s < hi; s += 2 * step {
			switch {
			case !b.filled[s+step]:
			case !b.filled[s]:
				b.sums[s], b.sums[s+step], b.filled[s] = b.sums[s+step], b.sums[s], true
			default:
				b.kernels.add(unsafe.Pointer(&b.sums[s][0]), unsafe.Pointer(&b.sums[s+step][0]), len(sum))
			}
		}
	}
	copy(sum, b.filledSum(lo))
	return stats, nil
}

// Combine adds the gradient sum of the next range of shards to that of the one
// before it. Both have ExchangeLen.
func (b *Backend) Combine(sum, next []float32) {
	if len(sum) != b.shape.total || len(next) != b.shape.total {
		panic(fmt.Sprintf("cpu: Combine: %d and %d floats, not ExchangeLen %d", len(sum), len(next), b.shape.total))
	}
	b.kernels.add(unsafe.Pointer(&sum[0]), unsafe.Pointer(&next[0]), len(sum))
}

// Apply takes the optimizer's step, w -= scale·sum for plain descent, with sum in the exchange layout and
// scale the learning rate divided by the batch's size.
func (b *Backend) Apply(sum []float32, scale float32) {
	if len(sum) != len(b.weights) {
		panic(fmt.Sprintf("cpu: Apply: %d floats, not ExchangeLen %d", len(sum), len(b.weights)))
	}
	b.update.whole(b, b.frozen, unsafe.Pointer(&sum[b.frozen]), scale)
	if b.frozen == 0 {
		b.derive()
	}
}
