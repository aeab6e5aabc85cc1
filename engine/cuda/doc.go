// Package cuda runs LeNet on an NVIDIA GPU.
//
// The binary needs no CUDA toolkit to build or run. NVIDIA's driver is found
// when [Open] is called, and compiles the kernels' PTX, which is embedded, for
// the GPU that it finds. Where there is no driver, no GPU, or no cgo, Open
// returns an error that says so.
//
// The kernels are kernels.cu. What they do, and in which order sums are taken,
// is written there. Host and kernels share the structures of task.h.
//
//	driver.go, shim.c   the driver's calls
//	backend.go          opening and closing, parameters, data
//	memory.go           device memory and copies
//	train.go            steps and epochs: a CUDA graph, or one cooperative kernel
//	eval.go             evaluation, layer outputs
//	options.go          options, device and errors
//	measure.go          how fast each way of running an epoch is
//	stub.go             Open where there is no cgo, or another system
//	emulator/           the driver and the kernels on the processor, for tests
//
// It was run on an H100 (README.md). Where there is no GPU the tests run on the
// emulator, and NVIDIA's assembler takes the PTX for compute capabilities 7.5 to
// 9.0. "make test-gpu" runs the tests on a GPU and measures.
//
// The environment variable LENET_LIBCUDA names another library than
// libcuda.so.1; that is how the tests load the emulator.
package cuda

//go:generate sh tools/ptx.sh
