package weights

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/npy"
	"lenet/engine/safetensors"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The files in testdata hold the weights of ok.safetensors, in every form that
// PyTorch and NumPy write (see make.py).
func TestDecode(t *testing.T) {
	want, err := Decode(file(t, "ok.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	const both = "activation pooling"
	for _, c := range []struct {
		name    string
		within  float64 // relative, of types that hold less than float32
		assumed string
		said    string
	}{
		{"ok.safetensors", 0, both, ""},
		{"module-prefix.safetensors", 0, both, ""},
		{"orig-mod-prefix.safetensors", 0, both, ""},
		{"conv1-fc1-names.safetensors", 0, both, `order and shape: "conv1" for 0, "conv2" for 3, "fc1" for 7, "fc2" for 9, "fc3" for 11`},
		{"dtype-f16.safetensors", 1e-3, both, ""},
		{"dtype-bf16.safetensors", 1e-2, both, ""},
		{"dtype-f64.safetensors", 0, both, ""},
		{"metadata-null.safetensors", 0, both, ""},
		{"extra-counter.safetensors", 0, both, `no such array: "12.num_batches_tracked"`},
		{"float64.npz", 0, both, ""},
		{"bigendian.npz", 0, both, ""},
		{"fortran.npz", 0, both, ""},
		{"half.npz", 1e-3, both, ""},
		{"int64.npz", math.Inf(1), both, ""},
		{"extra-epoch.npz", 0, both, `"epoch"`},
		{"objects.npz", 0, both, `"history"`},
		{"tells.npz", 0, "", ""},
		{"names-features.npz", 0, both, `"features.0" for 0, "features.3" for 3, "classifier.1" for 7, "classifier.3" for 9, "classifier.10" for 11`},
		{"names-deep.npz", 0, both, `"model.net.head.fc_b" for 9`},
		{"torch-save.pt", 0, both, ""},
		{"state-dict.pt", 0, both, ""},
		{"whole-module.pt", 0, both, ""},
		{"training.pt", 0, both, "momentum_buffer"},
		{"views.pt", 0, both, ""},
		{"protocol4.pt", 0, both, ""},
		{"half.pt", 1e-3, both, ""},
		{"bfloat16.pt", 1e-2, both, ""},
		{"double.pt", 0, both, ""},
	} {
		got, err := Decode(file(t, c.name))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, v := range got.Params.Data {
			if w := want.Params.Data[i]; math.Abs(float64(v-w)) > c.within*math.Abs(float64(w)) {
				t.Errorf("%s: parameter %d is %v, want %v", c.name, i, v, w)
				break
			}
		}
		if assumed := strings.Join(got.Assumed, " "); assumed != c.assumed {
			t.Errorf("%s: assumed %q, want %q", c.name, assumed, c.assumed)
		}
		if said := strings.Join(got.Said, "\n"); !strings.Contains(said, c.said) || c.said == "" && said != "" {
			t.Errorf("%s: said %q, want %q", c.name, said, c.said)
		}
		if c.assumed == "" && (got.Params.Config.Activation != engine.ReLU || got.Params.Config.Pooling != engine.MaxPool) {
			t.Errorf("%s: %+v", c.name, got.Params.Config)
		}
	}
}

// What is no file of weights is named, and the error says how to go on.
func TestDecodeRefuses(t *testing.T) {
	archive := func(names ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			if _, err := z.Create(name); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"LFS pointer":        {file(t, "lfs-pointer.safetensors"), "git lfs pull"},
		"web page":           {file(t, "saved-html-page.safetensors"), "a web page"},
		"old torch.save":     {file(t, "torch-save-legacy.pth"), "torch.save's old format"},
		"TorchScript":        {file(t, "torchscript.pt"), "TorchScript"},
		"no tensors":         {file(t, "no-tensors.pt"), "no tensor"},
		"pickle":             {[]byte("\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94."), "pickle"},
		"Keras, HDF5":        {[]byte("\x89HDF\r\n\x1a\n\x00\x00"), "Keras"},
		"Keras":              {archive("metadata.json", "config.json", "model.weights.h5"), "Keras"},
		"office document":    {archive("[Content_Types].xml"), "office"},
		"other zip":          {archive("w.safetensors"), `a zip archive with "w.safetensors"`},
		"ONNX":               {[]byte("\x08\x07\x12\x07pytorch\x1a\x051.9.0"), "ONNX"},
		".npy":               {[]byte("\x93NUMPY\x01\x00"), ".npz"},
		"gzip":               {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), "gzip"},
		"picture":            {[]byte("\x89PNG\r\n\x1a\n\x00\x00"), "PNG picture"},
		"empty":              {nil, "empty"},
		"text":               {[]byte("0.1, 0.2, 0.3\n"), "text"},
		"another layer":      {file(t, "six-layers.npz"), `a layer "13"`},
		"a normalisation":    {file(t, "batch-norm.npz"), `a layer "1"`},
		"terminal escapes":   {tensors(t, "\x1b[31mx.weight"), `"\x1b[31mx.weight" [2]; wanted are 0.weight`},
		"names of all kinds": {tensors(t, "embedding.weight", "lm_head.weight"), `it has "embedding.weight" [2], "lm_head.weight" [2]; wanted`},
	} {
		got, err := Decode(c.file)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v, %v, want %q", name, got, err, c.want)
		}
	}
}

// tensors is an .npz file of arrays of two numbers.
func tensors(t testing.TB, names ...string) []byte {
	arrays := map[string]*npy.Array{}
	for _, n := range names {
		arrays[n] = &npy.Array{Shape: []int{2}, Data: []float32{1, 2}}
	}
	b, err := npy.EncodeArchive(arrays, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A wrapper's prefix is passed over in any nesting.
func TestPrefixes(t *testing.T) {
	p := engine.NewParams(engine.Classic())
	p.Init(3)
	for _, prefix := range []string{"module.", "_orig_mod.", "net.", "module.net.", "_orig_mod.module.net.", "module._orig_mod.", "net.module._orig_mod.net.", "state_dict.model."} {
		for _, names := range []safetensors.Names{safetensors.Plain, safetensors.Reshape} {
			arrays := map[string]*npy.Array{"epoch": {Data: []float64{1}}}
			for _, a := range p.Tensors() {
				arrays[prefix+names.Of(a.Name)] = &npy.Array{Shape: a.Shape, Data: a.Data}
			}
			b, err := npy.EncodeArchive(arrays, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Decode(b); err != nil || !slices.Equal(got.Params.Data, p.Data) {
				t.Errorf("%s, %s: %v", prefix, names, err)
			}
		}
	}
}

// The number of classes comes from the last layer, in every format and under other names.
func TestClasses(t *testing.T) {
	torch, err := Decode(file(t, "26-classes.pt"))
	if err != nil || torch.Params.Config.NumClasses() != 26 || torch.Params.Tensor("11.bias").Data[25] != 25 {
		t.Fatalf("%+v, %v", torch, err)
	}
	for _, n := range []int{2, 3, 10, 64} {
		p := engine.NewParams(engine.Classic().WithClasses(n))
		p.Init(5)
		arrays, named := map[string]*npy.Array{}, map[string]*npy.Array{}
		for _, a := range p.Tensors() {
			arrays[a.Name] = &npy.Array{Shape: a.Shape, Data: a.Data}
			named["layer"+a.Name] = arrays[a.Name]
		}
		files := [][]byte{safetensors.Encode(p, nil)}
		for _, set := range []map[string]*npy.Array{arrays, named} {
			b, err := npy.EncodeArchive(set, nil)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, b)
		}
		for i, b := range files {
			got, err := Decode(b)
			if err != nil || got.Params.Config != p.Config || !slices.Equal(got.Params.Data, p.Data) {
				t.Errorf("%d classes, file %d: %v", n, i, err)
			}
		}
	}
	for _, n := range []int{1, 65} {
		arrays := map[string]*npy.Array{}
		for _, a := range engine.NewParams(engine.Classic()).Tensors() {
			if strings.HasPrefix(a.Name, "11.") {
				a.Shape[0] = n
				a.Data = make([]float32, n*84)[:n*max(1, 84*(len(a.Shape)-1))]
			}
			arrays[a.Name] = &npy.Array{Shape: a.Shape, Data: a.Data}
		}
		b, err := npy.EncodeArchive(arrays, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d classes: use 2 to 64", n)) {
			t.Errorf("%d classes: %v", n, err)
		}
	}
}

// Layers of names without a number are told apart by their shapes.
func TestShapes(t *testing.T) {
	p := engine.NewParams(engine.Classic())
	p.Init(4)
	names := map[string]string{"0": "zeta", "3": "alpha", "7": "hidden", "9": "other", "11": "a"}
	arrays := map[string]*npy.Array{}
	for _, a := range p.Tensors() {
		layer, kind, _ := strings.Cut(a.Name, ".")
		arrays[names[layer]+"."+kind] = &npy.Array{Shape: a.Shape, Data: a.Data}
	}
	b, err := npy.EncodeArchive(arrays, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(b); err != nil || !slices.Equal(got.Params.Data, p.Data) {
		t.Errorf("%v", err)
	}
}

// A small file that unpacks to much takes no more memory than a network: arrays
// are unpacked when they are one of the ten, and of its shape.
func TestMemory(t *testing.T) {
	zeros := func(name, descr string, n int) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		head := fmt.Sprintf("%-117s\n", fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", descr, n))
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, "\x93NUMPY\x01\x00v\x00"+head)
		}
		for chunk := make([]byte, 1<<20); err == nil && n > 0; n -= len(chunk) {
			_, err = w.Write(chunk[:min(n, len(chunk))])
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, b := range [][]byte{zeros("0.weight.npy", "|u1", 256<<20), zeros("x.npy", "|u1", 256<<20), zeros("archive/data.pkl", "|u1", 64<<20)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode(b)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err == nil || took > 8<<20 {
			t.Errorf("%d bytes: %d bytes of memory, %v", len(b), took, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*")
	if err != nil || len(names) < 20 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		f.Add(file(f, filepath.Base(name)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(safetensors.Encode(got.Params, got.Meta))
		if err != nil || again.Params.Config != got.Params.Config || !slices.Equal(again.Params.Data, got.Params.Data) {
			t.Fatalf("written again: %v", err)
		}
	})
}
