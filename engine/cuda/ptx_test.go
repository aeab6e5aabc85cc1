//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The committed PTX is the compiler's output for kernels.cu.
func TestPTXIsCurrent(t *testing.T) {
	if _, err := exec.LookPath("clang-19"); err != nil {
		t.Skip(err)
	}
	fresh := filepath.Join(t.TempDir(), "kernels.ptx")
	if out, err := exec.Command("tools/ptx.sh", fresh).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("tools/ptx.sh: %v\n%s", err, out)
	}
	text, err := os.ReadFile(fresh)
	must(t, err)
	if string(text) != ptx {
		t.Error("kernels.ptx is not what kernels.cu compiles to: run tools/ptx.sh")
	}
}

// The PTX has the entry points that the host launches, and no others.
func TestPTXEntries(t *testing.T) {
	var got, want []string
	for _, m := range regexp.MustCompile(`(?m)^\.visible \.entry (\w+)\(\n\s*\.param \.align 8 \.b8 (\w+)_param_0\[136\]\n\)`).FindAllStringSubmatch(ptx, -1) {
		got = append(got, m[1])
	}
	for name := range kernels {
		want = append(want, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || strings.Count(ptx, ".entry") != len(want) {
		t.Errorf("entries %v, want %v", got, want)
	}
}

// No product or sum is left for the driver to fuse as it likes: each says how it
// rounds. So kernels that do the same arithmetic give the same bits.
func TestPTXRounds(t *testing.T) {
	if free := regexp.MustCompile(`\b(add|sub|mul|div|mad)\.(ftz\.)?f(32|64)\b`).FindString(ptx); free != "" {
		t.Errorf("the PTX has %s, which the driver may fuse with its neighbours", free)
	}
	if n := strings.Count(ptx, "fma.rn.f32"); n < 5000 {
		t.Errorf("%d fused multiply-adds", n)
	}
}

// NVIDIA's assembler takes the PTX for every generation of GPU, with no
// register spilled and no array in local memory. LENET_PTXAS names it where
// it is not on the PATH.
func TestAssembles(t *testing.T) {
	path, err := exec.LookPath("ptxas")
	if named := os.Getenv("LENET_PTXAS"); named != "" {
		path, err = exec.LookPath(named)
	}
	if err != nil {
		t.Skip(err)
	}
	blocks := regexp.MustCompile(`Compiling entry function '(\w+)'[\s\S]*?(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads\s.*Used (\d+) registers`)
	for _, arch := range []string{"sm_75", "sm_80", "sm_86", "sm_89", "sm_90"} {
		out, err := exec.Command(path, "-v", "-arch="+arch, "-o", filepath.Join(t.TempDir(), "cubin"), "kernels.ptx").CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", arch, err, out)
			continue
		}
		found := blocks.FindAllStringSubmatch(string(out), -1)
		if len(found) != len(kernels) {
			t.Errorf("%s: %d kernels of %d:\n%s", arch, len(found), len(kernels), out)
		}
		for _, k := range found {
			if k[2] != "0" || k[3] != "0" || k[4] != "0" {
				t.Errorf("%s: %s: %s bytes of stack, %s stored and %s loaded for want of registers", arch, k[1], k[2], k[3], k[4])
			}
			t.Logf("%s %s: %s registers", arch, k[1], k[5])
		}
	}
}
