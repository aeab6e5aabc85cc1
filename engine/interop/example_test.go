package interop_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gorgonia.org/tensor"

	"lenet/engine"
	"lenet/engine/interop"
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
