package interop

import (
	"maps"
	"slices"

	"gorgonia.org/tensor"

	"lenet/engine"
	"lenet/engine/internal/naming"
)

// Tensors here are views: they share memory with what they were made of, both
// ways. Whoever writes into one writes into the other. Operations of
// gorgonia.org/tensor that are not told to work in place make new memory.

// Weights returns the ten parameters by their state_dict names, float32 in
// PyTorch's shapes, as views of p.Data.
func Weights(p *engine.Params) map[string]*tensor.Dense {
	ws := map[string]*tensor.Dense{}
	for _, t := range p.Tensors() {
		ws[t.Name] = view(t.Data, t.Shape...)
	}
	return ws
}

// Batch returns images and labels as views of s: uint8 (n, 28, 28), 0 to 255,
// and uint8 (n).
func Batch(s engine.Set) (images, labels *tensor.Dense) {
	return view(s.Images, s.Len(), engine.Side, engine.Side), view(s.Labels, s.Len())
}

// Activations returns the outputs of the 12 modules as views of t.Data, float32
// of shape (channels, rows, columns) or (units). The one of Flatten shares the
// memory of the pooling before it.
func Activations(t *engine.Trace) []*tensor.Dense {
	var as []*tensor.Dense
	for i, l := range t.Config.Layers() {
		as = append(as, view(t.Layer(i), l.Shape...))
	}
	return as
}

func view[T uint8 | float32](data []T, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// Set returns the images as what a backend takes, with zeros for labels. uint8
// values are shared. Shapes and values are those of [npy.Array.Images].
func Set(images *tensor.Dense) (engine.Set, error) {
	a, err := array(images)
	if err != nil {
		return engine.Set{}, err
	}
	return a.Images()
}

// Floats returns the values as float64, which holds every type that is read
// without rounding, row-major; a copy unless they are float64.
func Floats(t *tensor.Dense) ([]float64, error) {
	a, err := array(t)
	if err != nil {
		return nil, err
	}
	return a.Float64s()
}

// Lookup returns a function that finds an array by name, as verify.New takes it:
// its shape, empty for a single number, and its values.
func Lookup(arrays map[string]*tensor.Dense) func(name string) (shape []int, data []float64, ok bool) {
	return func(name string) ([]int, []float64, bool) {
		t, ok := arrays[name]
		if !ok {
			return nil, nil, false
		}
		data, err := Floats(t)
		return t.Shape(), data, err == nil
	}
}

// Params returns a network's parameters from arrays under the names that
// package safetensors knows, copied and rounded to float32. meta may hold "activation" and
// "pooling"; without them they are sigmoid and avg, d2l's.
func Params(arrays map[string]*tensor.Dense, meta map[string]string) (*engine.Params, error) {
	var all []naming.Array
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		t := arrays[name]
		all = append(all, naming.Array{Name: name, Shape: t.Shape(), Read: func() ([]float32, error) {
			a, err := array(t)
			if err != nil {
				return nil, err
			}
			return a.Float32s()
		}})
	}
	p, _, err := naming.Params(all, meta)
	return p, err
}
