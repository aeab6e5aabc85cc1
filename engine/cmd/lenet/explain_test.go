package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/safetensors"
)

// Weights that say no data set have no test images whose labels are classes of the
// network, of which there may be fewer.
func TestExplainOtherClasses(t *testing.T) {
	p := engine.NewParams(engine.Classic().WithClasses(5))
	p.Init(1)
	weights := write(t, filepath.Join(t.TempDir(), "five.safetensors"), safetensors.Encode(p, nil))
	for _, args := range []string{"--unit 11:3", "--unit 3:5:4:4 --image 1"} {
		out := good(t, strings.Fields("explain --pool avg --activation sigmoid --weights "+weights+" "+args)...)
		if strings.Contains(out, "test images") {
			t.Errorf("lenet explain %s: printed %q", args, out)
		}
	}
}

// Every question has a sentence, a figure in every format and numbers.
func TestExplain(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	stroke := write(t, at("one.json"), []byte(`[[[14,4],[14,24]]]`))
	cross := write(t, at("cross.json"), []byte(`[[[4,4],[24,24]],[[24,4],[4,24]]]`))
	for _, c := range []struct {
		args, said, texts string // texts are in the SVG, separated by |
	}{
		{"mnist --image 1 --occlusion", "takes most from 2", ">Which parts speak for 2?<|>read as 2<|>under a patch of 5×5 pixels<|>2 loses<|image/png"},
		{"mnist --image 1 --occlusion --class 8 --patch 7 --stride 2 --fill 128", "gives most to 8", ">Why not 8? It reads 2 with |>covered where 8 gains most<"},
		{"mnist " + stroke + " --gradient --title One", "one.json: 1 with ", ">One<|>the effect of more ink<|>for 1<"},
		{"mnist --unit 3:5:4:4", "Of 1,000 test images number ", ">The input that drives map 5 of Conv2d (3) at row 4, column 4 highest<|>after 80 steps<|the part that the unit there sees<"},
		{"mnist --unit 0:4", "the sum of map 4 of Conv2d (0): ", ">The input that drives the sum of map 4 of Conv2d (0) highest<"},
		{"mnist " + stroke + " --unit 11:3", "the output for 3: ", ">Climbing from one.json.|>The test images in which it is highest<"},
		{"fashion --image 1 --fool coat", "read as Coat with ", ">Nudged until it reads Coat<|>read as Pullover<|>+<|>=<|grey levels|>more ink<"},
		{"mnist --image 1 --nearest", "Of 6,000 training images the nearest are numbers ", ">image 1 of the embedded test set is read as 2 because it looks like these<|>read as 2<|distance "},
		{"mnist " + cross + " --nearest", "It is unlike any image that the network has learned from: ", ", but it is unlike any training image<"},
	} {
		for _, kind := range []string{"svg", "png", "pdf"} {
			file := at("figure." + kind)
			out := good(t, strings.Fields("explain --weights "+c.args+" --out "+file)...)
			if !strings.Contains(out, c.said) || !strings.HasSuffix(out, "\nwrote "+file+"\n") {
				t.Errorf("lenet explain %s: printed %q, want %q", c.args, out, c.said)
			}
			checkFigure(t, "explain "+c.args, kind, read(t, file), c.texts)
		}
	}
	plain := at("plain.npz")
	good(t, "convert", "mnist", at("mnist.safetensors"))
	f, err := safetensors.Decode(read(t, at("mnist.safetensors")))
	if err != nil {
		t.Fatal(err)
	}
	if err := saveWeights(plain, f, nil); err != nil {
		t.Fatal(err)
	}
	for args, message := range map[string]string{
		"mnist --image 0 --fool 7":                    "image 0 of the embedded test set is read as 7 already: name another class",
		"mnist --image 0 --fool Coat":                 "--fool Coat: there is no such class, use one of 0, 1, 2",
		"mnist --image 0 --gradient --class 10":       "--class 10: there is no such class",
		"mnist --unit 3:16:0:0":                       "--unit 3:16:0:0: layer 3, Conv2d, has outputs 3:0:0:0 to 3:15:9:9: there is no 16",
		"mnist --unit 11:10":                          "11:0 to 11:9: there is no 10",
		"mnist --image 1000 --gradient":               "images 0 to 999",
		plain + " --image 0 --nearest":                "plain.npz does not say which images it was trained on: add --data PATH, or --dataset mnist or --dataset fashion",
		"mnist --gradient " + at("none.png"):          "none.png: no such file",
		"mnist --occlusion " + write(t, at("x"), nil): "x: ",
	} {
		if _, stderr, code := lenet(t, strings.Fields("explain --weights "+args)...); code != exitFailure || !strings.Contains(stderr, message) {
			t.Errorf("lenet explain %s: status %d, stderr %q, want %q", args, code, stderr, message)
		}
	}
}

// The numbers of --json are those of the sentence, and the nudged picture fools
// lenet predict too.
func TestExplainJSON(t *testing.T) {
	explain := func(args string) map[string]any {
		t.Helper()
		return fields(t, good(t, strings.Fields("explain --json --weights mnist "+args)...))
	}
	grid := func(v any, side int) (sum float64) {
		t.Helper()
		rows := v.([]any)
		if len(rows) != side {
			t.Fatalf("%d rows, want %d", len(rows), side)
		}
		for _, row := range rows {
			if len(row.([]any)) != side {
				t.Fatalf("a row of %d, want %d", len(row.([]any)), side)
			}
			for _, x := range row.([]any) {
				sum += math.Abs(x.(float64))
			}
		}
		return sum
	}
	r := explain("--image 1 --occlusion --stride 3")
	if o := r["occlusion"].(map[string]any); r["class"] != 2. || o["class"] != 2. || o["patch"] != 5. || !(grid(o["lost"], 10) > 0.1) {
		t.Errorf("%v", r)
	}
	r = explain("--image 1 --gradient --class 8")
	if g := r["gradient"].(map[string]any); g["class"] != 8. || g["rival"] != 2. || !(g["lead"].(float64) < 0) || !(grid(g["gradient"], engine.Side) > 1) {
		t.Errorf("%v", r)
	}
	r = explain("--unit 11:3")
	u := r["unit"].(map[string]any)
	if r["class"] != nil || !(u["reached"].(float64) > u["start"].(float64)) || len(u["strongest"].([]any)) != 9 || !(grid(u["input"], engine.Side) > 10) {
		t.Errorf("%v", r)
	}
	r = explain("--image 1 --nearest")
	n := r["nearest"].(map[string]any)
	if first := n["images"].([]any)[0].(map[string]any); len(n["images"].([]any)) != 5 || first["label"] != 2. || first["name"] != "2" ||
		!(n["familiarity"].(float64) > 0.05) || n["unfamiliar"] != false {
		t.Errorf("%v", r)
	}
	r = explain("--image 0 --fool 3")
	for _, v := range r["fool"].([]any) {
		f := v.(map[string]any)
		if f["success"] != true || f["answer"] != 3. || !(f["linf"].(float64) < 0.5) {
			t.Errorf("%v", f)
		}
		var csv strings.Builder
		csv.WriteString("label")
		for i := range engine.Pixels {
			fmt.Fprintf(&csv, ",pixel%d", i)
		}
		csv.WriteString("\n3")
		for _, row := range f["pixels"].([]any) {
			for _, x := range row.([]any) {
				fmt.Fprintf(&csv, ",%v", x)
			}
		}
		file := write(t, filepath.Join(t.TempDir(), "fooled.csv"), []byte(csv.String()+"\n"))
		if e := fields(t, good(t, "eval", "--json", "--weights", "mnist", "--data", file)); e["accuracy"] != 1. {
			t.Errorf("the nudged picture is not read as 3: %v", e["confusion"])
		}
	}
}
