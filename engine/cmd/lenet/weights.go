package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/checkpoint"
	"lenet/engine/dataset"
	"lenet/engine/internal/disk"
	"lenet/engine/npy"
	"lenet/engine/onnx"
	"lenet/engine/safetensors"
	"lenet/engine/weights"
)

// weightsFlag names trained weights, and what their file may leave open.
type weightsFlag struct {
	Weights string `required:"" placeholder:"FILE" help:"A safetensors file or a .pt of torch.save with a state_dict, a checkpoint, an .npz file, or ${sets} for the embedded weights."`
	openFlags
}

// openFlags are what a file of weights may leave open: PyTorch's and NumPy's do.
type openFlags struct {
	Activation *engine.Activation `placeholder:"sigmoid|tanh|relu" help:"The non-linearity, where the file does not tell it: PyTorch's files do not. Otherwise sigmoid."`
	Pool       *engine.Pooling    `placeholder:"avg|max" help:"The pooling, likewise. Otherwise avg."`
}

// load reads the weights and the file's metadata. What it had to assume, and
// arrays that it passed over, it says on e.err.
func (w weightsFlag) load(e *env) (*engine.Params, map[string]string, error) {
	p, meta, _, err := w.loadOpen(e)
	return p, meta, err
}

// loadOpen is load, and tells what was assumed.
func (w weightsFlag) loadOpen(e *env) (p *engine.Params, meta map[string]string, assumed []string, err error) {
	file, err := w.read()
	if err != nil {
		return nil, nil, nil, err
	}
	f, err := weights.Decode(file)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", w.Weights, err)
	}
	for _, said := range f.Said {
		fmt.Fprintf(e.err, "%s: %s\n", w.Weights, said)
	}
	assumed, err = w.apply(f, w.Weights)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(assumed) > 0 {
		fmt.Fprintf(e.err, "%s does not tell its %s: %s assumed; %s otherwise\n", w.Weights,
			strings.Join(assumed, " and "), assumptions(f.Params.Config, assumed), optionsFor(assumed))
	}
	return f.Params, f.Meta, assumed, nil
}

// apply sets what the file left open and returns what is still assumed. An
// option that contradicts the file is an error.
func (o openFlags) apply(f *weights.File, name string) (assumed []string, err error) {
	set := func(setting string, given bool, apply func() string) {
		open := slices.Contains(f.Assumed, setting)
		if !given {
			if open {
				assumed = append(assumed, setting)
			}
			return
		}
		if now := apply(); !open && now != f.Meta[setting] && err == nil {
			err = fmt.Errorf("%s says that its %s is %s: leave the option out, or take weights of %s", name, setting, f.Meta[setting], now)
		}
	}
	c := &f.Params.Config
	set("activation", o.Activation != nil, func() string { c.Activation = *o.Activation; return c.Activation.String() })
	set("pooling", o.Pool != nil, func() string { c.Pooling = *o.Pool; return c.Pooling.String() })
	return assumed, err
}

// assumptions says what stands in for what is open.
func assumptions(c engine.Config, open []string) string {
	is := map[string]string{"activation": c.Activation.String(), "pooling": c.Pooling.String()}
	var text []string
	for _, setting := range open {
		text = append(text, is[setting])
	}
	if len(text) == 1 {
		return text[0] + " is"
	}
	return strings.Join(text, " and ") + " are"
}

// optionsFor names the options that say what is open.
func optionsFor(open []string) string {
	option := map[string]string{"activation": "--activation", "pooling": "--pool"}
	if len(open) == 1 {
		return option[open[0]] + " says"
	}
	return option[open[0]] + " and " + option[open[1]] + " say"
}

// classesKey is the metadata of weights that has the names of their classes, a
// JSON list by label, where no data set of the table has them.
const classesKey = "classes"

// classesOf returns the data set for the names of n classes: the one asked for,
// the names that the weights bring, the data set that they were trained on, or
// numbers.
func classesOf(weights string, n int, asked datasetName, meta map[string]string) (dataset.Info, error) {
	name := cmp.Or(datasetOf(asked, meta), dataset.Default())
	info, err := dataset.Lookup(name)
	if asked != "" {
		return info, errors.Join(err, checkClasses(weights, n, info))
	}
	if names := classNames(meta, n); names != nil {
		return ownInfo(name, names), nil
	}
	if err == nil && len(info.Classes) != n {
		info = dataset.Info{Name: name, Title: fmt.Sprintf("%d classes", n)}
		for i := range n {
			info.Classes = append(info.Classes, strconv.Itoa(i))
		}
	}
	return info, err
}

// classNames returns the names of n classes that weights bring, nil for none.
func classNames(meta map[string]string, n int) []string {
	var names []string
	if json.Unmarshal([]byte(meta[classesKey]), &names) != nil || len(names) != n {
		return nil
	}
	return names
}

// checkClasses reports a data set of another number of classes than the network's n.
func checkClasses(weights string, n int, info dataset.Info) error {
	if has := len(info.Classes); has != n {
		return fmt.Errorf("%s has %d classes and %s has %d: give the data set that the weights were trained on", weights, n, info.Title, has)
	}
	return nil
}

func (w weightsFlag) read() ([]byte, error) {
	embedded := assets.WeightNames()
	if slices.Contains(embedded, w.Weights) {
		return assets.Weights(w.Weights)
	}
	file, err := disk.ReadFile(w.Weights, maxWeights)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("weights: %w; the embedded ones are %s", err, strings.Join(embedded, " and "))
	}
	return file, err
}

// maxWeights bounds a file of weights: the largest network takes 5 MB as
// float32, and others keep more beside it.
const maxWeights = max(checkpoint.MaxFile, 64<<20)

// weightsForm returns the form that the name of a file of weights says: its
// ending in small letters, ".safetensors" for a name without one.
func weightsForm(path string) string {
	if form := strings.ToLower(filepath.Ext(path)); form != "" {
		return form
	}
	return ".safetensors"
}

// checkWeights reports a name that says another form than those that are
// written, so that a long training run does not end with it.
func checkWeights(path string) error {
	if slices.Contains([]string{".safetensors", ".npz", ".onnx"}, weightsForm(path)) {
		return nil
	}
	return fmt.Errorf("%q: use a name that ends in .safetensors, .npz or .onnx", path)
}

// encodeWeights returns the parameters in the form that the file's name says.
func encodeWeights(path string, p *engine.Params, meta map[string]string, names safetensors.Names) ([]byte, error) {
	switch weightsForm(path) {
	case ".safetensors":
		return safetensors.EncodeAs(p, meta, names), nil
	case ".npz":
		arrays := map[string]*npy.Array{}
		for _, t := range p.Tensors() {
			arrays[names.Of(t.Name)] = &npy.Array{Shape: t.Shape, Data: t.Data}
		}
		all := map[string]string{}
		maps.Copy(all, meta)
		all["activation"], all["pooling"] = p.Config.Activation.String(), p.Config.Pooling.String()
		return npy.EncodeArchive(arrays, all)
	case ".onnx":
		meta = maps.Clone(meta)
		delete(meta, "format") // of safetensors
		return onnx.Encode(p, meta), nil
	}
	return nil, checkWeights(path)
}

// saveWeights writes the parameters in the form that the file's name says.
func saveWeights(path string, p *engine.Params, meta map[string]string) error {
	if name := p.FirstNonFinite(); name != "" {
		return fmt.Errorf("the weights are not saved: %s is not finite any more", name)
	}
	file, err := encodeWeights(path, p, meta, safetensors.Plain)
	if err != nil {
		return err
	}
	return disk.WriteFile(path, file)
}
