// Package verify compares a backend with an oracle: another program's float64
// values for the same weights and images. The oracles in engine/testdata/oracle
// are PyTorch's.
package verify

import (
	"fmt"
	"slices"

	"lenet/engine"
)

// Oracle is one recorded training run with everything in between.
type Oracle struct {
	Config      engine.Config
	Batch       int // examples in a step
	Steps       int
	LR          float64
	Set         engine.Set     // Steps·Batch examples, in training order
	Init, Final *engine.Params // weights before the first and after the last step
	Gradient    *engine.Params // of the mean loss of the first batch, at Init
	Loss        float64        // mean loss of the first batch, at Init
	Logits      []float64      // of the first batch, at Init, [n][class]
	Outputs     [][]float64    // of each layer for the first few images, at Init, [n][c][y][x]
	StepLoss    []float64      // mean loss of each batch before its step
}

// Lookup finds an array by its name: its shape, nil for a single number, and
// its values, row-major.
type Lookup func(name string) (shape []int, data []float64, ok bool)

// New puts an oracle together from named arrays:
//
//	images (n,28,28)   labels (n)     hyper [batch, steps, lr]
//	init.K             final.K        grad.K                     K: 0.weight … 11.bias
//	out.N.MODULE       logits         loss          step_loss    N: 0 … 11
//
// Activation and pooling follow from the names of the outputs, channel,
// unit and class counts from the shapes of the weights.
func New(find Lookup) (*Oracle, error) {
	r := &reader{find: find}
	o := &Oracle{Config: r.config()}
	if r.err != nil {
		return nil, r.err
	}
	if err := o.Config.Validate(); err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	hyper := r.array("hyper", 3)
	if r.err != nil {
		return nil, r.err
	}
	o.Batch, o.Steps, o.LR = int(hyper[0]), int(hyper[1]), hyper[2]
	if o.Batch < 1 || o.Batch > 1<<16 || o.Steps < 1 || o.Steps > 1<<16 || !(o.LR > 0) {
		return nil, fmt.Errorf("oracle: hyper is %v: expected batch, steps and learning rate", hyper)
	}
	n := o.Batch * o.Steps
	o.Set = engine.Set{Images: r.bytes("images", n, engine.Side, engine.Side), Labels: r.bytes("labels", n)}
	o.Init, o.Final, o.Gradient = r.params("init.", o.Config), r.params("final.", o.Config), r.params("grad.", o.Config)
	o.Loss = r.number("loss")
	o.Logits = r.array("logits", o.Batch, o.Config.NumClasses())
	o.StepLoss = r.array("step_loss", o.Steps)
	for _, l := range o.Config.Layers() {
		name := fmt.Sprintf("out.%d.%s", l.Index, l.Kind)
		shape, _, _ := find(name)
		images := 1
		if len(shape) > 0 {
			images = min(shape[0], o.Batch)
		}
		o.Outputs = append(o.Outputs, r.array(name, append([]int{images}, l.Shape...)...))
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := o.Set.CheckFor(o.Config.NumClasses()); err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	return o, nil
}

// reader finds arrays and keeps the first error.
type reader struct {
	find Lookup
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("oracle: "+format, args...)
	}
}

// array returns the values of an array of exactly that shape.
func (r *reader) array(name string, shape ...int) []float64 {
	got, data, ok := r.find(name)
	switch {
	case !ok:
		r.fail("there is no array %q", name)
	case !slices.Equal(got, shape):
		r.fail("array %q has shape %v: expected %v", name, got, shape)
	default:
		return data
	}
	return nil
}

func (r *reader) number(name string) float64 {
	if v := r.array(name); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) bytes(name string, shape ...int) []byte {
	data := r.array(name, shape...)
	b := make([]byte, len(data))
	for i, v := range data {
		b[i] = byte(v)
		if float64(b[i]) != v {
			r.fail("array %q holds %v: expected whole numbers from 0 to 255", name, v)
		}
	}
	return b
}

func (r *reader) params(prefix string, c engine.Config) *engine.Params {
	p := engine.NewParams(c)
	for _, t := range p.Tensors() {
		for i, v := range r.array(prefix+t.Name, t.Shape...) {
			t.Data[i] = float32(v)
		}
	}
	return p
}

// config finds the network of the family that the arrays belong to.
func (r *reader) config() engine.Config {
	c := engine.Classic()
	length := func(name string) int {
		if shape, _, _ := r.find(name); len(shape) == 1 {
			return shape[0]
		}
		r.fail("there is no array %q of one dimension", name)
		return 0
	}
	c.Channels = [2]int{length("init.0.bias"), length("init.3.bias")}
	c.Units = [2]int{length("init.7.bias"), length("init.9.bias")}
	c = c.WithClasses(length("init.11.bias"))
	found := 0
	for _, a := range []engine.Activation{engine.Sigmoid, engine.Tanh, engine.ReLU} {
		if _, _, ok := r.find("out.1." + a.Module()); ok {
			c.Activation = a
			found++
		}
	}
	for _, p := range []engine.Pooling{engine.AvgPool, engine.MaxPool} {
		if _, _, ok := r.find("out.2." + p.Module()); ok {
			c.Pooling = p
			found++
		}
	}
	if found != 2 {
		r.fail("the arrays out.1.… and out.2.… do not name one activation and one pooling")
	}
	return c
}
