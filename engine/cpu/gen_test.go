//go:build !js

package cpu

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGenerated checks that the vector kernels are gen.go's output for the scalar ones.
func TestGenerated(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "gen.go", "-o", dir).CombinedOutput(); err != nil {
		t.Fatalf("go run gen.go: %v\n%s", err, out)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(made) == 0 {
		t.Fatalf("gen.go wrote %v, %v", made, err)
	}
	kept, _ := filepath.Glob("vector_*.go")
	if len(kept) != len(made) {
		t.Errorf("%d generated files, gen.go writes %d: run go generate", len(kept), len(made))
	}
	for _, name := range made {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Base(name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what gen.go writes (%v): run go generate", filepath.Base(name), err)
		}
	}
}
