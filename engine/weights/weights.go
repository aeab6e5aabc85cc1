// Package weights reads a LeNet's weights from the files that people have:
// safetensors, a checkpoint of lenet, NumPy's .npz, and what torch.save writes
// (.pt, .pth). What it cannot read it names.
package weights

import (
	"bytes"
	"errors"
	"fmt"
	"path"

	"lenet/engine"
	"lenet/engine/internal/foreign"
	"lenet/engine/internal/naming"
	"lenet/engine/internal/zipfile"
	"lenet/engine/npy"
	"lenet/engine/safetensors"
	"lenet/engine/torch"
)

// ErrFormat is wrapped by the errors for a zip archive that holds no LeNet. Those
// of other files wrap [safetensors.ErrFormat].
var ErrFormat = errors.New("not weights of a LeNet")

// File is what a file holds.
type File struct {
	Params *engine.Params
	Meta   map[string]string // what the file says about the weights; may be nil
	// Assumed names what the file does not say and d2l's network stands in for:
	// "activation", "pooling" or both.
	Assumed []string
	// Said are sentences about names that are not a LeNet's own: how the arrays
	// were taken, and which were passed over.
	Said []string
}

// maxFiles bounds the files of an archive.
const maxFiles = 10000

// Decode reads weights. What the file is it tells by its bytes, not its name.
func Decode(file []byte) (*File, error) {
	if !bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		p, meta, notes, err := safetensors.DecodeNotes(file)
		if err != nil {
			return nil, err
		}
		return &File{p, meta, notes.Assumed, notes.Said}, nil
	}
	arrays, meta, err := arraysOf(file)
	if err != nil {
		return nil, err
	}
	p, notes, err := naming.Params(arrays, meta)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &File{p, meta, notes.Assumed, notes.Said}, nil
}

// arraysOf returns the arrays in a zip archive, and what it says about them.
func arraysOf(file []byte) ([]naming.Array, map[string]string, error) {
	z, err := zipfile.Open(file, maxFiles)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if torch.IsArchive(z) {
		arrays, err := torch.Tensors(z)
		return arrays, nil, err
	}
	for _, f := range z.Files {
		if path.Ext(f.Name) != ".npy" {
			return nil, nil, fmt.Errorf("%w: %s with %q in it: %s", ErrFormat, foreign.What(file), f.Name, remedy(f.Name))
		}
	}
	npz, err := npy.Open(file)
	if err != nil {
		return nil, nil, err
	}
	var arrays []naming.Array
	for _, name := range npz.Names {
		shape, err := npz.Shape(name)
		if _, text := npz.Meta[name]; text && err == nil {
			continue
		}
		// What cannot be read matters only when it is one of the ten, by its name.
		arrays = append(arrays, naming.Array{Name: name, Shape: shape, Read: func() ([]float32, error) {
			a, err := npz.Array(name)
			if err != nil {
				return nil, err
			}
			return a.Float32s()
		}})
	}
	return arrays, npz.Meta, nil
}

// remedy says how to go on with an archive that has a file of that name.
func remedy(name string) string {
	switch path.Base(name) {
	case "config.json", "metadata.json", "model.weights.h5":
		return "it is a Keras model; save its weights with safetensors or numpy.savez, in PyTorch's shapes"
	case "[Content_Types].xml":
		return "it is an office document"
	}
	return "unpack it, or save the weights with safetensors, torch.save or numpy.savez"
}
