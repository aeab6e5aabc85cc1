package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenet/engine/pen"
	"lenet/engine/safetensors"
)

// signs writes strokes of three signs, n of each, all a little different.
func signs(t *testing.T, path string, n int, names ...string) string {
	t.Helper()
	shapes := map[string]pen.Drawing{
		"house": {{{X: 6, Y: 24}, {X: 6, Y: 12}, {X: 14, Y: 4}, {X: 22, Y: 12}, {X: 22, Y: 24}, {X: 6, Y: 24}}},
		"✓":     {{{X: 4, Y: 14}, {X: 11, Y: 23}, {X: 24, Y: 5}}},
		"K":     {{{X: 8, Y: 4}, {X: 8, Y: 24}}, {{X: 20, Y: 4}, {X: 8, Y: 14}, {X: 20, Y: 24}}},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	var all []map[string]any
	for i := range n * len(names) {
		name := names[i%len(names)]
		var strokes [][][2]float64
		for _, s := range shapes[name] {
			var points [][2]float64
			for _, p := range s {
				points = append(points, [2]float64{p.X + 4*rng.Float64() - 2, p.Y + 4*rng.Float64() - 2})
			}
			strokes = append(strokes, points)
		}
		all = append(all, map[string]any{"label": name, "strokes": strokes})
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, path, text)
}

const smallNet = "--preset quick --channels 4,8 --units 30,20 --epochs 20 --batch 4 "

// A data set of one's own goes through every command: it is trained on, tested on
// what was held out, named by its classes, drawn and written.
func TestOwnData(t *testing.T) {
	t.Chdir(t.TempDir())
	signs(t, "signs.json", 20, "house", "✓", "K")
	out := good(t, strings.Fields("train "+smallNet+"--data signs.json --test-share 0.25 --out w.safetensors --log run.jsonl --plot curves.svg")...)
	if !strings.Contains(out, "signs.json, 45 training and 15 test images from signs.json: strokes of 3 classes, 25 % held out") {
		t.Errorf("it prints %s", out)
	}
	if svg := string(read(t, "curves.svg")); !strings.Contains(svg, "LeNet on signs<") {
		t.Error("the figure does not name the data set")
	}
	start := fields(t, strings.SplitN(string(read(t, "run.jsonl")), "\n", 2)[0])["recipe"].(map[string]any)
	own := start["own"].(map[string]any)
	if start["dataset"] != "signs.json" || start["classes"] != 3.0 || own["test_share"] != 0.25 || len(own["sha256"].(string)) != 64 {
		t.Errorf("the log says %v", start)
	}
	_, meta, err := safetensors.DecodeMeta(read(t, "w.safetensors"))
	if err != nil || meta["classes"] != `["K","house","✓"]` || meta["data_sha256"] != own["sha256"] || meta["test_share"] != "0.25" {
		t.Errorf("metadata %v, %v", meta, err)
	}

	eval := func(args string) map[string]any {
		return fields(t, good(t, strings.Fields("eval --weights w.safetensors --json "+args)...))
	}
	held := eval("--data signs.json")
	if held["examples"] != 15.0 || held["accuracy"].(float64) < 0.9 || !strings.Contains(held["on"].(string), "held out in training") {
		t.Errorf("%v", held)
	}
	// In another format it is the same set, and so the same examples are tested.
	for _, c := range [][2]string{{"signs.npz", ""}, {"signs.csv", ""}, {"idx", " --as idx"}, {"png", " --as png"}, {"other.json", ""}} {
		said := good(t, strings.Fields("data export --data signs.json "+c[0]+c[1])...)
		if !strings.Contains(said, own["sha256"].(string)) || !strings.Contains(said, "60 images of 3 classes") {
			t.Errorf("%s: %s", c[0], said)
		}
		if got := eval("--data " + c[0]); got["loss"] != held["loss"] || got["examples"] != 15.0 {
			t.Errorf("%s: %v", c[0], got)
		}
	}
	// Other drawings are all tested, by the names of their classes.
	signs(t, "more.json", 4, "✓", "house")
	if got := eval("--data more.json"); got["examples"] != 8.0 || got["accuracy"].(float64) < 0.8 || len(got["classes"].([]any)) != 3 {
		t.Errorf("%v", got)
	}
	if got := eval("--data more.json --test-share 0.5"); got["examples"] != 4.0 {
		t.Errorf("%v", got)
	}
	if first := strings.SplitN(good(t, "predict", "--weights", "w.safetensors", "more.json"), "\n", 2)[0]; !strings.HasPrefix(first, "more.json[0]: ✓") {
		t.Errorf("predict: %s", first)
	}
	// How familiar a drawing is takes the images that were learned from.
	for args, known := range map[string]bool{"": false, "--data signs.json ": true, "--data more.json ": false} {
		out, stderr, code := lenet(t, strings.Fields("predict --json --weights w.safetensors "+args+"more.json")...)
		if _, has := fields(t, strings.SplitN(out, "\n", 2)[0])["familiarity"]; has != known || code != exitOK {
			t.Errorf("predict %s: status %d, familiarity is there: %v", args, code, has)
		}
		if said := strings.Contains(stderr, "w.safetensors was trained on other images than those of more.json"); said != strings.Contains(args, "more") {
			t.Errorf("predict %s: stderr %q", args, stderr)
		}
	}
	if said := good(t, strings.Fields("explain --weights w.safetensors --data signs.json more.json --nearest")...); !strings.Contains(said, "Of 45 training images the nearest are numbers ") {
		t.Error(said)
	}
	good(t, strings.Fields("plot confusion --weights w.safetensors --data signs.json --out c.svg")...)
	good(t, strings.Fields("plot activations --weights w.safetensors --data signs.json --image 14 --out a.svg")...)
	good(t, strings.Fields("explain --weights w.safetensors --data signs.json --unit 11:1 --out u.svg")...)
	if svg := string(read(t, "u.svg")); !strings.Contains(svg, ">The input that drives the output for ") || !strings.Contains(svg, ">The test images in which it is highest<") {
		t.Error("the unit's figure does not have the class and its images")
	}
	if out := good(t, strings.Fields("explain --weights w.safetensors more.json --gradient --class house")...); !strings.Contains(out, "The output for house is ") {
		t.Errorf("explain: %s", out)
	}
	if out := good(t, strings.Fields("explain --weights w.safetensors --unit 11:1")...); strings.Contains(out, "test images") {
		t.Errorf("explain without the data set: %s", out)
	}
	good(t, strings.Fields("plot run.jsonl --out p.svg")...)
	if svg := string(read(t, "c.svg")); !strings.Contains(svg, "signs, 15 test images") {
		t.Error("the confusion matrix does not name the data set")
	}
	for args, want := range map[string]string{
		"eval --weights w.safetensors":                                                      "w.safetensors was trained on signs.json: add --data PATH to that",
		"explain --weights w.safetensors more.json --nearest":                               "w.safetensors was trained on signs.json: add --data PATH to that",
		"explain --weights w.safetensors --data more.json more.json --nearest":              "--data more.json: give the data set that w.safetensors was trained on",
		"eval --weights mnist --data signs.json":                                            `the class "K" is none of those of the weights: 0, 1`,
		"plot activations --weights w.safetensors --data signs.json --image 15 --out a.svg": "images 0 to 14",
		"data export --data signs.npz x.json":                                               "has images and no strokes",
		"train --data none.npz":                                                             "none.npz: no such file",
		"train --data signs.npz --out signs.npz":                                            "same file",
		"data export --data idx idx --as idx":                                               "give the name of a new folder",
		"train --data signs-train.json --test-data more.json":                               "signs-train.json",
		"predict --weights mnist --data signs.json more.json":                               "mnist has 10 classes and signs has 3",
	} {
		if _, stderr, code := lenet(t, strings.Fields(args)...); code == exitOK || !strings.Contains(stderr, want) {
			t.Errorf("lenet %s: status %d, %q, want %q", args, code, stderr, want)
		}
	}
	// A test part of its own.
	out = good(t, strings.Fields("train "+smallNet+"--epochs 1 --data signs.json --test-data more.json --json")...)
	if start := fields(t, strings.SplitN(out, "\n", 2)[0]); start["train_examples"] != 60.0 || start["test_examples"] != 8.0 {
		t.Errorf("%v", start)
	}
}

// A resumed run on a data set of one's own gives the bytes of an unbroken one, and
// takes no other data set.
func TestResumeOnOwnData(t *testing.T) {
	t.Chdir(t.TempDir())
	signs(t, "a.json", 8, "house", "✓", "K")
	signs(t, "b.json", 9, "house", "✓", "K")
	args := "train --preset quick --channels 2,3 --units 9,8 --batch 4 --seed 3 --data a.json --test-share 0.3 "
	good(t, strings.Fields(args+"--epochs 4 --checkpoint whole.ckpt")...)
	good(t, strings.Fields(args+"--epochs 2 --checkpoint half.ckpt")...)
	good(t, strings.Fields("data export --data a.json a.npz")...)
	for args, want := range map[string]string{
		"":                               "it was trained on a.json: add --data PATH to that",
		"--data b.json":                  "--data b.json: its images are not those of a.json",
		"--data a.json --transpose":      "strokes are never transposed",
		"--data a.npz --transpose":       "with the same --test-data and --transpose",
		"--data a.json --test-share 0.5": "leave out --test-share",
	} {
		if _, stderr, code := lenet(t, strings.Fields("train --resume half.ckpt --epochs 4 "+args)...); code == exitOK || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, %q, want %q", args, code, stderr, want)
		}
	}
	good(t, strings.Fields("train --resume half.ckpt --epochs 4 --data a.npz")...) // the same images in another format
	if !slices.Equal(read(t, "whole.ckpt"), read(t, "half.ckpt")) {
		t.Error("a resumed run gives another checkpoint")
	}
}

// A built-in data set goes through every format, with the same bits.
func TestExportedSets(t *testing.T) {
	t.Chdir(t.TempDir())
	var sums []string
	sum := func(out string) string { return out[strings.LastIndex(out, " ")+1:] }
	for _, c := range []string{"fashion.npz", "fashion.csv", "fashion --as idx"} {
		sums = append(sums, sum(good(t, strings.Fields("data export fashion --subset "+c)...)))
	}
	for _, path := range []string{"fashion.npz", "fashion-train.csv", "fashion"} {
		sums = append(sums, sum(good(t, "data", "export", "--data", path, "again.npz")))
		if !slices.Equal(read(t, "again.npz"), read(t, "fashion.npz")) {
			t.Errorf("%s read back is another set", path)
		}
	}
	if len(slices.Compact(sums)) != 1 {
		t.Errorf("%q", sums)
	}
	got := fields(t, good(t, strings.Fields("eval --weights fashion --data fashion --json")...))
	want := fields(t, good(t, strings.Fields("eval --weights fashion --subset --json")...))
	if got["loss"] != want["loss"] || fmt.Sprint(got["classes"]) != fmt.Sprint(want["classes"]) {
		t.Errorf("%v, %v", got["loss"], want["loss"])
	}
	if left, err := filepath.Glob("*.unfinished*"); len(left) > 0 || err != nil {
		t.Error(left, err)
	}
	if _, err := os.Stat("fashion-classes.txt"); err != nil {
		t.Error(err)
	}
}

// Without a preset a small set is trained with the recipe for small sets, of which
// options change their part.
func TestOwnRecipe(t *testing.T) {
	t.Chdir(t.TempDir())
	signs(t, "signs.json", 30, "house", "✓", "K")
	train := func(args string) (start, end map[string]any) {
		out, stderr, code := lenet(t, strings.Fields("train --data signs.json --test-share 0.9 --json "+args)...)
		if code != exitOK {
			t.Fatal(stderr)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		return fields(t, lines[0]), fields(t, lines[len(lines)-1])
	}
	start, end := train("--init mnist")
	r := start["recipe"].(map[string]any)
	if r["preset"] != "own" || r["lr"] != 1.0 || r["augment"] != "drawings" || r["activation"] != "sigmoid" || r["own"].(map[string]any)["repeat"] != 223.0 || start["train_examples"] != 9*223.0 {
		t.Errorf("%v", start)
	}
	if end["test_acc"].(float64) < 0.95 {
		t.Errorf("three drawings each: %v of the others are read", end["test_acc"])
	}
	start, _ = train("--epochs 2 --lr 0.01 --augment none")
	r = start["recipe"].(map[string]any)
	if r["preset"] != "own" || r["lr"] != 0.01 || r["augment"] != "none" || r["activation"] != "tanh" || r["own"].(map[string]any)["repeat"] != nil || start["train_examples"] != 9.0 {
		t.Errorf("%v", start)
	}
}
