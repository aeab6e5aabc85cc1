// Package onnx writes a LeNet as an ONNX model, which onnxruntime and many other
// programs run.
//
// The model has one input, "image", float32 of shape (n, 1, 28, 28) with values
// from 0 (black) to 1, and one output, "logits", float32 of shape (n, classes), (n, 10)
// for a LeNet of d2l; n is free. Nodes are named as PyTorch's modules are ("0" to "11"), initializers as
// its parameters ("0.weight"). It takes operator set 13 (2020) or later.
//
// The few messages of onnx.proto that a LeNet takes are written by hand: see
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto for the field numbers.
package onnx

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strconv"

	"lenet/engine"
)

// Names of the model's input and output.
const (
	Input  = "image"
	Output = "logits"
)

const (
	irVersion = 7  // of onnx 1.8
	opset     = 13 // with the same operators as 13 in all later ones
)

// Encode returns the network as an ONNX model. meta becomes the model's
// metadata. The same weights and metadata give the same bytes.
func Encode(p *engine.Params, meta map[string]string) []byte {
	var m message
	m.int(1, irVersion)
	m.text(2, "lenet")
	m.nested(7, graph(p))
	var set message
	set.int(2, opset)
	m.nested(8, set)
	for _, k := range slices.Sorted(maps.Keys(meta)) {
		var entry message
		entry.text(1, k)
		entry.text(2, meta[k])
		m.nested(14, entry)
	}
	return m
}

// graph is a GraphProto: the modules in order, each with the one before as its input.
func graph(p *engine.Params) message {
	var g message
	at := Input
	for _, l := range p.Config.Layers() {
		name := strconv.Itoa(l.Index)
		inputs, out := []string{at}, "out."+name
		if l.Index == engine.NumLayers-1 {
			out = Output
		}
		if l.Params > 0 {
			inputs = append(inputs, name+".weight", name+".bias")
		}
		op, attributes := operator(l)
		var node message
		for _, in := range inputs {
			node.text(1, in)
		}
		node.text(2, out)
		node.text(3, name)
		node.text(4, op)
		for _, a := range attributes {
			node.nested(5, a)
		}
		g.nested(1, node)
		at = out
	}
	g.text(2, "LeNet")
	for _, t := range p.Tensors() {
		g.nested(5, initializer(t))
	}
	g.nested(11, value(Input, 1, engine.Side, engine.Side))
	g.nested(12, value(Output, p.Config.NumClasses()))
	return g
}

// operator returns a module's operator and its attributes.
func operator(l engine.Layer) (string, []message) {
	square := func(n int) []int { return []int{n, n} }
	switch l.Kind {
	case "Conv2d":
		a := []message{attribute("kernel_shape", square(engine.Kernel)...)}
		if l.Index == 0 { // the first one keeps the size
			a = append(a, attribute("pads", 2, 2, 2, 2))
		}
		return "Conv", a
	case "AvgPool2d":
		return "AveragePool", []message{attribute("kernel_shape", square(2)...), attribute("strides", square(2)...)}
	case "MaxPool2d":
		return "MaxPool", []message{attribute("kernel_shape", square(2)...), attribute("strides", square(2)...)}
	case "Linear":
		var transposed message
		transposed.text(1, "transB")
		transposed.int(3, 1)
		transposed.int(20, 2) // INT
		return "Gemm", []message{transposed}
	case "ReLU":
		return "Relu", nil
	}
	return l.Kind, nil // Sigmoid, Tanh, Flatten
}

// attribute is an AttributeProto of whole numbers.
func attribute(name string, values ...int) message {
	var a message
	a.text(1, name)
	for _, v := range values {
		a.int(8, v)
	}
	a.int(20, 7) // INTS
	return a
}

// initializer is a TensorProto of float32.
func initializer(t engine.Tensor) message {
	var m message
	for _, d := range t.Shape {
		m.int(1, d)
	}
	m.int(2, 1) // FLOAT
	m.text(8, t.Name)
	raw := make([]byte, 0, 4*len(t.Data))
	for _, v := range t.Data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	m.nested(9, raw)
	return m
}

// value is a ValueInfoProto: float32 of shape (n, dims…).
func value(name string, dims ...int) message {
	var shape, free message
	free.text(2, "n")
	shape.nested(1, free)
	for _, d := range dims {
		var dim message
		dim.int(1, d)
		shape.nested(1, dim)
	}
	var tensor, kind, v message
	tensor.int(1, 1) // FLOAT
	tensor.nested(2, shape)
	kind.nested(1, tensor)
	v.text(1, name)
	v.nested(2, kind)
	return v
}
