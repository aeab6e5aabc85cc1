package worker

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/idx"
	"lenet/engine/safetensors"
	"lenet/wasm/pen"
	"lenet/wasm/protocol"
)

// subset returns the first examples of MNIST's embedded subset.
func subset(t *testing.T, train, test int) (a, b engine.Set) {
	t.Helper()
	load := func(part string, n int) engine.Set {
		var got [2]idx.Array
		for i, name := range []string{part + "-images-idx3-ubyte.gz", part + "-labels-idx1-ubyte.gz"} {
			file, err := assets.Data("mnist", name)
			if err != nil {
				t.Fatal(err)
			}
			if got[i], err = idx.Decode(file, 6000*engine.Pixels); err != nil {
				t.Fatal(err)
			}
		}
		return engine.Set{Images: got[0].Data[:n*engine.Pixels], Labels: got[1].Data[:n]}
	}
	return load("train", train), load("t10k", test)
}

func files(s engine.Set) (images, labels []byte) {
	n := s.Len()
	return idx.Append(nil, idx.Array{Shape: []int{n, engine.Side, engine.Side}, Data: s.Images}),
		idx.Append(nil, idx.Array{Shape: []int{n}, Data: s.Labels})
}

// ask fails the test when the worker refuses.
func ask[R protocol.Reply](t *testing.T, w *Worker, req protocol.Request) R {
	t.Helper()
	reply, err := w.Handle(req)
	if err != nil {
		t.Fatalf("%T: %v", req, err)
	}
	r, ok := reply.(R)
	if !ok {
		t.Fatalf("%T answered with %T", req, reply)
	}
	return r
}

// loaded returns a worker that has the sets.
func loaded(t *testing.T, train, test engine.Set) *Worker {
	w := new(Worker)
	for _, s := range []struct {
		set  engine.Set
		test bool
	}{{train, false}, {test, true}} {
		images, labels := files(s.set)
		got := ask[protocol.SetLoaded](t, w, protocol.Set{Test: s.test, Images: images, Labels: labels})
		if got.Count != s.set.Len() {
			t.Fatalf("%d examples loaded of %d", got.Count, s.set.Len())
		}
	}
	return w
}

func quick() engine.Recipe {
	r := engine.Recipe{Config: engine.Classic(), Epochs: 2, Batch: 32, LR: 0.1, Seed: 5}
	r.Activation = engine.Tanh
	return r
}

// However a run is cut into slices, it ends with the parameters and the test
// accuracy of engine.Train, bit for bit.
func TestRunIsTrain(t *testing.T) {
	train, test := subset(t, 300, 260) // neither a multiple of the batch nor of evalSlice
	r := quick()
	b, err := cpu.New(r.Config, cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	want := engine.NewParams(r.Config)
	want.Init(r.Seed)
	b.SetParams(want)
	var last engine.Report
	if err := engine.Train(context.Background(), b, r, train, test, 0, func(p engine.Report) { last = p }); err != nil {
		t.Fatal(err)
	}
	b.Params(want)

	for name, slice := range map[string]protocol.Advance{
		"one step":    {Steps: 1},
		"seven steps": {Steps: 7},
		"no time":     {Millis: 0},
		"all at once": {Millis: protocol.MaxMillis * 60},
	} {
		t.Run(name, func(t *testing.T) {
			w := loaded(t, train, test)
			p := ask[protocol.Progress](t, w, protocol.Start{Recipe: r})
			if p.Step != 0 || p.State != "training" || p.Total != 300 {
				t.Fatalf("a fresh run reports %+v", p)
			}
			var points []protocol.Point
			for n := 0; p.State == "training"; n++ {
				if n > 100 {
					t.Fatal("the run does not end")
				}
				p = ask[protocol.Progress](t, w, slice)
				points = append(points, p.Points...)
			}
			if p.State != "finished" || p.Epoch != 2 || p.Step != 20 || p.Seen != 600 {
				t.Errorf("ended as %+v", p)
			}
			got := ask[protocol.Parameters](t, w, protocol.Snapshot{}).Params
			for i, v := range got.Data {
				if v != want.Data[i] {
					t.Fatalf("parameter %d is %v, engine.Train's %v", i, v, want.Data[i])
				}
			}
			if p.Test != last.Test.Accuracy() || p.Loss != last.Done.Loss() || p.Acc != last.Done.Accuracy() {
				t.Errorf("test %v loss %v acc %v, engine.Train's %v %v %v", p.Test, p.Loss, p.Acc,
					last.Test.Accuracy(), last.Done.Loss(), last.Done.Accuracy())
			}
			checkPoints(t, points, p)
		})
	}
}

// The curves begin at 0, move on, and end with each epoch's result.
func checkPoints(t *testing.T, points []protocol.Point, p protocol.Progress) {
	t.Helper()
	if points[0].Epoch != 0 || math.Abs(points[0].Loss-math.Log(10)) > 0.5 {
		t.Errorf("the curves begin with %+v", points[0])
	}
	ends := 0
	for i, q := range points {
		if i > 0 && q.Epoch <= points[i-1].Epoch {
			t.Errorf("epoch %v after %v", q.Epoch, points[i-1].Epoch)
		}
		if !(q.Loss > 0) || !(q.Acc >= 0 && q.Acc <= 1) {
			t.Errorf("point %+v", q)
		}
		if q.Done != nil {
			ends++
		}
	}
	end := points[len(points)-1]
	if ends != 2 || end.Epoch != 2 || end.Done == nil || *end.Done != (protocol.Result{Loss: p.Loss, Acc: p.Acc, Test: p.Test}) {
		t.Errorf("%d epochs' ends, the last point is %+v with %+v", ends, end, end.Done)
	}
	if len(points) < 15 {
		t.Errorf("%d points in two epochs of ten steps", len(points))
	}
}

// A run whose loss stops being finite ends and keeps the last weights that
// gave a finite one.
func TestDiverged(t *testing.T) {
	train, test := subset(t, 300, 50)
	r := quick()
	r.Activation, r.LR = engine.ReLU, 1e30
	for name, slice := range map[string]protocol.Advance{"one step": {Steps: 1}, "all at once": {Millis: 1e6}} {
		t.Run(name, func(t *testing.T) {
			w := loaded(t, train, test)
			ask[protocol.Progress](t, w, protocol.Start{Recipe: r})
			start := ask[protocol.Parameters](t, w, protocol.Snapshot{}).Params
			p := ask[protocol.Progress](t, w, slice)
			for range 5 {
				p = ask[protocol.Progress](t, w, slice)
			}
			if p.State != "diverged" || p.Step != 1 || math.IsNaN(p.Loss) {
				t.Fatalf("a learning rate of 1e30 ends as %+v", p)
			}
			kept := ask[protocol.Parameters](t, w, protocol.Snapshot{}).Params
			for i, v := range kept.Data {
				if v != start.Data[i] {
					t.Fatalf("parameter %d is %v, not %v as before the fatal step", i, v, start.Data[i])
				}
			}
		})
	}
}

func TestTune(t *testing.T) {
	train, test := subset(t, 100, 50)
	w := loaded(t, train, test)
	r := quick()
	r.Epochs = 1
	ask[protocol.Progress](t, w, protocol.Start{Recipe: r})
	p := ask[protocol.Progress](t, w, protocol.Advance{Steps: 100})
	if p.State != "finished" || p.Step != 4 {
		t.Fatalf("%+v", p)
	}
	p = ask[protocol.Progress](t, w, protocol.Tune{LR: 0.05, Epochs: 3})
	if p.State != "training" || p.LR != 0.05 || p.Epochs != 3 {
		t.Errorf("tuned to %+v", p)
	}
	p = ask[protocol.Progress](t, w, protocol.Advance{Steps: 100})
	if p.State != "finished" || p.Step != 12 || p.Epoch != 3 {
		t.Errorf("went on to %+v", p)
	}
	if p = ask[protocol.Progress](t, w, protocol.Tune{LR: 0.05, Epochs: 1}); p.State != "finished" || p.Epochs != 3 {
		t.Errorf("fewer epochs than are done: %+v", p)
	}
}

// The network on show reads drawings and images; the empty pad is no class.
func TestPredict(t *testing.T) {
	w := new(Worker)
	refused := func(req protocol.Request, want string) {
		t.Helper()
		if _, err := w.Handle(req); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T before there is anything: %v, want %q", req, err, want)
		}
	}
	refused(protocol.Predict{Drawing: pen.Drawing{}}, "no weights")
	refused(protocol.Stage{Width: 960, Ratio: 1}, "no weights")
	refused(protocol.Samples{Count: 1}, "no test set")
	refused(protocol.Advance{Steps: 1}, "no run")
	refused(protocol.Snapshot{}, "no run")
	refused(protocol.Start{Recipe: quick()}, "training set")
	refused(protocol.Load{File: []byte("nothing")}, "")
	refused(protocol.Set{Images: []byte("x"), Labels: []byte("y")}, "images")

	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	if n := ask[protocol.Network](t, w, protocol.Load{File: file}); n.Config != engine.Classic() {
		t.Errorf("the embedded weights are of %+v", n.Config)
	}
	saved := ask[protocol.File](t, w, protocol.Save{})
	loaded, err := safetensors.Decode(file)
	again, err2 := safetensors.Decode(saved.Data)
	if err != nil || err2 != nil || !slices.Equal(again.Data, loaded.Data) {
		t.Errorf("saved weights are not those loaded: %v, %v", err, err2)
	}
	if p := ask[protocol.Prediction](t, w, protocol.Predict{Drawing: pen.Drawing{}}); !p.Empty {
		t.Errorf("the empty pad is read as %+v", p)
	}
	bar := pen.Drawing{{{X: 14, Y: 5}, {X: 14, Y: 23}}}
	p := ask[protocol.Prediction](t, w, protocol.Predict{Drawing: bar})
	fromPixels := ask[protocol.Prediction](t, w, protocol.Predict{Pixels: p.Pixels})
	var sum float64
	for i, v := range p.P {
		sum += float64(v)
		if v != fromPixels.P[i] {
			t.Errorf("class %d: %v from the drawing, %v from its pixels", i, v, fromPixels.P[i])
		}
	}
	if math.Abs(sum-1) > 1e-5 || len(p.P) != 10 || len(p.Trace) != len(engine.NewTrace(engine.Classic()).Data) {
		t.Errorf("%d probabilities with sum %v, a trace of %d", len(p.P), sum, len(p.Trace))
	}
	if engine.Argmax(p.P) != 1 {
		t.Errorf("an upright bar is read as %v", p.P)
	}

	// The stages and the changes come along.
	if !(p.Stages.Scale > 0) || fromPixels.Stages.Scale != 0 {
		t.Errorf("stages %+v of a drawing, %+v of an image", p.Stages, fromPixels.Stages)
	}
	moved := ask[protocol.Prediction](t, w, protocol.Predict{Drawing: bar, Raw: true, Distort: pen.Distort{X: 3}})
	if raw, _ := pen.Render(bar, pen.Options{Raw: true}); string(moved.Pixels[3:28]) != string(raw[:25]) || string(moved.Pixels) == string(raw[:]) {
		t.Error("a raw drawing is not moved by 3 pixels")
	}

	bad := engine.NewParams(engine.Classic())
	bad.Data[7] = float32(math.NaN())
	if _, err := w.Handle(protocol.Show{Params: bad}); err == nil {
		t.Error("NaN weights are shown")
	}
}

// Samples come with what the network reads in them.
func TestSamples(t *testing.T) {
	train, test := subset(t, 10, 50)
	w := loaded(t, train, test)
	s := ask[protocol.SampleList](t, w, protocol.Samples{From: 40, Count: 36})
	if s.Read != nil || s.Total != 50 || len(s.Labels) != 10 || string(s.Images) != string(test.Images[40*engine.Pixels:]) {
		t.Errorf("%d labels of %d, read %v", len(s.Labels), s.Total, s.Read)
	}
	p := engine.NewParams(engine.Classic())
	p.Init(1)
	ask[protocol.Network](t, w, protocol.Show{Params: p})
	s = ask[protocol.SampleList](t, w, protocol.Samples{From: 0, Count: 3})
	for i, read := range s.Read {
		q := ask[protocol.Prediction](t, w, protocol.Predict{Pixels: s.Images[i*engine.Pixels:][:engine.Pixels]})
		if int(read) != engine.Argmax(q.P) {
			t.Errorf("image %d is read as %d in the list, %d alone", i, read, engine.Argmax(q.P))
		}
	}
	if s = ask[protocol.SampleList](t, w, protocol.Samples{From: 500, Count: 3}); len(s.Labels) != 0 {
		t.Errorf("%d labels beyond the end", len(s.Labels))
	}
}

// An examination comes to what the engine's evaluation does, and its images
// can be asked for.
func TestExamine(t *testing.T) {
	train, test := subset(t, 10, 200)
	w := loaded(t, train, test)
	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	ask[protocol.Network](t, w, protocol.Load{File: file})
	e := ask[protocol.Examination](t, w, protocol.Examine{})
	want, err := w.net.Evaluate(test.Images, test.Labels)
	if err != nil {
		t.Fatal(err)
	}
	var confusion [engine.Classes][engine.Classes]int
	var loss float64
	for i, label := range e.Labels {
		confusion[label][e.Read[i]]++
		loss += float64(e.Loss[i])
	}
	if len(e.Labels) != 200 || confusion != want.Confusion || math.Abs(loss-want.LossSum) > 1e-4 {
		t.Errorf("%d images, loss %v, confusion %v; the engine says %v, %v", len(e.Labels), loss, confusion, want.LossSum, want.Confusion)
	}
	p := ask[protocol.Prediction](t, w, protocol.Predict{Pixels: test.Images[7*engine.Pixels : 8*engine.Pixels]})
	if got := p.P[e.Read[7]]; math.Abs(float64(got-e.P[7])) > 1e-5 {
		t.Errorf("image 7 has probability %v on its own, %v among the others", got, e.P[7])
	}
	s := ask[protocol.SampleList](t, w, protocol.Samples{Indices: []int{7, 199}})
	if string(s.Labels) != string([]byte{test.Labels[7], test.Labels[199]}) || s.Read[1] != e.Read[199] ||
		string(s.Images[:engine.Pixels]) != string(test.Images[7*engine.Pixels:8*engine.Pixels]) {
		t.Errorf("images 7 and 199 come with labels %v, read as %v", s.Labels, s.Read)
	}
	// Nobody reads what was moved off the image.
	blank := ask[protocol.Examination](t, w, protocol.Examine{Distort: pen.Distort{X: engine.Side}})
	if blank.Read[0] != blank.Read[1] || blank.P[0] != blank.P[199] {
		t.Errorf("images moved away are read as %v", blank.Read)
	}
	if _, err := w.Handle(protocol.Samples{Indices: []int{200}}); err == nil || !strings.Contains(err.Error(), "image 200") {
		t.Errorf("image 200 of 200: %v", err)
	}
}
