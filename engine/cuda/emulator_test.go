//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The emulator sees races, divergence, missing lanes and threads that end early.
func TestEmulator(t *testing.T) {
	emulated(t)
	program := filepath.Join(t.TempDir(), "selftest")
	out, err := exec.Command("g++", "-std=c++17", "-O1", "-o", program, "emulator/selftest.cpp", "emulator/grid.cpp", "-lpthread").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The kernels run clean under the address and undefined behaviour sanitizers: in a
// process of its own, whose emulator is built with them.
func TestSanitized(t *testing.T) {
	emulated(t)
	if os.Getenv("LENET_TEST_SANITIZED") != "" {
		t.Skip("this is the process")
	}
	library := filepath.Join(t.TempDir(), "libcuda.so.1")
	if out, err := exec.Command("tools/emulator.sh", library, "-O1", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	runtime, err := exec.Command("g++", "-print-file-name=libasan.so").Output()
	must(t, err)
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^TestEveryPart$")
	cmd.Env = append(os.Environ(), "LENET_TEST_SANITIZED=1", "LENET_LIBCUDA="+library, "LD_PRELOAD="+strings.TrimSpace(string(runtime)),
		// Go's own stacks and signals are none of the sanitizer's business.
		"ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_sigbus=0:detect_stack_use_after_return=0")
	start := time.Now()
	out, err := cmd.CombinedOutput()
	t.Logf("after the compiler, %v", time.Since(start).Round(time.Second))
	if err != nil || strings.Count(string(out), "--- PASS") != 5 {
		t.Errorf("%v\n%s", err, out)
	}
}
