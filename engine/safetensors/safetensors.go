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
	if arrays, err = plainNames(arrays); err != nil {
		return nil, nil, err
	}
	config, err := configOf(arrays, meta)
	if err != nil {
		return nil, nil, err
	}
	p := engine.NewParams(config)
	for _, t := range p.Tensors() {
		a := arrays[t.Name]
		if !slices.Equal(a.shape, t.Shape) {
			return nil, nil, refuse("%s has shape %v, the other arrays ask for %v", t.Name, a.shape, t.Shape)
		}
		for i := range t.Data {
			t.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[a.begin+4*i:]))
		}
	}
	if name := p.FirstNonFinite(); name != "" {
		return nil, nil, refuse("%s holds a value that is not finite", name)
	}
	return p, meta, nil
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
func plainNames(arrays map[string]array) (map[string]array, error) {
	prefix, shift := "", 0
	for name := range arrays {
		if strings.HasPrefix(name, "net.") {
			prefix = "net."
		}
	}
	if _, ok := arrays[prefix+"1.weight"]; ok {
		shift = 1
	}
	plain := make(map[string]array, 2*len(layers))
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
func configOf(arrays map[string]array, meta map[string]string) (engine.Config, error) {
	c := engine.Classic()
	outputs := func(layer string) int {
		if s := arrays[layer+".bias"].shape; len(s) == 1 {
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

// Encode returns the weights as a file, named as in a plain nn.Sequential. The
// configuration and "format": "pt" are added to the metadata. The same weights
// and metadata give the same bytes.
func Encode(p *engine.Params, meta map[string]string) []byte {
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
	header := appendHeader(nil, p, all)
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

func appendHeader(b []byte, p *engine.Params, meta map[string]string) []byte {
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
		quote(t.Name)
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
