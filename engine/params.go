package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Tensor is one named array of a network's parameters.
type Tensor struct {
	Name  string    // PyTorch's state_dict name, e.g. "3.weight"
	Shape []int     // PyTorch's layout: conv (out, in, kh, kw), linear (out, in), bias (out)
	Data  []float32 // row-major view into Params.Data
}

// Params holds a network's weights and biases.
type Params struct {
	Config Config
	// Data is every parameter in state_dict order: 0.weight, 0.bias, 3.weight,
	// 3.bias, 7.weight, 7.bias, 9.weight, 9.bias, 11.weight, 11.bias, each in
	// PyTorch's layout, row-major, without gaps.
	Data []float32
}

// NewParams returns zeroed parameters. It panics when the configuration is not valid.
func NewParams(c Config) *Params {
	if err := c.Validate(); err != nil {
		panic("engine: NewParams: " + err.Error())
	}
	return &Params{Config: c, Data: make([]float32, c.NumParams())}
}

// NumParams returns the number of weights and biases; 61,706 for [Classic].
func (c Config) NumParams() int {
	n := 0
	for _, l := range c.Layers() {
		n += l.Params
	}
	return n
}

// paramShapes lists the ten tensors in state_dict order.
func (c Config) paramShapes() []Tensor {
	c1, c2, u1, u2, n := c.Channels[0], c.Channels[1], c.Units[0], c.Units[1], c.NumClasses()
	return []Tensor{
		{Name: "0.weight", Shape: []int{c1, 1, Kernel, Kernel}}, {Name: "0.bias", Shape: []int{c1}},
		{Name: "3.weight", Shape: []int{c2, c1, Kernel, Kernel}}, {Name: "3.bias", Shape: []int{c2}},
		{Name: "7.weight", Shape: []int{u1, c.Features()}}, {Name: "7.bias", Shape: []int{u1}},
		{Name: "9.weight", Shape: []int{u2, u1}}, {Name: "9.bias", Shape: []int{u2}},
		{Name: "11.weight", Shape: []int{n, u2}}, {Name: "11.bias", Shape: []int{n}},
	}
}

// Tensors returns the ten tensors in state_dict order; their Data are views into p.Data.
func (p *Params) Tensors() []Tensor {
	ts := p.Config.paramShapes()
	at := 0
	for i := range ts {
		n := 1
		for _, d := range ts[i].Shape {
			n *= d
		}
		ts[i].Data = p.Data[at : at+n : at+n]
		at += n
	}
	return ts
}

// Tensor returns the tensor of that state_dict name. It panics when there is none.
func (p *Params) Tensor(name string) Tensor {
	for _, t := range p.Tensors() {
		if t.Name == name {
			return t
		}
	}
	panic(fmt.Sprintf("engine: no parameter %q", name))
}

// Clone returns an independent copy.
func (p *Params) Clone() *Params {
	return &Params{Config: p.Config, Data: append([]float32(nil), p.Data...)}
}

// Init draws fresh parameters from the seed, as d2l does: weights are
// Xavier-uniform, U(±sqrt(6/(fan_in+fan_out))) (Glorot and Bengio 2010, eq. 16);
// biases keep PyTorch's default U(±1/sqrt(fan_in)). The same seed gives the
// same bits on every platform.
func (p *Params) Init(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x1e4e7))
	var fanIn int
	for _, t := range p.Tensors() {
		var bound float64
		if len(t.Shape) > 1 {
			area := 1
			for _, d := range t.Shape[2:] {
				area *= d
			}
			fanIn = t.Shape[1] * area
			fanOut := t.Shape[0] * area
			bound = math.Sqrt(6 / float64(fanIn+fanOut))
		} else {
			bound = 1 / math.Sqrt(float64(fanIn))
		}
		for i := range t.Data {
			u := 2*rng.Float64() - 1
			t.Data[i] = float32(u * bound)
		}
	}
}

// MaxDiff returns the largest absolute difference of a value of p from that of q,
// which has the same shapes, and the name of the tensor that it is in; 0 and ""
// when all values are equal.
func (p *Params) MaxDiff(q *Params) (most float64, name string) {
	theirs := q.Tensors()
	for i, t := range p.Tensors() {
		for k, v := range t.Data {
			if d := math.Abs(float64(v) - float64(theirs[i].Data[k])); d > most {
				most, name = d, t.Name
			}
		}
	}
	return most, name
}

// FirstNonFinite returns the name of the first tensor that holds a NaN or an
// infinity, or "" when all values are finite.
func (p *Params) FirstNonFinite() string {
	for _, t := range p.Tensors() {
		for _, v := range t.Data {
			if v-v != 0 {
				return t.Name
			}
		}
	}
	return ""
}
