package safetensors

import (
	"bytes"
	"encoding/json/jsontext"
	"errors"
	"io"
	"math"
	"strconv"

	"lenet/engine/internal/number"
)

// array is an entry of the header. Its shape times the size of its type is
// end - begin.
type array struct {
	dtype      string
	shape      []int
	begin, end int
}

// types are the types whose values are read.
var types = map[string]number.Type{
	"BOOL": number.Bool, "U8": number.Uint8, "I8": number.Int8, "U16": number.Uint16, "I16": number.Int16,
	"U32": number.Uint32, "I32": number.Int32, "U64": number.Uint64, "I64": number.Int64,
	"F16": number.Float16, "BF16": number.BFloat16, "F32": number.Float32, "F64": number.Float64,
}

const (
	maxArrays = 64 // a LeNet has ten
	maxRank   = 8  // a convolution has four
)

// parseHeader reads the JSON header. It refuses what the format does not
// allow, a name given twice included.
func parseHeader(b []byte) (map[string]array, map[string]string, error) {
	if len(b) == 0 || b[0] != '{' {
		return nil, nil, refuse("its header does not start with {")
	}
	// The decoder itself refuses duplicate names and invalid UTF-8.
	d := decoder{jsontext.NewDecoder(bytes.NewReader(b))}
	arrays := map[string]array{}
	var meta map[string]string
	err := d.object(func(name string) error {
		if name == "__metadata__" && d.PeekKind() == jsontext.KindNull {
			_, err := d.ReadToken()
			return err
		}
		if name == "__metadata__" {
			meta = map[string]string{}
			return d.object(func(key string) (err error) {
				meta[key], err = d.text()
				return err
			})
		}
		if len(arrays) == maxArrays {
			return refuse("it holds more than %d arrays", maxArrays)
		}
		a, err := d.array(name)
		arrays[name] = a
		return err
	})
	if err == nil {
		if _, err = d.ReadToken(); err == io.EOF {
			return arrays, meta, nil
		}
		if err == nil {
			err = errors.New("something follows the object")
		}
	}
	if errors.Is(err, ErrFormat) {
		return nil, nil, err
	}
	return nil, nil, refuse("header: %w", err)
}

// decoder reads the few kinds of JSON value that a header has.
type decoder struct{ *jsontext.Decoder }

func (d decoder) expect(k jsontext.Kind) error {
	if got := d.PeekKind(); got != k && got != jsontext.KindInvalid {
		return refuse("header: %q at byte %d where %q is due", got.String(), d.InputOffset(), k.String())
	}
	_, err := d.ReadToken()
	return err
}

// object reads an object and calls member after each name to read the value.
func (d decoder) object(member func(name string) error) error {
	if err := d.expect(jsontext.KindBeginObject); err != nil {
		return err
	}
	for d.PeekKind() == jsontext.KindString {
		name, err := d.text()
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
	return d.expect(jsontext.KindEndObject)
}

func (d decoder) text() (string, error) {
	if k := d.PeekKind(); k != jsontext.KindString && k != jsontext.KindInvalid {
		return "", refuse("header: %q at byte %d where a string is due", k.String(), d.InputOffset())
	}
	t, err := d.ReadToken()
	if err != nil {
		return "", err
	}
	return t.String(), nil
}

// numbers reads an array of at most most integers from 0 to 2^31-1.
func (d decoder) numbers(most int) ([]int, error) {
	if err := d.expect(jsontext.KindBeginArray); err != nil {
		return nil, err
	}
	ns := []int{}
	for d.PeekKind() == jsontext.KindNumber {
		t, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseUint(t.String(), 10, 31)
		if err != nil {
			return nil, refuse("header: %s is not a whole number from 0 to %d", t, math.MaxInt32)
		}
		if len(ns) == most {
			return nil, refuse("header: more than %d numbers in an array", most)
		}
		ns = append(ns, int(n))
	}
	return ns, d.expect(jsontext.KindEndArray)
}

// array reads the type, the shape and the offsets of an array.
func (d decoder) array(name string) (array, error) {
	var a array
	var offsets []int
	err := d.object(func(key string) (err error) {
		switch key {
		case "dtype":
			a.dtype, err = d.text()
		case "shape":
			a.shape, err = d.numbers(maxRank)
		case "data_offsets":
			offsets, err = d.numbers(2)
		default:
			err = refuse("%q has an unknown property %q", name, key)
		}
		return err
	})
	if err != nil {
		return array{}, err
	}
	switch {
	case a.dtype == "" || a.shape == nil || len(offsets) != 2:
		return array{}, refuse("%q needs a dtype, a shape and two data_offsets", name)
	}
	a.begin, a.end = offsets[0], offsets[1]
	size := types[a.dtype].Size()
	for _, n := range a.shape {
		if n > 0 && size > math.MaxInt32/n {
			return array{}, refuse("%q: shape %v is too large", name, a.shape)
		}
		size *= n
	}
	if size == 0 && a.end >= a.begin && types[a.dtype] == "" {
		return a, nil // of a type that is not read, which matters when it is one of the ten
	}
	if a.end-a.begin != size {
		return array{}, refuse("%q: shape %v takes %d bytes, its offsets %d to %d hold %d", name, a.shape, size, a.begin, a.end, a.end-a.begin)
	}
	return a, nil
}
