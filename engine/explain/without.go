package explain

import (
	"fmt"

	"lenet/engine"
	"lenet/engine/cpu"
)

// Part is a part of a network that can be taken out: a map of a convolution or
// a unit of a hidden linear layer.
type Part struct {
	Layer int // of the convolution, 0 or 3, or linear layer, 7 or 9, or of the activation or pooling behind it
	Index int // of the map or unit
}

// reader returns the layer with weights that makes the part, and the name of
// the weights that read it; "" for a layer that has no such parts.
func (p Part) reader() (layer int, name string) {
	switch {
	case p.Layer < 0:
	case p.Layer <= 2:
		return 0, "3.weight"
	case p.Layer <= 5:
		return 3, "7.weight"
	case p.Layer == 7 || p.Layer == 8:
		return 7, "9.weight"
	case p.Layer == 9 || p.Layer == 10:
		return 9, "11.weight"
	}
	return 0, ""
}

// Without returns the network in which the activations of those parts count as
// 0: a copy whose weights that read them are 0. So every forward and backward
// pass runs as ever, and the network itself stays as it is, to the bit. See
// [Hide] for its traces.
func Without(p *engine.Params, parts ...Part) (*engine.Params, error) {
	q := p.Clone()
	for _, part := range parts {
		layer, name := part.reader()
		if name == "" {
			return nil, fmt.Errorf("layer %d has no maps or units to take out: use 0 to 5 for maps, 7 to 10 for units", part.Layer)
		}
		n := p.Config.Layers()[layer].Shape[0]
		if part.Index < 0 || part.Index >= n {
			return nil, fmt.Errorf("layer %d has maps or units 0 to %d: there is no %d", part.Layer, n-1, part.Index)
		}
		w := q.Tensor(name)
		// A row of the weights reads each map or unit with so many numbers.
		row := len(w.Data) / w.Shape[0]
		each := row / n
		for at := part.Index * each; at < len(w.Data); at += row {
			clear(w.Data[at : at+each])
		}
	}
	return q, nil
}

// Hide sets the activations of parts that were taken out to 0 in a trace, for show.
func Hide(t *engine.Trace, parts ...Part) {
	for _, part := range parts {
		first, name := part.reader()
		if name == "" {
			continue
		}
		last := first + 1 // the activation
		if first < 7 {
			last++ // and the pooling
		}
		for i := first + 1; i <= last; i++ {
			out := t.Layer(i)
			each := len(out) / t.Config.Layers()[i].Shape[0]
			clear(out[part.Index*each:][:each])
		}
	}
}

// EvaluateWithout evaluates the network with those parts taken out on a set,
// and gives the backend back the parameters p that it has, to the bit.
func EvaluateWithout(net *cpu.Backend, p *engine.Params, parts []Part, s engine.Set) (ev engine.Evaluation, err error) {
	q, err := Without(p, parts...)
	if err != nil {
		return ev, err
	}
	if err := net.SetParams(q); err != nil {
		return ev, err
	}
	ev, err = net.Evaluate(s.Images, s.Labels)
	if back := net.SetParams(p); err == nil {
		err = back
	}
	return ev, err
}
