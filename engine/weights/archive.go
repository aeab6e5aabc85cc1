//go:build !js

package weights

import (
	"fmt"
	"path"

	"lenet/engine/internal/foreign"
	"lenet/engine/internal/naming"
	"lenet/engine/internal/zipfile"
	"lenet/engine/npy"
	"lenet/engine/torch"
)

// maxFiles bounds the files of an archive.
const maxFiles = 10000

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
