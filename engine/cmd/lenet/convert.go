package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"lenet/engine"
	"lenet/engine/internal/disk"
	"lenet/engine/interop"
	"lenet/engine/onnx"
	"lenet/engine/safetensors"
)

type convertCmd struct {
	In         string             `arg:"" help:"Weights: .safetensors, a checkpoint, .npz, or ${sets} for the embedded ones."`
	Out        string             `arg:"" help:"What to write: .safetensors, .npz or .onnx."`
	Names      safetensors.Names  `default:"plain" help:"PyTorch's names of the layers: plain (0.weight, nn.Sequential), reshape (1.weight, after a Reshape module, d2l's first edition) or net (net.0.weight, d2l 1.0's class)."`
	Activation *engine.Activation `placeholder:"sigmoid|tanh|relu" help:"The non-linearity, where the file does not tell it: PyTorch's files do not. Otherwise sigmoid."`
	Pool       *engine.Pooling    `placeholder:"avg|max" help:"The pooling, likewise. Otherwise avg."`
}

func (convertCmd) Help() string {
	return `Writes weights in another format or under other names. All three kinds of names are read wherever weights are. Values are
never changed: what goes to PyTorch and back is the same bit for bit.

  lenet convert lenet.safetensors for-d2l.safetensors --names net
  lenet convert from-torch.safetensors lenet.safetensors --activation relu --pool max
  lenet convert mnist lenet.onnx                  for onnxruntime: image (n,1,28,28) to logits (n,10)
  lenet convert run.ckpt weights.npz              for NumPy`
}

func (c convertCmd) ending() string { return strings.ToLower(filepath.Ext(c.Out)) }

// Validate is called by kong.
func (c convertCmd) Validate() error {
	if !slices.Contains([]string{".safetensors", ".npz", ".onnx"}, c.ending()) {
		return fmt.Errorf("%q: use a name that ends in .safetensors, .npz or .onnx", c.Out)
	}
	return checkDir(c.Out)
}

func (c convertCmd) Run(e *env) error {
	p, meta, err := weightsFlag{c.In}.load()
	if err != nil {
		return err
	}
	meta = maps.Clone(meta)
	for _, ours := range []string{"checkpoint", "checksum"} { // of a run, not of weights
		delete(meta, ours)
	}
	for _, setting := range []struct {
		name  string
		given bool
		apply func() string
	}{
		{"activation", c.Activation != nil, func() string { p.Config.Activation = *c.Activation; return c.Activation.String() }},
		{"pooling", c.Pool != nil, func() string { p.Config.Pooling = *c.Pool; return c.Pool.String() }},
	} {
		if !setting.given {
			continue
		}
		said, ok := meta[setting.name]
		if now := setting.apply(); ok && said != now {
			return fmt.Errorf("%s says that its %s is %s: leave the option out, or train with %s", c.In, setting.name, said, now)
		}
	}
	var file []byte
	switch c.ending() {
	case ".safetensors":
		file = safetensors.EncodeAs(p, meta, c.Names)
	case ".npz":
		file, err = interop.EncodeNPZ(renamed(p, c.Names))
	case ".onnx":
		delete(meta, "format") // of safetensors
		file = onnx.Encode(p, meta)
	}
	if err != nil {
		return err
	}
	if err := disk.WriteFile(c.Out, file); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "wrote %s: %s parameters, %v, %v pooling\n", c.Out, thousands(p.Config.NumParams()), p.Config.Activation, p.Config.Pooling)
	return err
}

// renamed returns views of the parameters under the chosen names.
func renamed(p *engine.Params, names safetensors.Names) map[string]*tensor.Dense {
	arrays := map[string]*tensor.Dense{}
	for name, a := range interop.Weights(p) {
		arrays[names.Of(name)] = a
	}
	return arrays
}
