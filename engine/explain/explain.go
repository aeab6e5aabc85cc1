// Package explain asks a network why it says so. It knows no browser and draws
// no picture.
//
//   - [Explainer.Occlude]: a grey patch slides over the image; how much
//     probability does the class lose? (Zeiler and Fergus, "Visualizing and
//     Understanding Convolutional Networks", 2014)
//   - [Explainer.Gradient]: which pixels would move an answer, or a unit, most?
//     (Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2014)
//   - [Explainer.Ascend]: which input drives a unit or a class highest? (Erhan,
//     Bengio, Courville and Vincent, "Visualizing Higher-Layer Features of a
//     Deep Network", 2009)
//   - [Explainer.Fool]: which small change makes it another class? (Goodfellow,
//     Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", 2015)
//   - [Without]: what becomes of the answers when a part is taken out?
//
// Images are 784 bytes, 0 to 255, row by row. Inputs, which need not be whole
// grey levels, are 784 numbers, pixel/255, and gradients are by them: a
// gradient of 1 is 1/255 for one grey level. Layers are places in
// [engine.Config.Layers], 0 to 11.
//
// With [cpu.Options].Reproducible the answers are the same to the bit on every
// machine, in WebAssembly as well.
package explain

import (
	"fmt"

	"lenet/engine"
	"lenet/engine/cpu"
)

// Explainer asks one network. It has what the methods need, so that they
// allocate only what they return. It is not safe for concurrent use.
type Explainer struct {
	net      *cpu.Backend
	trace    *engine.Trace
	gradient [engine.Pixels]float32

	patched []byte // occluded images, allocated by the first Occlude
	logits  []float32
}

// New returns an explainer of the network, with the weights that it has at the
// time of each question.
func New(net *cpu.Backend) *Explainer {
	return &Explainer{net: net, trace: engine.NewTrace(net.Config())}
}

// Read runs the network on an image and returns every layer's output, valid
// until the next call.
func (e *Explainer) Read(image []byte) (*engine.Trace, error) {
	return e.trace, e.net.Trace(image, e.trace)
}

// ReadInput is Read of an input.
func (e *Explainer) ReadInput(x []float32) (*engine.Trace, error) {
	if err := checkInput(x); err != nil {
		return nil, err
	}
	copy(e.trace.Input(), x)
	return e.trace, e.net.TraceInput(e.trace)
}

func checkInput(x []float32) error {
	if len(x) != engine.Pixels {
		return fmt.Errorf("an input of %d numbers: use %d", len(x), engine.Pixels)
	}
	return nil
}

func (e *Explainer) checkClass(k int) error {
	if n := e.net.Config().NumClasses(); k < 0 || k >= n {
		return fmt.Errorf("class %d: the network has classes 0 to %d", k, n-1)
	}
	return nil
}
