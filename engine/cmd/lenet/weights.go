package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/checkpoint"
	"lenet/engine/dataset"
	"lenet/engine/internal/disk"
	"lenet/engine/interop"
	"lenet/engine/safetensors"
)

// weightsFlag names trained weights.
type weightsFlag struct {
	Weights string `required:"" placeholder:"FILE" help:"A safetensors file with PyTorch's names, a checkpoint, an .npz file, or ${sets} for the embedded weights."`
}

// load reads the weights and the file's metadata.
func (w weightsFlag) load() (*engine.Params, map[string]string, error) {
	file, err := w.read()
	if err != nil {
		return nil, nil, err
	}
	p, meta, err := decodeWeights(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", w.Weights, err)
	}
	return p, meta, nil
}

// loadFor reads the weights, and tells of the data set asked for, or else of
// the one in their metadata, or else of MNIST.
func (w weightsFlag) loadFor(asked datasetName) (*engine.Params, dataset.Info, error) {
	p, meta, err := w.load()
	if err != nil {
		return nil, dataset.Info{}, err
	}
	name := datasetOf(asked, meta)
	if name == "" {
		name = dataset.Default()
	}
	info, err := dataset.Lookup(name)
	return p, info, err
}

// decodeWeights reads a safetensors or an .npz file.
func decodeWeights(file []byte) (*engine.Params, map[string]string, error) {
	if !bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		return safetensors.DecodeMeta(file)
	}
	arrays, err := interop.DecodeNPZ(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, nil, err
	}
	p, err := interop.Params(arrays, nil)
	return p, nil, err
}

func (w weightsFlag) read() ([]byte, error) {
	embedded := assets.WeightNames()
	if slices.Contains(embedded, w.Weights) {
		return assets.Weights(w.Weights)
	}
	file, err := disk.ReadFile(w.Weights, checkpoint.MaxFile)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("weights: %w; the embedded ones are %s", err, strings.Join(embedded, " and "))
	}
	return file, err
}

// saveWeights writes the parameters.
func saveWeights(path string, p *engine.Params, meta map[string]string) error {
	if name := p.FirstNonFinite(); name != "" {
		return fmt.Errorf("the weights are not saved: %s is not finite any more", name)
	}
	return disk.WriteFile(path, safetensors.Encode(p, meta))
}
