package worker

import (
	"fmt"

	"lenet/engine"
	"lenet/engine/inspect"
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
		return tensorParts(r, g)
	}
	if w.net == nil {
		return nil, errNoNetwork
	}
	if r.Of == protocol.OfWeights {
		return tensorParts(r, w.shown)
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
func tensorParts(r protocol.Parts, p *engine.Params) (protocol.Reply, error) {
	list := protocol.PartList{Of: r.Of, Parts: view.NewParts(p)}
	if r.Unit != nil {
		var err error
		if list.Row, list.Spread, err = view.Row(p, r.Unit.Layer, r.Unit.C); err != nil {
			return nil, err
		}
	}
	for _, l := range p.Config.Layers() {
		if l.Params > 0 {
			values := p.Tensor(fmt.Sprintf("%d.weight", l.Index)).Data
			list.Histograms = append(list.Histograms, protocol.LayerHistogram{
				Layer: l.Index, Module: l.Kind, Histogram: inspect.Count(values, 0, 0),
			})
		}
	}
	return list, nil
}

// find answers where a unit lies and what is lit with it.
func (w *Worker) find(r protocol.Find) (protocol.Reply, error) {
	if w.net == nil {
		return nil, errNoNetwork
	}
	l := view.New(w.shown.Config, r.Width, r.Ratio)
	u, ok := r.Unit, r.Has && l.Has(r.Unit)
	last := view.Unit{Panel: -1}
	if ok {
		last = u
	}
	switch {
	case r.At != nil:
		u, ok = l.Hit(r.At.X, r.At.Y, r.At.Slack)
	case r.Way == "":
	case !ok && r.Way != protocol.Slide:
		u, ok = l.First(), true
	case r.Way == protocol.Step:
		u = l.Step(u, r.DX, r.DY)
	case r.Way == protocol.Skip:
		u = l.Skip(u, r.DX, r.DY)
	case r.Way == protocol.Leap:
		u = l.Leap(u, r.DX)
	case r.Way == protocol.Slide:
		u, ok = l.Slide(u, r.Since)
	}
	if !ok {
		return protocol.Found{}, nil
	}
	if r.Weights && (r.At != nil || r.Way == protocol.Skip || r.Way == protocol.Leap) {
		u = l.Aim(u, last)
	}
	return protocol.Found{Unit: u, OK: true, Lit: l.Light(u, r.Weights, r.Votes)}, nil
}
