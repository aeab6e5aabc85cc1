package explain

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/safetensors"
)

// mnist returns an explainer of the embedded network for MNIST, its parameters and the test images.
func mnist(t *testing.T) (*Explainer, *engine.Params, engine.Set) {
	t.Helper()
	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	p, err := safetensors.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	return explainer(t, p), p, test
}

// With the margin's gradient the answer's lead grows uphill, and shrinks downhill.
func TestMargin(t *testing.T) {
	e, _, test := mnist(t)
	image, g := test.Images[:engine.Pixels], make([]float32, engine.Pixels)
	tr, err := e.Read(image)
	if err != nil {
		t.Fatal(err)
	}
	margin := Margin(tr.Logits(), engine.Argmax(tr.Logits()))
	x := slices.Clone(tr.Input())
	value, err := e.Gradient(image, margin, g)
	if err != nil || value <= 0 {
		t.Fatalf("%v, %v", value, err)
	}
	const h = 1e-2
	n := norm(g)
	for _, sign := range []float64{1, -1} {
		y := slices.Clone(x)
		for i, d := range g {
			y[i] += float32(sign * h / n * float64(d))
		}
		tr, err := e.ReadInput(y)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := margin.Value(tr)-value, sign*h*n; math.Abs(got-want) > 0.05*math.Abs(want) {
			t.Errorf("a step of %v changes the margin by %v, want %v", sign*h, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	c := engine.Classic()
	for _, u := range []struct {
		at      []int
		ones    int
		message string
	}{
		{[]int{0, 5, 27, 27}, 1, ""}, {[]int{3, 15, 9, 0}, 1, ""}, {[]int{3, 15}, 100, ""}, {[]int{11, 9}, 1, ""}, {[]int{6, 399}, 1, ""},
		{[]int{12, 0}, 0, "layer 12: use 0 to 11"},
		{[]int{3, 16, 0, 0}, 0, "layer 3, Conv2d, has outputs 3:0:0:0 to 3:15:9:9: there is no 16"},
		{[]int{3, 1, 0}, 0, "name one so"},
		{[]int{11, 10}, 0, "11:0 to 11:9: there is no 10"},
		{[]int{9, -1}, 0, "there is no -1"},
	} {
		target, err := Unit(c, u.at[0], u.at[1:]...)
		if u.message != "" {
			if err == nil || !strings.Contains(err.Error(), u.message) {
				t.Errorf("%v: %v, want %q", u.at, err, u.message)
			}
			continue
		}
		ones := 0
		for _, v := range target.By {
			ones += int(v)
		}
		if err != nil || ones != u.ones || target.By[len(target.By)-1] != 1 && u.at[0] != 3 {
			t.Errorf("%v: %v, %v", u.at, target, err)
		}
	}
}

// A class's input is read as that class, is the same for the same seed, and grows
// from the drawing that it starts with.
func TestAscend(t *testing.T) {
	e, _, test := mnist(t)
	for k := range 10 {
		a := DefaultAscent(Logit(10, k), 1)
		frames, err := e.Ascend(a)
		if err != nil {
			t.Fatal(err)
		}
		first, last := frames[0], frames[len(frames)-1]
		if len(frames) != 41 || last.Step != a.Steps || last.Value < first.Value+5 {
			t.Errorf("class %d: %d frames, step %d, from %v to %v", k, len(frames), last.Step, first.Value, last.Value)
		}
		tr, err := e.ReadInput(last.Input)
		if err != nil {
			t.Fatal(err)
		}
		if got := engine.Argmax(tr.Logits()); got != k {
			t.Errorf("class %d's input is read as %d", k, got)
		}
		if slices.Min(last.Input) < 0 || slices.Max(last.Input) > 1 {
			t.Errorf("class %d: from %v to %v", k, slices.Min(last.Input), slices.Max(last.Input))
		}
		again, err := e.Ascend(a)
		if err != nil || !reflect.DeepEqual(again, frames) {
			t.Errorf("class %d: another ascent the second time, %v", k, err)
		}
	}
	tr, err := e.Read(test.Images[:engine.Pixels])
	if err != nil {
		t.Fatal(err)
	}
	x := slices.Clone(tr.Input())
	frames, err := e.Ascend(Ascent{Target: Logit(10, 3), Start: x, Steps: 3, Rate: 1})
	if err != nil || len(frames) != 2 || !slices.Equal(frames[0].Input, x) || !(frames[1].Value > frames[0].Value) {
		t.Errorf("from a drawing: %d frames, %v", len(frames), err)
	}
	for message, a := range map[string]Ascent{
		"an input of 3 numbers":  {Target: Logit(10, 3), Start: x[:3], Rate: 1},
		"use a rate above 0":     {Target: Logit(10, 3)},
		"use 0 or more":          {Target: Logit(10, 3), Rate: 1, Steps: -1},
		"of 3 outputs of module": {Target: Logit(3, 1), Rate: 1},
	} {
		if _, err := e.Ascend(a); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %q", err, message)
		}
	}
}

// Both kinds of nudge find every class near the first test images, within what
// they say, and the pictures are what a file would hold.
func TestFool(t *testing.T) {
	e, _, test := mnist(t)
	for i := range 2 {
		image := test.Images[i*engine.Pixels:][:engine.Pixels]
		for k := range 10 {
			var found [2]*Fooled
			for s, signed := range []bool{true, false} {
				f, err := e.Fool(image, DefaultNudge(k, signed))
				if err != nil {
					t.Fatal(err)
				}
				tr, err := e.Read(f.Image[:])
				if err != nil {
					t.Fatal(err)
				}
				if !f.Success || f.Answer != k || engine.Argmax(tr.Logits()) != k || !(f.Probability > 0.1) {
					t.Errorf("image %d to %d, signed %v: %v, read as %d with %v", i, k, signed, f.Success, f.Answer, f.Probability)
				}
				found[s] = f
			}
			if k == int(test.Labels[i]) {
				if found[0].L2 != 0 || found[0].Steps != 0 || !slices.Equal(found[1].Image[:], image) {
					t.Errorf("image %d was changed to be what it is", i)
				}
			} else if !(found[0].LInf < found[1].LInf) || !(found[1].L2 < found[0].L2) || found[0].LInf > 0.3 || found[1].L2 > 4 {
				t.Errorf("image %d to %d: signed %v, %v, plain %v, %v: each shall be the smallest of its kind", i, k,
					found[0].LInf, found[0].L2, found[1].LInf, found[1].L2)
			}
		}
	}
	// One step that does not suffice: the fast gradient sign method.
	f, err := e.Fool(test.Images[:engine.Pixels], Nudge{Class: 0, Signed: true, Step: 10. / 255, Steps: 1})
	if err != nil || f.Success || f.Steps != 1 || math.Abs(f.LInf-10./255) > 1e-9 {
		t.Errorf("%+v, %v", f, err)
	}
	for message, n := range map[string]Nudge{
		"class 10: the network has classes 0 to 9": DefaultNudge(10, true),
		"steps longer than 0":                      {Class: 1, Steps: 1},
	} {
		if _, err := e.Fool(test.Images[:engine.Pixels], n); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %q", err, message)
		}
	}
}

func TestOcclusionErrors(t *testing.T) {
	e, _, test := mnist(t)
	image, lost := test.Images[:engine.Pixels], make([]float32, engine.Pixels)
	for message, err := range map[string]error{
		"use 1 to 28 for both":   e.Occlude(image, 1, Occlusion{Size: 5}, lost),
		"classes 0 to 9":         e.Occlude(image, -1, DefaultOcclusion, lost),
		"room for 3 places":      e.Occlude(image, 1, DefaultOcclusion, lost[:3]),
		"an image of 3 bytes":    e.Occlude(image[:3], 1, DefaultOcclusion, lost),
		"an input of 3 numbers:": second(e.GradientInput(lost[:3], Logit(10, 1), lost)),
	} {
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %q", err, message)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Page and program agree: with reproducible kernels the answers have the same
// bits natively and in WebAssembly, with vectors and without.
func TestBits(t *testing.T) {
	for _, c := range []struct {
		act  engine.Activation
		pool engine.Pooling
		want uint64
	}{{engine.Sigmoid, engine.AvgPool, 0x6b8e8f6f1817dac}, {engine.Tanh, engine.MaxPool, 0x15514df59fcd0902}, {engine.ReLU, engine.MaxPool, 0x51db0a200d9e0f33}} {
		o := readOracle(t, c.act, c.pool)
		if got := answerBits(t, o.p, o.image()); got != c.want {
			t.Errorf("%v, %v: the answers have the sum %#x, want %#x", c.act, c.pool, got, c.want)
		}
	}
}

// answerBits returns a sum over the bits of all answers.
func answerBits(t *testing.T, p *engine.Params, image []byte) uint64 {
	net, err := cpu.New(p.Config, cpu.Options{Threads: 1, Reproducible: true})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if err := net.SetParams(p); err != nil {
		t.Fatal(err)
	}
	e, g, h := New(net), make([]float32, engine.Pixels), fnv.New64a()
	sum := func(v any, err error) {
		t.Helper()
		if err == nil {
			err = binary.Write(h, binary.LittleEndian, v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sum(e.Gradient(image, Logit(p.Config.NumClasses(), 3), g))
	sum(g, nil)
	for layer := range engine.NumLayers {
		target, err := Unit(p.Config, layer, 2)
		if err != nil {
			t.Fatal(err)
		}
		frames, err := e.Ascend(DefaultAscent(target, 1))
		if err != nil {
			t.Fatal(err)
		}
		sum(frames[len(frames)-1].Input, nil)
	}
	if err := e.Occlude(image, 1, DefaultOcclusion, g); err != nil {
		t.Fatal(err)
	}
	sum(g, nil)
	for _, signed := range []bool{true, false} {
		f, err := e.Fool(image, DefaultNudge(0, signed))
		if err != nil {
			t.Fatal(err)
		}
		sum(f.Image[:], nil)
	}
	return h.Sum64()
}

func TestNoAllocations(t *testing.T) {
	e, _, test := mnist(t)
	image, g, target := test.Images[:engine.Pixels], make([]float32, engine.Pixels), Logit(10, 3)
	for name, f := range map[string]func(){
		"Gradient": func() { e.Gradient(image, target, g) },
		"Occlude":  func() { e.Occlude(image, 3, DefaultOcclusion, g) },
	} {
		f() // allocates once
		if n := testing.AllocsPerRun(3, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// off returns a network of ReLU in which the part computes 0 for every image.
func off(p *engine.Params, part Part) *engine.Params {
	q := p.Clone()
	layer, _ := part.reader()
	w, b := q.Tensor(fmt.Sprint(layer, ".weight")), q.Tensor(fmt.Sprint(layer, ".bias"))
	row := len(w.Data) / len(b.Data)
	clear(w.Data[part.Index*row:][:row])
	b.Data[part.Index] = -1
	return q
}

// A network without a part gives the bits of one whose part is always 0, and its
// input's gradient, and the trace of the part shows 0.
func TestWithout(t *testing.T) {
	for pool := engine.AvgPool; pool <= engine.MaxPool; pool++ {
		o := readOracle(t, engine.ReLU, pool)
		image, g, want := o.image(), make([]float32, engine.Pixels), make([]float32, engine.Pixels)
		classes := o.p.Config.NumClasses()
		for _, part := range []Part{{0, 1}, {2, 0}, {3, 4}, {4, 2}, {5, 0}, {7, 19}, {8, 0}, {9, 3}, {10, 11}} {
			p, err := Without(o.p, part)
			if err != nil {
				t.Fatal(err)
			}
			if layer, _ := part.reader(); reflect.DeepEqual(p.Data, o.p.Data) {
				t.Errorf("%v of layer %d is still there", part, layer)
			}
			a, b := explainer(t, p), explainer(t, off(o.p, part))
			if _, err := a.Gradient(image, Logit(classes, 2), g); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Gradient(image, Logit(classes, 2), want); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(g, want) {
				t.Errorf("%v, %v: another gradient", pool, part)
			}
			Hide(a.trace, part)
			for layer := range engine.NumLayers {
				if first, _ := part.reader(); layer != first && !slices.Equal(a.trace.Layer(layer), b.trace.Layer(layer)) {
					t.Errorf("%v, %v: layer %d differs", pool, part, layer)
				}
			}
		}
	}
}

// Accuracy falls without parts, and the network has its bits again.
func TestEvaluateWithout(t *testing.T) {
	_, p, test := mnist(t)
	net, err := cpu.New(p.Config, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if err := net.SetParams(p); err != nil {
		t.Fatal(err)
	}
	whole, err := EvaluateWithout(net, p, nil, test)
	if err != nil {
		t.Fatal(err)
	}
	less, err := EvaluateWithout(net, p, []Part{{0, 0}, {0, 1}, {3, 7}}, test)
	if err != nil || whole.Correct < 980 || less.Correct >= whole.Correct || less.Examples != test.Len() || len(less.Confusion) != 10 {
		t.Errorf("%d right, without parts %d of %d, %v", whole.Correct, less.Correct, less.Examples, err)
	}
	back := engine.NewParams(p.Config)
	if err := net.Params(back); err != nil || !slices.Equal(back.Data, p.Data) {
		t.Errorf("the network does not have its weights again, %v", err)
	}
	for message, part := range map[string]Part{
		"layer 11 has no maps or units": {11, 0}, "layer 6 has no": {6, 0}, "layer -1 has no": {-1, 0},
		"layer 3 has maps or units 0 to 15: there is no 16": {3, 16},
	} {
		if _, err := EvaluateWithout(net, p, []Part{part}, test); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %q", err, message)
		}
	}
}

// The strongest images are those that a sort by the highest output gives.
func TestStrongest(t *testing.T) {
	e, _, test := mnist(t)
	const n = 60
	images := test.Images[:n*engine.Pixels]
	for _, p := range []Part{{0, 5}, {5, 3}, {8, 7}, {11, 3}} {
		var want []Driver
		for i := range n {
			tr, err := e.Read(images[i*engine.Pixels:][:engine.Pixels])
			if err != nil {
				t.Fatal(err)
			}
			l := e.net.Config().Layers()[p.Layer]
			each, columns := l.Size()/l.Shape[0], l.Shape[len(l.Shape)-1]
			if len(l.Shape) == 1 {
				columns = 1
			}
			out := tr.Layer(p.Layer)[p.Index*each:][:each]
			at := engine.Argmax(out)
			want = append(want, Driver{i, out[at], at / columns, at % columns})
		}
		slices.SortStableFunc(want, func(a, b Driver) int { return cmp.Compare(b.Value, a.Value) })
		got, err := e.Strongest(images, p, 9)
		if err != nil || !slices.Equal(got, want[:9]) {
			t.Errorf("%v: %v, want %v, %v", p, got, want[:9], err)
		}
	}
	if few, err := e.Strongest(images[:2*engine.Pixels], Part{11, 3}, 9); err != nil || len(few) != 2 {
		t.Errorf("of two images %v, %v", few, err)
	}
	if none, err := e.Strongest(images, Part{11, 3}, 0); err != nil || len(none) != 0 {
		t.Errorf("none: %v, %v", none, err)
	}
	for message, p := range map[string]Part{"layer 12: use 0 to 11": {12, 0}, "units 0 to 9: there is no 10": {11, 10}} {
		if _, err := e.Strongest(images, p, 9); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %q", err, message)
		}
	}
}

// A unit's field is all that changes it.
func TestField(t *testing.T) {
	o := readOracle(t, engine.Tanh, engine.AvgPool)
	e, g := explainer(t, o.p), make([]float32, engine.Pixels)
	for layer, l := range o.p.Config.Layers() {
		at := []int{0}
		if len(l.Shape) == 3 {
			at = []int{1, l.Shape[1] / 3, l.Shape[2] - 1}
		}
		target, err := Unit(o.p.Config, layer, at...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Gradient(o.image(), target, g); err != nil {
			t.Fatal(err)
		}
		at = append(at, 0, 0)
		y0, x0, y1, x1 := Field(layer, at[1], at[2])
		if layer == 6 { // an output of a map, flattened
			y0, x0, y1, x1 = Field(5, 0, 0)
		}
		for i, d := range g {
			y, x := i/engine.Side, i%engine.Side
			if inside := y >= y0 && y < y1 && x >= x0 && x < x1; (d != 0) != inside {
				t.Fatalf("layer %d, %v: the gradient by (%d, %d) is %v, and the field rows %d to %d, columns %d to %d", layer, at, y, x, d, y0, y1, x0, x1)
			}
		}
	}
}
