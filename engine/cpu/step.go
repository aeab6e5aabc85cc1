package cpu

import (
	"fmt"
	"sync/atomic"

	"lenet/engine"
)

// job is what the workers are to do.
type job struct {
	order  []int32
	blocks int // of the batch
	hi     int // shards to compute end here
	next   atomic.Int32

	scale float32

	// inference
	images, labels []byte
	logits         []float32
	losses         []float64
	hits           []engine.Evaluation
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
	b.derive()
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

// gradients computes the gradients of shards lo to hi of the batch.
func (b *Backend) gradients(order []int32, lo, hi int) engine.Stats {
	if b.zeros == nil {
		b.zeros = aligned(b.shape.total)
	}
	b.job.order, b.job.blocks, b.job.hi = order, (len(order)+lanes-1)/lanes, hi
	b.job.next.Store(int32(lo))
	b.run((*Backend).gradientTask)
	var sum engine.Stats
	for s := lo; s < hi; s++ {
		sum.Add(b.stats[s])
	}
	b.job.order = nil
	return sum
}

// gradientTask computes shards until none is left.
func (b *Backend) gradientTask(w *worker) {
	for {
		s := int(b.job.next.Add(1)) - 1
		if s >= b.job.hi {
			return
		}
		if b.shards[s] == nil {
			b.shards[s] = aligned(b.shape.total)
		}
		w.stats = engine.Stats{}
		w.shard(s)
		b.stats[s] = w.stats
	}
}

// shardBlocks returns the blocks of a shard, of a batch of n blocks.
func shardBlocks(s, n int) (from, to int) { return s * n / Shards, (s + 1) * n / Shards }

// gradient returns the gradient of a shard of the batch last computed.
func (b *Backend) gradient(s int) []float32 {
	if from, to := shardBlocks(s, b.job.blocks); from == to {
		return b.zeros
	}
	return b.shards[s]
}

// shard computes the gradient of a shard.
func (w *worker) shard(s int) {
	b := w.b
	from, to := shardBlocks(s, b.job.blocks)
	if from == to {
		return
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
			w.forward(true)
			w.loss(&labels, len(order), c)
			w.backward(c)
		}
		w.linearGrads(b.shards[s], n, at > from)
	}
	w.convGrads(b.shards[s])
}

// updateTask sums the shards and takes a step, for one slice of the parameters after another.
func (b *Backend) updateTask(*worker) {
	const slice = 4096
	var g [Shards][]float32
	for s := range g {
		g[s] = b.gradient(s)
	}
	n := len(b.weights)
	for {
		lo := int(b.job.next.Add(1)-1) * slice
		if lo >= n {
			return
		}
		hi := min(lo+slice, n)
		w := b.weights[lo:hi]
		for i := range w {
			j := lo + i
			sum := ((g[0][j] + g[1][j]) + (g[2][j] + g[3][j])) + ((g[4][j] + g[5][j]) + (g[6][j] + g[7][j]))
			w[i] -= float32(b.job.scale * sum)
		}
	}
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
// power of two long and aligned to its length. Adding, with [Combine], the
// sums of two neighbouring ranges in order gives the sum of both.
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
	b.sumTree(sum, lo, hi)
	return stats, nil
}

// sumTree sums shards lo up to hi into sum.
func (b *Backend) sumTree(sum []float32, lo, hi int) {
	for i := range sum {
		var part [Shards]float32
		for s := lo; s < hi; s++ {
			part[s] = b.gradient(s)[i]
		}
		for n := hi - lo; n > 1; n /= 2 {
			for s := range n / 2 {
				part[lo+s] = part[lo+2*s] + part[lo+2*s+1]
			}
		}
		sum[i] = part[lo]
	}
}

// Combine adds the gradient sum of the next range of shards to that of one before it.
func Combine(sum, next []float32) {
	for i, v := range next {
		sum[i] += v
	}
}

// Apply takes a step: w -= scale·sum, with sum in the exchange layout and
// scale the learning rate divided by the batch's size.
func (b *Backend) Apply(sum []float32, scale float32) {
	if len(sum) != len(b.weights) {
		panic(fmt.Sprintf("cpu: Apply: %d floats, not ExchangeLen %d", len(sum), len(b.weights)))
	}
	for i, v := range sum {
		b.weights[i] -= float32(scale * v)
	}
	b.derive()
}
