package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/npy"
	"lenet/engine/safetensors"
	"lenet/engine/weights"
)

// Weights that do not tell their activation and pooling are run as d2l's, which
// is said; the options say otherwise, and at chance there is a hint. An .npz tells.
func TestWeightsThatLeaveOpen(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	good(t, "train", "--preset", "quick", "--epochs", "2", "--activation", "relu", "--pool", "max", "--lr", "0.1", "--batch", "32", "--quiet", "--out", at("w.npz"))
	f, err := weights.Decode(read(t, at("w.npz")))
	if err != nil || len(f.Assumed) > 0 || f.Params.Config.Activation != engine.ReLU || f.Meta["dataset"] != "mnist" {
		t.Fatalf("the .npz of a training run: %+v, %v", f, err)
	}
	trained := fields(t, good(t, "eval", "--subset", "--json", "--weights", at("w.npz")))["accuracy"].(float64)

	// As numpy.savez writes them, without our comment.
	arrays := map[string]*npy.Array{}
	for _, a := range f.Params.Tensors() {
		arrays["module."+a.Name] = &npy.Array{Shape: a.Shape, Data: a.Data}
	}
	open, err := npy.EncodeArchive(arrays, nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, at("open.npz"), open)
	args := []string{"eval", "--subset", "--dataset", "mnist", "--json", "--weights", at("open.npz")}
	out, stderr, code := lenet(t, args...)
	if code != exitOK || !strings.Contains(stderr, "open.npz does not tell its activation and pooling: sigmoid and avg are assumed; --activation and --pool say otherwise\n") {
		t.Errorf("status %d, stderr %q", code, stderr)
	}
	if acc := fields(t, out)["accuracy"].(float64); acc < 0.2 != strings.Contains(stderr, "is about chance: were these weights trained with another activation or pooling (--activation, --pool)") {
		t.Errorf("accuracy %v, stderr %q", acc, stderr)
	}
	if acc := fields(t, good(t, append(args, "--activation", "relu", "--pool", "max")...))["accuracy"].(float64); acc != trained {
		t.Errorf("accuracy %v with the options, %v in training", acc, trained)
	}
	if _, stderr, code := lenet(t, "eval", "--subset", "--weights", at("w.npz"), "--pool", "avg"); code != exitFailure || !strings.Contains(stderr, "says that its pooling is max") {
		t.Errorf("status %d, stderr %q", code, stderr)
	}
	if _, stderr, _ := lenet(t, append(args, "--activation", "relu")...); !strings.Contains(stderr, "its pooling: avg is assumed; --pool says otherwise\n") || strings.Contains(stderr, "its activation") {
		t.Errorf("stderr %q", stderr)
	}
	untrained := engine.NewParams(engine.Classic())
	untrained.Init(1)
	write(t, at("untrained"), safetensors.Encode(untrained, nil))
	if _, stderr, _ := lenet(t, "eval", "--subset", "--dataset", "mnist", "--weights", at("untrained")); !strings.Contains(stderr, "is about chance: were these weights trained at all") {
		t.Errorf("stderr %q", stderr)
	}
}

// --out writes what the name says, or is refused before training.
func TestOutSaysTheForm(t *testing.T) {
	dir := t.TempDir()
	train := func(name string) (string, string, int) {
		return lenet(t, "train", "--preset", "quick", "--epochs", "1", "--channels", "1,1", "--units", "1,1", "--quiet", "--out", filepath.Join(dir, name))
	}
	for name, magic := range map[string]string{"w.safetensors": "", "w.npz": "PK\x03\x04", "w.NPZ": "PK\x03\x04", "w.onnx": "\x08", "w": ""} {
		_, stderr, code := train(name)
		b, err := os.ReadFile(filepath.Join(dir, name))
		if code != exitOK || err != nil || !bytes.HasPrefix(b, []byte(magic)) {
			t.Errorf("%s: status %d, stderr %q, %v, %.8q", name, code, stderr, err, b)
		}
		if magic == "" {
			if _, err := safetensors.Decode(b); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range []string{"w.pt", "w.pth", "w.h5", "p.png", "w.ckpt.gz", "w.npy"} {
		_, stderr, code := train(name)
		if _, err := os.Stat(filepath.Join(dir, name)); code != exitUsage || err == nil || !strings.Contains(stderr, "ends in .safetensors, .npz or .onnx") {
			t.Errorf("%s: status %d, stderr %q", name, code, stderr)
		}
	}
}

// Each file gets its line; those that cannot be read are named, and the status tells.
func TestPredictSomeBad(t *testing.T) {
	dir := t.TempDir()
	three := "../../picture/decode/testdata/three.png"
	none := filepath.Join(dir, "none.png")
	blanks := write(t, filepath.Join(dir, "blanks.json"), []byte("\ufeff"+`[{"strokes":[]},{"strokes":[[[14,4],[14,24]]]}]`))
	lfs := write(t, filepath.Join(dir, "lfs.png"), []byte("version https://git-lfs.github.com/spec/v1\n"))
	out, stderr, code := lenet(t, "predict", "--weights", "mnist", three, none, blanks, lfs, three)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitFailure || len(lines) != 3 || !strings.HasPrefix(lines[0], three+": 3 ") || !strings.HasPrefix(lines[1], blanks+"[1]: 1 ") || lines[2] != lines[0] {
		t.Errorf("status %d, printed\n%s", code, out)
	}
	for _, want := range []string{"none.png: no such file", blanks + "[0]: the drawing is blank", "lfs.png: it is a Git LFS pointer", "3 of 5 files could not be read"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in %q", want, stderr)
		}
	}
	// Rows of logits are the pictures in order, so that none may be missing.
	logits := filepath.Join(dir, "logits.npy")
	if _, _, code := lenet(t, "predict", "--weights", "mnist", "--logits", logits, three, none); code != exitFailure {
		t.Errorf("status %d", code)
	}
	if _, err := os.Stat(logits); err == nil {
		t.Error("logits of some of the files")
	}
}

// Pictures of every format, and arrays as Keras has them, are read.
func TestPredictFormats(t *testing.T) {
	files, err := filepath.Glob("../../picture/decode/testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"predict", "--weights", "mnist"}
	for _, f := range files {
		if !strings.HasSuffix(f, ".bmp") { // run-length encoded
			args = append(args, f)
		}
	}
	out := good(t, args...)
	if n := strings.Count(out, ": 3  (3 "); n != len(args)-3 || n < 7 {
		t.Errorf("%d of %d are a 3:\n%s", n, len(args)-3, out)
	}
	arrays := map[string]*npy.Array{"x": {Shape: []int{1, 28, 28, 1}, Data: make([]uint8, 784)}}
	b, err := npy.Encode(arrays["x"])
	if err != nil {
		t.Fatal(err)
	}
	good(t, "predict", "--weights", "mnist", write(t, filepath.Join(t.TempDir(), "keras.npy"), b))
}
