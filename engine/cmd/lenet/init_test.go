package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/npy"
	"lenet/engine/safetensors"
)

// params reads weights, the embedded ones by their name.
func params(t *testing.T, path string) *engine.Params {
	t.Helper()
	file, err := assets.Weights(path)
	if err != nil {
		file = read(t, path)
	}
	p, err := safetensors.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lettered writes weights of 26 classes with their names: those for MNIST but for the last layer.
func lettered(t *testing.T) string {
	t.Helper()
	p := engine.NewParams(params(t, "mnist").Config.WithClasses(26))
	if err := p.InitFrom(params(t, "mnist"), 3); err != nil {
		t.Fatal(err)
	}
	names := `["` + strings.Join(strings.Split("abcdefghijklmnopqrstuvwxyz", ""), `","`) + `"]`
	return write(t, filepath.Join(t.TempDir(), "letters.safetensors"), safetensors.Encode(p, map[string]string{classesKey: names}))
}

// A run starts from the embedded weights or those of a file, and frozen layers
// keep their bits: in the weights, in the checkpoint, and over --resume, which
// ends with the bytes of an unbroken run.
func TestInitAndFreeze(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, f := range []engine.Freeze{engine.NoFreeze, engine.FreezeConv, engine.FreezeAllButLast} {
		args := []string{"train", "--init", "mnist", "--preset", "d2l", "--dataset", "fashion", "--subset", "--lr", "0.1", "--freeze", f.String()}
		whole, half := path(f.String()+".ckpt"), path(f.String()+"-half.ckpt")
		out := path(f.String() + ".safetensors")
		good(t, append(args, "--epochs", "2", "--checkpoint", whole, "--out", out)...)
		good(t, append(args, "--epochs", "1", "--checkpoint", half)...)
		good(t, "train", "--resume", half, "--epochs", "2")
		if !slices.Equal(read(t, whole), read(t, half)) {
			t.Errorf("%v: a resumed run gives another checkpoint", f)
		}
		was, is := params(t, "mnist").Tensors(), params(t, out).Tensors()
		for i, a := range was {
			if kept := slices.Equal(a.Data, is[i].Data); kept != f.Holds(a.Name) {
				t.Errorf("%v: %s kept its bits: %v", f, a.Name, kept)
			}
		}
	}
	log := good(t, "train", "--init", path("conv.safetensors"), "--preset", "quick", "--epochs", "1", "--freeze", "all-but-last", "--json")
	recipe := fields(t, strings.SplitN(log, "\n", 2)[0])["recipe"].(map[string]any)
	if recipe["init"] != path("conv.safetensors") || recipe["freeze"] != "all-but-last" || recipe["activation"] != "sigmoid" {
		t.Errorf("the log says %v", recipe)
	}
}

// Weights of another number of classes give all layers but the last, which the run's seed draws.
func TestInitOfOtherClasses(t *testing.T) {
	from, out := lettered(t), filepath.Join(t.TempDir(), "w.safetensors")
	_, stderr, code := lenet(t, "train", "--init", from, "--preset", "quick", "--epochs", "1", "--lr", "1e-30", "--seed", "5", "--out", out)
	if code != 0 || !strings.Contains(stderr, "the last layer starts from random weights") {
		t.Fatalf("status %d, it says %q", code, stderr)
	}
	want := engine.NewParams(engine.Classic())
	if err := want.InitFrom(params(t, from), 5); err != nil {
		t.Fatal(err)
	}
	if got := params(t, out); got.Config != engine.Classic() || !slices.Equal(got.Data, want.Data) {
		t.Errorf("%+v", got.Config)
	}
}

func TestInitRefuses(t *testing.T) {
	from := lettered(t)
	for args, want := range map[string]string{
		"--init mnist --units 100,84":       "has channels 6,16 and units 120,84, and keeps them: leave out --channels and --units",
		"--init mnist --activation tanh":    "its activation is sigmoid: leave the option out",
		"--init none.safetensors":           "the embedded ones are fashion and mnist",
		"--freeze conv --device cuda":       "use --device cpu or auto",
		"--freeze first":                    "use one of none, conv, all-but-last",
		"--init " + from + " --out " + from: "letters.safetensors",
	} {
		_, stderr, code := lenet(t, append([]string{"train", "--subset", "--epochs", "1"}, strings.Fields(args)...)...)
		if code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, %q; want %q", args, code, stderr, want)
		}
	}
}

// Every command takes weights of another number of classes, names the classes as
// the weights do, and refuses a data set of others.
func TestOtherClasses(t *testing.T) {
	weights, dir := lettered(t), t.TempDir()
	image := filepath.Join("..", "..", "pen", "testdata", "strokes_dev.json")
	logits := filepath.Join(dir, "z.npy")
	good(t, "predict", "--weights", weights, image, "--logits", logits)
	if a, err := npy.Decode(read(t, logits)); err != nil || a.Shape[1] != 26 {
		t.Errorf("logits %v, %v", a, err)
	}
	first := fields(t, strings.SplitN(good(t, "predict", "--weights", weights, "--json", image), "\n", 2)[0])
	if name := first["name"].(string); len(first["probabilities"].([]any)) != 26 || name != string(rune('a'+int(first["class"].(float64)))) {
		t.Errorf("%v", first)
	}
	if out := good(t, "layers", "--weights", weights); out != good(t, "layers", "--classes", "26") || !strings.Contains(out, "Linear output shape: [1, 26]") {
		t.Errorf("layers: %s", out)
	}
	good(t, "plot", "activations", "--weights", weights, "--image", "3", "--out", filepath.Join(dir, "a.svg"))
	for _, form := range []string{"npz", "onnx", "safetensors"} {
		file := filepath.Join(dir, "w."+form)
		good(t, "convert", weights, file)
		if form != "onnx" {
			if out := good(t, "predict", "--weights", file, "--json", image); !strings.Contains(out, fmt.Sprintf("%q:%q", "name", first["name"])) {
				t.Errorf("%s: %s", form, out)
			}
		}
	}
	for _, args := range []string{"eval --dataset mnist --subset", "predict --dataset mnist " + image, "plot confusion --dataset mnist --subset --out " + filepath.Join(dir, "c.svg")} {
		_, stderr, code := lenet(t, append(strings.Fields(args), "--weights", weights)...)
		if code != exitFailure || !strings.Contains(stderr, "has 26 classes and MNIST has 10") {
			t.Errorf("%s: status %d, %q", args, code, stderr)
		}
	}
	for _, n := range []string{"0", "1", "65"} {
		if _, stderr, code := lenet(t, "layers", "--classes", n); code != exitUsage || !strings.Contains(stderr, n+" classes: use 2 to 64") {
			t.Errorf("%s classes: %d, %q", n, code, stderr)
		}
	}
}
