package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenet/assets"
	"lenet/engine/interop"
	"lenet/engine/safetensors"
)

// Every figure in every format; what an SVG says can be read.
func TestPlot(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	good(t, "train", "--preset", "quick", "--epochs", "2", "--quiet", "--log", at("run.jsonl"), "--plot", at("train.svg"))
	good(t, "train", "--preset", "quick", "--epochs", "1", "--activation", "relu", "--quiet", "--log", at("relu.csv"), "--log-every", "1")
	if n := bytes.Count(read(t, at("relu.csv")), []byte("\nstep,")); n != 188 {
		t.Errorf("%d steps in the log", n)
	}
	good(t, "plot", at("run.jsonl"), "--out", at("again.svg"))
	if !bytes.Equal(read(t, at("train.svg")), read(t, at("again.svg"))) {
		t.Error("the log's figure is not the one that train draws")
	}
	stroke := write(t, at("one.json"), []byte(`[[[14,4],[14,24]]]`))
	bench := write(t, at("bench.json"), []byte(`{"machine":{"cpu":"AMD EPYC","cores":2},"pytorch":"2.1","rows":[
		{"name":"PyTorch, 2 threads","train_examples_per_sec":14717},
		{"name":"lenet, 2 threads","train_examples_per_sec":73636,"train_times_pytorch":5.24}]}`))
	for _, c := range []struct {
		args  string
		texts string // in the SVG, separated by |
	}{
		{"curves " + at("run.jsonl") + " relu=" + at("relu.csv"), ">run<|>relu<|>train loss<|>test acc<|>epoch<"},
		{"kernels --weights mnist", ">Conv2d (0)<|>input map 5<|image/png"},
		{"activations --weights mnist " + stroke, ">LeNet reads 1, with |>AvgPool2d (5)<|>16×5×5<|>Linear (11)<"},
		{"activations --weights fashion --image 1 --title Jumper", ">Jumper<|>Ankle boot<"},
		{"speed " + bench, ">PyTorch, 2 threads<|>14,717  <|>73,636  (5.24 × PyTorch)<|>AMD EPYC, 2 cores"},
		{"confusion --weights fashion --subset", ">true class<|>T-shirt/top<|1,000 test images: accuracy "},
	} {
		for _, kind := range []string{"svg", "png", "pdf"} {
			file := at("figure." + kind)
			args := append([]string{"plot"}, append(strings.Fields(c.args), "--out", file)...)
			if out := good(t, args...); out != "wrote "+file+"\n" {
				t.Errorf("printed %q", out)
			}
			checkFigure(t, "plot "+c.args, kind, read(t, file), c.texts)
		}
	}
	for args, message := range map[string]string{
		"plot " + at("run.jsonl") + " --out a.gif":                            "ends in .svg, .png or .pdf",
		"plot " + at("run.jsonl"):                                             "--out",
		"plot " + stroke + " --out " + at("a.svg"):                            "not a log of lenet train",
		"plot activations --weights mnist --out " + at("a.svg"):               "give a picture or --image N",
		"plot activations --weights mnist --image 1000 --out " + at("a.svg"):  "images 0 to 999",
		"plot kernels --weights mnist --out " + filepath.Join(dir, "x/a.svg"): "there is no directory",
	} {
		if _, stderr, code := lenet(t, strings.Fields(args)...); code == exitOK || !strings.Contains(stderr, message) {
			t.Errorf("lenet %s: status %d, stderr %q, want %q", args, code, stderr, message)
		}
	}
}

// checkFigure looks into a figure of that format; an SVG has the texts, separated by |.
func checkFigure(t *testing.T, command, kind string, b []byte, texts string) {
	t.Helper()
	switch kind {
	case "svg":
		for text := range strings.SplitSeq(texts, "|") {
			if !strings.Contains(string(b), text) {
				t.Errorf("lenet %s: no %s in the SVG", command, text)
			}
		}
	case "png":
		if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() < 1000 {
			t.Errorf("lenet %s: %v", command, err)
		}
	case "pdf":
		if !bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(b), []byte("%%EOF")) {
			t.Errorf("lenet %s: no PDF", command)
		}
	}
}

// Weights come through every format and under all names unchanged.
func TestConvert(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, names := range []string{"plain", "reshape", "net"} {
		good(t, "convert", "mnist", at("a.safetensors"), "--names", names)
		good(t, "convert", at("a.safetensors"), at("b.npz"), "--names", names)
		good(t, "convert", at("b.npz"), at("c.safetensors"))
		want, err := assets.Weights("mnist")
		if err != nil {
			t.Fatal(err)
		}
		p, meta, err := safetensors.DecodeMeta(want)
		if err != nil {
			t.Fatal(err)
		}
		first := map[string]string{"plain": "0.weight", "reshape": "1.weight", "net": "net.0.weight"}[names]
		if file := read(t, at("a.safetensors")); !bytes.Contains(file[:2000], []byte(`"`+first+`":`)) {
			t.Errorf("%s: no %s in %.300q", names, first, file)
		}
		arrays, err := interop.ReadNPZ(at("b.npz"))
		if err != nil || len(arrays) != 10 || arrays[first] == nil {
			t.Errorf("%s: %v, %v", names, arrays, err)
		}
		for _, file := range []string{"a.safetensors", "c.safetensors"} {
			got, kept, err := safetensors.DecodeMeta(read(t, at(file)))
			if err != nil || !bytes.Equal(safetensors.Encode(got, nil), safetensors.Encode(p, nil)) {
				t.Errorf("%s: other weights in %s: %v", names, file, err)
			}
			if file == "a.safetensors" && kept["dataset"] != meta["dataset"] {
				t.Errorf("metadata %v", kept)
			}
		}
	}
	// A checkpoint's state does not travel with its weights.
	good(t, "train", "--preset", "quick", "--epochs", "1", "--quiet", "--checkpoint", at("run.ckpt"))
	good(t, "convert", at("run.ckpt"), at("d.safetensors"))
	if file := read(t, at("d.safetensors")); bytes.Contains(file, []byte("checksum")) || !bytes.Contains(file, []byte(`"activation":"tanh"`)) {
		t.Errorf("%.500q", file)
	}
	for args, message := range map[string]string{
		"convert mnist " + at("a.pt"):                                    "ends in .safetensors, .npz or .onnx",
		"convert mnist " + at("a.npz") + " --names torch":                `unknown names "torch": use one of plain, reshape, net`,
		"convert mnist " + at("a.npz") + " --activation relu":            "says that its activation is sigmoid",
		"convert " + at("none") + " " + at("a.npz"):                      "no such file",
		"data export cifar " + at("a.npz"):                               "unknown data set",
		"data export mnist " + at("a.txt"):                               "ends in .npz, .csv or .json, or say the format with --as idx",
		"predict --weights mnist " + at("b.npz") + " --logits a.txt":     "ends in .npy",
		"predict --weights " + at("data.npz") + " " + at("run.ckpt"):     "no such file",
		"eval --dataset mnist --subset --weights " + at("truncated.npz"): "not a whole zip archive",
	} {
		if err := os.WriteFile(at("truncated.npz"), read(t, at("b.npz"))[:1000], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, stderr, code := lenet(t, strings.Fields(args)...); code == exitOK || !strings.Contains(stderr, message) {
			t.Errorf("lenet %s: status %d, stderr %q, want %q", args, code, stderr, message)
		}
	}
}

// A data set and images go to NumPy and back.
func TestArrays(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mnist.npz")
	if out := good(t, "data", "export", "mnist", file, "--subset"); !strings.Contains(out, "6,000 training and 1,000 test images") {
		t.Errorf("printed %q", out)
	}
	arrays, err := interop.ReadNPZ(file)
	if err != nil || len(arrays) != 4 {
		t.Fatalf("%v, %v", arrays, err)
	}
	images := filepath.Join(dir, "images.npy")
	if err := interop.WriteNPY(images, arrays["test_images"]); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(good(t, "predict", "--weights", "mnist", "--json", images)), "\n")
	labels, err := interop.Floats(arrays["test_labels"])
	if err != nil || len(lines) != 1000 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	right := 0
	for i, line := range lines {
		r := fields(t, line)
		if len(r["logits"].([]any)) != 10 {
			t.Fatal(line)
		}
		if r["class"] == labels[i] {
			right++
		}
	}
	if right < 985 {
		t.Errorf("%d of 1000 right", right)
	}
}
