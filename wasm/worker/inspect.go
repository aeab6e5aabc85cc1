package worker

import (
	"fmt"

	"lenet/engine"
	"lenet/wasm/inspect"
	"lenet/wasm/protocol"
	"lenet/wasm/view"
)

func (w *Worker) inspect(r protocol.Inspect) (protocol.Reply, error) {
	if w.net == nil {
		return nil, errNoNetwork
	}
	if !w.drawn {
		return protocol.Inspection{}, nil
	}
	s, err := inspect.Take(w.shown, w.trace, r.Unit)
	if err != nil {
		return nil, err
	}
	n := protocol.Inspection{Sum: s}
	if r.Unit.Layer == view.LayerOutput {
		n.P = inspect.Softmax(w.trace, r.Unit.C)
	}
	return n, nil
}

// parts tells what the layers hold. Gradients are the run's, the rest is of the network on show.
func (w *Worker) parts(r protocol.Parts) (protocol.Reply, error) {
	if r.Of == protocol.OfGradients {
		if w.run == nil {
			return nil, errNoRun
		}
		g, err := w.run.slope()
		if err != nil {
			return nil, err
		}
		return tensorParts(r.Of, g), nil
	}
	if w.net == nil {
		return nil, errNoNetwork
	}
	if r.Of == protocol.OfWeights {
		return tensorParts(r.Of, w.shown), nil
	}
	list := protocol.PartList{Of: r.Of}
	if !w.drawn {
		return list, nil
	}
	for _, l := range w.shown.Config.Layers() {
		if l.Kind != w.shown.Config.Activation.Module() {
			continue
		}
		values := w.trace.Layer(l.Index)
		low, high := 0.0, 1.0
		switch w.shown.Config.Activation {
		case engine.Tanh:
			low = -1
		case engine.ReLU:
			for _, v := range values {
				high = max(high, float64(v))
			}
		}
		list.Histograms = append(list.Histograms, protocol.LayerHistogram{
			Layer: l.Index, Module: l.Kind, Histogram: inspect.Count(values, low, high),
		})
	}
	return list, nil
}

// tensorParts shows weights or gradients.
func tensorParts(of string, p *engine.Params) protocol.PartList {
	list := protocol.PartList{Of: of, Parts: view.NewParts(p)}
	for _, l := range p.Config.Layers() {
		if l.Params > 0 {
			values := p.Tensor(fmt.Sprintf("%d.weight", l.Index)).Data
			list.Histograms = append(list.Histograms, protocol.LayerHistogram{
				Layer: l.Index, Module: l.Kind, Histogram: inspect.Count(values, 0, 0),
			})
		}
	}
	return list
}
