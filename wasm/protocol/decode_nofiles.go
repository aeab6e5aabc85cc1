//go:build js && goexperiment.simd

package protocol

// files refuses: this is the worker that comes before the first prediction.
func (f *fields) files(string) Request {
	f.fail("this worker reads no files: worker-scalar.wasm does")
	return nil
}
