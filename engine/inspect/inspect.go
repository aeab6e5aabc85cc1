// Package inspect explains one unit at a time: its inputs, their weights, and
// their sum. It repeats the arithmetic in float64, from a trace and the
// parameters that made it, so that the result can be compared with the engine's.
// It knows no browser.
package inspect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lenet/engine"
)

// Input stands for the input image wherever a layer of engine.Config.Layers is named.
const Input = -1

// Unit is one value of one layer: row Y and column X of map C, or unit C of a
// linear layer, whose Y and X are 0.
type Unit struct {
	Layer   int // module in engine.Config.Layers, or Input
	C, Y, X int
}

// Kind is the operation that computes a unit.
type Kind string

// The kinds of units.
const (
	Pixel  Kind = "input"  // a pixel of the input
	Conv   Kind = "conv"   // Conv2d and, if Layer is one, the activation after it
	Pool   Kind = "pool"   // AvgPool2d or MaxPool2d
	Linear Kind = "linear" // Linear and, if Layer is one, the activation after it
)

// Strongest is the number of positive, and of negative, contributions to a linear
// unit that are listed one by one.
const Strongest = 4

// Sum is the computation of a unit's value.
type Sum struct {
	Unit
	Kind    Kind
	Module  string // PyTorch's class name of the module that computes it: "Conv2d", "AvgPool2d", "Linear"; "" for a pixel
	Act     string // the activation's class name; "" where none is applied
	Inputs  []float32
	Weights []float32 // as Inputs; nil for pooling

	// Inputs are, for Conv, what the kernel lies on, [in][5][5], zeros in the
	// padding; for Pool the window, [2][2]; for Linear all values of the layer before.
	Side   int // rows and columns of the window; 0 for Linear
	Y0, X0 int // where the window starts in the layer before; below 0 in the padding

	Sums   []float32 // Conv: Σ inputs · weights of each input map
	Bias   float64
	Z      float64 // the activation's input; Conv and Linear only
	Value  float64 // after the activation
	Engine float64 // the engine's value, from the trace

	// Linear: the strongest contributions, the strongest first, and the rest.
	For, Against []Term
	Rest         float64 // sum of the others
	Others       int     // how many those are
}

// Term is one product of a linear unit's sum.
type Term struct {
	From    Unit    // whose value it is, after the activation or pooling
	Index   int     // place among the inputs
	X, W, P float64 // value, weight and their product
}

// Take returns the computation of a unit. It fails when there is no such unit.
func Take(p *engine.Params, t *engine.Trace, u Unit) (*Sum, error) {
	if u.Layer == Input {
		if err := within(u, []int{1, engine.Side, engine.Side}); err != nil {
			return nil, err
		}
		v := float64(t.Input()[u.Y*engine.Side+u.X])
		return &Sum{Unit: u, Kind: Pixel, Value: v, Engine: v}, nil
	}
	layers := p.Config.Layers()
	if u.Layer < 0 || u.Layer >= len(layers) || layers[u.Layer].Kind == "Flatten" {
		return nil, fmt.Errorf("layer %d: use -1, or 0 to %d but 6, which computes nothing", u.Layer, len(layers)-1)
	}
	at := u.Layer // the module that computes the sum
	s := &Sum{Unit: u, Module: layers[at].Kind}
	if s.Module == p.Config.Activation.Module() {
		at--
		s.Module, s.Act = layers[at].Kind, layers[u.Layer].Kind
	}
	shape := layers[u.Layer].Shape
	if err := within(u, shape); err != nil {
		return nil, err
	}
	before, beforeShape := t.Input(), []int{1, engine.Side, engine.Side}
	if at > 0 {
		before, beforeShape = t.Layer(at-1), layers[at-1].Shape
	}
	index := u.C
	if len(shape) == 3 {
		index = (u.C*shape[1]+u.Y)*shape[2] + u.X
	}
	s.Engine = float64(t.Layer(u.Layer)[index])
	switch s.Module {
	case "Conv2d":
		s.conv(p, at, before, beforeShape)
	case "Linear":
		s.linear(p, at, before, layers)
	default:
		s.pool(p.Config.Pooling, before, beforeShape)
	}
	return s, nil
}

func within(u Unit, shape []int) error {
	s := [3]int{shape[0], 1, 1}
	copy(s[:], shape)
	if u.C < 0 || u.C >= s[0] || u.Y < 0 || u.Y >= s[1] || u.X < 0 || u.X >= s[2] {
		return fmt.Errorf("unit [%d, %d, %d] of layer %d, whose shape is %v", u.C, u.Y, u.X, u.Layer, shape)
	}
	return nil
}

func (s *Sum) conv(p *engine.Params, at int, before []float32, shape []int) {
	const k, area = engine.Kernel, engine.Kernel * engine.Kernel
	s.Kind, s.Side = Conv, k
	s.Y0, s.X0 = s.Y, s.X
	if at == 0 { // Conv2d(padding=2)
		s.Y0, s.X0 = s.Y-k/2, s.X-k/2
	}
	in, h, w := shape[0], shape[1], shape[2]
	s.Inputs = make([]float32, in*area)
	s.Weights = slices.Clone(p.Tensor(fmt.Sprintf("%d.weight", at)).Data[s.C*in*area:][:in*area])
	s.Bias = float64(p.Tensor(fmt.Sprintf("%d.bias", at)).Data[s.C])
	s.Z = s.Bias
	for i := range in {
		var sum float64
		for ky := range k {
			for kx := range k {
				y, x := s.Y0+ky, s.X0+kx
				if y < 0 || y >= h || x < 0 || x >= w {
					continue
				}
				j := (i*k+ky)*k + kx
				s.Inputs[j] = before[(i*h+y)*w+x]
				sum += float64(s.Inputs[j]) * float64(s.Weights[j])
			}
		}
		s.Sums = append(s.Sums, float32(sum))
		s.Z += sum
	}
	s.Value = s.activate(s.Z)
}

func (s *Sum) linear(p *engine.Params, at int, before []float32, layers []engine.Layer) {
	s.Kind = Linear
	s.Inputs = slices.Clone(before)
	s.Weights = slices.Clone(p.Tensor(fmt.Sprintf("%d.weight", at)).Data[s.C*len(before):][:len(before)])
	s.Bias = float64(p.Tensor(fmt.Sprintf("%d.bias", at)).Data[s.C])
	from := layers[at-1]
	if from.Kind == "Flatten" {
		from = layers[at-2]
	}
	terms := make([]Term, len(before))
	var sum float64
	for i, x := range before {
		u := Unit{Layer: from.Index, C: i}
		if len(from.Shape) == 3 {
			h, w := from.Shape[1], from.Shape[2]
			u.C, u.Y, u.X = i/(h*w), i/w%h, i%w
		}
		t := Term{From: u, Index: i, X: float64(x), W: float64(s.Weights[i])}
		t.P = t.X * t.W
		terms[i] = t
		sum += t.P
	}
	s.Z = sum + s.Bias
	s.Value = s.activate(s.Z)

	slices.SortStableFunc(terms, func(a, b Term) int { return cmp.Compare(b.P, a.P) })
	s.Rest, s.Others = sum, len(terms)
	tell := func(t Term) Term {
		s.Rest -= t.P
		s.Others--
		return t
	}
	for i := 0; i < len(terms) && len(s.For) < Strongest && terms[i].P > 0; i++ {
		s.For = append(s.For, tell(terms[i]))
	}
	for i := len(terms) - 1; i >= 0 && len(s.Against) < Strongest && terms[i].P < 0; i-- {
		s.Against = append(s.Against, tell(terms[i]))
	}
}

func (s *Sum) pool(kind engine.Pooling, before []float32, shape []int) {
	s.Kind, s.Side = Pool, 2
	s.Y0, s.X0 = 2*s.Y, 2*s.X
	s.Value = math.Inf(-1)
	var sum float64
	for i := range 4 {
		v := before[(s.C*shape[1]+s.Y0+i/2)*shape[2]+s.X0+i%2]
		s.Inputs = append(s.Inputs, v)
		sum += float64(v)
		s.Value = max(s.Value, float64(v))
	}
	if kind == engine.AvgPool {
		s.Value = sum / 4
	}
}

func (s *Sum) activate(z float64) float64 {
	switch s.Act {
	case "Sigmoid":
		return 1 / (1 + math.Exp(-z))
	case "Tanh":
		return math.Tanh(z)
	case "ReLU":
		return max(z, 0)
	}
	return z
}
