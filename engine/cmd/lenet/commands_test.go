package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/safetensors"
)

const (
	oracles = "../../testdata/oracle/"
	strokes = "../../../engine/pen/testdata/strokes_dev.json"
)

// The accuracies that the embedded weights are there for.
func TestEmbeddedWeights(t *testing.T) {
	for name, want := range map[string]float64{"mnist": 0.985, "fashion": 0.88} {
		args := []string{"eval", "--weights", name, "--json"}
		if _, _, _, err := dataset.Load(name, dataset.Options{}); err != nil {
			t.Logf("on the subset only: %v", err)
			args = append(args, "--subset")
		}
		r := fields(t, good(t, args...))
		t.Logf("%s: %v of %v images", name, r["accuracy"], r["examples"])
		if r["accuracy"].(float64) < want {
			t.Errorf("%s: accuracy %v, want %v", name, r["accuracy"], want)
		}
		b, err := assets.Weights(name)
		if err != nil {
			t.Fatal(err)
		}
		if p, meta, err := safetensors.DecodeMeta(b); err != nil || p.Config.NumParams() != 61706 || p.Config.Activation.String() != "sigmoid" || meta["dataset"] != name {
			t.Errorf("%s: %v, %v", name, meta, err)
		}
	}
	r := fields(t, good(t, "eval", "--weights", "mnist", "--strokes", strokes, "--json"))
	t.Logf("strokes: %v of %v drawings", r["accuracy"], r["examples"])
	if r["accuracy"].(float64) < 0.975 || r["examples"] != 500.0 {
		t.Errorf("strokes: accuracy %v on %v drawings", r["accuracy"], r["examples"])
	}
}

func TestEvalPrintsTheConfusionMatrix(t *testing.T) {
	out := good(t, "eval", "--weights", "fashion", "--subset")
	for _, want := range []string{"1,000 examples, Fashion-MNIST test images from the embedded subset, on cpu\n", "\n9 Ankle boot ", "recall"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	r := fields(t, good(t, "eval", "--weights", "fashion", "--subset", "--json"))
	total, right := 0.0, 0.0
	for i, row := range r["confusion"].([]any) {
		for j, n := range row.([]any) {
			total += n.(float64)
			if i == j {
				right += n.(float64)
			}
		}
	}
	if total != 1000 || right/total != r["accuracy"] {
		t.Errorf("the confusion matrix has %v examples, %v right; accuracy %v", total, right, r["accuracy"])
	}
	// A network is worse without parts.
	less := fields(t, good(t, "eval", "--weights", "fashion", "--subset", "--json", "--without", "0:1,3:12,9:40"))
	if less["accuracy"].(float64) >= r["accuracy"].(float64) || !strings.HasSuffix(less["on"].(string), ", without 0:1, 3:12, 9:40") {
		t.Errorf("%v: accuracy %v, with all parts %v", less["on"], less["accuracy"], r["accuracy"])
	}
	// Without a name in the weights, eval asks which data set is meant.
	b, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	p, err := safetensors.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	anonymous := write(t, filepath.Join(t.TempDir(), "w"), safetensors.Encode(p, nil))
	if _, stderr, code := lenet(t, "eval", "--weights", anonymous, "--subset"); code != exitFailure || !strings.Contains(stderr, "--dataset") {
		t.Errorf("status %d, stderr %q", code, stderr)
	}
	if _, _, code := lenet(t, "eval", "--weights", anonymous, "--subset", "--dataset", "mnist"); code != exitOK {
		t.Errorf("status %d with the data set given", code)
	}
}

// draw saves a picture made by at as a PNG file.
func draw(t *testing.T, dir, name string, w, h int, at func(x, y int) color.Color) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, at(x, y))
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(dir, name), buf.Bytes())
}

// A picture is read the same however it was made: as MNIST has it, dark on
// light, large, off the middle, transparent, in a faint pencil.
func TestPredictPictures(t *testing.T) {
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	right := map[string]int{}
	args := []string{"predict", "--weights", "mnist", "--json"}
	var kinds []string
	const n = 30
	for i := range n {
		img := test.Images[i*784:][:784]
		// big is the digit ten times as large, on a canvas of 400×300, to the left and up.
		big := func(x, y int) uint8 {
			x, y = x/10+2, y/10+1
			if x < 28 && y < 28 {
				return img[y*28+x]
			}
			return 0
		}
		at := strconv.Itoa(i)
		files := map[string]string{
			"mnist":       draw(t, dir, at+"mnist.png", 28, 28, func(x, y int) color.Color { return color.Gray{img[y*28+x]} }),
			"dark":        draw(t, dir, at+"dark.png", 28, 28, func(x, y int) color.Color { return color.Gray{255 - img[y*28+x]} }),
			"large":       draw(t, dir, at+"large.png", 400, 300, func(x, y int) color.Color { return color.Gray{255 - big(x, y)} }),
			"transparent": draw(t, dir, at+"transparent.png", 400, 300, func(x, y int) color.Color { return color.NRGBA{20, 20, 90, big(x, y)} }),
			"pencil":      draw(t, dir, at+"pencil.png", 300, 400, func(x, y int) color.Color { return color.Gray{215 - big(x, y)/3} }),
		}
		for kind, file := range files {
			kinds = append(kinds, kind)
			args = append(args, file)
		}
	}
	for k, line := range strings.Split(strings.TrimSpace(good(t, args...)), "\n") {
		if fields(t, line)["class"] == float64(test.Labels[k/(len(kinds)/n)]) {
			right[kinds[k]]++
		}
	}
	for kind, want := range map[string]int{"mnist": n, "dark": n, "large": n - 1, "transparent": n - 1, "pencil": n - 1} {
		if right[kind] < want {
			t.Errorf("%s: %d of %d read right", kind, right[kind], n)
		}
	}
}

func TestPredict(t *testing.T) {
	dir := t.TempDir()
	one := write(t, filepath.Join(dir, "one.json"), []byte(`[[[14,4],[14,12],[13.5,24]]]`))
	two := write(t, filepath.Join(dir, "two.json"), []byte(`[{"strokes":[[[14,4],[14,24]]]},{"strokes":[[[14,4],[14,24]]]}]`))
	out := good(t, "predict", "--weights", "mnist", one, two)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], one+": 1  (1 ") || strings.Count(lines[0], "%") != 3 || !strings.HasPrefix(lines[2], two+"[1]: 1 ") {
		t.Errorf("printed\n%s", out)
	}

	// A cross is no digit.
	cross := write(t, filepath.Join(dir, "cross.json"), []byte(`[[[4,4],[24,24]],[[24,4],[4,24]]]`))
	lines = strings.Split(good(t, "predict", "--weights", "mnist", cross, one), "\n")
	if end := ", but it is unlike any image that the network has learned from"; !strings.HasSuffix(lines[0], end) || strings.HasSuffix(lines[1], end) {
		t.Errorf("printed %q", lines)
	}
	lines = strings.Split(good(t, "predict", "--weights", "mnist", "--json", cross, one), "\n")
	if x, y := fields(t, lines[0]), fields(t, lines[1]); !(x["familiarity"].(float64) < 0.05) || x["unfamiliar"] != true ||
		!(y["familiarity"].(float64) > 0.05) || y["unfamiliar"] != false {
		t.Errorf("printed %q", lines)
	}

	_, test, err := dataset.Subset("fashion")
	if err != nil {
		t.Fatal(err)
	}
	boot := draw(t, dir, "boot.png", 84, 84, func(x, y int) color.Color { return color.Gray{test.Images[y/3*28+x/3]} })
	if out := good(t, "predict", "--weights", "fashion", boot); !strings.HasPrefix(out, boot+": Ankle boot  (Ankle boot ") {
		t.Errorf("printed %s", out)
	}
	grey := draw(t, dir, "grey.png", 50, 50, func(x, y int) color.Color { return color.Gray{130} })
	if _, stderr, code := lenet(t, "predict", "--weights", "mnist", grey); code != exitFailure || !strings.Contains(stderr, "grey.png: the picture is blank") {
		t.Errorf("status %d, stderr %q", code, stderr)
	}
}

func TestVerify(t *testing.T) {
	if out := good(t, "verify", oracles+"sigmoid_avg_trained.npz", oracles+"tanh_avg_fresh.npz"); strings.Count(out, " ok ") != 12 {
		t.Errorf("printed\n%s", out)
	}
	r := fields(t, good(t, "verify", "--json", "--reproducible", "--threads", "1", oracles+"sigmoid_avg_fresh.npz"))
	if r["ok"] != true || len(r["checks"].([]any)) != 6 {
		t.Errorf("printed %v", r)
	}
}

func TestData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	home := []string{"LENET_DATA=" + dir}
	out, _, code := lenetIn(t, home, "data")
	if code != exitOK || !strings.Contains(out, filepath.Join(dir, "mnist")) || !strings.Contains(out, filepath.Join(dir, "fashion")) {
		t.Errorf("status %d, printed\n%s", code, out)
	}

	// A damaged file fails the check and is named.
	bad := filepath.Join(dir, "fashion")
	if err := os.Mkdir(bad, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bad, "train-images-idx3-ubyte.gz"), []byte("junk"))
	out, stderr, code := lenetIn(t, home, "data", "verify", "fashion")
	if code != exitFailure || !strings.Contains(out, "DAMAGED") || !strings.Contains(stderr, bad) {
		t.Errorf("status %d, stderr %q, printed\n%s", code, stderr, out)
	}

	// The subset's files are made anew with the same bytes.
	for _, name := range []string{"mnist", "fashion"} {
		if _, _, _, err := dataset.Load(name, dataset.Options{}); err != nil {
			t.Skip(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, "made", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	good(t, "data", "verify")
	good(t, "data", "subset", "--dir", filepath.Join(dir, "made"))
	const name = "train-labels-idx1-ubyte.gz"
	want, err := assets.Data("mnist", name)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "made", "mnist", name)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("another %s: %v", name, err)
	}
}

func TestBench(t *testing.T) {
	r := fields(t, good(t, "bench", "--json", "--seconds", "0.05", "--threads", "1", "--subset"))
	train, infer, latency := r["train_examples_per_sec"].(float64), r["infer_examples_per_sec"].(float64), r["single_image_us"].(float64)
	if train < 100 || infer < 100 || latency <= 0 || latency > 1e5 || r["threads"] != 1.0 {
		t.Errorf("%v", r)
	}
	if parts := r["profile"].(map[string]any)["parts"].([]any); len(parts) < 15 || r["machine"].(map[string]any)["go"] == "" || r["images"] != 6000.0 {
		t.Errorf("%v", r)
	}
	if out := good(t, "bench", "--seconds", "0.05", "--subset"); !strings.Contains(out, "training ") || !strings.Contains(out, "µs") || !strings.Contains(out, "Conv2d(6, 16") {
		t.Errorf("printed\n%s", out)
	}
}

// The table has a row for each way that can be measured here, and says what cannot.
func TestBenchTable(t *testing.T) {
	args := []string{"bench", "--table", "--rounds", "1", "--seconds", "0.05", "--threads", "2", "--subset"}
	table := func(args ...string) string {
		out, progress, code := lenet(t, args...)
		if code != 0 || !strings.Contains(progress, "round 1 of 1:") || !strings.Contains(progress, "SKIPPED ") {
			t.Fatalf("status %d, stderr %q", code, progress)
		}
		return out
	}
	out := table(args...)
	for _, want := range []string{"Medians of 1 round,", "| lenet, 2 threads | ", "| lenet, without vectors, 2 threads | ", "| lenet, 1 thread | ", "Conv2d(6, 16", "Not measured: the browser"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "| PyTorch, 2 threads |") == strings.Contains(out, "Not measured: PyTorch") {
		t.Errorf("is PyTorch measured?\n%s", out)
	}
	r := fields(t, table(append(args, "--json", "--no-layers", "--activation", "relu")...))
	row := r["rows"].([]any)[0].(map[string]any)
	round := row["rounds"].([]any)[0].(map[string]any)
	if row["name"] != "lenet, 2 threads" || row["train_examples_per_sec"].(float64) < 100 || round["config"].(map[string]any)["activation"] != "relu" || len(r["skipped"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
}

// Ctrl-C saves what is there.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal to send")
	}
	weights := filepath.Join(t.TempDir(), "w.safetensors")
	cmd := exec.Command(program, "train", "--preset", "quick", "--epochs", "100000", "--out", weights)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var out []byte
	for buf := make([]byte, 4096); !bytes.Contains(out, []byte("examples/sec\n")); {
		n, err := stdout.Read(buf)
		if out = append(out, buf[:n]...); err != nil {
			t.Fatalf("%v after %q", err, out)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var rest bytes.Buffer
	if _, err := rest.ReadFrom(stdout); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("status %d, printed\n%s", code, rest.String())
	}
	if !strings.Contains(rest.String(), "examples/sec on cpu\n") {
		t.Errorf("no result in %q", rest.String())
	}
	b, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := safetensors.Decode(b); err != nil {
		t.Error(err)
	}
}

// Without --seed a run has its preset's, and with it that one, 0 too.
func TestSeed(t *testing.T) {
	for _, preset := range engine.Presets() {
		c := trainCmd{Preset: preset.Preset}
		p, err := c.plan(nil)
		if err != nil || p.Seed != preset.Seed {
			t.Errorf("%s: seed %d, %v; want %d", preset.Preset, p.Seed, err, preset.Seed)
		}
		c.Seed = new(uint64)
		if p, err = c.plan(nil); err != nil || p.Seed != 0 {
			t.Errorf("%s --seed 0: seed %d, %v", preset.Preset, p.Seed, err)
		}
	}
}
