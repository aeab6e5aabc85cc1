// Package weights reads a LeNet's weights from the files that people have:
// safetensors, a checkpoint of lenet, NumPy's .npz, and what torch.save writes
// (.pt, .pth). What it cannot read it names. In the browser archives are not read.
package weights

import (
	"bytes"
	"errors"
	"fmt"

	"lenet/engine"
	"lenet/engine/internal/naming"
	"lenet/engine/safetensors"
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
