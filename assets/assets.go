// Package assets embeds the files that native programs need: trained weights
// and a small subset of each data set. The page fetches the same files from
// this directory. ATTRIBUTION.md tells where the data comes from.
package assets

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed data/*/*.gz weights/*.safetensors
var files embed.FS

// Data returns a file of the embedded subset: of a data set
// such as "mnist", name e.g. "train-images-idx3-ubyte.gz". Regenerate the files with
// `lenet data subset`.
func Data(dataset, name string) ([]byte, error) {
	return files.ReadFile("data/" + dataset + "/" + name)
}

// Weights returns the embedded safetensors file of that name, a data
// set's. Regenerate the files with `make weights`.
func Weights(name string) ([]byte, error) {
	b, err := files.ReadFile("weights/" + name + ".safetensors")
	if err != nil {
		return nil, fmt.Errorf("no embedded weights %q: there are %s", name, strings.Join(WeightNames(), ", "))
	}
	return b, nil
}

// WeightNames lists the embedded weights.
func WeightNames() []string {
	var names []string
	paths, _ := fs.Glob(files, "weights/*.safetensors") // fails only for a malformed pattern
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(p, "weights/"), ".safetensors"))
	}
	return names
}
