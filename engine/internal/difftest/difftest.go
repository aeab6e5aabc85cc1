// Package difftest has small training runs of any network, for tests that compare
// two implementations.
package difftest

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"lenet/engine"
	"lenet/engine/internal/reference"
)

// Case is a run: a network, images, and a few steps.
type Case struct {
	Config engine.Config `json:"config"`
	Seed   uint64        `json:"seed"`  // of parameters, images and labels
	Batch  int           `json:"batch"` // examples in a step
	Steps  int           `json:"steps"`
	LR     float32       `json:"lr"`
}

// Draw makes a case from a fuzzer's values: sizes from 1 to a little above the
// classical ones, any number of classes, batches of 1 to 20, 1 to 4 steps, rates of 0.02 to 0.5.
func Draw(seed uint64, activation, pooling, c1, c2, u1, u2, classes, batch, steps, rate byte) Case {
	return Case{
		Config: engine.Config{Activation: engine.Activation(activation % 3), Pooling: engine.Pooling(pooling % 2),
			Channels: [2]int{1 + int(c1)%9, 1 + int(c2)%20}, Units: [2]int{1 + int(u1)%140, 1 + int(u2)%100}}.WithClasses(Classes(classes)),
		Seed: seed, Batch: 1 + int(batch)%20, Steps: 1 + int(steps)%4, LR: 0.02 * float32(1+rate%25),
	}
}

// Classes returns a number of classes for a fuzzer's value, 2 to 64.
func Classes(b byte) int {
	return engine.MinClasses + int(b)%(engine.MaxClasses-engine.MinClasses+1)
}

// Outcome is the result of a case on one backend.
type Outcome struct {
	Trace    *engine.Trace  // every layer's output for the first image
	Gradient *engine.Params // of the first step
	Losses   []float64      // of the steps, summed over their examples
	Weights  *engine.Params // in the end
}

// Hashes stand for an outcome's bits.
type Hashes struct {
	Layers   uint64    `json:"layers"`
	Gradient uint64    `json:"gradient"`
	Weights  uint64    `json:"weights"`
	Losses   []float64 `json:"losses"`
}

// Hashes returns the outcome's.
func (o Outcome) Hashes() Hashes {
	hash := func(values []float32) uint64 {
		h := fnv.New64a()
		binary.Write(h, binary.LittleEndian, values)
		return h.Sum64()
	}
	return Hashes{hash(o.Trace.Data), hash(o.Gradient.Data), hash(o.Weights.Data), o.Losses}
}

// start returns the parameters, the training set and the steps' examples.
func (c Case) start() (p *engine.Params, images, labels []byte, steps [][]int32) {
	p = engine.NewParams(c.Config)
	p.Init(c.Seed)
	rng := rand.New(rand.NewPCG(c.Seed, 2))
	n := c.Batch + 3
	images, labels = make([]byte, n*engine.Pixels), make([]byte, n)
	for i := range images {
		if rng.IntN(3) == 0 { // as in a digit, most is black
			images[i] = byte(rng.IntN(256))
		}
	}
	for i := range labels {
		labels[i] = byte(rng.IntN(c.Config.NumClasses()))
	}
	order := make([]int32, n)
	for step := range c.Steps {
		engine.Shuffle(order, c.Seed, step)
		steps = append(steps, append([]int32(nil), order[:c.Batch]...))
	}
	return p, images, labels, steps
}

// Run runs the case on the backend.
func (c Case) Run(b engine.Tracer) (o Outcome, err error) {
	p, images, labels, steps := c.start()
	if err := b.SetParams(p); err != nil {
		return o, err
	}
	if err := b.SetData(images, labels); err != nil {
		return o, err
	}
	o.Trace = engine.NewTrace(c.Config)
	if err := b.Trace(images[:engine.Pixels], o.Trace); err != nil {
		return o, err
	}
	o.Gradient = engine.NewParams(c.Config)
	if _, err := b.Gradient(steps[0], o.Gradient); err != nil {
		return o, err
	}
	for _, order := range steps {
		s, err := b.Step(order, c.LR)
		if err != nil {
			return o, err
		}
		o.Losses = append(o.Losses, s.LossSum)
	}
	o.Weights = engine.NewParams(c.Config)
	return o, b.Params(o.Weights)
}

// Check compares an outcome with the float64 reference: the layers as CheckLayers, the
// first step's loss to 1e-5, and, where no kink of ReLU or of a maximum lets
// rounding decide, the gradient to 1e-5, all losses and the weights to 1e-4.
func (c Case) Check(o Outcome) error {
	p, images, labels, steps := c.start()
	r := reference.New(p)
	if err := CheckLayers(o.Trace, r, images[:engine.Pixels], true); err != nil {
		return err
	}
	smooth := c.Config.Activation != engine.ReLU && c.Config.Pooling == engine.AvgPool
	if smooth {
		if err := CheckGradient(o.Gradient, r, images, labels, steps[0], true); err != nil {
			return err
		}
	}
	for i, order := range steps {
		r.Step(images, labels, order, float64(c.LR)) // Loss is that before it
		limit := 1e-5
		if i > 0 {
			limit = 1e-4
		}
		if e := math.Abs(o.Losses[i]-r.Loss) / r.Loss; !(e <= limit) {
			return fmt.Errorf("step %d: loss %v, want %v: error %.2g", i, o.Losses[i], r.Loss, e)
		}
		if !smooth {
			return nil
		}
	}
	for _, t := range o.Weights.Tensors() {
		if e := Relative(t.Data, r.Weights[t.Name], 1e-3); !(e <= 1e-4) {
			return fmt.Errorf("%s after %d steps: error %.2g", t.Name, len(steps), e)
		}
	}
	return nil
}

// CheckLayers compares every layer's output for an image with the float64
// reference: to 2e-6 of its norm, or of 0.1 where that is larger. In a random
// network, where much may cancel, the error may also reach nearby's value.
func CheckLayers(t *engine.Trace, r *reference.Net, image []byte, drawn bool) error {
	for i, want := range r.Forward(image)[1:] {
		e := Relative(t.Layer(i), want, 0.1)
		if !(e <= 2e-6) && !(drawn && e <= nearby(func(seed uint64) float64 { return Relative(r.Near(seed).Forward(image)[i+1], want, 0.1) })) {
			return fmt.Errorf("layer %d %s: error %.2g", i, t.Config.Layers()[i].Kind, e)
		}
	}
	return nil
}

// CheckGradient compares the mean gradient of those examples with the
// reference's: to 1e-5 of the norm of each of its parts, or of a thousandth of
// the largest norm where that is larger, since so small a gradient is a sum that
// cancels. Random networks are treated as in CheckLayers.
func CheckGradient(got *engine.Params, r *reference.Net, images, labels []byte, order []int32, drawn bool) error {
	r.Gradients(images, labels, order)
	var largest float64
	for _, sum := range r.Gradient {
		largest = max(largest, norm(sum))
	}
	for _, t := range got.Tensors() {
		want := r.Gradient[t.Name]
		sum := make([]float64, len(t.Data))
		for i, v := range t.Data {
			sum[i] = float64(v) * float64(len(order))
		}
		e := Relative(sum, want, largest/1000)
		if !(e <= 1e-5) && !(drawn && e <= nearby(func(seed uint64) float64 {
			near := r.Near(seed)
			near.Gradients(images, labels, order)
			return Relative(near.Gradient[t.Name], want, largest/1000)
		})) {
			return fmt.Errorf("gradient of %s: error %.2g", t.Name, e)
		}
	}
	return nil
}

// nearby returns the error of networks that equal this one in float32. It exceeds
// the sum of roundings only where much cancels, as in a layer of one unit.
func nearby(err func(seed uint64) float64) (most float64) {
	for seed := range uint64(8) {
		most = max(most, err(seed))
	}
	return most
}

// Relative returns ‖got-want‖ / max(‖want‖, least).
func Relative[F float32 | float64](got []F, want []float64, least float64) float64 {
	d := make([]float64, len(want))
	for i, w := range want {
		d[i] = float64(got[i]) - w
	}
	return norm(d) / max(norm(want), least)
}

func norm(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x * x
	}
	return math.Sqrt(s)
}
