package protocol

import (
	"lenet/engine/inspect"
	"lenet/wasm/view"
)

type (
	// Inspection is a unit taken apart.
	Inspection struct {
		Sum *inspect.Sum // nil: nothing is drawn
		P   float64      // of an output, the probability of its class
		// Sees is the part of the input that the unit depends on.
		Sees view.Patch
	}

	// PartList lists the values that the layers show.
	PartList struct {
		Of         string
		Parts      *view.Parts // for the stage; nil where the stage shows activations
		Histograms []LayerHistogram
		Row        []float32 // of the unit asked for, one a value of the layer before
		Spread     float32   // root mean square of all weights or gradients of its layer
	}

	// LayerHistogram is the distribution of one layer's values.
	LayerHistogram struct {
		Layer  int    // module in engine.Config.Layers
		Module string // its class name in PyTorch
		inspect.Histogram
	}
)

// Map implements [Reply].
func (n Inspection) Map() map[string]any {
	if n.Sum == nil {
		return map[string]any{"empty": true}
	}
	s := n.Sum
	return map[string]any{
		"empty": false, "unit": unitMap(s.Unit), "kind": string(s.Kind), "module": s.Module, "act": s.Act,
		"inputs": s.Inputs, "weights": s.Weights, "side": s.Side, "y0": s.Y0, "x0": s.X0, "sums": s.Sums,
		"bias": s.Bias, "z": s.Z, "value": s.Value, "engine": s.Engine, "p": n.P,
		"sees": ints([]int{n.Sees.Y0, n.Sees.X0, n.Sees.Y1, n.Sees.X1}),
		"for":  termList(s.For), "against": termList(s.Against), "rest": s.Rest, "others": s.Others,
		"formula": s.Formula(), "torch": s.Torch(),
	}
}

func unitMap(u inspect.Unit) map[string]any {
	return map[string]any{"layer": u.Layer, "channel": u.C, "y": u.Y, "x": u.X}
}

func termList(terms []inspect.Term) []any {
	l := make([]any, len(terms))
	for i, t := range terms {
		l[i] = map[string]any{"from": unitMap(t.From), "index": t.Index, "x": t.X, "w": t.W, "product": t.P}
	}
	return l
}

// Map implements [Reply].
func (p PartList) Map() map[string]any {
	hists := make([]any, len(p.Histograms))
	for i, h := range p.Histograms {
		hists[i] = map[string]any{
			"layer": h.Layer, "module": h.Module, "low": h.Low, "high": h.High, "counts": ints(h.Counts[:]),
			"mean": h.Mean, "std": h.Std, "n": h.Finite,
		}
	}
	m := map[string]any{"of": p.Of, "histograms": hists}
	if p.Parts != nil {
		m["parts"] = p.Parts.Data
		labels := make([]any, view.NumPanels)
		for i := range labels {
			name, shape := view.Parameter(p.Parts.Config, i)
			labels[i] = map[string]any{"title": name, "detail": shape}
		}
		m["labels"] = labels
		sides := make([]int, view.NumPanels) // of one picture of each panel
		for i := range sides {
			sides[i] = view.PartSide(p.Parts.Config, i)
		}
		m["sides"] = ints(sides)
	}
	if p.Row != nil {
		m["row"], m["spread"] = p.Row, p.Spread
	}
	return m
}
