package difftest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lenet/engine/cpu"
	"lenet/engine/internal/difftest"
)

// program is serve as WebAssembly, running in node.
type program struct {
	experiment string
	to         *json.Encoder
	from       *json.Decoder
}

func start(f *testing.F, experiment string) program {
	f.Helper()
	binary := filepath.Join(f.TempDir(), "serve.wasm")
	build := exec.Command("go", "build", "-o", binary, "./serve")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT="+experiment)
	if out, err := build.CombinedOutput(); err != nil {
		f.Fatalf("go build: %v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		f.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec"), binary)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		f.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		f.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			f.Errorf("serve, %s: %v", experiment, err)
		}
	})
	return program{experiment, json.NewEncoder(in), json.NewDecoder(out)}
}

// FuzzWasm trains any network a few steps in WebAssembly, with SIMD and without:
// the bits equal those of native code without fused multiply-add, which is
// itself compared with the float64 reference.
func FuzzWasm(f *testing.F) {
	if _, err := exec.LookPath("node"); err != nil {
		f.Fatal("this test runs WebAssembly in node, which is not installed: install nodejs")
	}
	f.Add(uint64(1), byte(0), byte(0), byte(5), byte(15), byte(119), byte(83), byte(8), byte(15), byte(2), byte(5))
	f.Add(uint64(2), byte(1), byte(1), byte(0), byte(0), byte(0), byte(0), byte(0), byte(0), byte(3), byte(24))
	f.Add(uint64(3), byte(2), byte(1), byte(6), byte(8), byte(30), byte(16), byte(24), byte(16), byte(1), byte(9))
	f.Add(uint64(4), byte(1), byte(0), byte(8), byte(19), byte(139), byte(99), byte(62), byte(18), byte(3), byte(0))
	programs := []program{start(f, "simd"), start(f, "nosimd")}
	f.Fuzz(func(t *testing.T, seed uint64, activation, pooling, c1, c2, u1, u2, classes, batch, steps, rate byte) {
		c := difftest.Draw(seed, activation, pooling, c1, c2, u1, u2, classes, batch, steps, rate)
		b, err := cpu.New(c.Config, cpu.Options{Threads: 1 + int(seed%2), Reproducible: true})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		o, err := c.Run(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range programs {
			if err := p.to.Encode(c); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Check(o); err != nil {
			t.Errorf("%+v: natively against the reference: %v", c, err)
		}
		for _, p := range programs {
			var got difftest.Hashes
			if err := p.from.Decode(&got); err != nil {
				t.Fatal(err)
			}
			if want := o.Hashes(); !reflect.DeepEqual(got, want) {
				t.Errorf("%+v: WebAssembly, %s: %+v, natively %+v", c, p.experiment, got, want)
			}
		}
	})
}
