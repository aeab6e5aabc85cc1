package worker

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/inspect"
	"lenet/wasm/protocol"
	"lenet/wasm/view"
)

// showing returns a worker with the embedded weights and an image predicted.
func showing(t *testing.T) (*Worker, protocol.Prediction) {
	t.Helper()
	w := new(Worker)
	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	ask[protocol.Network](t, w, protocol.Load{File: file})
	_, test := subset(t, 1, 1)
	return w, ask[protocol.Prediction](t, w, protocol.Predict{Pixels: test.Images[:engine.Pixels]})
}

// The inspection of a unit uses the last predicted image, although the worker evaluated others since.
func TestInspect(t *testing.T) {
	train, test := subset(t, 20, 40)
	w := loaded(t, train, test)
	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	ask[protocol.Network](t, w, protocol.Load{File: file})
	u := inspect.Unit{Layer: 4, C: 5, Y: 4, X: 5}
	if n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: u}); n.Sum != nil {
		t.Error("a unit without an image is taken apart")
	}
	p := ask[protocol.Prediction](t, w, protocol.Predict{Pixels: test.Images[:engine.Pixels]})
	ask[protocol.SampleList](t, w, protocol.Samples{From: 1, Count: 30})
	n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: u})
	tr := engine.NewTrace(engine.Classic())
	copy(tr.Data, p.Trace)
	if want := float64(tr.Layer(4)[(5*10+4)*10+5]); n.Sum.Engine != want || math.Abs(n.Sum.Value-want) > 1e-5 {
		t.Errorf("value %v, engine %v, want %v", n.Sum.Value, n.Sum.Engine, want)
	}
	for c, want := range p.P {
		n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: inspect.Unit{Layer: 11, C: c}})
		if math.Abs(n.P-float64(want)) > 1e-6 {
			t.Errorf("class %d has %v, its inspection says %v", c, want, n.P)
		}
	}
	if _, err := w.Handle(protocol.Inspect{Unit: inspect.Unit{Layer: 4, C: 16}}); err == nil {
		t.Error("a unit that is not there is taken apart")
	}
	ask[protocol.Prediction](t, w, protocol.Predict{}) // an empty pad
	if n := ask[protocol.Inspection](t, w, protocol.Inspect{Unit: u}); n.Sum != nil {
		t.Error("a unit of an empty pad is taken apart")
	}
}

func TestParts(t *testing.T) {
	w, _ := showing(t)
	for of, layers := range map[string][]int{protocol.OfActivations: {1, 4, 8, 10}, protocol.OfWeights: {0, 3, 7, 9, 11}} {
		l := ask[protocol.PartList](t, w, protocol.Parts{Of: of})
		if len(l.Histograms) != len(layers) || (l.Parts != nil) != (of == protocol.OfWeights) {
			t.Fatalf("%s: %d histograms, parts %v", of, len(l.Histograms), l.Parts != nil)
		}
		for i, h := range l.Histograms {
			n := 0
			for _, c := range h.Counts {
				n += c
			}
			if h.Layer != layers[i] || n != h.Finite || n == 0 {
				t.Errorf("%s: histogram of module %d counts %d of %d", of, h.Layer, n, h.Finite)
			}
		}
	}
	// Before a run there are no gradients: the stage gets empty tiles, not the activations.
	none := ask[protocol.PartList](t, w, protocol.Parts{Of: protocol.OfGradients})
	if none.Parts == nil || none.Parts.Check() != nil || len(none.Histograms) > 0 || none.Parts.Panel(view.PanelConv1)[0] != view.Gap {
		t.Errorf("gradients without a run: %+v", none)
	}
	if _, err := new(Worker).Handle(protocol.Parts{Of: protocol.OfGradients}); err == nil {
		t.Error("gradients without a network")
	}
}

// A linear unit's weights come along one by one.
func TestRow(t *testing.T) {
	w, _ := showing(t)
	for layer, tensor := range map[int]string{8: "7.weight", 10: "9.weight", 11: "11.weight"} {
		l := ask[protocol.PartList](t, w, protocol.Parts{Of: protocol.OfWeights, Unit: &inspect.Unit{Layer: layer, C: 4}})
		all := w.shown.Tensor(tensor)
		if want := all.Data[4*all.Shape[1]:][:all.Shape[1]]; !slices.Equal(l.Row, want) || !(l.Spread > 0) {
			t.Errorf("unit 4 of module %d has %d weights, want %d", layer, len(l.Row), len(want))
		}
	}
	for _, u := range []inspect.Unit{{Layer: 4}, {Layer: -1}, {Layer: 6}, {Layer: 11, C: 10}} {
		if _, err := w.Handle(protocol.Parts{Of: protocol.OfWeights, Unit: &u}); err == nil {
			t.Errorf("%+v has a row of weights", u)
		}
	}
}

// The stage without WebGL finds the same units as the stage.
func TestFind(t *testing.T) {
	w, _ := showing(t)
	frame := view.Frame{Width: 968, Height: 340, Ratio: 2}
	l := view.New(engine.Classic(), frame)
	u := view.Unit{Panel: view.PanelConv2, C: 6, Y: 4, X: 5}
	b := l.Box(u)
	find := func(f protocol.Find) view.Unit {
		t.Helper()
		f.Frame = frame
		got := ask[protocol.Found](t, w, f)
		if want := l.Light(got.Unit, f.Weights, nil); got.OK && !reflect.DeepEqual(got.Lit, want) {
			t.Errorf("%v: lit is %+v, want %+v", got.Unit, got.Lit, want)
		}
		if !got.OK {
			return view.Unit{Panel: -1}
		}
		return got.Unit
	}
	at := &protocol.Spot{X: b.CX(), Y: b.CY()}
	rest := u
	rest.Y, rest.X = 5, 5
	none := view.Unit{Panel: -1}
	for i, c := range []struct {
		f    protocol.Find
		want view.Unit
	}{
		{protocol.Find{At: at}, u},
		{protocol.Find{At: at, Weights: true}, rest},
		{protocol.Find{At: &protocol.Spot{X: -50, Y: -50}}, none},
		{protocol.Find{}, none},
		{protocol.Find{Unit: u, Has: true}, u},
		{protocol.Find{Unit: u, Has: true, Weights: true}, u},
		{protocol.Find{Way: protocol.Step, DX: 1}, l.First()},
		{protocol.Find{Unit: u, Has: true, Way: protocol.Step, DX: 1}, l.Step(u, 1, 0)},
		{protocol.Find{Unit: u, Has: true, Way: protocol.Skip, DY: 1}, l.Skip(u, 0, 1)},
		{protocol.Find{Unit: u, Has: true, Way: protocol.Leap, DX: -1}, l.Leap(u, -1)},
		{protocol.Find{Unit: u, Has: true, Way: protocol.Slide}, view.Unit{Panel: u.Panel, C: u.C}},
		{protocol.Find{Unit: u, Has: true, Way: protocol.Slide, Since: time.Hour}, none},
		{protocol.Find{Way: protocol.Slide}, none},
		{protocol.Find{Unit: view.Unit{Panel: view.PanelConv2, C: 16}, Has: true}, none}, // of another network
	} {
		if got := find(c.f); got != c.want {
			t.Errorf("%d: %v, want %v", i, got, c.want)
		}
	}
	if _, err := new(Worker).Handle(protocol.Find{Frame: view.Frame{Width: 100, Ratio: 1}}); err == nil {
		t.Error("a unit without a network")
	}
}

// The gradient on show is that of the batch of the last step, at the weights as they are.
func TestGradient(t *testing.T) {
	train, test := subset(t, 100, 10)
	w := loaded(t, train, test)
	r := quick() // batches of 32: the fourth has 4
	ask[protocol.Progress](t, w, protocol.Start{Recipe: r, Size: 1})
	for step, batch := range [][2]int{{0, 32}, {0, 32}, {32, 64}, {64, 96}, {96, 100}, {0, 32}} {
		for w.run.step < step {
			work(t, []*Worker{w}, r.LR, r.Epochs)
		}
		order := make([]int32, 100)
		engine.Shuffle(order, r.Seed, max(step-1, 0)/4)
		b, err := cpu.New(r.Config, cpu.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.SetParams(ask[protocol.Parameters](t, w, protocol.Snapshot{}).Params)
		b.SetData(train.Images, train.Labels)
		want := engine.NewParams(r.Config)
		if _, err := b.Gradient(order[batch[0]:batch[1]], want); err != nil {
			t.Fatal(err)
		}
		b.Close()
		got, err := w.run.slope()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Data {
			if got.Data[i] != want.Data[i] {
				t.Fatalf("after step %d value %d is %v, want %v", step, i, got.Data[i], want.Data[i])
			}
		}
	}
	l := ask[protocol.PartList](t, w, protocol.Parts{Of: protocol.OfGradients})
	if l.Parts == nil || len(l.Histograms) != 5 {
		t.Errorf("%d histograms", len(l.Histograms))
	}
}
