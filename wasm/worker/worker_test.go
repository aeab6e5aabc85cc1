package worker

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/idx"
	"lenet/engine/pen"
	"lenet/engine/safetensors"
	"lenet/wasm/protocol"
	"lenet/wasm/view"
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

// team returns workers that share a run.
func team(t *testing.T, size int, train, test engine.Set, r engine.Recipe) []*Worker {
	t.Helper()
	var all []*Worker
	for rank := range size {
		w := &Worker{train: train, test: test}
		p := ask[protocol.Progress](t, w, protocol.Start{Recipe: r, Rank: rank, Size: size})
		if p.Step != 0 || p.State != "training" || p.Total != train.Len() {
			t.Fatalf("a fresh run reports %+v", p)
		}
		all = append(all, w)
	}
	return all
}

// work does one unit of a run, as wasm/page/team.js does. It reports whether there was one.
func work(t *testing.T, all []*Worker, lr float64, epochs int) bool {
	t.Helper()
	kinds := map[Unit]bool{}
	for _, w := range all {
		unit, err := w.Begin()
		if err != nil {
			t.Fatal(err)
		}
		kinds[unit] = true
	}
	if len(kinds) != 1 {
		t.Fatalf("workers of one run begin %v", kinds)
	}
	if kinds[Ended] {
		return false
	}
	for bit := 1; bit < len(all); bit *= 2 {
		type message struct {
			loss    float64
			correct int
			sum     []float32
		}
		sent := make([]message, len(all))
		for rank, w := range all {
			m := &sent[rank^bit]
			var sum []float32
			m.loss, m.correct, sum = w.Part()
			m.sum = slices.Clone(sum)
		}
		for rank, w := range all {
			copy(w.Next(), sent[rank].sum)
			w.Merge(rank&bit != 0, sent[rank].loss, sent[rank].correct)
		}
	}
	for _, w := range all {
		if err := w.Finish(lr, epochs); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// workAll does units until there are none.
func workAll(t *testing.T, all []*Worker, r engine.Recipe) {
	t.Helper()
	for n := 0; work(t, all, r.LR, r.Epochs); n++ {
		if n > 200 {
			t.Fatal("the run does not end")
		}
	}
}

func progress(t *testing.T, w *Worker) protocol.Progress {
	return ask[protocol.Progress](t, w, protocol.Report{})
}

func weights(t *testing.T, w *Worker) []float32 {
	return ask[protocol.Parameters](t, w, protocol.Snapshot{}).Params.Data
}

// However many workers share a run, each of them ends with the parameters and
// the test accuracy of engine.Train, bit for bit; with other classes and frozen
// layers, too.
func TestRunIsTrain(t *testing.T) {
	r := quick()
	r.Decay = engine.Cosine
	runIsTrain(t, r)
	r.Config, r.Freeze = r.WithClasses(12), engine.FreezeConv
	runIsTrain(t, r)
}

// A run that starts from a file of weights of other classes has them in all
// layers but the last; the frozen ones keep their bits to its end, on one worker
// and on four.
func TestRunFromWeights(t *testing.T) {
	train, test := subset(t, 300, 260)
	r := quick()
	from := engine.NewParams(r.Config)
	from.Init(99)
	file := safetensors.Encode(from, nil)
	r.Config = r.WithClasses(12)
	for freeze, kept := range map[engine.Freeze]int{engine.NoFreeze: 0, engine.FreezeConv: 4, engine.FreezeAllButLast: 8} {
		r.Freeze = freeze
		begun := engine.NewParams(r.Config)
		if err := begun.InitFrom(from, r.Seed); err != nil {
			t.Fatal(err)
		}
		var one []float32
		for _, size := range []int{1, 4} {
			var all []*Worker
			for rank := range size {
				w := &Worker{train: train, test: test}
				ask[protocol.Progress](t, w, protocol.Start{Recipe: r, Rank: rank, Size: size, Init: file})
				all = append(all, w)
			}
			if !slices.Equal(weights(t, all[0]), begun.Data) {
				t.Fatalf("%v: the run does not begin with the file's weights", freeze)
			}
			workAll(t, all, r)
			got := &engine.Params{Config: r.Config, Data: weights(t, all[0])}
			for i, tensor := range got.Tensors() {
				if same := slices.Equal(tensor.Data, begun.Tensors()[i].Data); same != (i < kept) {
					t.Errorf("%v, %d workers: %s unchanged: %t", freeze, size, tensor.Name, same)
				}
			}
			if one == nil {
				one = got.Data
			} else if !slices.Equal(one, got.Data) {
				t.Errorf("%v: %d workers end with other weights than one", freeze, size)
			}
		}
	}
	w := &Worker{train: train, test: test}
	r.Channels[0]++
	if _, err := w.Handle(protocol.Start{Recipe: r, Size: 1, Init: file}); err == nil || !strings.Contains(err.Error(), "use the same activation") {
		t.Errorf("weights of another network: %v", err)
	}
	ask[protocol.Network](t, w, protocol.Load{File: file})
	if n := ask[protocol.Network](t, w, protocol.Load{File: safetensors.Encode(engine.NewParams(from.Config.WithClasses(3)), nil)}); n.Change != nil {
		t.Errorf("weights of other classes differ by %v", *n.Change)
	}
	if _, err := w.Handle(protocol.Start{Recipe: r, Size: 1, Init: []byte("no weights")}); err == nil || !strings.Contains(err.Error(), "weights to start from") {
		t.Errorf("a file that holds none: %v", err)
	}
}

func runIsTrain(t *testing.T, r engine.Recipe) {
	train, test := subset(t, 300, 260) // neither a multiple of the batch nor of evalSlice
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

	for _, size := range []int{1, 2, 4, 8} {
		t.Run(fmt.Sprint(size, r.NumClasses()), func(t *testing.T) {
			all := team(t, size, train, test, r)
			workAll(t, all, r)
			for _, w := range all {
				p := progress(t, w)
				if p.State != "finished" || p.Epoch != 2 || p.Step != 20 || p.Seen != 600 {
					t.Errorf("ended as %+v", p)
				}
				if got := weights(t, w); !slices.Equal(got, want.Data) {
					t.Fatal("not engine.Train's parameters")
				}
				// Sums of losses are added up in another order.
				if p.Test != last.Test.Accuracy() || math.Abs(p.Loss-last.Done.Loss()) > 1e-12 || p.Acc != last.Done.Accuracy() {
					t.Errorf("test %v loss %v acc %v, engine.Train's %v %v %v", p.Test, p.Loss, p.Acc,
						last.Test.Accuracy(), last.Done.Loss(), last.Done.Accuracy())
				}
				checkPoints(t, p.Points, p)
			}
		})
	}
}

// A step allocates nothing, for a worker alone and for two that exchange
// gradients; but for the points of the curves, which are kept.
func TestNoAllocations(t *testing.T) {
	train, test := subset(t, 4096, 64)
	for _, size := range []int{1, 2} {
		r := quick()
		r.Batch = 16
		all := team(t, size, train, test, r)
		step := func() {
			for _, w := range all {
				if unit, err := w.Begin(); unit != Step || err != nil {
					t.Fatal(unit, err)
				}
			}
			if size == 2 {
				for rank, w := range all {
					loss, correct, sum := all[1-rank].Part()
					copy(w.Next(), sum)
					w.Merge(rank == 1, loss, correct) // of what counts here, as work does it
				}
			}
			for _, w := range all {
				if err := w.Finish(r.LR, r.Epochs); err != nil {
					t.Fatal(err)
				}
			}
		}
		step()
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("%d workers: a step allocates %v times", size, n)
		}
	}
}

// Whenever workers are lost, fewer or more go on from where one of the others
// stood, to the same end.
func TestResume(t *testing.T) {
	train, test := subset(t, 300, 600)
	r := quick()
	alone := team(t, 1, train, test, r)
	workAll(t, alone, r)
	want, end := weights(t, alone[0]), progress(t, alone[0])
	for _, c := range []struct{ size, units, then int }{
		{2, 0, 1}, {2, 1, 1}, {4, 7, 2}, {4, 9, 1}, {2, 10, 1}, {1, 11, 4}, {2, 11, 2}, {2, 12, 1}, {1, 13, 8}, {8, 21, 2}, {4, 23, 1},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			before := team(t, c.size, train, test, r)
			for range c.units {
				work(t, before, r.LR, r.Epochs)
			}
			of := before[c.size-1]
			of.Begin() // and one that is never finished
			points := progress(t, of).Points
			from := ask[protocol.Parameters](t, of, protocol.Snapshot{})
			var after []*Worker
			for rank := range c.then {
				w := &Worker{train: train, test: test}
				start := protocol.Start{Recipe: r, Rank: rank, Size: c.then, From: &from}
				if p := ask[protocol.Progress](t, w, start); p.Step != from.Mark.Step || p.Seen != from.Mark.Seen {
					t.Errorf("resumed at %+v from %+v", p, from.Mark)
				}
				after = append(after, w)
			}
			workAll(t, after, r)
			if !slices.Equal(weights(t, after[0]), want) {
				t.Error("other parameters")
			}
			p := progress(t, after[0])
			if p.Step != end.Step || p.Seen != end.Seen || p.Test != end.Test || p.Acc != end.Acc || p.State != "finished" {
				t.Errorf("ended as %+v, want %+v", p, end)
			}
			if points = append(points, p.Points...); len(points) != len(end.Points) {
				t.Errorf("%d points of the curves, want %d", len(points), len(end.Points))
			}
			checkPoints(t, points, p)
		})
	}
	from := ask[protocol.Parameters](t, alone[0], protocol.Snapshot{})
	from.Mark.Done = 301
	if _, err := (&Worker{train: train, test: test}).Handle(protocol.Start{Recipe: r, Size: 1, From: &from}); err == nil {
		t.Error("a run that did more examples than there are is resumed")
	}
}

// reproducible is what 20 steps of the quick preset on the embedded images come
// to everywhere: natively at every vector width, and as WebAssembly with vector
// instructions and without. The browser's tests look for it too.
const reproducible = "2014d04e6982c4c4954fc24ccde274dcc25b7619494c54b270bfa84d709806ab"

func TestReproducible(t *testing.T) {
	train, test := subset(t, 6000, 100)
	preset, err := engine.PresetByName("quick")
	if err != nil {
		t.Fatal(err)
	}
	preset.Reproducible = true
	for _, size := range []int{1, 2} {
		var all []*Worker
		for rank := range size {
			w := &Worker{train: train, test: test}
			ask[protocol.Progress](t, w, protocol.Start{Recipe: preset.Recipe, Rank: rank, Size: size})
			all = append(all, w)
		}
		for range 20 {
			work(t, all, preset.Recipe.LR, preset.Recipe.Epochs)
		}
		h := sha256.New()
		if err := binary.Write(h, binary.LittleEndian, weights(t, all[0])); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != reproducible {
			t.Errorf("%d workers: weights %s, want %s", size, got, reproducible)
		}
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
	for _, size := range []int{1, 2} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			all := team(t, size, train, test, r)
			start := weights(t, all[0])
			workAll(t, all, r)
			for _, w := range all {
				if p := progress(t, w); p.State != "diverged" || p.Step != 1 || math.IsNaN(p.Loss) {
					t.Fatalf("a learning rate of 1e30 ends as %+v", p)
				}
				if !slices.Equal(weights(t, w), start) {
					t.Fatal("not the parameters from before the fatal step")
				}
			}
		})
	}
}

func TestTune(t *testing.T) {
	train, test := subset(t, 100, 50)
	r := quick()
	r.Epochs = 1
	all := team(t, 2, train, test, r)
	workAll(t, all, r)
	p := progress(t, all[1])
	if p.State != "finished" || p.Step != 4 {
		t.Fatalf("%+v", p)
	}
	for _, w := range all { // while there is nothing to do, all say so
		p = ask[protocol.Progress](t, w, protocol.Tune{LR: 0.05, Epochs: 3})
		if p.State != "training" || p.LR != 0.05 || p.Epochs != 3 {
			t.Errorf("tuned to %+v", p)
		}
	}
	for range 4 {
		work(t, all, 0.05, 3)
	}
	for work(t, all, 0.02, 2) { // meanwhile, with a unit
	}
	if p = progress(t, all[1]); p.State != "finished" || p.Step != 8 || p.Epoch != 2 || p.LR != 0.02 {
		t.Errorf("went on to %+v", p)
	}
	if p = ask[protocol.Progress](t, all[1], protocol.Tune{LR: 0.05, Epochs: 1}); p.State != "finished" || p.Epochs != 2 {
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
	refused(protocol.Stage{Frame: view.Frame{Width: 960, Ratio: 1}}, "no weights")
	refused(protocol.Samples{Count: 1}, "no test set")
	refused(protocol.Report{}, "no run")
	refused(protocol.Snapshot{}, "no run")
	refused(protocol.Start{Recipe: quick(), Size: 1}, "training set")
	refused(protocol.Load{File: []byte("nothing")}, "")
	refused(protocol.Set{Images: []byte("x"), Labels: []byte("y")}, "images")

	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	if n := ask[protocol.Network](t, w, protocol.Load{File: file}); n.Config != engine.Classic() || n.Change != nil {
		t.Errorf("the embedded weights are %+v", n)
	}
	if n := ask[protocol.Network](t, w, protocol.Load{File: file}); n.Change == nil || *n.Change != (protocol.Change{}) {
		t.Errorf("the same weights again: %+v", n.Change)
	}
	other, err := safetensors.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	other.Tensor("3.weight").Data[5] += 2
	if n := ask[protocol.Network](t, w, protocol.Load{File: safetensors.Encode(other, nil)}); n.Change == nil || math.Abs(n.Change.Max-2) > 1e-6 || n.Change.Tensor != "3.weight" {
		t.Errorf("3.weight changed by 2: %+v", n.Change)
	}
	ask[protocol.Network](t, w, protocol.Load{File: file})
	saved := ask[protocol.File](t, w, protocol.Save{Meta: map[string]string{"classes": `["house","✓"]`}})
	if loaded := ask[protocol.Network](t, w, protocol.Load{File: saved.Data}); loaded.Meta["classes"] != `["house","✓"]` {
		t.Errorf("the file says %v of its weights", loaded.Meta)
	}
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

// Samples come with the network's answers.
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

// Without their pixels the images are read the same. An earlier network reads
// an image as it does when it is on show, and does not take its place.
func TestRecall(t *testing.T) {
	train, test := subset(t, 10, 50)
	w := loaded(t, train, test)
	var all [2]*engine.Params
	for i := range all {
		all[i] = engine.NewParams(engine.Classic())
		all[i].Init(uint64(i))
	}
	ask[protocol.Network](t, w, protocol.Show{Params: all[1]})
	whole := ask[protocol.SampleList](t, w, protocol.Samples{Count: 30})
	bare := ask[protocol.SampleList](t, w, protocol.Samples{Count: 30, Bare: true})
	if bare.Images != nil || string(bare.Read) != string(whole.Read) || string(bare.Labels) != string(whole.Labels) || len(whole.Images) != 30*engine.Pixels {
		t.Errorf("without pixels %v, with them %v", bare, whole.Read)
	}
	for i := range 30 {
		img := test.Images[i*engine.Pixels:][:engine.Pixels]
		shown := ask[protocol.Prediction](t, w, protocol.Predict{Pixels: img}).P
		for k, p := range all {
			got := ask[protocol.Probabilities](t, w, protocol.Recall{Params: p, Pixels: img}).P
			far := 0.0
			for c := range got {
				far = max(far, math.Abs(float64(got[c]-shown[c])))
			}
			if same := far < 1e-5; same != (k == 1) {
				t.Errorf("image %d: network %d differs by %g from the one on show", i, k, far)
			}
		}
	}
}

// An examination agrees with the engine's evaluation, and its images
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
	confusion := make([][]int, engine.DefaultClasses)
	for i := range confusion {
		confusion[i] = make([]int, engine.DefaultClasses)
	}
	var loss float64
	for i, label := range e.Labels {
		confusion[label][e.Read[i]]++
		loss += float64(e.Loss[i])
	}
	if len(e.Labels) != 200 || !reflect.DeepEqual(confusion, want.Confusion) || math.Abs(loss-want.LossSum) > 1e-4 {
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
	// Ink that was moved off the image is not read.
	blank := ask[protocol.Examination](t, w, protocol.Examine{Distort: pen.Distort{X: engine.Side}})
	if blank.Read[0] != blank.Read[1] || blank.P[0] != blank.P[199] {
		t.Errorf("images moved away are read as %v", blank.Read)
	}
	if _, err := w.Handle(protocol.Samples{Indices: []int{200}}); err == nil || !strings.Contains(err.Error(), "image 200") {
		t.Errorf("image 200 of 200: %v", err)
	}
}

// A picture is brought into the network's form; a blank one is reported as blank.
func TestPicture(t *testing.T) {
	const side = 40
	rgba := make([]byte, 4*side*side)
	for i := range rgba {
		if x, y := i/4%side, i/4/side; i%4 == 3 || x < 18 || x > 21 || y < 5 || y > 34 {
			rgba[i] = 255 // white, and opaque everywhere
		}
	}
	w := new(Worker)
	p := ask[protocol.Image](t, w, protocol.Picture{Width: side, Height: side, RGBA: rgba, Digit: true}).Pixels
	if len(p) != engine.Pixels || p[14*28+14] < 200 || p[14*28+2] != 0 {
		t.Errorf("a black line on white became %v", p)
	}
	for i := range rgba {
		rgba[i] = 255
	}
	if p := ask[protocol.Image](t, w, protocol.Picture{Width: side, Height: side, RGBA: rgba}).Pixels; p != nil {
		t.Errorf("a white picture became %v", p)
	}
}

// A run that is refused leaves no goroutines of its backend behind.
func TestRefusedStart(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	train, test := subset(t, 20, 10)
	w := loaded(t, train, test)
	r := quick()
	before := runtime.NumGoroutine()
	for i := range 3 * 20 {
		from := &protocol.Parameters{Params: engine.NewParams(r.Config)}
		switch i % 3 {
		case 0:
			from.Mark.Done = train.Len() + 1
		case 1:
			from.Mark.Judged = test.Len() + 1
		case 2:
			r.Config.Units[0] = 0
		}
		if _, err := w.Handle(protocol.Start{Recipe: r, Size: 1, From: from}); err == nil {
			t.Fatal("a run that cannot be is started")
		}
		r = quick()
	}
	for i := 0; runtime.NumGoroutine() > before && i < 1e6; i++ {
		runtime.Gosched() // those that were closed end when it is their turn
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines are left behind", n-before)
	}
}
