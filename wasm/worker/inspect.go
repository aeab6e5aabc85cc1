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
	n := protocol.Inspection{Sum: s, Sees: view.Sees(w.shown.Config, r.Unit.Layer, r.Unit.Y, r.Unit.X)}
	if r.Unit.Layer == view.LayerOutput {
		n.P = inspect.Softmax(w.trace, r.Unit.C)
	}
	return n, nil
}

// tensors lists the views that show tensors in place of activations, each with
// where it takes them from; nil means that there are none yet.
var tensors = map[string]func(*Worker) (*engine.Params, error){
	protocol.OfWeights: func(w *Worker) (*engine.Params, error) {
		if w.net == nil {
			return nil, nil
		}
		return w.shown, nil
	},
	protocol.OfGradients: func(w *Worker) (*engine.Params, error) {
		if w.run == nil {
			return nil, nil
		}
		return w.run.slope()
	},
}

// parts answers what the layers hold. Gradients are the run's, the rest is of the network on show.
func (w *Worker) parts(r protocol.Parts) (protocol.Reply, error) {
	if source := tensors[r.Of]; source != nil {
		p, err := source(w)
		switch {
		case err != nil:
			return nil, err
		case p != nil:
			return tensorParts(r, p)
		case w.net == nil:
			return nil, errNoNetwork
		}
		return protocol.PartList{Of: r.Of, Parts: view.NoParts(w.shown.Config)}, nil
	}
	if w.net == nil {
		return nil, errNoNetwork
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

// find returns a unit's place and all that is lit with it.
func (w *Worker) find(r protocol.Find) (protocol.Reply, error) {
	if w.net == nil {
		return nil, errNoNetwork
	}
	l := view.New(w.shown.Config, r.Frame)
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
	lit := l.Light(u, r.Weights, r.Votes)
	l.OnPad(&lit, u, r.Onto)
	return protocol.Found{Unit: u, OK: true, Lit: lit}, nil
}
