package engine

import "math"

// Trace holds what every layer made of one image.
type Trace struct {
	Config Config
	// Data is the input (784 values in 0..1), then the output of each layer of
	// Config.Layers except Flatten, [c][y][x] row-major, in order, without gaps.
	// The last values are the logits.
	Data []float32

	layers []Layer
}

// NewTrace returns a zeroed trace that fits the configuration.
func NewTrace(c Config) *Trace {
	layers := c.Layers()
	last := layers[len(layers)-1]
	return &Trace{Config: c, Data: make([]float32, last.offset+last.Size()), layers: layers}
}

// Input returns the 784 input values as a view.
func (t *Trace) Input() []float32 { return t.Data[:Pixels] }

// Layer returns the output of module i of Config.Layers as a view, [c][y][x].
func (t *Trace) Layer(i int) []float32 {
	l := t.layers[i]
	return t.Data[l.offset : l.offset+l.Size()]
}

// Logits returns the outputs of the last layer, one for each class, as a view.
func (t *Trace) Logits() []float32 { return t.Layer(NumLayers - 1) }

// Softmax writes the probabilities of the logits to p, in float64 with the
// largest logit subtracted first. p and logits may be the same slice.
func Softmax(p, logits []float32) {
	top := logits[0]
	for _, v := range logits {
		top = max(top, v)
	}
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v - top))
	}
	for i, v := range logits {
		p[i] = float32(math.Exp(float64(v-top)) / sum)
	}
}

// Argmax returns the place of the largest value, the first one on ties.
func Argmax(v []float32) int {
	best := 0
	for i := range v {
		if v[i] > v[best] {
			best = i
		}
	}
	return best
}
