// Package engine is a LeNet that trains: the network family, its parameters,
// recipes, the training loop and the [Backend] seam behind which a device runs
// whole training steps. Package cpu and package cuda implement the seam.
//
// # Use
//
// A program that trains takes a data set from package dataset, a [Recipe] from
// [Presets] or its own, a backend from package cpu, and calls [Train]; what it
// needs of the results are [Report], [Params] and [Trace]. The example below is
// a whole one. [Params.InitFrom] starts from trained weights, of another number of
// classes too, and Recipe.Freeze leaves layers as they are. Package safetensors
// exchanges weights with PyTorch, package onnx exports them, package checkpoint
// keeps runs, package runlog their logs, and package interop brings tensors of
// gorgonia.org/tensor, NumPy's files and figures. Package verify holds a backend
// of one's own against PyTorch.
//
// Build with
//
//	GOEXPERIMENT=simd
//
// in the environment, or after go env -w GOEXPERIMENT=simd: without it package
// cpu has no vector kernels and is about 20 times slower. cpu.Kernels says which
// ones run.
//
// # Notation
//
// n counts examples, c channels, y and x rows and columns, k a kernel's rows
// and columns. Arrays are row-major; a shape is written with its slowest index
// first. A gradient is named d and the thing it belongs to.
//
// # The network
//
//	module                 output      parameters   PyTorch names
//	     input             1×28×28
//	 0   Conv2d 5×5 pad 2  6×28×28            156   0.weight (6,1,5,5)    0.bias (6)
//	 1   Sigmoid           6×28×28
//	 2   AvgPool2d 2×2     6×14×14
//	 3   Conv2d 5×5        16×10×10         2,416   3.weight (16,6,5,5)   3.bias (16)
//	 4   Sigmoid           16×10×10
//	 5   AvgPool2d 2×2     16×5×5
//	 6   Flatten           400
//	 7   Linear            120             48,120   7.weight (120,400)    7.bias (120)
//	 8   Sigmoid           120
//	 9   Linear            84              10,164   9.weight (84,120)     9.bias (84)
//	10   Sigmoid           84
//	11   Linear            10                 850   11.weight (10,84)     11.bias (10)
//
// Channels, units and the number of classes, 10 here, are settings: see [Config].
//
// The loss is the mean softmax cross-entropy over a batch, the update plain SGD.
//
// The network is LeCun, Bottou, Bengio and Haffner, "Gradient-based learning
// applied to document recognition", Proc. IEEE 86(11), 1998, in the simplified
// form of Zhang, Lipton, Li and Smola, "Dive into Deep Learning", section 7.6
// (6.6 in the first edition): no sparse connection table, no radial basis
// outputs, sigmoid in place of the scaled tanh.
package engine
