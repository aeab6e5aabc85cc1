// Package safetensors reads and writes a LeNet's weights in the safetensors
// format, under the names that PyTorch's state_dict gives them.
//
// A file is a little-endian uint64, the length of the header; the header, a
// JSON object; then the arrays. The header maps each name to a type, a shape
// and the begin and end of the array's bytes, counted from the header's end;
// the name __metadata__ maps to an object of strings. See
// https://github.com/huggingface/safetensors, "Format".
//
// Three ways of naming the ten tensors are known: those of a plain nn.Sequential
// (0, 3, 7, 9, 11), those with a leading Reshape module (1, 4, 8, 10, 12), and
// either below a prefix, as "net." of d2l 1.0's class or "module." of PyTorch's
// DataParallel. Other names, as conv1 and fc1, are taken by shape and order.
// Values of any type of number are rounded to float32. Channel, unit and
// class counts come from the shapes; activation and pooling from the metadata keys
// "activation" and "pooling". A file without these, as PyTorch writes it, is
// taken for d2l's network, sigmoid and average pooling. Package weights says
// what was assumed, and reads other formats too.
package safetensors

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"lenet/engine"
	"lenet/engine/internal/foreign"
	"lenet/engine/internal/jsonlite"
	"lenet/engine/internal/naming"
	"lenet/engine/internal/number"
)

const maxHeader = 1 << 20 // bytes; a LeNet's header takes less than 1,000

// ErrFormat is wrapped by every error of [Decode]: the bytes are not a
// safetensors file, are damaged, or hold another network.
var ErrFormat = errors.New("not valid LeNet weights in safetensors format")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// Decode reads the weights of a LeNet. The result shares no memory with file.
func Decode(file []byte) (*engine.Params, error) {
	p, _, err := DecodeMeta(file)
	return p, err
}

// DecodeMeta is [Decode] and returns the file's metadata as well.
func DecodeMeta(file []byte) (*engine.Params, map[string]string, error) {
	p, meta, _, err := DecodeNotes(file)
	return p, meta, err
}

// DecodeNotes is [DecodeMeta] and tells how the arrays were understood.
func DecodeNotes(file []byte) (*engine.Params, map[string]string, naming.Notes, error) {
	arrays, meta, err := read(file)
	if err != nil {
		return nil, nil, naming.Notes{}, err
	}
	p, notes, err := naming.Params(arrays, meta)
	if err != nil {
		return nil, nil, notes, refuse("%w", err)
	}
	return p, meta, notes, nil
}

// read checks a file and returns its arrays, sorted by name.
func read(file []byte) ([]naming.Array, map[string]string, error) {
	if len(file) < 8 || binary.LittleEndian.Uint64(file) > uint64(min(maxHeader, len(file)-8)) {
		if what := foreign.What(file); what != "" {
			return nil, nil, refuse("it is %s", what)
		}
	}
	if len(file) < 8 {
		return nil, nil, refuse("%d bytes are too short for a header", len(file))
	}
	n := binary.LittleEndian.Uint64(file)
	switch {
	case n > maxHeader:
		return nil, nil, refuse("its header would take %d bytes; at most %d are read", n, maxHeader)
	case n > uint64(len(file)-8):
		return nil, nil, refuse("its header would take %d bytes, %d are there", n, len(file)-8)
	}
	entries, meta, err := parseHeader(file[8 : 8+n])
	if err != nil {
		return nil, nil, err
	}
	data := file[8+n:]
	if err := checkLayout(entries, len(data)); err != nil {
		return nil, nil, err
	}
	var arrays []naming.Array
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		a := entries[name]
		arrays = append(arrays, naming.Array{Name: name, Shape: a.shape, Read: func() ([]float32, error) {
			t, ok := types[a.dtype]
			if !ok {
				return nil, fmt.Errorf("its values have dtype %q, which is not read: convert it in PyTorch with .float()", a.dtype)
			}
			return number.Float32s(data[a.begin:a.end], t, binary.LittleEndian), nil
		}})
	}
	return arrays, meta, nil
}

// checkLayout makes sure that the arrays cover the data exactly: no gap, no
// overlap, nothing left over.
func checkLayout(arrays map[string]array, size int) error {
	names := make([]string, 0, len(arrays))
	for name := range arrays {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := arrays[a], arrays[b]
		return cmp.Or(x.begin-y.begin, x.end-y.end, strings.Compare(a, b))
	})
	at := 0
	for _, name := range names {
		a := arrays[name]
		if a.begin != at {
			return refuse("%q begins at byte %d where %d is due: arrays may not overlap or leave gaps", name, a.begin, at)
		}
		at = a.end
	}
	if at != size {
		return refuse("its arrays take %d bytes, %d are there", at, size)
	}
	return nil
}

// Names is one of the ways in which PyTorch names the layers of d2l's LeNet.
type Names string

// The three kinds of names, and those of a plain nn.Sequential.
const (
	Plain   Names = "plain"   // nn.Sequential: 0.weight, 3.weight, 7.weight, 9.weight, 11.weight
	Reshape Names = "reshape" // the same after a Reshape module, as in d2l's first edition: 1.weight, 4.weight, …
	Net     Names = "net"     // a class that keeps it in self.net, as in d2l 1.0: net.0.weight, net.3.weight, …
)

// UnmarshalText implements [encoding.TextUnmarshaler].
func (n *Names) UnmarshalText(text []byte) error {
	switch *n = Names(text); *n {
	case Plain, Reshape, Net:
		return nil
	}
	return fmt.Errorf("unknown names %q: use one of plain, reshape, net", text)
}

// Of returns a parameter's name, given its plain one.
func (n Names) Of(plain string) string {
	switch n {
	case Net:
		return "net." + plain
	case Reshape:
		layer, kind, _ := strings.Cut(plain, ".")
		if i, err := strconv.Atoi(layer); err == nil {
			return strconv.Itoa(i+1) + "." + kind
		}
	}
	return plain
}

// Encode returns the weights as a file, named as in a plain nn.Sequential. The
// configuration and "format": "pt" are added to the metadata. The same weights
// and metadata give the same bytes.
func Encode(p *engine.Params, meta map[string]string) []byte { return EncodeAs(p, meta, Plain) }

// EncodeAs is [Encode] with other names.
func EncodeAs(p *engine.Params, meta map[string]string, names Names) []byte {
	all := map[string]string{
		"format":     "pt",
		"activation": p.Config.Activation.String(),
		"pooling":    p.Config.Pooling.String(),
	}
	for k, v := range meta {
		if _, taken := all[k]; !taken {
			all[k] = v
		}
	}
	header := appendHeader(nil, p, all, names)
	for len(header)%8 != 0 { // so that the arrays are aligned
		header = append(header, ' ')
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for _, v := range p.Data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func appendHeader(b []byte, p *engine.Params, meta map[string]string, names Names) []byte {
	quote := func(s string) { b = jsonlite.AppendText(b, s) }
	b = append(b, `{"__metadata__":{`...)
	keys := make([]string, 0, len(meta))
	for k := range meta {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		quote(k)
		b = append(b, ':')
		quote(meta[k])
	}
	b = append(b, '}')
	at := 0
	for _, t := range p.Tensors() {
		b = append(b, ',')
		quote(names.Of(t.Name))
		b = append(b, `:{"dtype":"F32","shape":[`...)
		for i, d := range t.Shape {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(d), 10)
		}
		b = fmt.Appendf(b, `],"data_offsets":[%d,%d]}`, at, at+4*len(t.Data))
		at += 4 * len(t.Data)
	}
	return append(b, '}')
}
