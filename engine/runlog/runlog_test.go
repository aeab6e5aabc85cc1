package runlog

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lenet/engine"
)

// reports are those of two epochs of 100 examples in batches of 40.
func reports() []engine.Report {
	var rs []engine.Report
	for epoch := range 2 {
		for _, n := range []int{40, 80, 100} {
			rs = append(rs, engine.Report{Epoch: epoch, Epochs: 2, Total: 100, LR: 0.5, TrainSec: 0.25, Seen: epoch*100 + n,
				Done: engine.Stats{Examples: n, LossSum: float64(n) * (2 - float64(epoch)), Correct: n / 2}})
		}
		last := rs[len(rs)-1]
		last.Epoch, last.Test = epoch+1, &engine.Evaluation{Stats: engine.Stats{Examples: 10, LossSum: 15, Correct: 8}}
		rs = append(rs, last)
	}
	return rs
}

func lines() []any {
	ls := []any{Start{Event: "start", Recipe: engine.Recipe{Config: engine.Classic(), Dataset: "mnist", Epochs: 2, Batch: 40, LR: 0.5}}}
	for _, r := range reports() {
		if r.Test == nil {
			ls = append(ls, NewStep(r, 40))
		} else {
			ls = append(ls, NewEpoch(r, 40))
		}
	}
	return append(ls, End{Event: "end", Status: "done"})
}

func record(t *testing.T, f *File, err error, lines ...any) {
	t.Helper()
	for _, l := range lines {
		if err == nil {
			err = f.Write(l)
		}
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A log of the first release, with settings beside the recipe.
func TestReadsTheFirstForm(t *testing.T) {
	r, err := Read(strings.NewReader(`{"event":"start","device":"cpu","dataset":"mnist","subset":true,"recipe":{"activation":"tanh","pooling":"avg","channels":[1,2],"units":[3,4],"epochs":2,"batch":32,"lr":0.1,"seed":7},"decay":"cosine","augment":"clothes","reproducible":true,"from":0}
{"event":"step","epoch":0.2,"step":38,"examples":1216,"lr":0.1,"loss":2.33,"train_acc":0.13,"train_sec":0.04}
`))
	want := engine.Recipe{
		Config:  engine.Config{Activation: engine.Tanh, Channels: [2]int{1, 2}, Units: [2]int{3, 4}},
		Dataset: "mnist", Subset: true, Epochs: 2, Batch: 32, LR: 0.1, Decay: engine.Cosine,
		Augment: engine.AugmentClothes, Seed: 7, Reproducible: true,
	}
	if err != nil || r.Start.Recipe != want {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReadFileReadsWhatFileWrites(t *testing.T) {
	want := Curves{
		TrainLoss: []Point{{0.4, 2}, {0.8, 2}, {1, 2}, {1.4, 1}, {1.8, 1}, {2, 1}},
		TrainAcc:  []Point{{0.4, 0.5}, {0.8, 0.5}, {1, 0.5}, {1.4, 0.5}, {1.8, 0.5}, {2, 0.5}},
		TestAcc:   []Point{{1, 0.8}, {2, 0.8}},
	}
	for _, name := range []string{"a.jsonl", "a.csv"} {
		path := filepath.Join(t.TempDir(), name)
		f, err := Create(path)
		record(t, f, err, lines()...)
		r, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r.Curves, want) || r.Last.Epoch != 2 || *r.Last.TestLoss != 1.5 || *r.Last.Loss != 1 {
			t.Errorf("%s: read %+v", name, r)
		}
		if name == "a.jsonl" && !reflect.DeepEqual(r.Start, lines()[0]) {
			t.Errorf("start %+v", r.Start)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// Resumed within the second epoch, after a kill in mid-line.
		if err := os.WriteFile(path, append(whole, `{"event":"st`...), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err = Resume(path, 140)
		record(t, f, err, append([]any{Start{Event: "start", From: 1.4}}, lines()[6:]...)...)
		again, err := ReadFile(path)
		if err != nil || !reflect.DeepEqual(again.Curves, want) {
			t.Errorf("%s: gone on: %+v, %v", name, again, err)
		}
		if b, err := os.ReadFile(path); err != nil || name == "a.csv" && string(b) != string(whole) {
			t.Errorf("%s: gone on:\n%s\nwhole:\n%s", name, b, whole)
		}
	}
	text := "event,epoch,step,examples,lr,loss,train_acc,test_loss,test_acc,train_sec,examples_per_sec\n" +
		"step,0.4,1,40,0.5,2,0.5,,,0.25,\nepoch,1,3,100,0.5,2,0.5,1.5,0.8,0.25,400\n"
	if r, err := Read(strings.NewReader(text)); err != nil || len(r.Curves.TrainLoss) != 1 || len(r.Curves.TestAcc) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A log that was appended to by a run that went on from earlier shows the later lines.
func TestReadAppended(t *testing.T) {
	r, err := Read(strings.NewReader(`{"event":"start","from":0}
{"event":"step","epoch":0.5,"loss":3}
{"event":"step","epoch":1,"loss":2}
{"event":"start","from":0.5}
{"event":"news","of":"a later version"}
{"event":"step","epoch":1,"loss":1,"more":true}
{"event":"step","epoch":1.5,"loss":null}
{"event":"ep`))
	if err != nil || !reflect.DeepEqual(r.Curves.TrainLoss, []Point{{0.5, 3}, {1, 1}}) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ message, text string }{
		"nothing":        {"finished no step", ""},
		"start alone":    {"finished no step", `{"event":"start"}`},
		"no JSON":        {"line 1", "hello\n"},
		"a list":         {"line 2", "{\"event\":\"start\"}\n[]\n"},
		"negative epoch": {"epoch -1", "{\"event\":\"step\",\"epoch\":-1,\"loss\":1}\n"},
		"huge epoch":     {"epoch 1e+300", "{\"event\":\"step\",\"epoch\":1e300,\"loss\":1}\n"},
		"huge number":    {"line 1", "{\"event\":\"step\",\"epoch\":1e999,\"loss\":1}\n"},
		"negative from":  {"epoch", "{\"event\":\"start\",\"from\":-2}\n"},
		"long line":      {"longer", strings.Repeat(" ", maxLine+10)},
		"short row":      {"3 fields", strings.Join(columns, ",") + "\nstep,1,2\n"},
		"text in a row":  {"line 2", strings.Join(columns, ",") + "\nstep,x,,,,,,,,,\n"},
		"NaN in a row":   {"epoch NaN", strings.Join(columns, ",") + "\nstep,NaN,,,,,,,,,\n"},
	} {
		if _, err := Read(strings.NewReader(c.text)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.message)
		}
	}
}

func TestCurvesOfLongRunsStaySmall(t *testing.T) {
	for _, epochs := range []int{1, 10, 200, 5000} {
		var c Curves
		var ticks Ticks
		for epoch := range epochs {
			for n := 1; n <= 10; n++ {
				r := engine.Report{Epoch: epoch, Epochs: epochs, Total: 10, Done: engine.Stats{Examples: n, LossSum: 1}}
				if ticks.Due(r) {
					c.Add(r)
				}
			}
			c.Add(engine.Report{Epoch: epoch + 1, Epochs: epochs, Total: 10, Test: &engine.Evaluation{Stats: engine.Stats{Examples: 1}}})
		}
		want := min(5*epochs, maxPoints)
		if len(c.TrainLoss) != want || len(c.TrainAcc) != want || len(c.TestAcc) != min(epochs, maxPoints) {
			t.Errorf("%d epochs: %d and %d points", epochs, len(c.TrainLoss), len(c.TestAcc))
		}
	}
	var c Curves
	c.Add(engine.Report{Total: 1, Done: engine.Stats{Examples: 1, LossSum: math.NaN()}})
	if len(c.TrainLoss) != 0 {
		t.Error("NaN has become a point")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("{\"event\":\"start\",\"from\":0}\n{\"event\":\"step\",\"epoch\":0.5,\"loss\":3}\n")
	f.Add(strings.Join(columns, ",") + "\nstep,0.4,1,40,0.5,2,0.5,,,0.25,\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Read(strings.NewReader(text))
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("error of another kind: %v", err)
		}
		if err == nil && len(r.Curves.TrainLoss)+len(r.Curves.TrainAcc)+len(r.Curves.TestAcc) > 3*len(text) {
			t.Fatal("more points than text")
		}
	})
}

// A log of any length takes bounded memory, and begins with a byte order mark or not.
func TestReadLongLog(t *testing.T) {
	var log strings.Builder
	log.WriteString("\ufeff")
	const lines = 100_000
	for i := range lines {
		fmt.Fprintf(&log, `{"event":"step","epoch":%d.5,"loss":0.25,"train_acc":0.5}`+"\n", i)
	}
	r, err := Read(strings.NewReader(log.String()))
	if err != nil {
		t.Fatal(err)
	}
	c := r.Curves.TrainLoss
	if n := len(c); n > maxKept || n < maxKept/4 || c[0].Epoch != 0.5 || c[n-1].Epoch != lines-0.5 {
		t.Errorf("%d points from %v to %v", n, c[0], c[n-1])
	}
}
