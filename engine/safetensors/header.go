package safetensors

import (
	"math"
	"strconv"

	"lenet/engine/internal/jsonlite"
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
	d := jsonlite.New(b)
	arrays := map[string]array{}
	var meta map[string]string
	err := d.Object(func(name string) error {
		if name == "__metadata__" && d.Null() {
			return nil
		}
		if name == "__metadata__" {
			meta = map[string]string{}
			return d.Object(func(key string) (err error) {
				meta[key], err = d.Text()
				return err
			})
		}
		if len(arrays) == maxArrays {
			return refuse("it holds more than %d arrays", maxArrays)
		}
		a, err := readArray(d, name)
		arrays[name] = a
		return err
	})
	if err == nil {
		err = d.End()
	}
	if wrong, ok := err.(*jsonlite.Error); ok { // errors.As would weigh 7 KB in the page's worker
		err = refuse("header: %w", wrong)
	}
	if err != nil {
		return nil, nil, err
	}
	return arrays, meta, nil
}

// readArray reads the type, the shape and the offsets of an array.
func readArray(d *jsonlite.Decoder, name string) (array, error) {
	var a array
	var offsets []int
	err := d.Object(func(key string) (err error) {
		switch key {
		case "dtype":
			a.dtype, err = d.Text()
		case "shape":
			a.shape, err = numbers(d, maxRank)
		case "data_offsets":
			offsets, err = numbers(d, 2)
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

// numbers reads a list of at most most integers from 0 to 2^31-1.
func numbers(d *jsonlite.Decoder, most int) ([]int, error) {
	ns := []int{}
	err := d.List(func() error {
		text, err := d.Number()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(text, 10, 31)
		switch {
		case err != nil:
			return refuse("header: %s is not a whole number from 0 to %d", text, math.MaxInt32)
		case len(ns) == most:
			return refuse("header: more than %d numbers in an array", most)
		}
		ns = append(ns, int(n))
		return nil
	})
	return ns, err
}
