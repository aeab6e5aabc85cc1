//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"lenet/engine"
	"lenet/engine/dataset"
)

// torchLine is a line of bench/torch_gpu_baseline.py.
type torchLine struct {
	Mode      string  `json:"mode"`
	Precision string  `json:"precision"`
	Batch     int     `json:"batch"`
	Device    string  `json:"device"`
	StepUs    float64 `json:"step_us"`
	Rate      float64 `json:"examples_per_s"`
	TrainSec  float64 `json:"train_s"`
	Accuracy  float64 `json:"test_accuracy"`
	Error     string  `json:"error"`
}

// TestMeasure prints the speed of each schedule, beside PyTorch's numbers
// where LENET_TORCH names the file that the baseline wrote. On the emulator it
// runs on a few examples, to show that it works.
func TestMeasure(t *testing.T) {
	train, test, epochs, batches := engine.Set{}, engine.Set{}, 1, []int{8}
	if onGPU {
		var err error
		train, test, _, err = dataset.Load("fashion", dataset.Options{})
		must(t, err)
		epochs, batches = 10, []int{64, 256, 1024}
	} else {
		train.Images, train.Labels = randomSet(16, 1)
		test = train
	}
	b := newBackend(t, engine.Classic(), Options{})
	fmt.Printf("%s; found in %v, kernels ready in %v\n", b.Info(), b.Info().InitTime.Round(time.Millisecond), b.Info().LoadTime.Round(time.Millisecond))
	fmt.Printf("%-28s %6s %10s %14s %12s %9s\n", "", "batch", "µs/step", "examples/s", fmt.Sprintf("%d epochs s", epochs), "accuracy")
	for _, batch := range batches {
		first := 0.0 // loss, the same in every design
		for _, o := range Designs() {
			if o.PerBlock == 2 && b.functions["epoch2"] == nil || o.Schedule == Cooperative && !b.info.Cooperative {
				continue
			}
			m, err := Measure(o, engine.Recipe{Config: engine.Classic(), Epochs: epochs, Batch: batch, LR: 0.9, Seed: 1}, train, test)
			must(t, err)
			fmt.Printf("%-28s %6d %10.1f %14.0f %12.4f %9.4f\n", "lenet "+o.Design(), batch, 1e6*m.StepSec, m.Rate, m.TrainSec, m.Accuracy)
			if first == 0 {
				first = m.Loss
			}
			if !(m.StepSec > 0 && m.Loss == first && m.Loss < 10) {
				t.Errorf("%s: %+v, another design's loss was %v", o.Design(), m, first)
			}
			if onGPU && batch == 256 && !(m.Accuracy >= 0.77 && m.Accuracy <= 0.835) {
				t.Errorf("test accuracy %.4f after the d2l recipe, published runs are within 0.77 to 0.835", m.Accuracy)
			}
		}
	}
	printTorch(t, os.Getenv("LENET_TORCH"))
}

// printTorch prints the baseline's lines in the same columns.
func printTorch(t *testing.T, path string) {
	t.Helper()
	if path == "" {
		return
	}
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		var l torchLine
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			continue // PyTorch's own messages
		}
		name := fmt.Sprintf("PyTorch %s %s", l.Mode, l.Precision)
		if l.Error != "" {
			fmt.Printf("%-28s %6d %s\n", name, l.Batch, l.Error)
			continue
		}
		fmt.Printf("%-28s %6d %10.1f %14.0f %12.4f %9.4f\n", name, l.Batch, l.StepUs, l.Rate, l.TrainSec, l.Accuracy)
	}
}
