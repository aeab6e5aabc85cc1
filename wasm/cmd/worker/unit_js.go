package main

import "unsafe"

//lint:file-ignore U1000 JavaScript calls these functions

// The functions below are called for every unit of work of a run, so they pass
// numbers and addresses in the memory that JavaScript sees, and allocate
// nothing. See [lenet/wasm/worker.Unit]. An error in them ends the program,
// which loses this worker but not the run.

// begin returns the kind of unit.
//
//go:wasmexport begin
func begin() int32 {
	unit, err := w.Begin()
	check(err)
	return int32(unit)
}

//go:wasmexport loss
func loss() float64 {
	loss, _, _ := w.Part()
	return loss
}

//go:wasmexport correct
func correct() int32 {
	_, correct, _ := w.Part()
	return int32(correct)
}

// gradient returns where this worker's gradient is.
//
//go:wasmexport gradient
func gradient() unsafe.Pointer {
	_, _, sum := w.Part()
	return unsafe.Pointer(unsafe.SliceData(sum))
}

// exchangeLen returns the length of an exchanged gradient, in floats.
//
//go:wasmexport exchangeLen
func exchangeLen() int32 {
	_, _, sum := w.Part()
	return int32(len(sum))
}

// next returns where to put a partner's gradient.
//
//go:wasmexport next
func next() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(w.Next())) }

//go:wasmexport merge
func merge(lower bool, loss float64, correct int32) { w.Merge(lower, loss, int(correct)) }

//go:wasmexport finish
func finish(lr float64, epochs int32) { check(w.Finish(lr, int(epochs))) }

// more tells whether the unit is followed by more of the evaluation.
//
//go:wasmexport more
func more() bool { return w.More() }

func check(err error) {
	if err != nil {
		panic(err)
	}
}
