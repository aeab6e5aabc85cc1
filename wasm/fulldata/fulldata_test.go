package fulldata

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenet/engine/dataset"
)

// MNIST comes with a Go module, so that its files are found on every machine
// that has built the program.
func TestFiles(t *testing.T) {
	files, err := Files("mnist", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 4 {
		t.Errorf("%d files: %v", len(files), files)
	}
	for p, file := range files {
		if !strings.HasPrefix(p, "data/full/mnist/") || filepath.Base(file) != filepath.Base(p) {
			t.Errorf("%s is %s", p, file)
		}
	}
}

// Files without their gzip form are told from missing ones, with the remedy.
func TestPlainFiles(t *testing.T) {
	files, err := Files("mnist", "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mnist"), 0o755); err != nil {
		t.Fatal(err)
	}
	for p, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		zr, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(zr); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "mnist", strings.TrimSuffix(filepath.Base(p), ".gz")), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Files("mnist", dir); err == nil || !strings.Contains(err.Error(), "gzip -k") {
		t.Errorf("error %v", err)
	}
}

func TestMissing(t *testing.T) {
	if _, err := Files("fashion", t.TempDir()); err == nil || !strings.Contains(err.Error(), dataset.ErrNotFound.Error()) {
		t.Errorf("empty directory: %v", err)
	}
	if _, err := Files("cifar", ""); err == nil || !strings.Contains(err.Error(), "mnist") {
		t.Errorf("unknown name: %v", err)
	}
}
