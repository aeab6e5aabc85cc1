package bundle

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Binary is one WebAssembly program.
type Binary struct {
	Name       string // logical name
	Package    string // relative to the root
	Experiment string // GOEXPERIMENT
}

// Binaries are the playground's. An engine without WebAssembly SIMD cannot
// load a module that uses it, so the worker comes in two forms and the page
// takes the one that WebAssembly.validate allows. The stage reads no JSON: the
// older encoding/json that it links by way of its packages is 110 KB smaller.
func Binaries() []Binary {
	return []Binary{
		{"worker.wasm", "./wasm/cmd/worker", "simd,nojsonv2"},
		{"worker-scalar.wasm", "./wasm/cmd/worker", "nosimd,nojsonv2"},
		{"playground.wasm", "./wasm/cmd/playground", "simd,nojsonv2"},
	}
}

// addWasm builds the binaries. Their bytes, and so their names, depend on the
// source alone: not on the directory, and not on the commit.
func (b *builder) addWasm() error {
	dir, err := os.MkdirTemp("", "bundle-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, w := range b.Wasm {
		out := filepath.Join(dir, w.Name)
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, w.Package)
		cmd.Dir = b.Root
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT="+w.Experiment)
		if msg, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", w.Name, err, msg)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			return err
		}
		if err := b.add(w.Name, data); err != nil {
			return err
		}
	}
	return nil
}

// findWasmExec returns the path of wasm_exec.js, which belongs to the
// toolchain that builds the binaries.
func findWasmExec(root string) (string, error) {
	cmd := exec.Command("go", "env", "GOROOT")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "lib", "wasm", "wasm_exec.js"), nil
}
