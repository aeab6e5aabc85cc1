//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lenet/engine"
)

// onGPU is set to run the tests on a real GPU: LENET_TEST_GPU=1.
var onGPU = os.Getenv("LENET_TEST_GPU") != ""

// TestMain builds the emulator and makes it the driver, unless the tests run on
// a GPU or LENET_LIBCUDA already names a library.
func TestMain(m *testing.M) {
	if onGPU || os.Getenv("LENET_LIBCUDA") != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "lenet-emulator-")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "libcuda.so.1")
	if out, err := exec.Command("tools/emulator.sh", path).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the emulator (needs g++): %v\n%s", err, out)
		os.Exit(1)
	}
	os.Setenv("LENET_LIBCUDA", path)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// emulated skips a test that only the emulator can run.
func emulated(t *testing.T) {
	if onGPU {
		t.Skip("only on the emulator")
	}
}

// newBackend opens a backend that the test closes.
func newBackend(t testing.TB, c engine.Config, o Options) *Backend {
	t.Helper()
	b, err := open(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// initial returns fresh parameters.
func initial(c engine.Config, seed uint64) *engine.Params {
	p := engine.NewParams(c)
	p.Init(seed)
	return p
}
