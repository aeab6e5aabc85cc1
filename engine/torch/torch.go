// Package torch reads the tensors in what torch.save writes (.pt, .pth): a zip
// archive with a pickle of how the tensors lie in storages, and the storages.
//
// A pickle is a program for a small machine. The reader follows it only as far
// as a state_dict, or a dictionary or a module with one in it, needs: it looks
// no name up and calls nothing, so that a file can do no more than be refused.
package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"lenet/engine/internal/naming"
	"lenet/engine/internal/number"
	"lenet/engine/internal/zipfile"
)

// ErrFormat is wrapped by the errors for a file that is no such archive.
var ErrFormat = errors.New("not a file of torch.save that can be read")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

const (
	maxTensors = 2000
	maxRank    = 8
	maxDepth   = 20       // of dictionaries and modules in each other
	maxValues  = 1 << 17  // in them, each as often as it is found
	maxStorage = 16 << 20 // bytes of a storage that is read
	maxSize    = 1 << 26  // of a dimension or a stride
)

// storages gives the types of the values in PyTorch's storages.
var storages = map[string]number.Type{
	"BoolStorage": number.Bool, "ByteStorage": number.Uint8, "CharStorage": number.Int8, "ShortStorage": number.Int16,
	"IntStorage": number.Int32, "LongStorage": number.Int64, "HalfStorage": number.Float16, "BFloat16Storage": number.BFloat16,
	"FloatStorage": number.Float32, "DoubleStorage": number.Float64,
}

// archive is an opened file.
type archive struct {
	files map[string]*zipfile.File
	root  string // of the names, with a slash
	order binary.ByteOrder
	found []naming.Array
	seen  int // values that walk was called for
}

// IsArchive reports whether the zip archive is one of torch.save.
func IsArchive(z *zipfile.Archive) bool {
	for _, f := range z.Files {
		if f.Name == "data.pkl" || strings.HasSuffix(f.Name, "/data.pkl") {
			return true
		}
	}
	return false
}

// Tensors returns the tensors of a file by their names in the state_dict, with
// those of the dictionaries around it before them, as "model.0.weight".
func Tensors(z *zipfile.Archive) ([]naming.Array, error) {
	a := archive{files: map[string]*zipfile.File{}, order: binary.LittleEndian}
	for i := range z.Files {
		f := &z.Files[i]
		a.files[f.Name] = f
		if root, ok := strings.CutSuffix(f.Name, "data.pkl"); ok && (root == "" || strings.HasSuffix(root, "/")) {
			a.root = root
		}
	}
	if a.files[a.root+"constants.pkl"] != nil {
		return nil, refuse("it is a TorchScript archive: save net.state_dict() with torch.save instead")
	}
	b, err := a.read("data.pkl", maxPickle)
	if err != nil {
		return nil, err
	}
	if a.files[a.root+"byteorder"] != nil {
		order, err := a.read("byteorder", 100)
		if err != nil {
			return nil, err
		}
		if string(order) == "big" {
			a.order = binary.BigEndian
		}
	}
	v, err := unpickle(b)
	if err != nil {
		return nil, err
	}
	if err := a.walk("", v, 0); err != nil {
		return nil, err
	}
	if len(a.found) == 0 {
		return nil, refuse("there is no tensor in it: save net.state_dict() with torch.save")
	}
	return a.found, nil
}

// read returns a file of the archive, of at most limit bytes.
func (a *archive) read(name string, limit int) ([]byte, error) {
	f := a.files[a.root+name]
	if f == nil {
		return nil, refuse("it has no %q", name)
	}
	if f.Size > limit {
		return nil, refuse("%q takes %d bytes; at most %d are read", name, f.Size, limit)
	}
	b, err := f.Read(f.Size)
	if err != nil {
		return nil, refuse("%q: %w", name, err)
	}
	return b, nil
}

// walk collects the tensors of a value under a name.
func (a *archive) walk(name string, v any, depth int) error {
	if a.seen++; depth > maxDepth || a.seen > maxValues {
		return refuse("%.100q is nested too deep", name)
	}
	under := func(key string) string {
		if name == "" {
			return key
		}
		return name + "." + key
	}
	switch v := v.(type) {
	case *dict:
		for i, key := range v.keys {
			switch key.(type) {
			case string, int64:
			default:
				continue
			}
			if err := a.walk(under(fmt.Sprint(key)), v.values[i], depth+1); err != nil {
				return err
			}
		}
	case *list:
		for i, item := range v.items {
			if err := a.walk(under(fmt.Sprint(i)), item, depth+1); err != nil {
				return err
			}
		}
	case *object:
		if v.of.module == "torch._utils" && strings.HasPrefix(v.of.name, "_rebuild_parameter") && len(v.args) > 0 {
			return a.walk(name, v.args[0], depth+1)
		}
		if v.of.module == "torch._utils" && strings.HasPrefix(v.of.name, "_rebuild_tensor") {
			if len(a.found) == maxTensors {
				return refuse("it holds more than %d tensors", maxTensors)
			}
			t, err := a.tensor(name, v.args)
			a.found = append(a.found, t)
			return err
		}
		// A module that was saved whole.
		state, ok := v.state.(*dict)
		if !ok {
			return nil
		}
		for i, key := range state.keys {
			switch key {
			case "_parameters", "_buffers", "_modules":
				if err := a.walk(name, state.values[i], depth+1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tensor reads the arguments of _rebuild_tensor_v2: storage, offset, size and
// strides, both in elements.
func (a *archive) tensor(name string, args []any) (naming.Array, error) {
	t := naming.Array{Name: name}
	bad := func(what string) (naming.Array, error) { return t, refuse("tensor %q: %s", name, what) }
	if len(args) < 4 {
		return bad("its description is too short")
	}
	at, ok := args[0].(stored)
	id, _ := at.id.([]any)
	if !ok || len(id) < 5 || id[0] != "storage" {
		return bad("its storage is not in the file")
	}
	kind, _ := id[1].(global)
	key, ok := id[2].(string)
	offset, ok1 := args[1].(int64)
	shape, ok2 := sizes(args[2])
	strides, ok3 := sizes(args[3])
	if !ok || !ok1 || !ok2 || !ok3 || offset < 0 || len(shape) != len(strides) {
		return bad("its description is damaged")
	}
	t.Shape = shape
	t.Read = func() ([]float32, error) {
		typ := storages[kind.name]
		if typ == "" {
			return nil, refuse("its values are of %q: convert it in PyTorch with .float()", kind.name)
		}
		b, err := a.read("data/"+key, maxStorage)
		if err != nil {
			return nil, err
		}
		b = b[:len(b)/typ.Size()*typ.Size()]
		return gather(number.Float32s(b, typ, a.order), int(offset), shape, strides)
	}
	return t, nil
}

// sizes returns a tuple of dimensions or strides.
func sizes(v any) ([]int, bool) {
	if o, ok := v.(*object); ok && o.of.name == "Size" && len(o.args) == 1 {
		v = o.args[0]
	}
	items, ok := v.([]any)
	if !ok || len(items) > maxRank {
		return nil, false
	}
	s := make([]int, len(items))
	for i, item := range items {
		n, ok := item.(int64)
		if !ok || n < 0 || n > maxSize {
			return nil, false
		}
		s[i] = int(n)
	}
	return s, true
}

// gather returns a tensor's values, row-major, from its storage.
func gather(storage []float32, offset int, shape, strides []int) ([]float32, error) {
	n, last := 1, offset
	for i, d := range shape {
		if d == 0 {
			return nil, nil
		}
		if n > maxSize/d {
			return nil, refuse("shape %v is too large", shape)
		}
		n *= d
		last += (d - 1) * strides[i] // at most 8 products of two numbers below 2^27
	}
	if last >= len(storage) {
		return nil, refuse("shape %v from value %d on needs %d values, its storage has %d", shape, offset, last+1, len(storage))
	}
	values := make([]float32, 0, n)
	index := make([]int, len(shape))
	at := offset
	for range n {
		values = append(values, storage[at])
		for i := len(shape) - 1; i >= 0; i-- {
			at += strides[i]
			if index[i]++; index[i] < shape[i] {
				break
			}
			at -= shape[i] * strides[i]
			index[i] = 0
		}
	}
	return values, nil
}
