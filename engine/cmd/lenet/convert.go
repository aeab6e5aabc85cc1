package main

import (
	"fmt"
	"maps"
	"path/filepath"

	"lenet/engine/internal/disk"
	"lenet/engine/safetensors"
)

type convertCmd struct {
	In    string            `arg:"" help:"Weights: .safetensors, .pt, a checkpoint, .npz, or ${sets} for the embedded ones."`
	Out   string            `arg:"" help:"What to write: .safetensors, .npz or .onnx."`
	Names safetensors.Names `default:"plain" help:"PyTorch's names of the layers: plain (0.weight, nn.Sequential), reshape (1.weight, after a Reshape module, d2l's first edition) or net (net.0.weight, d2l 1.0's class)."`
	openFlags
}

func (convertCmd) Help() string {
	return `Writes weights in another format or under other names. All three kinds of names are read wherever weights are. Values are
never changed: what goes to PyTorch and back is the same bit for bit.

  lenet convert lenet.safetensors for-d2l.safetensors --names net
  lenet convert from-torch.safetensors lenet.safetensors --activation relu --pool max
  lenet convert mnist lenet.onnx                  for onnxruntime: image (n,1,28,28) to logits (n,10)
  lenet convert run.ckpt weights.npz              for NumPy`
}

// Validate is called by kong.
func (c convertCmd) Validate() error {
	if filepath.Ext(c.Out) == "" {
		return fmt.Errorf("%q: use a name that ends in .safetensors, .npz or .onnx", c.Out)
	}
	if err := checkWeights(c.Out); err != nil {
		return err
	}
	return checkOutputs([]named{{"", c.Out}})
}

func (c convertCmd) Run(e *env) error {
	p, meta, err := weightsFlag{c.In, c.openFlags}.load(e)
	if err != nil {
		return err
	}
	meta = maps.Clone(meta)
	for _, ours := range []string{"checkpoint", "checksum"} { // of a run, not of weights
		delete(meta, ours)
	}
	file, err := encodeWeights(c.Out, p, meta, c.Names)
	if err != nil {
		return err
	}
	if err := disk.WriteFile(c.Out, file); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "wrote %s: %s parameters, %v, %v pooling\n", c.Out, thousands(p.Config.NumParams()), p.Config.Activation, p.Config.Pooling)
	return err
}
