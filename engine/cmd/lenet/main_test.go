package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lenet/engine/safetensors"
)

// program is the built lenet, which the tests run as people do.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lenet")
	if err != nil {
		panic(err)
	}
	os.Setenv("LENET_DEVICE", "cpu") // tests that want another device say so
	program = filepath.Join(dir, "lenet.exe")
	args := []string{"build", "-o", program, "."}
	if raceDetector {
		args = slices.Insert(args, 1, "-race")
	}
	build := exec.Command("go", args...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// lenet runs the program and returns what it printed and its exit status.
func lenet(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return lenetIn(t, nil, args...)
}

func lenetIn(t *testing.T, environment []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), environment...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// good runs the program, which must succeed without a word on stderr.
func good(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := lenet(t, args...)
	if code != 0 || stderr != "" {
		t.Fatalf("lenet %s: status %d, stderr %q", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// fields decodes one line of JSON.
func fields(t *testing.T, line string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return m
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args    string
		message string
	}{
		{"foo", "unexpected argument foo"},
		{"train --preset nonsense", `unknown preset "nonsense": use one of quick, d2l, d2l-1.0, modern`},
		{"train --dataset cifar", `unknown data set "cifar": use one of mnist, fashion`},
		{"train --activation gelu", `unknown activation "gelu": use one of sigmoid, tanh, relu`},
		{"train --pool sum", `unknown pooling "sum": use one of avg, max`},
		{"train --epochs 0", "0 epochs: use 1 or more"},
		{"train --batch=-1", "batch size -1"},
		{"train --lr 0", "learning rate 0"},
		{"train --lr NaN", "learning rate NaN"},
		{"train --channels 6", "--channels: use two numbers"},
		{"train --channels 6,1000", "convolution 2 has 1000 channels"},
		{"train --units 0,5", "linear layer 1 has 0 units"},
		{"train --units 6,x", `"x" is no whole number`},
		{"train --threads=-2", "--threads -2"},
		{"train --device tpu", "--device must be one of"},
		{"train --device cuda --threads 2", "--threads and --reproducible are the CPU's"},
		{"gpu --batch 0", "--batch takes 1 or more"},
		{"gpu --activation gelu", "unknown activation"},
		{"train --decay never", `unknown decay "never": use one of none, cosine`},
		{"train --plot a.eps", "use a name that ends in .svg, .png or .pdf"},
		{"train --out " + dir + "/no/such/w.safetensors", "there is no directory " + dir + "/no/such"},
		{"train --data-dir " + dir + "/none", dir + "/none"},
		{"layers --activation x", "unknown activation"},
		{"layers --weights mnist --channels 3,4", "--weights tells what the network is"},
		{"eval", "--weights"},
		{"eval --weights mnist --dataset x", "unknown data set"},
		{"eval --weights mnist --strokes a.json --subset", "the drawings are the test"},
		{"plot confusion --weights mnist --dataset x --out a.svg", "unknown data set"},
		{"data fetch x", "unknown data set"},
		{"data export x a.npz", "unknown data set"},
		{"predict --weights mnist", "expected \"<file>"},
		{"predict a.png", "--weights"},
		{"verify", "expected \"<oracle.npz>"},
		{"bench --batch 0", "above 0"},
		{"data fly", "unexpected argument fly"},
		{"help fly", "unexpected argument fly"},
		{"train --out= --preset quick", "--out: the name of the file is empty"},
		{"train --log=", "--log: the name of the file is empty"},
		{"train --checkpoint=", "--checkpoint: the name of the file is empty"},
		{"plot a.csv --out=", "--out"},
		{"predict --weights mnist a.png --logits=", "--logits: the name of the file is empty"},
		{"train --epochs -1", "-1 epochs: use 1 or more"},
		{"train --batch -256", "batch size -256"},
		{"train --lr -0.5", "learning rate -0.5"},
		{"train --lr -.5", "learning rate -0.5"},
		{"train --lr -inf", "learning rate -Inf"},
		{"train --lr 1e-50", "learning rate 1e-50"},
		{"train --lr 1e39", "learning rate 1e+39"},
		{"train --threads -2", "--threads -2"},
		{"train --channels -6,16", "convolution 1 has -6 channels"},
		{"train --log-every -5 --log a.csv", "--log-every -5"},
		{"train --quiet -1", "unknown flag"},
		{"bench --seconds -1", "above 0"},
		{"bench --seconds Inf", "above 0"},
		{"gpu --epochs -1", "--epochs 0 or more"},
		{"train --subset --data-dir " + dir, "--subset takes the embedded images"},
		{"eval --weights mnist --subset --data-dir " + dir, "--subset takes the embedded images"},
		{"plot confusion --weights mnist --out a.svg --subset --data-dir " + dir, "--subset takes the embedded images"},
		{"data export mnist a.npz --subset --data-dir " + dir, "--subset takes the embedded images"},
		{"bench --subset --data-dir " + dir, "--subset takes the embedded images"},
		{"gpu --subset --data-dir " + dir, "--subset takes the embedded images"},
		{"train --data a --dataset mnist", "--data takes a data set of your own: leave out --dataset"},
		{"train --data a --subset", "--data takes a data set of your own"},
		{"train --data=", "--data: the name of the file is empty"},
		{"train --test-data a", "--test-data is the test part of --data"},
		{"train --test-share 0.3", "add --data PATH"},
		{"train --data a --test-share 1", "--test-share 1: use a number between 0 and 1"},
		{"train --data a --test-data b --test-share 0.5", "leave out --test-share"},
		{"eval --weights mnist --transpose", "add --data PATH"},
		{"eval --weights mnist --without 3", "--without 3: use LAYER:NUMBER, such as 3:12"},
		{"eval --weights mnist --strokes a.json --data b", "leave out --dataset, --subset, --data-dir and --data"},
		{"plot confusion --weights mnist --out a.svg --data b --dataset mnist", "--data takes a data set of your own"},
		{"plot activations --weights mnist --out a.svg --data b c.png", "add --image N in place of a picture"},
		{"predict --weights mnist --data b --dataset mnist a.png", "leave out --dataset"},
		{"data export mnist", "give the name of a file"},
		{"data export mnist a.npz --data b", "leave out the name of another"},
		{"data export --data a b", "say the format with --as"},
		{"data export --data a b --as word", "--as must be one of"},
		{"bench --rounds 3", "--rounds is for --table"},
		{"bench --programs " + dir, "--programs is for --table"},
		{"predict --weights mnist a.png --json --logits a.npy", "leave one of them out"},
		{"explain --weights mnist a.png", "Add --occlusion, --gradient, --unit L:C:Y:X, --fool CLASS or --nearest"},
		{"explain --weights mnist a.png --occlusion --fool 3", "--occlusion and --fool: one question at a time"},
		{"explain --weights mnist --gradient", "give a picture or --image N"},
		{"explain --weights mnist a.png --image 3 --gradient", "one of them"},
		{"explain --weights mnist a.png --gradient --patch 3", "--patch, --stride and --fill are for --occlusion"},
		{"explain --weights mnist a.png --occlusion --patch 29", "use 1 to 28 pixels"},
		{"explain --weights mnist a.png --fool 3 --class 2", "--class is for --occlusion and --gradient"},
		{"explain --weights mnist --unit 3:1:2", "use LAYER:MAP:ROW:COLUMN or LAYER:UNIT"},
		{"explain --weights mnist --unit here", "such as 3:5:4:4 or 11:3"},
		{"explain --weights mnist a.png --gradient --out a.gif", "ends in .svg, .png or .pdf"},
		{"explain --weights mnist a.png --gradient --title T", "add --out FILE"},
		{"explain --weights mnist --data b c.png --gradient", "add --image N in place of a picture"},
	} {
		stdout, stderr, code := lenet(t, strings.Fields(c.args)...)
		if code != exitUsage || stdout != "" {
			t.Errorf("lenet %s: status %d, want %d; stdout %q", c.args, code, exitUsage, stdout)
		}
		if !strings.Contains(stderr, c.message) || !strings.Contains(stderr, "--help") {
			t.Errorf("lenet %s: stderr %q, want %q and where to find help", c.args, stderr, c.message)
		}
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, filepath.Join(dir, "bad.safetensors"), []byte("these are no weights"))
	text := write(t, filepath.Join(dir, "a.txt"), []byte("hello"))
	cut := write(t, filepath.Join(dir, "cut.png"), []byte("\x89PNG\r\n\x1a\n"))
	blank := write(t, filepath.Join(dir, "blank.json"), []byte(`[]`))
	unlabelled := write(t, filepath.Join(dir, "unlabelled.json"), []byte(`[{"strokes":[[[3,3],[9,20]]]}]`))
	for _, c := range []struct {
		args    string
		message string
	}{
		{"train --data-dir " + dir, "data set not found; looked in"},
		{"eval --weights " + dir + "/none --dataset mnist", "no such file"},
		{"eval --weights " + dir + "/none --dataset mnist", "the embedded ones are fashion and mnist"},
		{"eval --weights " + bad, "not valid LeNet weights"},
		{"eval --weights mnist --subset --without 6:3", "--without: layer 6 has no maps or units to take out"},
		{"eval --weights mnist --strokes " + text, "a.txt"},
		{"eval --weights mnist --strokes " + unlabelled, "drawing 0 has no label"},
		{"predict --weights mnist " + dir + "/none.png", "none.png"},
		{"predict --weights mnist " + text, "it is text: neither a PNG, JPEG, GIF or BMP picture, nor a JSON list of strokes, nor an .npy file"},
		{"predict --weights mnist " + cut, "cut.png"},
		{"predict --weights mnist " + blank, "blank"},
		{"verify " + text, "not a NumPy file"},
		{"layers --weights " + bad, "not valid LeNet weights"},
		{"bench --subset --batch 100000", "the training set has 6000"},
	} {
		_, stderr, code := lenet(t, strings.Fields(c.args)...)
		if code != exitFailure || !strings.Contains(stderr, c.message) {
			t.Errorf("lenet %s: status %d, stderr %q, want %d and %q", c.args, code, stderr, exitFailure, c.message)
		}
	}
}

// Threads are no more than there is work or a processor for, and the program says so.
func TestThreadsAreBounded(t *testing.T) {
	for _, args := range []string{"train --preset quick --epochs 1 --quiet", "eval --weights mnist --subset", "bench --seconds 0.01 --subset --no-layers"} {
		_, stderr, code := lenet(t, append(strings.Fields(args), "--threads", "100000")...)
		if want := fmt.Sprintf("lenet: --threads 100000: %d are used, no more have work on this machine\n", max(8, runtime.NumCPU())); code != 0 || stderr != want {
			t.Errorf("lenet %s: status %d, stderr %q, want %q", args, code, stderr, want)
		}
	}
}

// A run that will stay at chance says so, and other runs do not.
func TestPlateauOfTheSubset(t *testing.T) {
	for args, warns := range map[string]bool{
		"--preset d2l --subset --epochs 1":                   true,
		"--preset d2l-1.0 --subset --epochs 1 --json":        true,
		"--preset quick --activation sigmoid --epochs 1":     true,
		"--preset quick --epochs 1":                          false,
		"--preset d2l --subset --epochs 1 --activation tanh": false,
	} {
		_, stderr, code := lenet(t, append([]string{"train", "--quiet"}, strings.Fields(args)...)...)
		if code != 0 || warns != strings.Contains(stderr, "with sigmoid, training on the subset rarely leaves chance") || !warns && stderr != "" {
			t.Errorf("lenet train %s: status %d, stderr %q", args, code, stderr)
		}
	}
}

// Why the CPU is taken is a GPU's only where there is one.
func TestNoGPU(t *testing.T) {
	if _, stderr, _ := lenet(t, "gpu", "--epochs", "0"); !strings.Contains(stderr, "no NVIDIA GPU") {
		t.Skip("there is a GPU")
	}
	for _, size := range []string{"120,84", "60,40"} {
		_, stderr, code := lenet(t, "train", "--preset", "quick", "--epochs", "1", "--quiet", "--units", size, "--device", "auto")
		if code != 0 || stderr != "lenet: on the CPU: no NVIDIA GPU here\n" {
			t.Errorf("units %s: status %d, stderr %q", size, code, stderr)
		}
	}
}

// Each command's help shows how to use it.
func TestHelp(t *testing.T) {
	for _, command := range []string{"", "train", "layers", "eval", "predict", "plot", "convert", "data", "verify", "bench", "gpu"} {
		args := append(strings.Fields(command), "--help")
		if out := good(t, args...); strings.Count(out, "    lenet "+command) < 2 {
			t.Errorf("lenet %s --help has no examples:\n%s", command, out)
		}
	}
	if out := good(t, "train", "--help"); !strings.Contains(out, "d2l-1.0") || !strings.Contains(out, "plateau") {
		t.Error("lenet train --help does not tell of the presets and the plateau")
	}
	for _, line := range strings.Split(good(t, "train", "--help"), "\n") {
		if len(line) > 100 {
			t.Errorf("does not wrap: %s", line)
		}
	}
	for help, same := range map[string]string{"help": "--help", "help train": "train --help", "help plot kernels": "plot kernels --help", "help help": "help --help"} {
		if a, b := good(t, strings.Fields(help)...), good(t, strings.Fields(same)...); a != b {
			t.Errorf("lenet %s prints\n%s\nlenet %s\n%s", help, a, same, b)
		}
	}
	if out := good(t); !strings.Contains(out, "Commands:") {
		t.Error("lenet alone does not show the commands")
	}
}

func TestLayers(t *testing.T) {
	out := good(t, "layers")
	want := `Conv2d output shape: [1, 6, 28, 28]               156 parameters
Sigmoid output shape: [1, 6, 28, 28]
AvgPool2d output shape: [1, 6, 14, 14]
Conv2d output shape: [1, 16, 10, 10]            2,416 parameters
Sigmoid output shape: [1, 16, 10, 10]
AvgPool2d output shape: [1, 16, 5, 5]
Flatten output shape: [1, 400]
Linear output shape: [1, 120]                  48,120 parameters
Sigmoid output shape: [1, 120]
Linear output shape: [1, 84]                   10,164 parameters
Sigmoid output shape: [1, 84]
Linear output shape: [1, 10]                      850 parameters
in all                                         61,706 parameters
`
	if out != want {
		t.Errorf("printed\n%swant\n%s", out, want)
	}
	out = good(t, "layers", "--pool", "max", "--activation", "relu", "--channels", "2,3", "--units", "5,4")
	if !strings.Contains(out, "MaxPool2d output shape: [1, 3, 5, 5]\n") || !strings.Contains(out, "ReLU output shape: [1, 4]\n") {
		t.Errorf("printed\n%s", out)
	}
	if out = good(t, "layers", "--json"); strings.Count(out, "\n") != 12 || fields(t, strings.Split(out, "\n")[3])["parameters"] != 2416.0 {
		t.Errorf("printed\n%s", out)
	}
}

// The lines that readers of d2l know, in their order and form.
var d2lLines = regexp.MustCompile(`(?m)^training on cpu
(` + epochLines("1", "2") + epochLines("2", "2") + `)?loss (\d\.\d{3}), train acc (0\.\d{3}), test acc (0\.\d{3})
\d+\.\d examples/sec on cpu
\d+\.\d\d s by the clock: \d+\.\d\d s training steps, \d+\.\d\d s loading data, \d+\.\d\d s evaluation and the rest; \d+\.\d examples/sec over all
`)

// epochLines matches the lines of an epoch of 188 steps.
func epochLines(epoch, of string) string {
	lines := ""
	for _, step := range []string{"38", "75", "113", "150", "188"} {
		lines += "epoch " + epoch + ", step " + step + `, train loss \d\.\d{3}, train acc [01]\.\d{3}` + "\n"
	}
	return lines + "epoch " + epoch + `, test acc 0\.\d{3}` + "\nepoch " + epoch + "/" + of + `: loss \d\.\d{3}, train acc 0\.\d{3}, test acc 0\.\d{3}, \d+ examples/sec` + "\n"
}

func TestTrain(t *testing.T) {
	dir := t.TempDir()
	weights, figure := filepath.Join(dir, "w.safetensors"), filepath.Join(dir, "f.svg")
	out := good(t, "train", "--preset", "quick", "--epochs", "2", "--seed", "3", "--out", weights, "--plot", figure)
	m := d2lLines.FindStringSubmatch(out)
	if m == nil || m[1] == "" {
		t.Fatalf("printed\n%s", out)
	}
	if m[4] < "0.850" {
		t.Errorf("test accuracy %s after two epochs of the quick preset", m[4])
	}
	if !strings.HasSuffix(out, "wrote "+weights+"\nwrote "+figure+"\n") {
		t.Errorf("does not tell what it wrote:\n%s", out)
	}
	b, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	p, meta, err := safetensors.DecodeMeta(b)
	if err != nil || p.Config.Activation.String() != "tanh" || meta["dataset"] != "mnist" || meta["epochs"] != "2" || meta["seed"] != "3" {
		t.Errorf("weights of %+v with %v, %v", p.Config, meta, err)
	}
	if b, err := os.ReadFile(figure); err != nil || !bytes.Contains(b, []byte(">test acc<")) {
		t.Errorf("figure: %v", err)
	}

	// The weights are the ones that were tested.
	eval := fields(t, good(t, "eval", "--weights", weights, "--subset", "--json"))
	if got := fmt.Sprintf("%.3f", eval["accuracy"]); got != m[4] {
		t.Errorf("train printed test acc %s, eval %s", m[4], got)
	}

	// Quiet leaves only d2l's lines and the clock's.
	out = good(t, "train", "--preset", "quick", "--epochs", "1", "--quiet")
	if m := d2lLines.FindString(out); m != out {
		t.Errorf("--quiet printed\n%s", out)
	}
}

func TestTrainIsReproducible(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(name string, args ...string) []byte {
		t.Helper()
		file := filepath.Join(dir, name)
		good(t, append([]string{"train", "--preset", "quick", "--epochs", "2", "--augment", "digits", "--decay", "cosine", "--quiet", "--out", file}, args...)...)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one := run("1", "--threads", "1")
	if !bytes.Equal(one, run("2", "--threads", "2")) || !bytes.Equal(one, run("3", "--threads", "3")) {
		t.Error("the number of threads changes the weights")
	}
	if bytes.Equal(one, run("4", "--seed", "1")) {
		t.Error("the seed does not change the weights")
	}
}

func TestTrainJSON(t *testing.T) {
	out := good(t, "train", "--dataset", "fashion", "--subset", "--activation", "relu", "--pool", "max", "--channels", "4,8", "--lr", "0.05", "--batch", "50", "--epochs", "2", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 14 { // a start, twice five fifths and an epoch, and an end
		t.Fatalf("printed\n%s", out)
	}
	start, step, last, end := fields(t, lines[0]), fields(t, lines[7]), fields(t, lines[12]), fields(t, lines[13])
	if step["event"] != "step" || step["epoch"] != 1.2 || step["step"] != 144.0 || !(step["loss"].(float64) > 0 && step["train_acc"].(float64) > 0) {
		t.Errorf("step: %s", lines[7])
	}
	recipe, _ := start["recipe"].(map[string]any)
	if start["event"] != "start" || start["dataset"] != "fashion" || start["train_examples"] != 6000.0 || recipe["batch"] != 50.0 || recipe["activation"] != "relu" || recipe["pooling"] != "max" {
		t.Errorf("start: %s", lines[0])
	}
	if last["event"] != "epoch" || last["epoch"] != 2.0 {
		t.Errorf("epoch: %s", lines[12])
	}
	if end["event"] != "end" || end["examples"] != 12000.0 || end["loss"] != last["loss"] || end["test_acc"] != last["test_acc"] || end["wall_sec"].(float64) <= end["train_sec"].(float64) {
		t.Errorf("end: %s", lines[13])
	}
}

func TestTrainDiverges(t *testing.T) {
	out := filepath.Join(t.TempDir(), "w")
	_, stderr, code := lenet(t, "train", "--preset", "quick", "--activation", "relu", "--lr", "1e30", "--out", out)
	if code != exitFailure || !strings.Contains(stderr, "diverged") || !strings.Contains(stderr, "learning rate below 1e+30") {
		t.Errorf("status %d, stderr %q", code, stderr)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("weights were written: %v", err)
	}
}
