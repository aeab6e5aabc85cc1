package interop

import (
	"fmt"

	"gorgonia.org/tensor"

	"lenet/engine"
	"lenet/engine/safetensors"
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

// Set returns the images, of shape (n, 28, 28), (n, 1, 28, 28), (n, 784), or
// (28, 28) for one, as what a backend takes, with zeros for labels. uint8 values
// are shared and 0 to 255. Floats are copied and must be such values divided by
// 255, as torchvision's ToTensor makes them.
func Set(images *tensor.Dense) (engine.Set, error) {
	shape := images.Shape()
	n := shape.TotalSize() / engine.Pixels
	switch fmt.Sprint([]int(shape)) {
	case fmt.Sprint([]int{n, engine.Side, engine.Side}), fmt.Sprint([]int{n, 1, engine.Side, engine.Side}),
		fmt.Sprint([]int{n, engine.Pixels}), fmt.Sprint([]int{engine.Side, engine.Side}):
	default:
		return engine.Set{}, fmt.Errorf("images of shape %v: use (n, 28, 28), (n, 1, 28, 28) or (n, 784)", []int(shape))
	}
	s := engine.Set{Labels: make([]byte, n)}
	if bytes, ok := images.Data().([]uint8); ok {
		s.Images = bytes
		return s, nil
	}
	values, err := Floats(images)
	if err != nil {
		return s, err
	}
	s.Images = make([]byte, len(values))
	for i, v := range values {
		b := byte(min(max(v*255+0.5, 0), 255))
		if d := v - float64(b)/255; !(d < 1e-6 && d > -1e-6) {
			return s, fmt.Errorf("value %v in image %d is none of 0/255, 1/255, …, 255/255: give images as uint8, or as floats divided by 255 and not normalised further", v, i/engine.Pixels)
		}
		s.Images[i] = b
	}
	return s, nil
}

// Floats returns a copy of the values as float64, which holds every type that is
// read without rounding, row-major.
func Floats(t *tensor.Dense) ([]float64, error) {
	switch v := t.Data().(type) {
	case []uint8:
		return widen(v), nil
	case []float32:
		return widen(v), nil
	case []float64:
		return widen(v), nil
	case uint8: // a single number
		return []float64{float64(v)}, nil
	case float32:
		return []float64{float64(v)}, nil
	case float64:
		return []float64{v}, nil
	}
	return nil, fmt.Errorf("values of type %v: use uint8, float32 or float64", t.Dtype())
}

func widen[T uint8 | float32 | float64](v []T) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
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

// Params returns a network's parameters from arrays under any of PyTorch's three
// kinds of names, copied. meta may hold "activation" and "pooling"; without them
// they are sigmoid and avg, d2l's.
func Params(arrays map[string]*tensor.Dense, meta map[string]string) (*engine.Params, error) {
	ts := map[string]engine.Tensor{}
	for name, a := range arrays {
		data, ok := a.Data().([]float32)
		if !ok {
			return nil, fmt.Errorf("%s has values of type %v: use float32", name, a.Dtype())
		}
		ts[name] = engine.Tensor{Name: name, Shape: a.Shape(), Data: data}
	}
	return safetensors.FromTensors(ts, meta)
}
