package engine

import (
	"errors"
	"fmt"
	"strings"
)

// Sizes that every network of the family shares.
const (
	Side       = 28          // height and width of an input image, pixels
	Pixels     = Side * Side // pixels of an input image
	Kernel     = 5           // height and width of both convolutions' kernels
	conv1Side  = Side        // Conv2d(padding=2) keeps the size
	pool1Side  = conv1Side / 2
	conv2Side  = pool1Side - Kernel + 1
	pool2Side  = conv2Side / 2
	pool2Area  = pool2Side * pool2Side
	kernelArea = Kernel * Kernel
)

// Numbers of classes: that of a Config that says nothing else, and the limits.
const (
	DefaultClasses = 10
	MinClasses     = 2
	MaxClasses     = 64
)

// Activation is the non-linearity after both convolutions and the first two
// linear layers.
type Activation uint8

// The activations of the family. Sigmoid is LeNet's in d2l.
const (
	Sigmoid Activation = iota
	Tanh
	ReLU
)

var activationNames = [...]string{"sigmoid", "tanh", "relu"}

func (a Activation) String() string { return nameOf(activationNames[:], int(a), "Activation") }

// Module returns the activation's class name in PyTorch: "Sigmoid", "Tanh" or "ReLU".
func (a Activation) Module() string { return [...]string{"Sigmoid", "Tanh", "ReLU"}[a] }

// MarshalText implements [encoding.TextMarshaler].
func (a Activation) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts the names that String returns.
func (a *Activation) UnmarshalText(text []byte) error {
	return unmarshalName(a, "activation", activationNames[:], text)
}

// Pooling is the 2×2, stride 2 pooling after each activated convolution.
type Pooling uint8

// The poolings of the family. AvgPool is LeNet's in d2l.
const (
	AvgPool Pooling = iota
	MaxPool
)

var poolingNames = [...]string{"avg", "max"}

func (p Pooling) String() string { return nameOf(poolingNames[:], int(p), "Pooling") }

// Module returns the pooling's class name in PyTorch: "AvgPool2d" or "MaxPool2d".
func (p Pooling) Module() string { return [...]string{"AvgPool2d", "MaxPool2d"}[p] }

// MarshalText implements [encoding.TextMarshaler].
func (p Pooling) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts the names that String returns.
func (p *Pooling) UnmarshalText(text []byte) error {
	return unmarshalName(p, "pooling", poolingNames[:], text)
}

func nameOf(names []string, i int, kind string) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}

func parseName(what string, names []string, s string) (int, error) {
	for i, n := range names {
		if strings.EqualFold(n, s) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q: use one of %s", what, s, strings.Join(names, ", "))
}

// Config names one network of the LeNet family. The zero value is not valid;
// start from [Classic].
type Config struct {
	Activation Activation `json:"activation"`
	Pooling    Pooling    `json:"pooling"`
	Channels   [2]int     `json:"channels"` // output channels of the two convolutions
	Units      [2]int     `json:"units"`    // outputs of the first two linear layers
	// Classes is the number of outputs, 2 to 64. 0 stands for 10, so that files and
	// programs without it mean that. Read it with NumClasses, set it with WithClasses,
	// compare with Equal.
	Classes int `json:"classes,omitempty"`
}

// Classic returns d2l's LeNet: sigmoid, average pooling, 6 and 16 channels,
// 120 and 84 units, 10 classes, 61,706 parameters.
func Classic() Config {
	return Config{Activation: Sigmoid, Pooling: AvgPool, Channels: [2]int{6, 16}, Units: [2]int{120, 84}}
}

// NumClasses returns the number of classes.
func (c Config) NumClasses() int {
	if c.Classes == 0 {
		return DefaultClasses
	}
	return c.Classes
}

// WithClasses returns the network with n classes.
func (c Config) WithClasses(n int) Config {
	if c.Classes = n; n == DefaultClasses {
		c.Classes = 0
	}
	return c
}

// Equal reports whether both name the same network: Classes may be 0 in one and 10 in the other.
func (c Config) Equal(d Config) bool {
	return c.WithClasses(c.NumClasses()) == d.WithClasses(d.NumClasses())
}

// Limits of a configuration. They keep a hostile configuration from asking
// for more than a few megabytes.
const (
	MaxChannels = 64
	MaxUnits    = 512
)

// Validate reports every setting that is out of range.
func (c Config) Validate() error {
	var errs []error
	if int(c.Activation) >= len(activationNames) {
		errs = append(errs, fmt.Errorf("activation %d: use sigmoid, tanh or relu", c.Activation))
	}
	if int(c.Pooling) >= len(poolingNames) {
		errs = append(errs, fmt.Errorf("pooling %d: use avg or max", c.Pooling))
	}
	for i, n := range c.Channels {
		if n < 1 || n > MaxChannels {
			errs = append(errs, fmt.Errorf("convolution %d has %d channels: use 1 to %d", i+1, n, MaxChannels))
		}
	}
	for i, n := range c.Units {
		if n < 1 || n > MaxUnits {
			errs = append(errs, fmt.Errorf("linear layer %d has %d units: use 1 to %d", i+1, n, MaxUnits))
		}
	}
	if n := c.NumClasses(); n < MinClasses || n > MaxClasses {
		errs = append(errs, fmt.Errorf("%d classes: use %d to %d", n, MinClasses, MaxClasses))
	}
	return errors.Join(errs...)
}

// Features returns the length of the flattened second pooling: 25 times its channels.
func (c Config) Features() int { return c.Channels[1] * pool2Area }

// Layer describes one module of the network as PyTorch's nn.Sequential has it.
type Layer struct {
	Index  int    // place in nn.Sequential, the N of "N.weight"
	Kind   string // PyTorch class name: Conv2d, Sigmoid, AvgPool2d, Flatten, Linear, ...
	Shape  []int  // output shape of one example: [C H W] or [N]
	Params int    // number of weights and biases, 0 for layers without
	Detail string // constructor arguments as PyTorch prints them, e.g. "1, 6, kernel_size=5, padding=2"

	offset int // where the output starts in a Trace's Data
}

// Size returns the number of values in the layer's output for one example.
func (l Layer) Size() int {
	n := 1
	for _, d := range l.Shape {
		n *= d
	}
	return n
}

// NumLayers is the number of modules in the network, Conv2d (0) to the last Linear (11).
const NumLayers = 12

// Layers returns the network's modules in order, indexed as in PyTorch's
// nn.Sequential (without a leading Reshape).
func (c Config) Layers() []Layer {
	act, pool := c.Activation.Module(), c.Pooling.Module()
	c1, c2, u1, u2, f := c.Channels[0], c.Channels[1], c.Units[0], c.Units[1], c.Features()
	n := c.NumClasses()
	conv := func(in, out int, pad string) string {
		return fmt.Sprintf("%d, %d, kernel_size=%d%s", in, out, Kernel, pad)
	}
	lin := func(in, out int) string { return fmt.Sprintf("in_features=%d, out_features=%d", in, out) }
	layers := []Layer{
		{Kind: "Conv2d", Shape: []int{c1, conv1Side, conv1Side}, Params: c1*kernelArea + c1, Detail: conv(1, c1, ", padding=2")},
		{Kind: act, Shape: []int{c1, conv1Side, conv1Side}},
		{Kind: pool, Shape: []int{c1, pool1Side, pool1Side}, Detail: "kernel_size=2, stride=2"},
		{Kind: "Conv2d", Shape: []int{c2, conv2Side, conv2Side}, Params: c2*c1*kernelArea + c2, Detail: conv(c1, c2, "")},
		{Kind: act, Shape: []int{c2, conv2Side, conv2Side}},
		{Kind: pool, Shape: []int{c2, pool2Side, pool2Side}, Detail: "kernel_size=2, stride=2"},
		{Kind: "Flatten", Shape: []int{f}},
		{Kind: "Linear", Shape: []int{u1}, Params: u1*f + u1, Detail: lin(f, u1)},
		{Kind: act, Shape: []int{u1}},
		{Kind: "Linear", Shape: []int{u2}, Params: u2*u1 + u2, Detail: lin(u1, u2)},
		{Kind: act, Shape: []int{u2}},
		{Kind: "Linear", Shape: []int{n}, Params: n*u2 + n, Detail: lin(u2, n)},
	}
	at := Pixels
	for i := range layers {
		layers[i].Index = i
		if layers[i].Kind == "Flatten" { // the same values as the pooling before it
			layers[i].offset = layers[i-1].offset
			continue
		}
		layers[i].offset = at
		at += layers[i].Size()
	}
	return layers
}
