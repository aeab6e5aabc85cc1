package protocol

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/inspect"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

type object = map[string]any

func request(kind string, fields object) object {
	m := object{"v": float64(Version), "type": kind}
	maps.Copy(m, fields)
	return m
}

func recipe(change object) object {
	m := object{
		"activation": "tanh", "pooling": "max", "channels": []any{6.0, 16.0}, "units": []any{120.0, 84.0},
		"epochs": 3.0, "batch": 32.0, "lr": 0.1, "seed": 7.0, "reproducible": false, "rank": 0.0, "size": 1.0,
	}
	maps.Copy(m, change)
	return m
}

var someMark = Mark{
	Epoch: 1, Done: 2, Testing: true, Judged: 3, Right: 4, Step: 5, Seen: 6, Seconds: 0.5, Loss: 7.5, Correct: 8, Test: -1,
	PointDone: 9, PointLoss: 0.25, PointCorrect: 10,
}

// mark is someMark as a worker sends it and the page returns it.
func mark(change object) object {
	m := Parameters{Params: engine.NewParams(tanhMax), Mark: someMark}.Map()["mark"].(object)
	for key, v := range m {
		if n, ok := v.(int); ok {
			m[key] = float64(n)
		}
	}
	maps.Copy(m, change)
	return m
}

var tanhMax = engine.Config{Activation: engine.Tanh, Pooling: engine.MaxPool, Channels: [2]int{6, 16}, Units: [2]int{120, 84}}

// examples are someExamples as the page sends them.
var (
	someExamples = Examples{Classes: []string{"house", "✓"}, Images: make([]byte, 2*engine.Pixels), Labels: []byte{1, 0}, Tests: 1}
	examples     = object{"classes": []any{"house", "✓"}, "images": someExamples.Images, "labels": someExamples.Labels, "tests": 1.0}
)

func mix(change object) object {
	return merged(object{"classes": []any{"0", "1"}, "images": []byte{1}, "labels": []byte{2}, "testImages": []byte{3}, "testLabels": []byte{4}}, change)
}

func merged(a, b object) object {
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m
}

func points(coordinates ...float64) (b []byte) {
	for _, v := range coordinates {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// ofFiles reports whether a message is of those that this build refuses, which reads no files.
func ofFiles(message object) bool {
	kind, _ := message["type"].(string)
	return !readsFiles && slices.Contains([]string{"put", "read", "write", "prepare"}, kind)
}

func TestDecode(t *testing.T) {
	image := make([]byte, engine.Pixels)
	weights := make([]float32, 61706)
	for _, c := range []struct {
		message object
		want    Request
	}{
		{request("load", object{"file": []byte{1, 2}}), Load{File: []byte{1, 2}}},
		{request("predict", object{"pixels": image}), Predict{Pixels: image}},
		{
			request("predict", object{"points": []float32{1, 2, 3, 4, 5, 6}, "lengths": []any{2.0, 1.0}}),
			Predict{Drawing: pen.Drawing{{{X: 1, Y: 2}, {X: 3, Y: 4}}, {{X: 5, Y: 6}}}},
		},
		{request("predict", object{"points": []float32{}, "lengths": []any{}}), Predict{Drawing: pen.Drawing{}}},
		{
			request("predict", object{"points": []float32{}, "lengths": []any{}, "raw": true, "rotate": -30.0, "x": 2.5, "y": -1.0, "noise": 0.5}),
			Predict{Drawing: pen.Drawing{}, Raw: true, Distort: pen.Distort{Rotate: -30, X: 2.5, Y: -1, Noise: 0.5}},
		},
		{
			request("picture", object{"width": 2.0, "height": 1.0, "rgba": []byte{1, 2, 3, 4, 5, 6, 7, 8}, "digit": true}),
			Picture{Width: 2, Height: 1, RGBA: []byte{1, 2, 3, 4, 5, 6, 7, 8}, Digit: true},
		},
		{request("set", object{"test": true, "images": []byte{3}, "labels": []byte{4}}), Set{Test: true, Images: []byte{3}, Labels: []byte{4}}},
		{request("samples", object{"from": 40.0, "count": 36.0}), Samples{From: 40, Count: 36}},
		{request("samples", object{"indices": []any{7.0, 0.0}}), Samples{Indices: []int{7, 0}}},
		{request("samples", object{"from": 0.0, "count": 180.0, "bare": true}), Samples{Count: 180, Bare: true}},
		{
			request("recall", object{"activation": "tanh", "pooling": "max", "channels": []any{6.0, 16.0}, "units": []any{120.0, 84.0}, "data": weights, "pixels": image}),
			Recall{Params: &engine.Params{Config: tanhMax, Data: weights}, Pixels: image},
		},
		{request("examine", object{"x": 3.0}), Examine{Distort: pen.Distort{X: 3}}},
		{request("save", nil), Save{}},
		{request("save", object{"meta": object{"classes": `["✓"]`}}), Save{Meta: map[string]string{"classes": `["✓"]`}}},
		{request("inspect", object{"layer": -1.0, "channel": 0.0, "y": 3.0, "x": 27.0}), Inspect{inspect.Unit{Layer: -1, Y: 3, X: 27}}},
		{request("parts", object{"of": "gradients"}), Parts{Of: OfGradients}},
		{
			request("parts", object{"of": "weights", "layer": 8.0, "channel": 3.0, "y": 0.0, "x": 0.0}),
			Parts{Of: OfWeights, Unit: &inspect.Unit{Layer: 8, C: 3}},
		},
		{
			request("find", object{"width": 960.0, "ratio": 2.0, "weights": false, "at": []float32{1, 2, 3}}),
			Find{Frame: view.Frame{Width: 960, Ratio: 2}, At: &Spot{1, 2, 3}},
		},
		{
			request("find", object{"width": 960.0, "ratio": 2.0, "weights": true, "layer": 4.0, "channel": 5.0, "y": 6.0, "x": 7.0, "skip": []float32{0, -1}, "votes": []float32{9, 0.5}}),
			Find{
				Frame: view.Frame{Width: 960, Ratio: 2}, Weights: true, Unit: view.Unit{Panel: view.PanelConv2, C: 5, Y: 6, X: 7}, Has: true,
				Way: Skip, DY: -1, Votes: []view.Vote{{Index: 9, Value: 0.5}},
			},
		},
		{request("stage", object{"width": 960.5, "ratio": 2.0, "dark": true}), Stage{Frame: view.Frame{Width: 960.5, Ratio: 2}, Dark: true}},
		{
			request("start", recipe(nil)),
			Start{Recipe: engine.Recipe{Config: tanhMax, Epochs: 3, Batch: 32, LR: 0.1, Seed: 7}, Size: 1},
		},
		{
			request("start", recipe(object{"init": []byte{1, 2}})),
			Start{Recipe: engine.Recipe{Config: tanhMax, Epochs: 3, Batch: 32, LR: 0.1, Seed: 7}, Size: 1, Init: []byte{1, 2}},
		},
		{
			request("start", recipe(object{"reproducible": true, "decay": "cosine", "freeze": "conv", "rank": 3.0, "size": 4.0, "data": weights, "mark": mark(nil)})),
			Start{
				Recipe: engine.Recipe{Config: tanhMax, Epochs: 3, Batch: 32, LR: 0.1, Decay: engine.Cosine, Seed: 7, Reproducible: true, Freeze: engine.FreezeConv}, Rank: 3, Size: 4,
				From: &Parameters{Params: &engine.Params{Config: tanhMax, Data: weights}, Mark: someMark},
			},
		},
		{
			request("show", object{"activation": "tanh", "pooling": "max", "channels": []any{6.0, 16.0}, "units": []any{120.0, 84.0}, "data": weights}),
			Show{&engine.Params{Config: tanhMax, Data: weights}},
		},
		{
			request("show", object{"activation": "tanh", "pooling": "max", "channels": []any{6.0, 16.0}, "units": []any{120.0, 84.0}, "classes": 3.0, "data": weights[:61111]}),
			Show{&engine.Params{Config: tanhMax.WithClasses(3), Data: weights[:61111]}},
		},
		{request("put", object{"path": "set/a.json", "data": []byte("[]")}), Put{Path: "set/a.json", Data: []byte("[]")}},
		{request("put", object{"path": "a.npz", "data": []byte{}, "sum": true}), Put{Path: "a.npz", Data: []byte{}, Sum: true}},
		{request("read", nil), Read{}},
		{request("write", merged(object{"form": "csv", "name": "mine"}, examples)), Write{Form: "csv", Name: "mine", Examples: someExamples}},
		{
			request("write", merged(object{"form": "strokes", "name": "x", "points": points(1, 2, 3, 4, 5.1, 6), "lengths": []float32{2, 1, 2, 0}}, examples)),
			Write{Form: "strokes", Name: "x", Examples: Examples{
				Classes: someExamples.Classes, Images: someExamples.Images, Labels: someExamples.Labels, Tests: 1,
				Drawings: []pen.Drawing{{{{X: 1, Y: 2}}, {{X: 3, Y: 4}, {X: 5.1, Y: 6}}}, {}},
			}},
		},
		{request("prepare", merged(object{"share": 0.2, "seed": 3.0}, examples)), Prepare{Examples: someExamples, Share: 0.2, Seed: 3}},
		{
			request("prepare", merged(object{"share": 0.0, "seed": 0.0, "each": 8.0, "mix": mix(object{"take": 24.0})}, examples)),
			Prepare{Examples: someExamples, Each: 8, Mix: &Mix{
				Classes: []string{"0", "1"}, Images: []byte{1}, Labels: []byte{2}, TestImages: []byte{3}, TestLabels: []byte{4}, Take: 24,
			}},
		},
		{request("tune", object{"lr": 0.5, "epochs": 9.0}), Tune{LR: 0.5, Epochs: 9}},
		{request("report", nil), Report{}},
		{request("snapshot", nil), Snapshot{}},
	} {
		got, err := Decode(c.message)
		if ofFiles(c.message) {
			if err == nil || !strings.Contains(err.Error(), "reads no files") {
				t.Errorf("%s gave %v, %v", c.message["type"], got, err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", c.message["type"], err)
		} else if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.message["type"], got, c.want)
		} else if got.kind() != c.message["type"] {
			t.Errorf("%T is called %q, its message %q", got, got.kind(), c.message["type"])
		}
	}
}

// Every refusal names the field that is wrong.
func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		message object
		want    string
	}{
		{nil, "v"},
		{object{"v": 2.0, "type": "snapshot"}, "version 2"},
		{object{"v": 1.0}, "type: missing"},
		{request("erase", nil), "unknown type"},
		{request("snapshot", object{"extra": 1.0}), "extra: unknown field"},
		{request("load", object{"file": "text"}), "file: not a Uint8Array"},
		{request("load", nil), "file: missing"},
		{request("predict", object{"pixels": make([]byte, 783)}), "783"},
		{request("put", object{"path": "a", "data": []byte{}, "sum": 1.0}), "sum: not true or false"},
		{request("put", object{"path": strings.Repeat("x", 1025), "data": []byte{}}), "path: 1025 bytes"},
		{request("write", merged(object{"form": "csv", "name": "x"}, merged(examples, object{"labels": []byte{1}}))), "images: 1568 bytes: 1 images take 784"},
		{request("write", merged(object{"form": "csv", "name": "x"}, merged(examples, object{"labels": []byte{1, 2}}))), "labels: example 1 is of class 2"},
		{request("write", merged(object{"form": "csv", "name": "x"}, merged(examples, object{"images": []byte{}, "labels": []byte{}}))), "there are no examples"},
		{request("write", merged(object{"form": "csv", "name": "x"}, merged(examples, object{"classes": []any{"a", 1.0}}))), "classes: 1 is not a text"},
		{request("write", merged(object{"form": "csv", "name": "x"}, merged(examples, object{"tests": 3.0}))), "tests: 3 of 2"},
		{request("write", merged(object{"form": "csv", "name": "x", "points": points(1), "lengths": []float32{1, 1, 0}}, examples)), "points: there are fewer"},
		{request("write", merged(object{"form": "csv", "name": "x", "points": points(1, 99), "lengths": []float32{1, 1, 0}}, examples)), "points: 99: a pad"},
		{request("write", merged(object{"form": "csv", "name": "x", "points": points(1, 2, 3, 4), "lengths": []float32{1, 1, 0}}, examples)), "points: there are more"},
		{request("write", merged(object{"form": "csv", "name": "x", "points": []byte{}, "lengths": []float32{0}}, examples)), "lengths: they are not those of 2 drawings"},
		{request("write", merged(object{"form": "csv", "name": "x", "points": []byte{}, "lengths": []float32{float32(math.NaN()), 0}}, examples)), "lengths"},
		{request("prepare", merged(object{"share": 1.5, "seed": 3.0}, examples)), "share: 1.5"},
		{request("prepare", merged(object{"share": 0.5, "seed": 3.0, "each": 0.0}, examples)), "each: 0"},
		{request("prepare", merged(object{"share": 0.5, "seed": 3.0, "mix": 7.0}, examples)), "mix: classes: missing"},
		{request("prepare", merged(object{"share": 0.5, "seed": 3.0, "mix": mix(object{"more": 1.0})}, examples)), "mix: more: unknown field"},
		{request("predict", object{"pixels": make([]byte, 785)}), "785"},
		{request("recall", object{"activation": "tanh", "pooling": "max", "channels": []any{6.0, 16.0}, "units": []any{120.0, 84.0}, "data": make([]float32, 61706), "pixels": make([]byte, 783)}), "783"},
		{request("recall", object{"activation": "tanh", "pooling": "max", "channels": []any{6.0, 16.0}, "units": []any{120.0, 84.0}, "data": make([]float32, 3), "pixels": make([]byte, 784)}), "61706"},
		{request("predict", object{"points": []float32{1, 2}, "lengths": []any{2.0}}), "more than there are"},
		{request("predict", object{"points": []float32{1, 2, 3}, "lengths": []any{1.0}}), "3 numbers for 1 points"},
		{request("predict", object{"points": []float32{1, 2}, "lengths": []any{-1.0}}), "lengths"},
		{request("picture", object{"width": 2.0, "height": 2.0, "rgba": make([]byte, 15), "digit": false}), "rgba: 15 bytes"},
		{request("picture", object{"width": 0.0, "height": 2.0, "rgba": []byte{}, "digit": false}), "width"},
		{request("picture", object{"width": 1e6, "height": 1e6, "rgba": []byte{}, "digit": false}), "rgba: 0 bytes"},
		{request("predict", object{"points": make([]float32, 2*pen.MaxPoints+2), "lengths": []any{1.0}}), "points"},
		{request("predict", object{"points": []float32{}, "lengths": make([]any, pen.MaxStrokes+1)}), "lengths: 2001 entries"},
		{request("samples", object{"from": 0.5, "count": 1.0}), "from"},
		{request("samples", object{"indices": []any{-1.0}}), "indices"},
		{request("predict", object{"pixels": make([]byte, engine.Pixels), "rotate": 181.0}), "rotate"},
		{request("predict", object{"pixels": make([]byte, engine.Pixels), "noise": "much"}), "noise"},
		{request("samples", object{"from": 0.0, "count": float64(MaxSamples + 1)}), "count"},
		{request("find", object{"width": 960.0, "ratio": 2.0, "weights": true, "at": []float32{1, 2}}), "at: 2 numbers"},
		{request("find", object{"width": 960.0, "ratio": 2.0, "weights": true, "step": []float32{1}}), "step: 1 numbers"},
		{request("find", object{"width": 960.0, "ratio": 2.0, "weights": true, "layer": 6.0, "channel": 0.0, "y": 0.0, "x": 0.0}), "module 6"},
		{request("stage", object{"width": math.NaN(), "ratio": 1.0, "dark": true}), "width"},
		{request("stage", object{"width": 100.0, "ratio": math.Inf(1), "dark": true}), "ratio"},
		{request("inspect", object{"layer": 12.0, "channel": 0.0, "y": 0.0, "x": 0.0}), "layer"},
		{request("inspect", object{"layer": 1.0, "channel": 0.5, "y": 0.0, "x": 0.0}), "channel"},
		{request("inspect", object{"layer": 1.0, "channel": 0.0, "y": 28.0, "x": 0.0}), "y: 28"},
		{request("parts", object{"of": "biases"}), "use one of activations, weights, gradients"},
		{request("start", recipe(object{"activation": "swish"})), "sigmoid, tanh, relu"},
		{request("start", recipe(object{"pooling": 3.0})), "pooling"},
		{request("start", recipe(object{"channels": []any{6.0}})), "channels"},
		{request("start", recipe(object{"channels": []any{6.0, 65.0}})), "channels"},
		{request("start", recipe(object{"units": []any{0.0, 84.0}})), "units"},
		{request("start", recipe(object{"batch": 1025.0})), "batch"},
		{request("start", recipe(object{"epochs": 0.0})), "epochs"},
		{request("start", recipe(object{"lr": 0.0})), "lr"},
		{request("start", recipe(object{"lr": math.NaN()})), "lr"},
		{request("start", recipe(object{"seed": -1.0})), "seed"},
		{request("start", recipe(object{"seed": 1.5})), "seed"},
		{request("show", object{"activation": "tanh", "pooling": "max", "channels": []any{6.0, 16.0}, "units": []any{120.0, 84.0}, "data": make([]float32, 61705)}), "61706"},
		{request("start", recipe(object{"reproducible": 1.0})), "reproducible"},
		{request("start", recipe(object{"size": 3.0})), "power of two"},
		{request("start", recipe(object{"init": "mnist"})), "init"},
		{request("save", object{"meta": object{"classes": 3.0}}), "classes"},
		{request("save", object{"meta": object{"x": strings.Repeat("x", 1<<16)}}), "at most 65536 bytes"},
		{request("save", object{"meta": 3.0}), "meta"},
		{request("start", recipe(object{"size": 16.0})), "size"},
		{request("start", recipe(object{"rank": 1.0})), "rank"},
		{request("start", recipe(object{"data": make([]float32, 61706)})), "data: unknown field"},
		{request("start", recipe(object{"data": make([]float32, 61705), "mark": mark(nil)})), "61706"},
		{request("start", recipe(object{"data": make([]float32, 61706), "mark": 1.0})), "mark"},
		{request("start", recipe(object{"data": make([]float32, 61706), "mark": mark(object{"done": -1.0})})), "mark: done"},
		{request("start", recipe(object{"data": make([]float32, 61706), "mark": mark(object{"more": 1.0})})), "mark: more: unknown field"},
	} {
		req, err := Decode(c.message)
		if ofFiles(c.message) {
			c.want = "reads no files"
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.200v gave %v, %v; want an error with %q", c.message, req, err, c.want)
		}
	}
}

// FuzzDecode feeds any JSON. A text "b:…" stands for bytes, a list of numbers
// in "points" and "data" for floats. Accepted messages are within the limits.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"v":1,"type":"predict","points":[1,2,3,4],"lengths":[1,1]}`,
		`{"v":1,"type":"predict","points":[],"lengths":[]}`,
		`{"v":1,"type":"start","activation":"relu","pooling":"avg","channels":[6,16],"units":[120,84],"epochs":1,"batch":1,"lr":1,"seed":1,"reproducible":false,"rank":0,"size":1}`,
		`{"v":1,"type":"show","activation":"relu","pooling":"avg","channels":[1,1],"units":[1,1],"data":[1]}`,
		`{"v":1,"type":"set","test":false,"images":"b:x","labels":"b:y"}`,
		`{"v":1,"type":"put","path":"a.csv","data":"b:1"}`,
		`{"v":1,"type":"write","form":"strokes","name":"x","classes":["a"],"images":"i:x","labels":"b:\u0000","tests":0,"points":"b:` + strings.Repeat(`\u0000`, 16) + `","lengths":[1,1]}`,
		`{"v":1,"type":"prepare","classes":["a","b"],"images":"i:xx","labels":"b:\u0000\u0001","tests":1,"share":0.5,"seed":1,"each":2}`,
		`{"v":1,"type":"tune","lr":1e-3,"epochs":2}`, `[]`, `{"v":1e99}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var m object
		if json.Unmarshal([]byte(text), &m) != nil {
			return
		}
		for key, v := range m {
			if s, ok := v.(string); ok && strings.HasPrefix(s, "b:") {
				m[key] = []byte(s[2:])
			}
			if s, ok := v.(string); ok && strings.HasPrefix(s, "i:") { // images
				m[key] = make([]byte, len(s[2:])*engine.Pixels)
			}
			if l, ok := v.([]any); ok && (key == "points" || key == "data" || key == "lengths" && m["type"] == "write") {
				floats := make([]float32, len(l))
				for i := range l {
					x, _ := l[i].(float64)
					floats[i] = float32(x)
				}
				m[key] = floats
			}
		}
		req, err := Decode(m)
		if (err == nil) == (req == nil) {
			t.Fatalf("request %v with error %v", req, err)
		}
		switch r := req.(type) {
		case Start:
			if err := r.Recipe.Validate(); err != nil || r.Recipe.Batch > MaxBatch || r.Recipe.Epochs > MaxEpochs {
				t.Errorf("accepted %+v: %v", r.Recipe, err)
			}
			if r.Rank < 0 || r.Rank >= r.Size || r.Size > MaxWorkers || r.From != nil && len(r.From.Params.Data) != r.Recipe.Config.NumParams() {
				t.Errorf("accepted %+v", r)
			}
		case Write:
			checkExamples(t, r.Examples)
		case Prepare:
			checkExamples(t, r.Examples)
		case Show:
			if len(r.Params.Data) != r.Params.Config.NumParams() {
				t.Errorf("accepted %d parameters for %+v", len(r.Params.Data), r.Params.Config)
			}
		case Predict:
			if r.Pixels != nil && len(r.Pixels) != engine.Pixels || r.Pixels == nil && r.Drawing == nil {
				t.Errorf("accepted %+v", r)
			}
			pen.Render(r.Drawing, pen.Options{})
		}
	})
}

func checkExamples(t *testing.T, e Examples) {
	n := len(e.Labels)
	if n == 0 || len(e.Images) != n*engine.Pixels || e.Tests < 0 || e.Tests > n || len(e.Classes) > engine.MaxClasses || e.Drawings != nil && len(e.Drawings) != n {
		t.Errorf("accepted %+v", e)
	}
	for _, l := range e.Labels {
		if int(l) >= len(e.Classes) {
			t.Errorf("accepted class %d of %d", l, len(e.Classes))
		}
	}
	for _, d := range e.Drawings {
		pen.Render(d, pen.Options{})
	}
}

// The glue to JavaScript knows only these types.
func checkPlain(t *testing.T, at string, v any) {
	switch v := v.(type) {
	case int, float64, string, bool, []byte, []float32:
	case []any:
		for _, e := range v {
			checkPlain(t, at+"[]", e)
		}
	case object:
		for key, e := range v {
			checkPlain(t, at+"."+key, e)
		}
	default:
		t.Errorf("%s is a %T", at, v)
	}
}

func TestReplies(t *testing.T) {
	c := engine.Classic()
	for _, r := range []Reply{
		Hello{engine.Presets()}, Network{Config: c}, Network{Config: c, Change: &Change{0.5, "3.weight"}}, Prediction{Empty: true},
		Prediction{Pixels: make([]byte, 784), Trace: engine.NewTrace(c).Data, P: make([]float32, 10)},
		SetLoaded{3}, Image{}, Image{make([]byte, 784)}, Network{Config: c, Assumed: []string{"pooling"}}, SampleList{Images: make([]byte, 784), Labels: []byte{1}, Read: []byte{2}, Total: 9},
		StageLayout{view.New(c, view.Frame{Width: 960, Ratio: 1}), view.DarkTheme}, Parameters{Params: engine.NewParams(c)},
		Files{Count: 1}, Files{1, "0f"}, Written{"a", nil}, Dataset{Notes: []string{"x"}}, Dataset{Examples: Examples{Drawings: []pen.Drawing{{{{X: 1, Y: 2}}}, nil}}},
		Prepared{Held: []int{1}, Rates: map[string]float64{"tanh": 0.3}},
		SampleList{Labels: []byte{1}}, Probabilities{make([]float32, 10)},
		Inspection{}, Inspection{Sum: &inspect.Sum{Kind: inspect.Linear, For: []inspect.Term{{P: 1}}}, P: 0.5},
		PartList{Of: OfWeights, Parts: view.NewParts(engine.NewParams(c)), Histograms: []LayerHistogram{{Layer: 3}}}, PartList{Of: OfActivations},
		Progress{State: "training", Test: math.NaN(), Points: []Point{{Epoch: 0.1, Loss: 2.3}, {Epoch: 1, Done: &Result{Test: 0.9}}}},
	} {
		m := r.Map()
		checkPlain(t, reflect.TypeOf(r).Name(), m)
		if len(m) == 0 {
			t.Errorf("%T is empty", r)
		}
	}
	layers := Network{Config: c}.Map()["layers"].([]any)
	if got := layers[3].(object); got["name"] != "Conv2d" || !reflect.DeepEqual(got["shape"], []any{16, 10, 10}) || got["params"] != 2416 {
		t.Errorf("module 3 is %v", got)
	}
}
