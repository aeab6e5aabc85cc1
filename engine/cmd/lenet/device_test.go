package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// noDriver names a driver that is not there, on machines that have one too.
var noDriver = []string{"LENET_LIBCUDA=/none/libcuda.so.1"}

// Without a GPU, --device cuda fails and says why; auto says in one line that it
// took the CPU, and options of the CPU alone need no word.
func TestWithoutGPU(t *testing.T) {
	for _, args := range []string{"train --preset quick --device cuda", "verify --device cuda " + oracles + "tanh_avg_fresh.npz", "gpu"} {
		_, stderr, code := lenetIn(t, noDriver, strings.Fields(args)...)
		if code != exitFailure || !strings.Contains(stderr, "no NVIDIA GPU: ") {
			t.Errorf("lenet %s: status %d, stderr %q", args, code, stderr)
		}
	}
	const note = "lenet: on the CPU: no NVIDIA GPU here\n"
	for args, want := range map[string]string{
		"verify --device auto " + oracles + "tanh_avg_fresh.npz " + oracles + "sigmoid_avg_fresh.npz": note,
		"eval --device auto --threads 1 --weights mnist --subset":                                     "",
		"eval --device auto --reproducible --weights mnist --subset":                                  "",
	} {
		stdout, stderr, code := lenetIn(t, noDriver, strings.Fields(args)...)
		if code != exitOK || stderr != want || !strings.Contains(stdout, "on cpu") {
			t.Errorf("lenet %s: status %d, stderr %q, want %q; stdout %q", args, code, stderr, want, stdout)
		}
	}
}

// A program built without cgo works on the CPU and says what it lacks.
func TestWithoutCgo(t *testing.T) {
	pure := filepath.Join(t.TempDir(), "lenet.exe")
	build := exec.Command("go", "build", "-o", pure, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	out, err := exec.Command(pure, "gpu").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "built without CUDA") || !strings.Contains(string(out), "C compiler") {
		t.Errorf("lenet gpu: %v, %s", err, out)
	}
	out, err = exec.Command(pure, "eval", "--device", "auto", "--weights", "mnist", "--subset").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "no NVIDIA GPU here") || !strings.Contains(string(out), "on cpu") {
		t.Errorf("lenet eval: %v, %s", err, out)
	}
}
