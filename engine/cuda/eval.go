//go:build cgo && linux && (amd64 || arm64)

package cuda

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"

	"lenet/engine"
)

// evalChunk is how many images are on the device at once for an evaluation.
const evalChunk = 1 << 16

// Evaluate runs the network forward on the images.
func (b *Backend) Evaluate(images, labels []byte) (engine.Evaluation, error) {
	var total engine.Evaluation
	if err := (engine.Set{Images: images, Labels: labels}).Check(); err != nil {
		return total, err
	}
	if err := b.ready(); err != nil {
		return total, err
	}
	if err := b.note(check("cuMemsetD8Async", C.lenet_cuMemsetD8Async(b.confusion.p, 0, C.size_t(b.confusion.n), b.stream))); err != nil {
		return total, err
	}
	for at := 0; at < len(labels); at += evalChunk {
		n := min(evalChunk, len(labels)-at)
		s, err := b.evaluate(images[at*engine.Pixels:(at+n)*engine.Pixels], labels[at:at+n])
		if err != nil {
			return total, err
		}
		total.Add(s)
	}
	var confusion [engine.DefaultClasses][engine.DefaultClasses]int32
	if err := b.download(unsafe.Pointer(&confusion), b.confusion, b.confusion.n); err != nil {
		return total, err
	}
	for _, counts := range confusion {
		var row []int
		for _, n := range counts {
			row = append(row, int(n))
		}
		total.Confusion = append(total.Confusion, row)
	}
	return total, nil
}

// evaluate adds one chunk's classes to the confusion matrix on the device.
func (b *Backend) evaluate(images, labels []byte) (engine.Stats, error) {
	n := len(labels)
	task, err := b.forwardTask(images, n)
	if err != nil {
		return engine.Stats{}, err
	}
	if err := b.grow(&b.evalLabels, n, "the labels to evaluate"); err != nil {
		return engine.Stats{}, err
	}
	if err := b.growScores(n); err != nil {
		return engine.Stats{}, err
	}
	if err := b.growHost(&b.steps, int(unsafe.Sizeof(C.Step{}))); err != nil {
		return engine.Stats{}, err
	}
	if err := b.upload(b.evalLabels, unsafe.Pointer(&labels[0]), n); err != nil {
		return engine.Stats{}, err
	}
	task.labels = C.uint64_t(b.evalLabels.p)
	task.losses, task.hits, task.steps = C.uint64_t(b.losses.p), C.uint64_t(b.hits.p), C.uint64_t(b.steps.d)
	if err := b.runEvaluate(&task); err != nil {
		return engine.Stats{}, err
	}
	if err := b.run("sum", 1, 1, &task, 0); err != nil {
		return engine.Stats{}, err
	}
	if err := b.note(check("cuStreamSynchronize", C.lenet_cuStreamSynchronize(b.stream))); err != nil {
		return engine.Stats{}, err
	}
	s := (*C.Step)(b.steps.p)
	return engine.Stats{Examples: n, LossSum: float64(s.loss), Correct: int(s.correct)}, nil
}

// runEvaluate starts the forward pass. Blocks stay for several examples, so that
// each loads the convolutions' weights once.
func (b *Backend) runEvaluate(task *C.Task) error {
	return b.run("evaluate", b.blocks(min(int(task.n), 2*b.info.Multiprocessors), 1), 1, task, 0)
}

// forwardTask uploads images and returns an argument for a forward pass.
func (b *Backend) forwardTask(images []byte, n int) (C.Task, error) {
	if err := b.grow(&b.evalImages, len(images), "the images to evaluate"); err != nil {
		return C.Task{}, err
	}
	if err := b.upload(b.evalImages, unsafe.Pointer(&images[0]), len(images)); err != nil {
		return C.Task{}, err
	}
	task := b.task()
	task.images, task.n = C.uint64_t(b.evalImages.p), C.int32_t(n)
	return task, nil
}

// Trace computes every layer's output for one image of 784 bytes.
func (b *Backend) Trace(image []byte, t *engine.Trace) error {
	if !t.Config.Equal(b.cfg) || len(t.Data)*4 != C.kSizeTrace {
		return fmt.Errorf("the trace is of %+v, the backend of %+v: use the same configuration", t.Config, b.cfg)
	}
	if len(image) != engine.Pixels {
		return fmt.Errorf("an image of %d bytes: use %d", len(image), engine.Pixels)
	}
	if err := b.ready(); err != nil {
		return err
	}
	task, err := b.forwardTask(image, 1)
	if err != nil {
		return err
	}
	if err := b.grow(&b.traces, C.kSizeTrace, "the layers' outputs"); err != nil {
		return err
	}
	if err := b.grow(&b.logits, 4*engine.DefaultClasses, "the logits"); err != nil {
		return err
	}
	task.trace, task.logits = C.uint64_t(b.traces.p), C.uint64_t(b.logits.p)
	if err := b.runEvaluate(&task); err != nil {
		return err
	}
	return b.download(unsafe.Pointer(&t.Data[0]), b.traces, C.kSizeTrace)
}

// Logits computes the outputs of the last layer for each image.
func (b *Backend) Logits(images []byte, out []float32) error {
	n := len(images) / engine.Pixels
	if n == 0 || len(images)%engine.Pixels != 0 || len(out) != n*engine.DefaultClasses {
		return fmt.Errorf("%d bytes of images for %d logits: use %d for every %d", len(images), len(out), engine.Pixels, engine.DefaultClasses)
	}
	if err := b.ready(); err != nil {
		return err
	}
	for at := 0; at < n; at += evalChunk {
		count := min(evalChunk, n-at)
		task, err := b.forwardTask(images[at*engine.Pixels:(at+count)*engine.Pixels], count)
		if err != nil {
			return err
		}
		if err := b.grow(&b.logits, 4*count*engine.DefaultClasses, "the logits"); err != nil {
			return err
		}
		task.logits = C.uint64_t(b.logits.p)
		if err := b.runEvaluate(&task); err != nil {
			return err
		}
		if err := b.download(unsafe.Pointer(&out[at*engine.DefaultClasses]), b.logits, 4*count*engine.DefaultClasses); err != nil {
			return err
		}
	}
	return nil
}
