// Package safetensors reads and writes a LeNet's weights in the safetensors
// format, under the names that PyTorch's state_dict gives them.
//
// A file is a little-endian uint64, the length of the header; the header, a
// JSON object; then the arrays. The header maps each name to a type, a shape
// and the begin and end of the array's bytes, counted from the header's end;
// the name __metadata__ maps to an object of strings. See
// https://github.com/huggingface/safetensors, "Format".
//
// Three ways of naming the ten tensors are read: those of a plain nn.Sequential
// (0, 3, 7, 9, 11), those with a leading Reshape module (1, 4, 8, 10, 12), and
// either with the prefix "net." of d2l 1.0's class. Channel and unit counts
// come from the shapes; activation and pooling from the metadata keys
// "activation" and "pooling". A file without these, as PyTorch writes it, is
// taken for d2l's network, sigmoid and average pooling.
package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"lenet/engine"
)

const maxHeader = 1 << 20 // bytes; a LeNet's header takes less than 1,000

// ErrFormat is wrapped by every error of [Decode]: the bytes are not a
// safetensors file, are damaged, or hold another network.
var ErrFormat = errors.New("not valid LeNet weights in safetensors format")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// layers are the places of the layers with parameters in nn.Sequential.
var layers = [...]int{0, 3, 7, 9, 11}

// Decode reads the weights of a LeNet. The result shares no memory with file.
func Decode(file []byte) (*engine.Params, error) {
	p, _, err := DecodeMeta(file)
	return p, err
}

// DecodeMeta is [Decode] and returns the file's metadata as well.
func DecodeMeta(file []byte) (*engine.Params, map[string]string, error) {
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
	arrays, meta, err := parseHeader(file[8 : 8+n])
	if err != nil {
		return nil, nil, err
	}
	data := file[8+n:]
	if err := checkLayout(arrays, len(data)); err != nil {
		return nil, nil, err
	}
	tensors := make(map[string]engine.Tensor, len(arrays))
	for name, a := range arrays {
		t := engine.Tensor{Name: name, Shape: a.shape, Data: make([]float32, (a.end-a.begin)/4)}
		for i := range t.Data {
			t.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[a.begin+4*i:]))
		}
		tensors[name] = t
	}
	p, err := FromTensors(tensors, meta)
	if err != nil {
		return nil, nil, err
	}
	return p, meta, nil
}

// FromTensors makes parameters of arrays under any of the three kinds of names,
// copied. meta may hold "activation" and "pooling", as a file's metadata does.
func FromTensors(arrays map[string]engine.Tensor, meta map[string]string) (*engine.Params, error) {
	arrays, err := plainNames(arrays)
	if err != nil {
		return nil, err
	}
	config, err := configOf(arrays, meta)
	if err != nil {
		return nil, err
	}
	p := engine.NewParams(config)
	for _, t := range p.Tensors() {
		a := arrays[t.Name]
		if !slices.Equal(a.Shape, t.Shape) || len(a.Data) != len(t.Data) {
			return nil, refuse("%s has shape %v, the other arrays ask for %v", t.Name, a.Shape, t.Shape)
		}
		copy(t.Data, a.Data)
	}
	if name := p.FirstNonFinite(); name != "" {
		return nil, refuse("%s holds a value that is not finite", name)
	}
	return p, nil
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

// plainNames returns the arrays under the names of a plain nn.Sequential,
// whichever of the three ways they were named in.
func plainNames(arrays map[string]engine.Tensor) (map[string]engine.Tensor, error) {
	prefix, shift := "", 0
	for name := range arrays {
		if strings.HasPrefix(name, "net.") {
			prefix = "net."
		}
	}
	if _, ok := arrays[prefix+"1.weight"]; ok {
		shift = 1
	}
	plain := make(map[string]engine.Tensor, 2*len(layers))
	for _, l := range layers {
		for _, kind := range []string{".weight", ".bias"} {
			name := prefix + strconv.Itoa(l+shift) + kind
			a, ok := arrays[name]
			if !ok {
				return nil, refuse("it has no %q", name)
			}
			plain[strconv.Itoa(l)+kind] = a
		}
	}
	if len(arrays) != len(plain) {
		return nil, refuse("it holds %d arrays, a LeNet has %d", len(arrays), len(plain))
	}
	return plain, nil
}

// configOf finds the network that the shapes and the metadata describe.
func configOf(arrays map[string]engine.Tensor, meta map[string]string) (engine.Config, error) {
	c := engine.Classic()
	outputs := func(layer string) int {
		if s := arrays[layer+".bias"].Shape; len(s) == 1 {
			return s[0]
		}
		return 0 // refused by Validate
	}
	c.Channels = [2]int{outputs("0"), outputs("3")}
	c.Units = [2]int{outputs("7"), outputs("9")}
	var errs []error
	if s, ok := meta["activation"]; ok {
		errs = append(errs, c.Activation.UnmarshalText([]byte(s)))
	}
	if s, ok := meta["pooling"]; ok {
		errs = append(errs, c.Pooling.UnmarshalText([]byte(s)))
	}
	if err := errors.Join(append(errs, c.Validate())...); err != nil {
		return c, refuse("%w", err)
	}
	return c, nil
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
	quote := func(s string) { b, _ = jsontext.AppendQuote(b, s) } // invalid UTF-8 becomes U+FFFD
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
