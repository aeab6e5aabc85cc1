package cpu

import (
	"fmt"
	"slices"

	"lenet/engine"
)

// Evaluate runs the network forward on labelled images.
func (b *Backend) Evaluate(images, labels []byte) (engine.Evaluation, error) {
	var e engine.Evaluation
	if err := (engine.Set{Images: images, Labels: labels}).CheckFor(b.shape.n); err != nil {
		return e, err
	}
	blocks := (len(labels) + lanes - 1) / lanes
	if cap(b.job.losses) < blocks {
		b.job.losses = make([]float64, blocks)
	}
	b.job.losses = b.job.losses[:blocks]
	b.job.images, b.job.labels, b.job.logits = images, labels, nil
	for _, w := range b.workers {
		w.evaluated = engine.Stats{}
		clear(w.confusion)
	}
	b.job.next.Store(0)
	b.run((*Backend).inferTask)
	classes := b.shape.n
	confusion := make([]int, classes*classes)
	for _, w := range b.workers {
		e.Examples += w.evaluated.Examples
		e.Correct += w.evaluated.Correct
		for i, n := range w.confusion {
			confusion[i] += n
		}
	}
	for row := range slices.Chunk(confusion, classes) {
		e.Confusion = append(e.Confusion, row)
	}
	for _, l := range b.job.losses {
		e.LossSum += l
	}
	b.job.images, b.job.labels = nil, nil
	return e, nil
}

// Logits runs the network forward on n images of 784 pixels and writes the
// logits to out, one for each class of each image.
func (b *Backend) Logits(images []byte, out []float32) error {
	n := len(images) / engine.Pixels
	if n*engine.Pixels != len(images) || len(out) != n*b.shape.n {
		return fmt.Errorf("%d bytes of images and %d logits: use %d bytes and %d logits for each image", len(images), len(out), engine.Pixels, b.shape.n)
	}
	b.job.images, b.job.labels, b.job.logits = images, nil, out
	b.job.next.Store(0)
	b.run((*Backend).inferTask)
	b.job.images, b.job.logits = nil, nil
	return nil
}

// inferTask runs blocks forward until none is left.
func (b *Backend) inferTask(w *worker) {
	images := b.job.images
	n := len(images) / engine.Pixels
	for {
		i := int(b.job.next.Add(1)) - 1
		at := i * lanes
		if at >= n {
			return
		}
		m := min(lanes, n-at)
		block := noImages
		for i := range m {
			block[i] = (*[engine.Pixels]byte)(images[(at+i)*engine.Pixels:])
		}
		w.setBlock(&block)
		w.forward(false)
		if b.job.logits != nil {
			for i := range m {
				for k := range b.shape.n {
					b.job.logits[(at+i)*b.shape.n+k] = float(w.z, k*lanes+i)
				}
			}
			continue
		}
		var labels [lanes]byte
		copy(labels[:], b.job.labels[at:at+m])
		w.stats = engine.Stats{}
		w.loss(&labels, m, 0)
		b.job.losses[i] = w.stats.LossSum
		w.evaluated.Examples += m
		w.evaluated.Correct += w.stats.Correct
		for i := range m {
			w.confusion[int(labels[i])*b.shape.n+w.predicted(i)]++
		}
	}
}
