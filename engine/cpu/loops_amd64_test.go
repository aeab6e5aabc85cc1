//go:build goexperiment.simd && !js

package cpu

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// instruction is one line of the compiler's listing.
type instruction struct {
	pc       int
	op, args string
}

// listing compiles the package and returns each function's instructions.
func listing(t *testing.T) map[string][]instruction {
	t.Helper()
	cmd := exec.Command("go", "build", "-gcflags=-S", ".")
	cmd.Env = append(os.Environ(), "GOARCH=amd64")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go build -gcflags=-S: %v\n%s", err, out)
	}
	start := regexp.MustCompile(`^lenet/engine/cpu\.(\w+) STEXT`)
	line := regexp.MustCompile(`^\t0x[0-9a-f]+ (\d+) \([^)]*\)\t(\w+)(?:\t(.*))?$`)
	functions := map[string][]instruction{}
	name := ""
	for text := range strings.SplitSeq(string(out), "\n") {
		if m := start.FindStringSubmatch(text); m != nil {
			name = m[1]
		} else if m := line.FindStringSubmatch(text); m != nil && m[2] != "PCDATA" && m[2] != "FUNCDATA" && m[2] != "TEXT" && m[2] != "NOP" && m[2] != "XCHGL" {
			pc, _ := strconv.Atoi(m[1])
			functions[name] = append(functions[name], instruction{pc, m[2], m[3]})
		}
	}
	return functions
}

// innermost returns the bodies of the loops that have no loop inside.
func innermost(function []instruction) (bodies [][]instruction) {
	type loop struct{ from, to int }
	var loops []loop
	for _, i := range function {
		if target, err := strconv.Atoi(i.args); err == nil && strings.HasPrefix(i.op, "J") && target <= i.pc {
			loops = append(loops, loop{target, i.pc})
		}
	}
next:
	for _, l := range loops {
		for _, o := range loops {
			if o != l && l.from <= o.from && o.to <= l.to {
				continue next
			}
		}
		var body []instruction
		for _, i := range function {
			if l.from <= i.pc && i.pc <= l.to {
				body = append(body, i)
			}
		}
		bodies = append(bodies, body)
	}
	return bodies
}

// TestLoops reads the compiler's code of the innermost loops: in no kernel but
// softmax, which has little work, may a vector go through memory for lack of
// a register, which makes a kernel up to three times slower; and in the tiles a
// multiply-add may not take more instructions than it does now. This is what
// slows down by accident: a change to a kernel, or a new compiler.
func TestLoops(t *testing.T) {
	// Instructions per multiply-add with one rounding, and with two.
	limits := map[string][2]float64{
		"conv1Tile":            {4, 4.1},
		"pairsTile":            {4.4, 4.4},
		"pairsTile6":           {4, 4.1},
		"convWeightGradTile":   {4.8, 4.8},
		"linearTile4":          {4.2, 4.6},
		"linearTile8":          {4.2, 5.1},
		"linearInputGradTile4": {5, 5.4},
		"linearInputGradTile8": {5.7, 6.7},
		"linearWeightGradTile": {4.7, 5},
		"imageConv1Tile":       {4.2, 4.4},
	}
	functions := listing(t)
	vector := regexp.MustCompile(`\b[XYZ]\d+\b`)
	spills := func(body []instruction) (n int) {
		for _, i := range body {
			if strings.Contains(i.op, "MOV") && strings.Contains(i.args, "(SP)") && vector.MatchString(i.args) {
				n++
			}
		}
		return n
	}
	kernel := regexp.MustCompile(`(Fused|Split)(4|8|16)$`)
	loops := 0
	for name, function := range functions {
		if kernel.MatchString(name) && !strings.HasPrefix(name, "softmax") {
			for _, body := range innermost(function) {
				loops++
				if n := spills(body); n > 0 {
					t.Errorf("%s: %d vectors through memory in a loop", name, n)
				}
			}
		}
	}
	if loops < 100 {
		t.Errorf("only %d loops found in the kernels", loops)
	}
	for tile, limit := range limits {
		for kind, most := range map[string]float64{"Fused": limit[0], "Split": limit[1]} {
			for _, width := range []string{"4", "8", "16"} {
				if width == "16" && strings.HasSuffix(tile, "Tile4") || width != "16" && strings.HasSuffix(tile, "Tile8") {
					continue // not used
				}
				name := tile + kind + width
				bodies := innermost(functions[name])
				if len(bodies) != 1 {
					t.Errorf("%s: %d innermost loops", name, len(bodies))
					continue
				}
				products := 0
				for _, i := range bodies[0] {
					if strings.HasPrefix(i.op, "VFMADD") || i.op == "VMULPS" {
						products++
					}
				}
				each := float64(len(bodies[0])) / float64(products)
				if products < 20 || each > most {
					t.Errorf("%s: %d multiply-adds, %.2f instructions for each, at most %v are allowed", name, products, each, most)
				}
			}
		}
	}
}
