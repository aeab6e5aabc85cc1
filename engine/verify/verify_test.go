package verify_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/interop"
	"lenet/engine/verify"
)

func load(t *testing.T, path string) map[string]*tensor.Dense {
	t.Helper()
	arrays, err := interop.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	return arrays
}

func oracle(arrays map[string]*tensor.Dense) (*verify.Oracle, error) {
	return verify.New(interop.Lookup(arrays))
}

func run(t *testing.T, o *verify.Oracle) []verify.Check {
	t.Helper()
	b, err := cpu.New(o.Config, cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	checks, err := verify.Run(b, o)
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

const dir = "../testdata/oracle/"

func TestCPUAgreesWithPyTorch(t *testing.T) {
	paths, err := filepath.Glob(dir + "*.npz")
	if err != nil || len(paths) != 4 {
		t.Fatalf("%d oracles in %s, %v", len(paths), dir, err)
	}
	paths = append(paths, dir+"classes/tanh_avg_3.npz", dir+"classes/relu_max_26.npz")
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			o, err := oracle(load(t, path))
			if err != nil {
				t.Fatal(err)
			}
			name := o.Config.Activation.String() + "_" + o.Config.Pooling.String()
			if !strings.HasPrefix(filepath.Base(path), name) {
				t.Errorf("taken for %s", name)
			}
			if n := o.Config.Classes; n != 0 && !strings.HasSuffix(path, fmt.Sprintf("_%d.npz", n)) {
				t.Errorf("taken for one of %d classes", n)
			}
			for _, c := range run(t, o) {
				t.Logf("%-14s %.1e at %s", c.Name, c.Error, c.Where)
				if !c.OK() {
					t.Errorf("%s: error %g at %s, limit %g", c.Name, c.Error, c.Where, c.Limit)
				}
			}
		})
	}
}

// A wrong value anywhere must be seen, and by the right check.
func TestRunSeesEveryError(t *testing.T) {
	arrays := load(t, dir+"tanh_avg_fresh.npz")
	for name, change := range map[string]struct {
		check, where string
		damage       func(*verify.Oracle)
	}{
		"output":   {"layer outputs", "3 Conv2d", func(o *verify.Oracle) { o.Outputs[3][7] += 0.05 }},
		"NaN":      {"layer outputs", "5 AvgPool2d", func(o *verify.Oracle) { o.Outputs[5][0] = math.NaN() }},
		"logits":   {"logits", "first batch", func(o *verify.Oracle) { o.Logits[639] += 0.01 }},
		"loss":     {"loss", "first batch", func(o *verify.Oracle) { o.Loss *= 1.0001 }},
		"gradient": {"gradients", "0.bias", func(o *verify.Oracle) { o.Gradient.Tensor("0.bias").Data[5] *= 1.001 }},
		"step":     {"step losses", "step 20", func(o *verify.Oracle) { o.StepLoss[19] *= 1.0002 }},
		"final":    {"final weights", "11.weight", func(o *verify.Oracle) { o.Final.Tensor("11.weight").Data[839] += 0.01 }},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := oracle(arrays)
			if err != nil {
				t.Fatal(err)
			}
			o.Outputs = append([][]float64(nil), o.Outputs...)
			for i, v := range o.Outputs {
				o.Outputs[i] = append([]float64(nil), v...)
			}
			o.Logits = append([]float64(nil), o.Logits...)
			o.StepLoss = append([]float64(nil), o.StepLoss...)
			change.damage(o)
			for _, c := range run(t, o) {
				if wrong := c.Name == change.check; c.OK() == wrong || wrong && c.Where != change.where {
					t.Errorf("%s: error %g at %s, limit %g", c.Name, c.Error, c.Where, c.Limit)
				}
			}
		})
	}
}

// With max pooling the backend is compared with the float64 reference; the
// reference must still be compared with the oracle.
func TestRunHoldsTheReferenceAgainstTheOracle(t *testing.T) {
	o, err := oracle(load(t, dir+"relu_max_fresh.npz"))
	if err != nil {
		t.Fatal(err)
	}
	// Two steps are quicker than twenty; the backend gives the weights after them.
	o.Steps, o.StepLoss = 2, append([]float64(nil), o.StepLoss[:2]...)
	b, err := cpu.New(o.Config, cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := verify.Run(b, o); err != nil {
		t.Fatal(err)
	}
	if err := b.Params(o.Final); err != nil {
		t.Fatal(err)
	}
	// The two ways differ where the backend had to choose.
	for _, c := range run(t, o) {
		if !c.OK() && c.Where != "0.weight" && c.Where != "0.bias" {
			t.Fatalf("%s: error %g at %s, limit %g", c.Name, c.Error, c.Where, c.Limit)
		}
	}
	gradient := &o.Gradient.Tensor("7.weight").Data[100]
	for where, damage := range map[string]func(by float64){
		"7.weight":       func(by float64) { *gradient += float32(by) },
		"loss of step 2": func(by float64) { o.StepLoss[1] += by },
		"11.bias":        func(by float64) { o.Final.Tensor("11.bias").Data[3] += float32(by) },
	} {
		damage(0.1)
		checks := run(t, o)
		if c := checks[len(checks)-1]; c.Name != "reference" || c.OK() || c.Where != where {
			t.Errorf("a wrong %s: %s has error %g at %s", where, c.Name, c.Error, c.Where)
		}
		damage(-0.1)
	}
}

func TestNewRefuses(t *testing.T) {
	good := load(t, dir+"relu_max_fresh.npz")
	if o, err := oracle(good); err != nil || o.Config.Activation != engine.ReLU || o.Config.Pooling != engine.MaxPool {
		t.Fatalf("%v", err)
	}
	for name, c := range map[string]struct {
		array   string
		value   *tensor.Dense // nil takes the array away
		message string
	}{
		"no images":         {"images", nil, `no array "images"`},
		"no gradient":       {"grad.7.bias", nil, `no array "grad.7.bias"`},
		"no activation":     {"out.1.ReLU", nil, "do not name"},
		"no units":          {"init.9.bias", nil, "init.9.bias"},
		"images of a half":  {"images", array(half(1280*784), 1280, 28, 28), "whole numbers"},
		"labels above 9":    {"labels", array(fill(1280, 11), 1280), "label 11"},
		"labels of another": {"labels", array(fill(1280, 1), 1280, 1), "shape [1280 1]"},
		"batch 0":           {"hyper", array([]float64{0, 20, 1}, 3), "hyper"},
		"NaN":               {"hyper", array([]float64{64, 20, math.NaN()}, 3), "hyper"},
		"too many channels": {"init.0.bias", array(fill(6000, 0), 6000), "channels"},
		"other channels":    {"init.0.bias", array(fill(7, 0), 7), "expected [7 1 5 5]"},
	} {
		arrays := map[string]*tensor.Dense{}
		for k, v := range good {
			arrays[k] = v
		}
		delete(arrays, c.array)
		if c.value != nil {
			arrays[c.array] = c.value
		}
		if _, err := oracle(arrays); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.message)
		}
	}
}

func array(values []float64, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

func fill(n int, v float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = v
	}
	return s
}

func half(n int) []float64 { return fill(n, 0.5) }
