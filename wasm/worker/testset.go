package worker

import (
	"errors"
	"fmt"
	"math"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/pen"
	"lenet/wasm/protocol"
)

var errNoTestSet = errors.New("no test set is loaded yet")

// samples returns images of the test set with the answers of the network on show.
func (w *Worker) samples(r protocol.Samples) (protocol.Reply, error) {
	n := w.test.Len()
	if n == 0 {
		return nil, errNoTestSet
	}
	list := protocol.SampleList{From: min(r.From, n), Total: n}
	if r.Indices != nil {
		for _, i := range r.Indices {
			if i >= n {
				return nil, fmt.Errorf("image %d of a test set of %d", i, n)
			}
			list.Images = append(list.Images, w.test.Images[i*engine.Pixels:(i+1)*engine.Pixels]...)
			list.Labels = append(list.Labels, w.test.Labels[i])
		}
	} else {
		to := min(list.From+r.Count, n)
		list.Images = w.test.Images[list.From*engine.Pixels : to*engine.Pixels]
		list.Labels = w.test.Labels[list.From:to]
	}
	if w.net != nil {
		logits, err := w.logits(list.Images)
		if err != nil {
			return nil, err
		}
		classes := w.shown.Config.NumClasses()
		list.Read = make([]byte, len(list.Labels))
		for i := range list.Read {
			list.Read[i] = byte(engine.Argmax(logits[i*classes:][:classes]))
		}
	}
	if r.Bare {
		list.Images = nil
	}
	return list, nil
}

// recall runs a network that is not on show on an image.
func (w *Worker) recall(r protocol.Recall) (protocol.Reply, error) {
	if w.past == nil || !w.pastOf.Equal(r.Params.Config) {
		past, err := cpu.New(r.Params.Config, cpu.Options{})
		if err != nil {
			return nil, err
		}
		if w.past != nil {
			w.past.Close()
		}
		w.past, w.pastOf = past, r.Params.Config
	}
	if err := w.past.SetParams(r.Params); err != nil {
		return nil, err
	}
	n := r.Params.Config.NumClasses()
	z, p := make([]float32, n), make([]float32, n)
	if err := w.past.Logits(r.Pixels, z); err != nil {
		return nil, err
	}
	engine.Softmax(p, z)
	return protocol.Probabilities{P: p}, nil
}

// examine runs the network on show on the whole test set, changed by d.
func (w *Worker) examine(d pen.Distort) (protocol.Reply, error) {
	if w.net == nil {
		return nil, errNoNetwork
	}
	n := w.test.Len()
	if n == 0 {
		return nil, errNoTestSet
	}
	classes := w.shown.Config.NumClasses()
	if err := w.test.CheckFor(classes); err != nil {
		return nil, fmt.Errorf("the network on show has %d classes: test set: %w", classes, err)
	}
	images := w.test.Images
	if d != (pen.Distort{}) {
		images = make([]byte, 0, len(images))
		for at := range n {
			img := d.Apply([engine.Pixels]byte(w.test.Images[at*engine.Pixels:]))
			images = append(images, img[:]...)
		}
	}
	logits, err := w.logits(images)
	if err != nil {
		return nil, err
	}
	e := protocol.Examination{Labels: w.test.Labels, Read: make([]byte, n), P: make([]float32, n), Loss: make([]float32, n)}
	p := make([]float32, classes)
	for i := range n {
		z := logits[i*classes:][:classes]
		engine.Softmax(p, z)
		best := engine.Argmax(z)
		e.Read[i], e.P[i] = byte(best), p[best]
		e.Loss[i] = float32(crossEntropy(z, int(e.Labels[i])))
	}
	return e, nil
}

// logits returns the outputs of the network on show for each image.
func (w *Worker) logits(images []byte) ([]float32, error) {
	out := make([]float32, len(images)/engine.Pixels*w.shown.Config.NumClasses())
	return out, w.net.Logits(images, out)
}

// crossEntropy returns -log softmax(z)[label].
func crossEntropy(z []float32, label int) float64 {
	top := float64(z[engine.Argmax(z)])
	var sum float64
	for _, v := range z {
		sum += math.Exp(float64(v) - top)
	}
	return math.Log(sum) + top - float64(z[label])
}
