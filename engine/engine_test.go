package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"
)

// The layer table of the classical network, as PyTorch's nn.Sequential prints it.
func TestLayersClassic(t *testing.T) {
	want := []struct {
		kind   string
		shape  []int
		params int
	}{
		{"Conv2d", []int{6, 28, 28}, 156}, {"Sigmoid", []int{6, 28, 28}, 0}, {"AvgPool2d", []int{6, 14, 14}, 0},
		{"Conv2d", []int{16, 10, 10}, 2416}, {"Sigmoid", []int{16, 10, 10}, 0}, {"AvgPool2d", []int{16, 5, 5}, 0},
		{"Flatten", []int{400}, 0}, {"Linear", []int{120}, 48120}, {"Sigmoid", []int{120}, 0},
		{"Linear", []int{84}, 10164}, {"Sigmoid", []int{84}, 0}, {"Linear", []int{10}, 850},
	}
	layers := Classic().Layers()
	if len(layers) != NumLayers || len(want) != NumLayers {
		t.Fatalf("%d layers, want %d", len(layers), NumLayers)
	}
	for i, w := range want {
		l := layers[i]
		if l.Index != i || l.Kind != w.kind || !slices.Equal(l.Shape, w.shape) || l.Params != w.params {
			t.Errorf("layer %d: %+v, want %+v", i, l, w)
		}
	}
	if n := Classic().NumParams(); n != 61706 {
		t.Errorf("%d parameters, want 61706", n)
	}
}

// Every tensor has the length of its shape, they cover Data without gaps, and
// their sizes agree with the layer table, for sizes other than the classical too.
func TestTensorsCoverData(t *testing.T) {
	for _, c := range []Config{Classic(), {Tanh, MaxPool, [2]int{1, 1}, [2]int{1, 1}, 2}, {ReLU, AvgPool, [2]int{7, 19}, [2]int{33, 64}, 64}} {
		p := NewParams(c)
		for i := range p.Data {
			p.Data[i] = float32(i)
		}
		at := 0
		for _, ts := range p.Tensors() {
			n := 1
			for _, d := range ts.Shape {
				n *= d
			}
			if len(ts.Data) != n || ts.Data[0] != float32(at) {
				t.Errorf("%+v: %s has %d values from %v, want %d from %d", c, ts.Name, len(ts.Data), ts.Data[0], n, at)
			}
			at += n
		}
		if at != len(p.Data) {
			t.Errorf("%+v: tensors end at %d of %d", c, at, len(p.Data))
		}
	}
}

func TestMaxDiff(t *testing.T) {
	p := NewParams(Classic())
	p.Init(1)
	q := p.Clone()
	if d, name := p.MaxDiff(q); d != 0 || name != "" {
		t.Errorf("a copy differs by %v in %q", d, name)
	}
	for _, at := range []struct {
		name string
		by   float32
	}{{"0.bias", 0.25}, {"9.weight", -0.5}} { // the second is the larger one
		v := q.Tensor(at.name).Data
		v[len(v)-1] += at.by
		if d, name := p.MaxDiff(q); math.Abs(d-math.Abs(float64(at.by))) > 1e-6 || name != at.name {
			t.Errorf("%s changed by %v: %v in %q", at.name, at.by, d, name)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	bad := Config{Activation: 9, Pooling: 7, Channels: [2]int{0, MaxChannels + 1}, Units: [2]int{-1, MaxUnits + 1}}
	err := bad.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"activation 9", "pooling 7", "convolution 1 has 0", "convolution 2 has 65", "linear layer 1 has -1", "linear layer 2 has 513"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %q", err, part)
		}
	}
	if err := Classic().Validate(); err != nil {
		t.Errorf("Classic: %v", err)
	}
}

func TestNamesRoundTrip(t *testing.T) {
	for a := Sigmoid; a <= ReLU; a++ {
		var b Activation
		if err := b.UnmarshalText([]byte(strings.ToUpper(a.String()))); err != nil || b != a {
			t.Errorf("%v: %v, %v", a, b, err)
		}
	}
	for p := AvgPool; p <= MaxPool; p++ {
		var q Pooling
		if err := q.UnmarshalText([]byte(p.String())); err != nil || q != p {
			t.Errorf("%v: %v, %v", p, q, err)
		}
	}
	var a Activation
	if err := a.UnmarshalText([]byte("swish")); err == nil || !strings.Contains(err.Error(), "sigmoid, tanh, relu") {
		t.Errorf("swish: %v", err)
	}
}

// Weights fill U(±sqrt(6/(fan_in+fan_out))) and biases U(±1/sqrt(fan_in)): none
// outside, the extremes near the bounds, the variance bound²/3.
func TestInitDistribution(t *testing.T) {
	p := NewParams(Classic())
	p.Init(1)
	bounds := map[string]float64{
		"0.weight": math.Sqrt(6.0 / (25 + 150)), "0.bias": 1 / math.Sqrt(25.0),
		"3.weight": math.Sqrt(6.0 / (150 + 400)), "3.bias": 1 / math.Sqrt(150.0),
		"7.weight": math.Sqrt(6.0 / (400 + 120)), "7.bias": 1 / math.Sqrt(400.0),
		"9.weight": math.Sqrt(6.0 / (120 + 84)), "9.bias": 1 / math.Sqrt(120.0),
		"11.weight": math.Sqrt(6.0 / (84 + 10)), "11.bias": 1 / math.Sqrt(84.0),
	}
	for _, ts := range p.Tensors() {
		bound := bounds[ts.Name]
		var top, square float64
		for _, v := range ts.Data {
			top = max(top, math.Abs(float64(v)))
			square += float64(v) * float64(v)
		}
		if top > bound*(1+1e-6) {
			t.Errorf("%s reaches %v, bound %v", ts.Name, top, bound)
		}
		if n := len(ts.Data); n > 500 {
			if top < 0.98*bound {
				t.Errorf("%s reaches only %v of %v", ts.Name, top, bound)
			}
			if v := square / float64(n) / (bound * bound / 3); v < 0.9 || v > 1.1 {
				t.Errorf("%s: variance %v of a uniform's", ts.Name, v)
			}
		}
	}
}

// The seed fixes the bits on every platform: the pinned hashes are of these
// generators, so a change here changes everybody's results.
func TestSeedsArePinned(t *testing.T) {
	p := NewParams(Classic())
	p.Init(42)
	h := fnv.New64a()
	binary.Write(h, binary.LittleEndian, p.Data)
	if got := h.Sum64(); got != 0xa4a88ea107ca1604 {
		t.Errorf("Init(42) hashes to %#x", got)
	}
	order := make([]int32, 1000)
	Shuffle(order, 42, 3)
	h.Reset()
	binary.Write(h, binary.LittleEndian, order)
	if got := h.Sum64(); got != 0x39827271d9d94ec9 {
		t.Errorf("Shuffle(42, 3) hashes to %#x", got)
	}
	slices.Sort(order)
	for i, v := range order {
		if int(v) != i {
			t.Fatalf("not a permutation: place %d holds %d", i, v)
		}
	}
}

// Trace's views tile its data in order; Flatten shares the pooling's values.
func TestTraceLayout(t *testing.T) {
	tr := NewTrace(Classic())
	if len(tr.Data) != 784+2*4704+1176+2*1600+400+2*120+2*84+10 {
		t.Fatalf("%d values", len(tr.Data))
	}
	for i := range tr.Data {
		tr.Data[i] = float32(i)
	}
	at := Pixels
	for i := range NumLayers {
		l := tr.Layer(i)
		if i == 6 {
			if &l[0] != &tr.Layer(5)[0] || len(l) != 400 {
				t.Error("Flatten does not share the pooling's values")
			}
			continue
		}
		if l[0] != float32(at) {
			t.Errorf("layer %d starts at %v, want %d", i, l[0], at)
		}
		at += len(l)
	}
	if got := tr.Logits(); len(got) != 10 || got[9] != float32(len(tr.Data)-1) {
		t.Errorf("logits end at %v", got)
	}
}

func TestSoftmax(t *testing.T) {
	p := make([]float32, 3)
	Softmax(p, []float32{1000, 1001, 999})
	want := []float64{0.24472847, 0.66524096, 0.09003057}
	for i := range p {
		if math.Abs(float64(p[i])-want[i]) > 1e-7 {
			t.Errorf("p = %v, want %v", p, want)
			break
		}
	}
	if Argmax([]float32{1, 3, 3}) != 1 {
		t.Error("Argmax does not take the first of equals")
	}
}

func TestPresets(t *testing.T) {
	for _, p := range Presets() {
		if err := p.Recipe.Validate(); err != nil {
			t.Errorf("%s: %v", p.Preset, err)
		}
	}
	d2l, err := PresetByName("d2l")
	if err != nil || d2l.Recipe.LR != 0.9 || d2l.Recipe.Batch != 256 || d2l.Recipe.Epochs != 10 || d2l.Recipe.Config != Classic() || d2l.Recipe.Seed != 12 {
		t.Errorf("d2l: %+v, %v", d2l, err)
	}
	if _, err := PresetByName("fast"); err == nil || !strings.Contains(err.Error(), "quick") {
		t.Errorf("fast: %v", err)
	}
}

// recorder is a Backend that records what Train asks of it.
type recorder struct {
	orders [][]int32
	rates  []float32
	sets   int // SetData
	evals  int
	loss   float64
	stop   func()
}

func (*recorder) Name() string                                { return "recorder" }
func (*recorder) SetParams(*Params) error                     { return nil }
func (*recorder) Params(*Params) error                        { return nil }
func (*recorder) Close() error                                { return nil }
func (r *recorder) Step(o []int32, lr float32) (Stats, error) { return Stats{}, nil }
func (r *recorder) Epoch(o []int32, batch int, lr float32, progress func(Stats) bool) (Stats, error) {
	r.orders, r.rates = append(r.orders, slices.Clone(o)), append(r.rates, lr)
	s := Stats{Examples: len(o), LossSum: r.loss * float64(len(o)), Correct: 1}
	if r.stop != nil {
		r.stop()
	}
	progress(s)
	return s, nil
}
func (r *recorder) SetData(images, labels []byte) error {
	r.sets++
	return nil
}
func (r *recorder) Evaluate(images, labels []byte) (Evaluation, error) {
	r.evals++
	return Evaluation{Stats: Stats{Examples: len(labels)}}, nil
}

func tinySet(n int) Set { return Set{Images: make([]byte, n*Pixels), Labels: make([]byte, n)} }

func tinyRecipe() Recipe { return Recipe{Config: Classic(), Epochs: 3, Batch: 2, LR: 0.1, Seed: 5} }

// Train shuffles before every epoch, evaluates after each, and an epoch's order
// depends only on seed and epoch, so that resuming at epoch 1 visits what an
// unbroken run does.
func TestTrainOrder(t *testing.T) {
	whole, resumed := &recorder{}, &recorder{}
	var last Report
	if err := Train(t.Context(), whole, tinyRecipe(), tinySet(9), tinySet(2), 0, func(r Report) { last = r }); err != nil {
		t.Fatal(err)
	}
	if err := Train(t.Context(), resumed, tinyRecipe(), tinySet(9), tinySet(2), 1, nil); err != nil {
		t.Fatal(err)
	}
	if len(whole.orders) != 3 || whole.evals != 3 || slices.Equal(whole.orders[0], whole.orders[1]) {
		t.Errorf("orders %v, %d evaluations", whole.orders, whole.evals)
	}
	if len(resumed.orders) != 2 || !slices.Equal(resumed.orders[0], whole.orders[1]) || !slices.Equal(resumed.orders[1], whole.orders[2]) {
		t.Errorf("resumed %v, whole %v", resumed.orders, whole.orders)
	}
	if last.Epoch != 3 || last.Test == nil || last.Seen != 27 {
		t.Errorf("last report %+v", last)
	}
}

// changing is a training set that differs from epoch to epoch.
type changing struct{ Set }

func (c changing) Epoch(ctx context.Context, epoch int) (Set, error) { return c.Set, ctx.Err() }

// The recipe's schedule sets the rate of each epoch, also of a resumed run, and
// images that differ from epoch to epoch reach the backend in each.
func TestTrainSchedule(t *testing.T) {
	r := tinyRecipe()
	r.Epochs, r.Decay = 4, Cosine
	want := []float32{0.1, float32(0.1 * (1 + math.Sqrt2/2) / 2), 0.05, float32(0.1 * (1 - math.Sqrt2/2) / 2)}
	for first := range 4 {
		b := &recorder{}
		var rates []float32
		report := func(rep Report) { rates = append(rates, float32(rep.LR)) }
		if err := Train(t.Context(), b, r, changing{tinySet(9)}, tinySet(2), first, report); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(b.rates, want[first:]) || rates[0] != want[first] || rates[len(rates)-1] != want[3] || b.sets != 4-first {
			t.Errorf("from epoch %d: rates %v, reported %v, want %v; %d sets", first, b.rates, rates, want[first:], b.sets)
		}
	}
	b := &recorder{}
	if err := Train(t.Context(), b, tinyRecipe(), tinySet(9), tinySet(2), 0, nil); err != nil || b.sets != 1 {
		t.Errorf("%v; a set that stays was given %d times", err, b.sets)
	}
	r.Augment = AugmentDigits
	if err := Train(t.Context(), b, r, tinySet(9), tinySet(2), 0, nil); err == nil || !strings.Contains(err.Error(), "augment.Examples") {
		t.Errorf("a recipe with an augmentation, on a plain set: %v", err)
	}
}

func TestRecipeInJSON(t *testing.T) {
	for _, p := range Presets() {
		text, err := json.Marshal(p.Recipe)
		if err != nil || strings.Contains(string(text), "classes") || strings.Contains(string(text), "init") || strings.Contains(string(text), "freeze") {
			t.Errorf("%s, %v: says more than the releases before", text, err)
		}
		p.Decay, p.Augment, p.Reproducible, p.Seed = Cosine, AugmentClothes, true, 3
		p.Classes, p.Init, p.Freeze = 26, "mnist", FreezeAllButLast
		text, err = json.Marshal(p.Recipe)
		var back Recipe
		if err := errors.Join(err, json.Unmarshal(text, &back)); err != nil || back != p.Recipe {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTrainErrors(t *testing.T) {
	ctx := t.Context()
	if err := Train(ctx, &recorder{loss: math.NaN()}, tinyRecipe(), tinySet(4), tinySet(1), 0, nil); !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "epoch 1") {
		t.Errorf("NaN loss: %v", err)
	}
	bad := tinySet(4)
	bad.Labels[2] = 10
	if err := Train(ctx, &recorder{}, tinyRecipe(), bad, tinySet(1), 0, nil); err == nil || !strings.Contains(err.Error(), "training set: label 10 of example 2") {
		t.Errorf("label 10: %v", err)
	}
	short := tinySet(4)
	short.Images = short.Images[1:]
	if err := Train(ctx, &recorder{}, tinyRecipe(), tinySet(4), short, 0, nil); err == nil || !strings.Contains(err.Error(), "test set") {
		t.Errorf("short images: %v", err)
	}
	for _, change := range []func(*Recipe){func(r *Recipe) { r.Batch = 0 }, func(r *Recipe) { r.Epochs = 0 }, func(r *Recipe) { r.LR = math.NaN() }, func(r *Recipe) { r.LR = math.Inf(1) }, func(r *Recipe) { r.LR = 1e-50 }, func(r *Recipe) { r.LR = 1e40 },
		func(r *Recipe) { r.Freeze = 9 }, func(r *Recipe) { r.Classes = 1 }, func(r *Recipe) { r.Classes = 65 }, func(r *Recipe) { r.Classes = -1 }, func(r *Recipe) { r.Decay = 9 }, func(r *Recipe) { r.Optimizer = 9 }, func(r *Recipe) { r.Augment = 9 }} {
		r := tinyRecipe()
		change(&r)
		if err := r.Validate(); err == nil {
			t.Errorf("%+v passes", r)
		}
	}
}

// A cancelled context ends the epoch under way; nothing is evaluated.
func TestTrainCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := &recorder{stop: cancel}
	if err := Train(ctx, b, tinyRecipe(), tinySet(4), tinySet(1), 0, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if len(b.orders) != 1 || b.evals != 0 {
		t.Errorf("%d epochs, %d evaluations after the cancellation", len(b.orders), b.evals)
	}
}
