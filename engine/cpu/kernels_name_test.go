package cpu

import (
	"fmt"
	"strings"
	"testing"
)

// Kernels says which kernels run, and, when slow ones do, why.
func TestKernelsName(t *testing.T) {
	bits := pickKernels(false).bits
	want := fmt.Sprintf("vectors of %d bits", bits)
	if bits == 32 {
		want = map[bool]string{true: "GODEBUG=simd=0", false: "built without GOEXPERIMENT=simd"}[vectorized]
	}
	if got := Kernels(); !strings.Contains(got, want) {
		t.Errorf("%d bits: %q, want %q in it", bits, got, want)
	}
}
