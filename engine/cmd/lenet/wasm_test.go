package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The same code verifies itself against PyTorch's numbers as WebAssembly, in
// node, with vector instructions and without.
func TestVerifyInWasm(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: builds the program twice more")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("this test runs WebAssembly in node, which is not installed: install nodejs, or run go test -short")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	files, err := filepath.Glob(oracles + "*.npz")
	if err != nil || len(files) != 4 {
		t.Fatalf("%d oracles, %v", len(files), err)
	}
	for _, experiment := range []string{"simd", "nosimd"} {
		t.Run(experiment, func(t *testing.T) {
			t.Parallel()
			binary := filepath.Join(t.TempDir(), "lenet.wasm")
			build := exec.Command("go", "build", "-o", binary, ".")
			build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT="+experiment)
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("go build: %v\n%s", err, out)
			}
			out, err := exec.Command(run, append([]string{binary, "verify"}, files...)...).CombinedOutput()
			t.Logf("%s", out)
			// Six checks for each oracle, and the reference's own with max pooling.
			if n := strings.Count(string(out), " ok "); err != nil || n != 25 {
				t.Errorf("lenet verify: %v, %d checks passed", err, n)
			}
		})
	}
}
