package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/runlog"
	"lenet/engine/safetensors"
)

func sample() (*engine.Params, State) {
	d2l, _ := engine.PresetByName("d2l")
	p := engine.NewParams(d2l.Recipe.Config)
	p.Init(3)
	report := engine.Report{
		Epoch: 2, Epochs: 10, Total: 60000, Done: engine.Stats{Examples: 512, LossSum: 1234.5678901234567, Correct: 77},
	}
	s := NewState(
		d2l.Recipe, "cpu", report, &engine.Evaluation{Stats: engine.Stats{Examples: 10000, LossSum: 0.1 + 0.2, Correct: 8000}},
		runlog.Curves{TrainLoss: []runlog.Point{{Epoch: 0.2, Value: 2.3}}, TestAcc: []runlog.Point{{Epoch: 1, Value: 0.1}}},
	)
	return p, s
}

func TestDecodeReadsWhatEncodeWrites(t *testing.T) {
	p, s := sample()
	file, err := Encode(p, s, map[string]string{"dataset": "fashion"})
	if err != nil {
		t.Fatal(err)
	}
	got, state, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) || !reflect.DeepEqual(state, s) {
		t.Errorf("%+v came back as %+v", s, state)
	}
	r := state.Report()
	if r.Epoch != 2 || r.Done != engine.Stats(s.Done) || r.Test != nil || state.Evaluation().Accuracy() != 0.8 {
		t.Errorf("report %+v", r)
	}
	again, err := Encode(p, s, map[string]string{"dataset": "fashion"})
	if err != nil || !bytes.Equal(again, file) {
		t.Error("two encodings differ")
	}
	// A checkpoint serves as weights.
	weights, meta, err := safetensors.DecodeMeta(file)
	if err != nil || !reflect.DeepEqual(weights, p) || meta["dataset"] != "fashion" {
		t.Errorf("as weights: %v, %v", meta, err)
	}
}

// A damaged byte is noticed wherever it is: in the header, of which each is
// tried, and in the weights, of which one in 997 is.
func TestDecodeChecksEveryByte(t *testing.T) {
	p, s := sample()
	file, err := Encode(p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	header := 8 + int(binary.LittleEndian.Uint64(file))
	for at := range file {
		if at >= header && at%997 != 0 {
			continue
		}
		damaged := bytes.Clone(file)
		damaged[at] ^= 1 << (at % 8)
		if _, _, err := Decode(damaged); !errors.Is(err, ErrFormat) {
			t.Fatalf("bit %d of byte %d: error %v", at%8, at, err)
		}
	}
	for _, n := range []int{0, 7, 100, len(file) / 2, len(file) - 1} {
		if _, _, err := Decode(file[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("%d bytes of it: error %v", n, err)
		}
	}
}

// A field that is not known is passed over, and a form that is not known refused
// with the remedy.
func TestDecodeVersions(t *testing.T) {
	p, s := sample()
	encode := func(change func(state map[string]any)) []byte {
		t.Helper()
		file, err := Encode(p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, meta, err := safetensors.DecodeMeta(file)
		if err != nil {
			t.Fatal(err)
		}
		var state map[string]any
		if err := json.Unmarshal([]byte(meta["checkpoint"]), &state); err != nil {
			t.Fatal(err)
		}
		change(state)
		text, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		return seal(p, map[string]string{"checkpoint": string(text)})
	}
	for name, change := range map[string]func(map[string]any){
		"as it is":       func(map[string]any) {},
		"no version":     func(m map[string]any) { delete(m, "version") },
		"a field more":   func(m map[string]any) { m["news"] = []int{1} },
		"one in recipe":  func(m map[string]any) { m["recipe"].(map[string]any)["news"] = "x" },
		"one in a curve": func(m map[string]any) { m["curves"].(map[string]any)["news"] = nil },
	} {
		if _, got, err := Decode(encode(change)); err != nil || got.Epoch != s.Epoch || got.Recipe != s.Recipe {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	_, _, err := Decode(encode(func(m map[string]any) { m["version"], m["recipe"] = Version+1, "of another form" }))
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "a newer lenet wrote it") || !strings.Contains(err.Error(), "use the newer one") {
		t.Errorf("a newer form: %v", err)
	}
}

// A run with other classes or frozen layers comes back whole. Programs that do not
// know of frozen layers refuse its form; all else has the form that they read.
func TestClassesAndFrozenLayers(t *testing.T) {
	for _, classes := range []int{2, 10, 64} {
		for f, form := range map[engine.Freeze]int{engine.NoFreeze: 1, engine.FreezeConv: 2, engine.FreezeAllButLast: 2} {
			_, s := sample()
			s.Recipe.Config = s.Recipe.WithClasses(classes)
			s.Recipe.Freeze, s.Recipe.Init = f, "mnist"
			s = NewState(s.Recipe, s.Device, s.Report(), s.Evaluation(), s.Curves)
			p := engine.NewParams(s.Recipe.Config)
			p.Init(9)
			file, err := Encode(p, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, back, err := Decode(file)
			if err != nil || got.Config != p.Config || !slices.Equal(got.Data, p.Data) || back.Recipe != s.Recipe || back.Version != form {
				t.Errorf("%d classes, %v: %+v, %v", classes, f, back, err)
			}
			s.Recipe.Config = s.Recipe.WithClasses(3)
			if file, err = Encode(p, s, nil); err != nil {
				t.Fatal(err)
			}
			if _, _, err := Decode(file); !errors.Is(err, ErrFormat) {
				t.Errorf("weights of %d classes for a recipe of 3: %v", classes, err)
			}
		}
	}
}

// Files with a correct checksum that no run has written.
func TestDecodeRefuses(t *testing.T) {
	p, good := sample()
	for message, change := range map[string]func(*State){
		"batch size 0":      func(s *State) { s.Recipe.Batch = 0 },
		"learning rate":     func(s *State) { s.Recipe.LR = -1 },
		"the weights are":   func(s *State) { s.Recipe.Units[0]++ },
		"epoch -1":          func(s *State) { s.Epoch = -1 },
		"of 60000 examples": func(s *State) { s.Done.Examples = 60001 },
		"test is missing":   func(s *State) { s.Between, s.Test = true, nil },
	} {
		s := good
		change(&s)
		file, err := Encode(p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Decode(file); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), message) {
			t.Errorf("error %v, want one with %q", err, message)
		}
	}
	if _, _, err := Decode(safetensors.Encode(p, nil)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "weights alone") {
		t.Errorf("weights: error %v", err)
	}
}

// A checkpoint of the release before the recipe had all settings is read.
func TestDecodeReadsTheFirstForm(t *testing.T) {
	file, err := os.ReadFile("testdata/first.ckpt")
	if err != nil {
		t.Fatal(err)
	}
	_, s, err := Decode(file)
	want := engine.Recipe{
		Config:  engine.Config{Activation: engine.Tanh, Channels: [2]int{1, 2}, Units: [2]int{3, 4}},
		Dataset: "mnist", Subset: true, Epochs: 2, Batch: 32, LR: 0.1, Decay: engine.Cosine,
		Augment: engine.AugmentClothes, Seed: 7, Reproducible: true,
	}
	if err != nil || s.Recipe != want || s.Device != "cpu" || s.Epoch != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzDecode(f *testing.F) {
	tiny := engine.Config{Channels: [2]int{1, 1}, Units: [2]int{1, 1}}
	_, s := sample()
	s.Recipe.Config = tiny
	file, err := Encode(engine.NewParams(tiny), s, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Fuzz(func(t *testing.T, file []byte) {
		p, s, err := Decode(file)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if err := s.check(p); err != nil {
			t.Fatal(err)
		}
	})
}
