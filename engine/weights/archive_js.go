package weights

import (
	"fmt"

	"lenet/engine/internal/naming"
)

// arraysOf refuses archives: reading them would add 30 KB to the page's worker,
// which has a limit of its own.
func arraysOf([]byte) ([]naming.Array, map[string]string, error) {
	return nil, nil, fmt.Errorf("%w that are read here: an archive, as .npz and .pt are; make a .safetensors file of it with lenet convert", ErrFormat)
}
