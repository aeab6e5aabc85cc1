package view

import (
	"fmt"
	"math"

	"lenet/engine"
)

// Gap is a value in no map's range: what Paint leaves transparent.
const Gap = -2

// parameters gives the tensors whose weights a panel shows; the others have none.
var parameters = [NumPanels]string{PanelConv1: "0.weight", PanelConv2: "3.weight", PanelLinear1: "7.weight", PanelLinear2: "9.weight"}

// PartSide returns how many values lie along the side of one picture of a
// panel's weights: 5 for one kernel, more where the kernels of all input maps
// lie beside each other with gaps between them, 1 for the one value of a linear
// unit, 0 for a panel without weights.
func PartSide(c engine.Config, panel int) int {
	switch panel {
	case PanelConv1:
		return engine.Kernel
	case PanelConv2:
		n := mosaic(c.Channels[0])
		return n*(engine.Kernel+1) - 1
	case PanelLinear1, PanelLinear2:
		return 1
	}
	return 0
}

// Parameter returns the state_dict name of the weights that a panel shows and
// their shape, as PyTorch prints it; both are empty for a panel without weights.
func Parameter(c engine.Config, panel int) (name, shape string) {
	c1, c2, u1, u2 := c.Channels[0], c.Channels[1], c.Units[0], c.Units[1]
	switch panel {
	case PanelConv1:
		shape = list([]int{c1, 1, engine.Kernel, engine.Kernel})
	case PanelConv2:
		shape = list([]int{c2, c1, engine.Kernel, engine.Kernel})
	case PanelLinear1:
		shape = list([]int{u1, c.Features()})
	case PanelLinear2:
		shape = list([]int{u2, u1})
	}
	return parameters[panel], shape
}

// mosaic returns how many of n kernels lie in a row of their square.
func mosaic(n int) int { return int(math.Ceil(math.Sqrt(float64(n)))) }

// partAt returns where the kernel of input map i of in lies in a picture: in the
// middle of the square, row by row.
func partAt(in, i int) (x, y int) {
	const pitch = engine.Kernel + 1
	row := mosaic(in)
	top := (row - (in+row-1)/row) * pitch / 2
	return i % row * pitch, top + i/row*pitch
}

// Parts are the panels' values for weights, or for gradients, which have the
// same shape: a panel's kernels as pictures, -1..1 being three standard
// deviations of the layer's weights about 0 to either side, and of a linear
// unit how large its weights are together (their L2 norm), in 0..1 of the
// layer's largest unit.
type Parts struct {
	Config engine.Config
	Data   []float32          // of all panels in order, [map][y][x]
	Peak   [NumPanels]float32 // what 1 stands for
}

// NewParts makes the pictures of p.
func NewParts(p *engine.Params) *Parts {
	s := &Parts{Config: p.Config, Data: make([]float32, partsLen(p.Config))}
	for panel, name := range parameters {
		if name == "" {
			continue
		}
		w, out := p.Tensor(name), s.Panel(panel)
		if side := PartSide(p.Config, panel); side > 1 {
			s.Peak[panel] = 3 * spread(w.Data)
			kernels(out, w, side, 1/s.Peak[panel])
			continue
		}
		norms(out, w.Data)
		s.Peak[panel] = largest(out)
		for i := range out {
			out[i] /= s.Peak[panel]
		}
	}
	return s
}

// NoParts is shown where there are no weights or gradients yet: empty tiles.
func NoParts(c engine.Config) *Parts {
	s := &Parts{Config: c, Data: make([]float32, partsLen(c))}
	for panel := range NumPanels {
		if PartSide(c, panel) > 1 {
			for i := range s.Panel(panel) {
				s.Panel(panel)[i] = Gap
			}
		}
	}
	return s
}

// partLen returns how many values a panel's pictures have.
func partLen(c engine.Config, panel int) int {
	side := PartSide(c, panel)
	maps := [NumPanels]int{
		PanelConv1: c.Channels[0], PanelConv2: c.Channels[1], PanelLinear1: c.Units[0], PanelLinear2: c.Units[1],
	}
	return maps[panel] * side * side
}

func partsLen(c engine.Config) int {
	n := 0
	for panel := range NumPanels {
		n += partLen(c, panel)
	}
	return n
}

// Check reports whether Data has the length that the network asks for.
func (s *Parts) Check() error {
	if want := partsLen(s.Config); len(s.Data) != want {
		return fmt.Errorf("parts have %d values, this network's have %d", len(s.Data), want)
	}
	return nil
}

// Panel returns a panel's values as a view.
func (s *Parts) Panel(panel int) []float32 {
	at := 0
	for i := range panel {
		at += partLen(s.Config, i)
	}
	return s.Data[at : at+partLen(s.Config, panel)]
}

// kernels lays the kernels of each output map beside each other, row by row, times scale.
func kernels(out []float32, w engine.Tensor, side int, scale float32) {
	const k = engine.Kernel
	for i := range out {
		out[i] = Gap
	}
	in := w.Shape[1]
	for o := range w.Shape[0] {
		for i := range in {
			x, y := partAt(in, i)
			at := (o*side+y)*side + x
			for y := range k {
				for x := range k {
					out[at+y*side+x] = scale * w.Data[((o*in+i)*k+y)*k+x]
				}
			}
		}
	}
}

// norms gives each output's L2 norm of its weights.
func norms(out, w []float32) {
	n := len(w) / len(out)
	for o := range out {
		var sum float64
		for _, v := range w[o*n:][:n] {
			sum += float64(v) * float64(v)
		}
		out[o] = float32(math.Sqrt(sum))
	}
}

// Row returns the weights of unit c of a linear layer, one a value of the layer
// before, and the root of the mean square of all weights of the layer.
func Row(p *engine.Params, layer, c int) (row []float32, rms float32, err error) {
	layers := p.Config.Layers()
	if layer > 0 && layer < len(layers) && layers[layer].Kind == p.Config.Activation.Module() {
		layer-- // what computes the sum
	}
	if layer < 0 || layer >= len(layers) || layers[layer].Kind != "Linear" {
		return nil, 0, fmt.Errorf("module %d is no Linear", layer)
	}
	w := p.Tensor(fmt.Sprintf("%d.weight", layer))
	if c < 0 || c >= w.Shape[0] {
		return nil, 0, fmt.Errorf("unit %d of module %d, which has %d", c, layer, w.Shape[0])
	}
	return w.Data[c*w.Shape[1]:][:w.Shape[1]], spread(w.Data), nil
}

// spread returns the root of the mean square of the finite values, or 1 if that is 0.
func spread(values []float32) float32 {
	var sum float64
	n := 0
	for _, f := range values {
		if v := float64(f); v-v == 0 {
			sum += v * v
			n++
		}
	}
	if sum == 0 {
		return 1
	}
	return float32(math.Sqrt(sum / float64(n)))
}

// largest returns the largest finite magnitude, or 1 if there is none above 0.
func largest(values []float32) float32 {
	var top float32
	for _, v := range values {
		if v = max(v, -v); v > top && v <= math.MaxFloat32 {
			top = v
		}
	}
	if top == 0 {
		return 1
	}
	return top
}
