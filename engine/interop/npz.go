// Package interop exchanges data with programs that use gorgonia.org/tensor:
// weights, batches and activations as its tensors, and NumPy's files, which
// package npy reads and writes, as such. It is for native programs; neither the
// page nor lenet needs it to read a file.
package interop

import (
	"errors"
	"fmt"
	"io"

	"gorgonia.org/tensor"

	"lenet/engine/internal/disk"
	"lenet/engine/npy"
)

// ErrFormat is wrapped by the errors for bytes that are not a NumPy file that
// can be read.
var ErrFormat = npy.ErrFormat

// maxFile bounds the bytes of a file that is read, and of all its arrays unpacked.
const maxFile = 256 << 20

// ReadNPZ reads every array of the .npz file at path, by name without ".npy".
func ReadNPZ(path string) (map[string]*tensor.Dense, error) {
	file, err := disk.ReadFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	arrays, err := decodeNPZ(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return arrays, nil
}

// DecodeNPZ reads every array of an .npz file of size bytes.
func DecodeNPZ(r io.ReaderAt, size int64) (map[string]*tensor.Dense, error) {
	if size > maxFile {
		return nil, fmt.Errorf("%w: it takes more than %d bytes", ErrFormat, maxFile)
	}
	file := make([]byte, size)
	if n, err := r.ReadAt(file, 0); n < len(file) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return decodeNPZ(file)
}

func decodeNPZ(file []byte) (map[string]*tensor.Dense, error) {
	z, err := npy.Open(file)
	if err != nil {
		return nil, err
	}
	arrays := map[string]*tensor.Dense{}
	left := maxFile
	for _, name := range z.Names {
		shape, err := z.Shape(name)
		if err != nil {
			return nil, err
		}
		if left -= 8 * tensor.Shape(shape).TotalSize(); left < 0 {
			return nil, fmt.Errorf("%w: unpacked it takes more than %d bytes", ErrFormat, maxFile)
		}
		a, err := z.Array(name)
		if err != nil {
			return nil, err
		}
		if arrays[name], err = dense(a); err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
	}
	return arrays, nil
}

// DecodeNPY reads an .npy file. Values are uint8, float32 or float64: other
// numbers are made float64, float16 float32. A file of a single number, of shape
// (), gives a scalar.
func DecodeNPY(file []byte) (*tensor.Dense, error) {
	a, err := npy.Decode(file)
	if err != nil {
		return nil, err
	}
	return dense(a)
}

// ReadNPY reads the .npy file at path.
func ReadNPY(path string) (*tensor.Dense, error) {
	file, err := disk.ReadFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	t, err := DecodeNPY(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// dense returns the array as a tensor that shares its memory.
func dense(a *npy.Array) (*tensor.Dense, error) {
	if len(a.Shape) == 0 {
		switch v := a.Data.(type) {
		case []uint8:
			return tensor.New(tensor.FromScalar(v[0])), nil
		case []float32:
			return tensor.New(tensor.FromScalar(v[0])), nil
		case []float64:
			return tensor.New(tensor.FromScalar(v[0])), nil
		}
	}
	if _, texts := a.Data.([]string); texts {
		return nil, fmt.Errorf("%w: it holds texts", ErrFormat)
	}
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.Data)), nil
}

// array returns a tensor's values as an array that shares its memory.
func array(t *tensor.Dense) (*npy.Array, error) {
	if !t.DataOrder().IsContiguous() || t.DataOrder().IsColMajor() || t.RequiresIterator() {
		return nil, errors.New("the tensor is a slice or transposed: write a Clone of it after Transpose or Materialize")
	}
	a := &npy.Array{Shape: t.Shape(), Data: t.Data()}
	switch v := a.Data.(type) {
	case uint8: // a single number
		a.Data = []uint8{v}
	case float32:
		a.Data = []float32{v}
	case float64:
		a.Data = []float64{v}
	case []uint8, []float32, []float64:
	default:
		return nil, fmt.Errorf("values of type %v: use uint8, float32 or float64", t.Dtype())
	}
	return a, nil
}

// EncodeNPY returns a tensor of uint8, float32 or float64 values as an .npy file,
// version 1.0.
func EncodeNPY(t *tensor.Dense) ([]byte, error) {
	a, err := array(t)
	if err != nil {
		return nil, err
	}
	return npy.Encode(a)
}

// WriteNPY writes a tensor into the .npy file at path, replacing what is there.
func WriteNPY(path string, t *tensor.Dense) error {
	b, err := EncodeNPY(t)
	if err != nil {
		return err
	}
	return disk.WriteFile(path, b)
}

// EncodeNPZ returns tensors as an .npz file, by name. The same tensors give the
// same bytes.
func EncodeNPZ(arrays map[string]*tensor.Dense) ([]byte, error) {
	all := map[string]*npy.Array{}
	for name, t := range arrays {
		a, err := array(t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = a
	}
	return npy.EncodeArchive(all, nil)
}
