package engine_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/safetensors"
)

// Load MNIST, train d2l's LeNet with tanh for an epoch, and save the weights for
// PyTorch. One seed gives the same numbers on every machine, since the backend
// is reproducible.
func Example() {
	train, test, err := dataset.Subset("mnist") // or dataset.Load for all 60,000 images
	if err != nil {
		log.Fatal(err)
	}
	preset, err := engine.PresetByName("quick")
	if err != nil {
		log.Fatal(err)
	}
	recipe := preset.Recipe
	recipe.Epochs = 1

	net, err := cpu.New(recipe.Config, cpu.Options{Reproducible: true})
	if err != nil {
		log.Fatal(err)
	}
	defer net.Close()
	weights := engine.NewParams(recipe.Config)
	weights.Init(recipe.Seed)
	if err := net.SetParams(weights); err != nil {
		log.Fatal(err)
	}
	err = engine.Train(context.Background(), net, recipe, train, test, 0, func(r engine.Report) {
		if r.Test != nil { // the end of an epoch
			fmt.Printf("epoch %d: loss %.3f, train acc %.3f, test acc %.3f\n", r.Epoch, r.Done.Loss(), r.Done.Accuracy(), r.Test.Accuracy())
		}
	})
	if err != nil {
		log.Fatal(err)
	}

	if err := net.Params(weights); err != nil {
		log.Fatal(err)
	}
	file := filepath.Join(os.TempDir(), "lenet.safetensors")
	if err := os.WriteFile(file, safetensors.Encode(weights, nil), 0o644); err != nil {
		log.Fatal(err)
	}
	os.Remove(file)
	// Output:
	// epoch 1: loss 0.606, train acc 0.825, test acc 0.871
}

// Start from a network that reads digits and teach it to tell even from odd ones:
// its convolutions stay, to the bit, and the last layer, now of two classes, starts
// from random weights.
func ExampleParams_InitFrom() {
	file, err := assets.Weights("mnist")
	if err != nil {
		log.Fatal(err)
	}
	digits, err := safetensors.Decode(file)
	if err != nil {
		log.Fatal(err)
	}
	train, test, err := dataset.Subset("mnist")
	if err != nil {
		log.Fatal(err)
	}
	for _, labels := range [][]byte{train.Labels, test.Labels} {
		for i := range labels {
			labels[i] %= 2
		}
	}

	recipe := engine.Recipe{Config: digits.Config.WithClasses(2), Epochs: 2, Batch: 32, LR: 0.5,
		Init: "mnist", Freeze: engine.FreezeConv}
	weights := engine.NewParams(recipe.Config)
	if err := weights.InitFrom(digits, recipe.Seed); err != nil {
		log.Fatal(err)
	}
	net, err := cpu.New(recipe.Config, cpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer net.Close()
	if err := net.SetParams(weights); err != nil {
		log.Fatal(err)
	}
	err = engine.Train(context.Background(), net, recipe, train, test, 0, func(r engine.Report) {
		if r.Test != nil {
			fmt.Printf("epoch %d: over 98 %% right: %t\n", r.Epoch, r.Test.Accuracy() > 0.98)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// epoch 1: over 98 % right: true
	// epoch 2: over 98 % right: true
}

// embedded returns a network with the embedded weights for MNIST, and MNIST's
// first test images.
func embedded() (*cpu.Backend, engine.Set) {
	file, err := assets.Weights("mnist")
	if err != nil {
		log.Fatal(err)
	}
	weights, err := safetensors.Decode(file)
	if err != nil {
		log.Fatal(err)
	}
	net, err := cpu.New(weights.Config, cpu.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	if err := net.SetParams(weights); err != nil {
		log.Fatal(err)
	}
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		log.Fatal(err)
	}
	return net, test
}

// Predict the classes of some images.
func ExampleSoftmax() {
	net, test := embedded()
	defer net.Close()
	const n = 5
	classes := engine.Classic().NumClasses()
	logits := make([]float32, n*classes)
	if err := net.Logits(test.Images[:n*engine.Pixels], logits); err != nil {
		log.Fatal(err)
	}
	for i := range n {
		p := logits[i*classes:][:classes]
		engine.Softmax(p, p) // in place
		best := engine.Argmax(p)
		fmt.Printf("a %d read as %d, surely: %t\n", test.Labels[i], best, p[best] > 0.99)
	}
	// Output:
	// a 7 read as 7, surely: true
	// a 2 read as 2, surely: true
	// a 1 read as 1, surely: true
	// a 0 read as 0, surely: true
	// a 4 read as 4, surely: true
}

// Inspect every layer's output for an image.
func ExampleTrace() {
	net, test := embedded()
	defer net.Close()
	trace := engine.NewTrace(engine.Classic())
	if err := net.Trace(test.Images[:engine.Pixels], trace); err != nil {
		log.Fatal(err)
	}
	for _, l := range engine.Classic().Layers() {
		var low, high float32
		for _, v := range trace.Layer(l.Index) {
			low, high = min(low, v), max(high, v)
		}
		fmt.Printf("%2d %-9s %-10s %3.0f to %2.0f\n", l.Index, l.Kind, fmt.Sprint(l.Shape), low, high)
	}
	// Output:
	//  0 Conv2d    [6 28 28]  -26 to 22
	//  1 Sigmoid   [6 28 28]    0 to  1
	//  2 AvgPool2d [6 14 14]    0 to  1
	//  3 Conv2d    [16 10 10] -25 to 19
	//  4 Sigmoid   [16 10 10]   0 to  1
	//  5 AvgPool2d [16 5 5]     0 to  1
	//  6 Flatten   [400]        0 to  1
	//  7 Linear    [120]       -9 to  8
	//  8 Sigmoid   [120]        0 to  1
	//  9 Linear    [84]        -4 to  3
	// 10 Sigmoid   [84]         0 to  1
	// 11 Linear    [10]       -10 to 14
}

// Read a single weight by PyTorch's name: 3.weight[2, 1, 4, 3], of the second
// convolution's kernel for output map 2 and input map 1, row 4, column 3.
func ExampleParams_Tensor() {
	p := engine.NewParams(engine.Classic())
	p.Init(0)
	w := p.Tensor("3.weight")
	fmt.Println(w.Shape)
	fmt.Printf("%.4f\n", w.Data[((2*6+1)*5+4)*5+3])
	// Output:
	// [16 6 5 5]
	// 0.0995
}
