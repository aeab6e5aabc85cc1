//go:build cgo && linux && (amd64 || arm64)

package main

import (
	"bytes"
	"errors"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/internal/disk"
	"lenet/engine/safetensors"
)

// emulator builds the emulator of the GPU and its driver once.
var emulator = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(program), "libcuda.so.1")
	if out, err := exec.Command("../../cuda/tools/emulator.sh", path).CombinedOutput(); err != nil {
		return "", errors.New("building the emulator (needs g++): " + string(out))
	}
	return path, nil
})

// emulated runs the program on the emulated GPU.
func emulated(t *testing.T, environment []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	path, err := emulator()
	if err != nil {
		t.Fatal(err)
	}
	return lenetIn(t, append(environment, "LENET_LIBCUDA="+path), args...)
}

// The GPU's numbers are PyTorch's, within the limits that the CPU keeps.
func TestVerifyOnGPU(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(oracles + "*.npz")
	if err != nil || len(files) != 4 {
		t.Fatalf("%d oracles, %v", len(files), err)
	}
	stdout, stderr, code := emulated(t, nil, append([]string{"verify", "--device", "cuda"}, files...)...)
	t.Logf("%s", stdout)
	// Six checks for each oracle, and the reference's own with max pooling.
	if n := strings.Count(stdout, " ok "); code != 0 || n != 25 || strings.Count(stdout, "on cuda:0") != 4 {
		t.Errorf("status %d, %d checks passed; stderr %q", code, n, stderr)
	}
}

// epochs returns the epoch events of lenet train --json and its last event.
func epochs(t *testing.T, stdout string) (all []map[string]any, end map[string]any) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		switch f := fields(t, line); f["event"] {
		case "epoch":
			all = append(all, f)
		case "end":
			end = f
		}
	}
	if len(all) != 3 || end == nil {
		t.Fatalf("%d epochs, end %v", len(all), end)
	}
	return all, end
}

// Training on the GPU goes as on the CPU: the loss of an epoch of 188 steps, and of
// the test set after it. When the GPU is lost in the second epoch, auto goes on on
// the CPU from the weights after the first.
func TestTrainOnGPUAndLoseIt(t *testing.T) {
	t.Parallel()
	args := strings.Fields("train --preset quick --epochs 3 --json --device")
	want, _ := epochs(t, good(t, append(args, "cpu")...))
	stdout, stderr, code := emulated(t, []string{"LENET_EMULATOR_FAIL=cuGraphLaunch:2:719"}, append(args, "auto")...)
	if code != 0 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "cuGraphLaunch") || !strings.Contains(stderr, "going on on the CPU after epoch 1") {
		t.Fatalf("status %d, stderr %q", code, stderr)
	}
	got, end := epochs(t, stdout)
	for i, w := range want {
		for _, what := range []string{"loss", "test_loss"} {
			g, w := got[i][what].(float64), w[what].(float64)
			t.Logf("epoch %d: %s %.6f, on the CPU alone %.6f", i+1, what, g, w)
			if !(math.Abs(g-w) <= 1e-4) {
				t.Errorf("epoch %d: %s %v, on the CPU alone %v", i+1, what, g, w)
			}
		}
	}
	if end["device"] != "cpu" || end["examples"] != 18000.0 || !strings.Contains(stdout, `"device":"cuda:0"`) {
		t.Errorf("%v", end)
	}
}

// With --device cuda a lost GPU ends training, the last epoch's weights are saved,
// and the error says how to go on. When training diverges there, step and layer
// are found, too, and the checkpoint stays.
func TestLostGPUKeepsWeights(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	weights, file := filepath.Join(dir, "w.safetensors"), filepath.Join(dir, "run.ckpt")
	stdout, stderr, code := emulated(t, []string{"LENET_EMULATOR_FAIL=cuGraphLaunch:2:719"},
		"train", "--preset", "quick", "--epochs", "2", "--device", "cuda", "--json", "--out", weights, "--checkpoint", file)
	if code != exitFailure || !strings.Contains(stderr, "cuGraphLaunch") ||
		!strings.Contains(stderr, "the weights after epoch 1 are in "+weights+"; go on from epoch 1 with\n  lenet train --resume "+file) {
		t.Errorf("status %d, stderr %q", code, stderr)
	}
	b, err := disk.ReadFile(weights, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, meta, err := safetensors.DecodeMeta(b); err != nil || meta["epochs"] != "1" {
		t.Errorf("%v, %v", meta, err)
	}
	eval := fields(t, good(t, "eval", "--weights", weights, "--subset", "--json"))
	epoch := fields(t, strings.Split(stdout, "\n")[6]) // after the start and five fifths
	if d := eval["loss"].(float64) - epoch["test_loss"].(float64); epoch["epoch"] != 1.0 || !(math.Abs(d) <= 1e-4) {
		t.Errorf("the saved weights have a test loss of %v; %v", eval["loss"], epoch)
	}
	before := read(t, file)
	_, stderr, code = emulated(t, nil, "train", "--resume", file, "--lr", "3e38", "--device", "cuda", "--quiet")
	if code != exitFailure || !strings.Contains(stderr, "diverged in epoch 2 at step ") || !strings.Contains(stderr, "the output of ") || !strings.Contains(stderr, "--lr 1.5e+38") {
		t.Errorf("status %d, stderr %q", code, stderr)
	}
	if !bytes.Equal(read(t, file), before) {
		t.Error("the checkpoint has changed")
	}
}

// Sizes that the GPU has no kernels for: cuda refuses, auto takes the CPU and says why.
func TestOtherSizes(t *testing.T) {
	args := strings.Fields("train --preset quick --epochs 1 --units 60,40 --quiet --device")
	_, stderr, code := emulated(t, nil, append(args, "cuda")...)
	if code != exitFailure || !strings.Contains(stderr, "units [120 84] only, not") || !strings.Contains(stderr, "[60 40]") {
		t.Errorf("cuda: status %d, stderr %q", code, stderr)
	}
	stdout, stderr, code := emulated(t, nil, append(args, "auto")...)
	if code != 0 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "on the CPU: the GPU has kernels for") || !strings.Contains(stdout, "training on cpu\n") {
		t.Errorf("auto: status %d, stderr %q, stdout %q", code, stderr, stdout)
	}
}

// The GPU trains all layers: with --freeze auto takes the CPU, as with the CPU's other options.
func TestFreezeOnGPU(t *testing.T) {
	args := strings.Fields("train --preset quick --epochs 1 --freeze conv --quiet --device auto")
	if stdout, stderr, code := emulated(t, nil, args...); code != 0 || stderr != "" || !strings.Contains(stdout, "training on cpu\n") {
		t.Errorf("status %d, stderr %q, stdout %q", code, stderr, stdout)
	}
}

func TestGPUCommand(t *testing.T) {
	stdout, stderr, code := emulated(t, nil, "gpu", "--epochs", "0")
	if code != 0 || !strings.Contains(stdout, "Emulated GPU, compute capability 9.0, 2 multiprocessors") || !strings.Contains(stdout, "compiled and loaded in") {
		t.Errorf("status %d, stderr %q, stdout %q", code, stderr, stdout)
	}
	if stdout, _, code = emulated(t, nil, "gpu", "--units", "9,9"); code != exitFailure || stdout != "" {
		t.Errorf("other sizes: status %d, stdout %q", code, stdout)
	}
	stdout, stderr, code = emulated(t, nil, "gpu", "--epochs", "0", "--json")
	if f := fields(t, stdout); code != 0 || f["name"] != "Emulated GPU" || f["compute_capability"] != "9.0" || f["cooperative"] != true {
		t.Errorf("status %d, stderr %q, %v", code, stderr, f)
	}
}

// The table of lenet gpu, on a few examples and a GPU that can do less.
func TestGPUTable(t *testing.T) {
	path, err := emulator()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("LENET_LIBCUDA", path)
	t.Setenv("LENET_EMULATOR_SHARED", "65536")
	train, _, err := dataset.Subset("fashion")
	if err != nil {
		t.Fatal(err)
	}
	few := engine.Set{Images: train.Images[:20*engine.Pixels], Labels: train.Labels[:20]}
	var out bytes.Buffer
	designs, err := gpuCmd{Epochs: 1, Batch: 8}.measure(&env{out: &out}, engine.Classic(), few, few)
	if err != nil || len(designs) != 4 || strings.Count(out.String(), "\n") != 5 {
		t.Fatalf("%d designs, %v; printed\n%s", len(designs), err, out.String())
	}
	for _, d := range designs {
		small := strings.HasSuffix(d.Design, "2 a block")
		if small != strings.Contains(d.Error, "too little shared memory") || small == (d.StepUs > 0 && d.Rate > 0 && d.TrainSec > 0 && d.Loss > 0) {
			t.Errorf("%+v", d)
		}
	}
}
