package onnx_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"lenet/engine"
	"lenet/engine/onnx"
)

// Export a network for onnxruntime.
func ExampleEncode() {
	p := engine.NewParams(engine.Classic())
	p.Init(1)
	file := filepath.Join(os.TempDir(), "lenet.onnx")
	if err := os.WriteFile(file, onnx.Encode(p, map[string]string{"dataset": "mnist"}), 0o644); err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file)
	fmt.Println(onnx.Input, "to", onnx.Output)
	// Output: image to logits
}
