package cpu

import (
	"fmt"

	"lenet/engine"
)

// Evaluate runs the network forward on labelled images.
func (b *Backend) Evaluate(images, labels []byte) (engine.Evaluation, error) {
	var e engine.Evaluation
	if err := (engine.Set{Images: images, Labels: labels}).Check(); err != nil {
		return e, err
	}
	blocks := (len(labels) + lanes - 1) / lanes
	if cap(b.job.losses) < blocks {
		b.job.losses = make([]float64, blocks)
	}
	b.job.losses = b.job.losses[:blocks]
	b.job.images, b.job.labels, b.job.logits = images, labels, nil
	for _, w := range b.workers {
		w.evaluation = engine.Evaluation{}
	}
	b.job.next.Store(0)
	b.run((*Backend).inferTask)
	for _, w := range b.workers {
		e.Examples += w.evaluation.Examples
		e.Correct += w.evaluation.Correct
		for i := range e.Confusion {
			for j := range e.Confusion[i] {
				e.Confusion[i][j] += w.evaluation.Confusion[i][j]
			}
		}
	}
	for _, l := range b.job.losses {
		e.LossSum += l
	}
	b.job.images, b.job.labels = nil, nil
	return e, nil
}

// Logits runs the network forward on n images of 784 pixels and writes n·10
// logits to out.
func (b *Backend) Logits(images []byte, out []float32) error {
	n := len(images) / engine.Pixels
	if n*engine.Pixels != len(images) || len(out) != n*engine.Classes {
		return fmt.Errorf("%d bytes of images and %d logits: use %d bytes and %d logits for each image", len(images), len(out), engine.Pixels, engine.Classes)
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
				for k := range engine.Classes {
					b.job.logits[(at+i)*engine.Classes+k] = float(w.z, k*lanes+i)
				}
			}
			continue
		}
		var labels [lanes]byte
		copy(labels[:], b.job.labels[at:at+m])
		w.stats = engine.Stats{}
		w.loss(&labels, m, 0)
		b.job.losses[i] = w.stats.LossSum
		w.evaluation.Examples += m
		w.evaluation.Correct += w.stats.Correct
		for i := range m {
			w.evaluation.Confusion[labels[i]][w.predicted(i)]++
		}
	}
}
