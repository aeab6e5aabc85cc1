package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lenet/engine/dataset"
	"lenet/engine/interop"
)

// python returns a Python that has those modules. Without one the test is
// skipped, which under CI fails.
func python(t *testing.T, modules string) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} { // the system's has Debian's packages
		if exec.Command(python, "-c", "import "+modules).Run() == nil {
			return python
		}
	}
	t.Skipf("NOT TESTED: what goes to PyTorch and back; there is no python3 with %s (on Debian: python3-torch, python3-pandas)", modules)
	return ""
}

// D2L.md, "From d2l to lenet and back": every block runs, and its assertions hold.
func TestD2LNotebook(t *testing.T) {
	t.Parallel()
	py := python(t, "torch, numpy, pandas")
	notebook, err := filepath.Abs("../../D2L.md")
	if err != nil {
		t.Fatal(err)
	}
	runner, err := filepath.Abs("testdata/notebook.py")
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	if err := os.Symlink(program, filepath.Join(bin, "lenet")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(py, runner, notebook)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "differ") || strings.Contains(line, "blocks run") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// Networks of every activation and pooling, of other sizes and under all names:
// from PyTorch they give PyTorch's logits, and back they are the same bits.
func TestPyTorchRoundTrip(t *testing.T) {
	t.Parallel()
	py := python(t, "torch, numpy")
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	test.Images, test.Labels = test.Images[:100*784], test.Labels[:100]
	images, _ := interop.Batch(test)
	if err := interop.WriteNPY(at("images.npy"), images); err != nil {
		t.Fatal(err)
	}
	torch := func() string {
		t.Helper()
		cmd := exec.Command(py, "testdata/families.py", at("images.npy"), dir)
		cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	torch()
	files, err := filepath.Glob(at("*.safetensors"))
	if err != nil || len(files) != 6 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		path := strings.TrimSuffix(file, ".safetensors")
		is := strings.Split(filepath.Base(path), "-") // activation, pooling, names
		good(t, "convert", file, path+".ours.safetensors", "--activation", is[0], "--pool", is[1])
		good(t, "predict", "--weights", path+".ours.safetensors", at("images.npy"), "--logits", path+".ours.npy")
		theirs, ours := logits(t, path+".npy"), logits(t, path+".ours.npy")
		if len(ours) != 1000 || len(theirs) != 1000 {
			t.Fatalf("%s: %d and %d logits", path, len(ours), len(theirs))
		}
		var worst float64
		for i := range ours {
			worst = max(worst, math.Abs(ours[i]-theirs[i]))
		}
		t.Logf("%s, %s pooling, %s names: the logits of 100 images differ by %.1e", is[0], is[1], is[2], worst)
		if !(worst <= 1e-5) {
			t.Error("too far")
		}
		good(t, "convert", path+".ours.safetensors", path+".back.safetensors", "--names", is[2])
	}
	if out := torch(); strings.Count(out, "bit for bit") != 6 {
		t.Errorf("printed %s", out)
	}
}

func logits(t *testing.T, path string) []float64 {
	t.Helper()
	d, err := interop.ReadNPY(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := interop.Floats(d)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
