package interop_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gorgonia.org/tensor"

	"lenet/engine"
	"lenet/engine/interop"
	"lenet/engine/runlog"
)

// Weights are views: halving one halves the network's.
func ExampleWeights() {
	p := engine.NewParams(engine.Classic())
	p.Tensor("11.bias").Data[0] = 3
	bias := interop.Weights(p)["11.bias"]
	if _, err := bias.DivScalar(float32(2), true, tensor.UseUnsafe()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Tensor("11.bias").Data[0])
	// Output: 1.5
}

// Give a batch to NumPy and take it back.
func ExampleWriteNPY() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	images, _ := interop.Batch(engine.Set{Images: make([]byte, 3*engine.Pixels), Labels: make([]byte, 3)})
	file := filepath.Join(dir, "images.npy")
	if err := interop.WriteNPY(file, images); err != nil {
		log.Fatal(err)
	}
	back, err := interop.ReadNPY(file)
	if err != nil {
		log.Fatal(err)
	}
	set, err := interop.Set(back)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(back.Shape(), back.Dtype(), set.Len())
	// Output: (3, 28, 28) uint8 3
}

// Draw the figure of a run from its log.
func ExampleSavePlot() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "run.jsonl")
	text := `{"event":"step","epoch":0.5,"loss":2.3,"train_acc":0.1}
{"event":"epoch","epoch":1,"loss":1.9,"train_acc":0.3,"test_acc":0.4}
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	run, err := runlog.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	figure := interop.Figure{Title: "LeNet", Runs: []interop.Run{{Name: "first", Curves: run.Curves}}}
	if err := interop.SavePlot(filepath.Join(dir, "curves.svg"), figure); err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Curves.TestAcc)
	// Output: [{1 0.4}]
}
