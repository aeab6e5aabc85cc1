// Package interop exchanges data with other programs: NumPy's .npy and .npz
// files, read through gorgonia.org/tensor, and figures, drawn with
// gonum.org/v1/plot. It is for native programs; nothing in a page uses it.
package interop

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"gorgonia.org/tensor"
)

// Array is an array of numbers.
type Array struct {
	Shape []int     // slowest index first; nil for a single number
	Data  []float64 // row-major. Every type that is read fits without rounding.
}

// ErrFormat is wrapped by the errors for bytes that are not a NumPy file that
// can be read.
var ErrFormat = errors.New("not a NumPy file that can be read")

// Limits of what is read, far above a LeNet's needs and far below a machine's.
const (
	maxFile   = 256 << 20 // bytes of an .npy file, and of all of an .npz file unpacked
	maxArrays = 1000
	maxRank   = 8
)

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// ReadNPZ reads every array of the .npz file at path, by name without ".npy".
func ReadNPZ(path string) (map[string]Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	arrays, err := DecodeNPZ(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return arrays, nil
}

// DecodeNPZ reads every array of an .npz file of size bytes.
func DecodeNPZ(r io.ReaderAt, size int64) (map[string]Array, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, refuse("%w", err)
	}
	if len(z.File) > maxArrays {
		return nil, refuse("it holds %d files; at most %d are read", len(z.File), maxArrays)
	}
	arrays := map[string]Array{}
	left := int64(maxFile)
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if _, taken := arrays[name]; !ok || taken {
			return nil, refuse("unexpected file %q in it", f.Name)
		}
		b, err := unzip(f, left)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		left -= int64(len(b))
		if arrays[name], err = DecodeNPY(b); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return arrays, nil
}

// unzip unpacks a file of at most limit bytes, whatever its header announces.
func unzip(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, refuse("%w", err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, refuse("%w", err)
	}
	if int64(len(b)) > limit {
		return nil, refuse("unpacked it takes more than %d bytes", maxFile)
	}
	return b, nil
}

// itemSize gives the bytes of a value of each type that is read: NumPy's
// uint8, float32 and float64, little-endian. (gorgonia.org/tensor v0.9.24 takes
// int64 for Go's int, which it then cannot read.)
var itemSize = map[string]int{"|u1": 1, "<f4": 4, "<f8": 8}

// header matches the dictionary that NumPy writes, and nothing looser.
var header = regexp.MustCompile(`^\{'descr': '([^']{3})', 'fortran_order': (False|True), 'shape': \(((?:\d{1,10},? ?)*)\), ?\} *\n$`)

// DecodeNPY reads an .npy file. Its header is checked and written anew before
// gorgonia.org/tensor sees the file, because that package's reader trusts it:
// it takes any byte order for little-endian, sets aside whatever the shape
// asks for and panics on what it does not know.
func DecodeNPY(file []byte) (Array, error) {
	dtype, shape, values, err := splitNPY(file)
	if err != nil {
		return Array{}, err
	}
	// The tensor is always flat: the shape is ours, and a single number would
	// not come back as a slice.
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", dtype, len(values)/itemSize[dtype])
	clean := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	clean = append(append(clean, head...), values...)
	t, err := readTensor(clean)
	if err != nil {
		return Array{}, err
	}
	data, err := floats(t.Data())
	if err != nil {
		return Array{}, err
	}
	return Array{Shape: shape, Data: data}, nil
}

// splitNPY checks the header of an .npy file, versions 1 to 3, and returns
// what it says and the bytes of the values, which are as many as it says.
func splitNPY(file []byte) (dtype string, shape []int, values []byte, err error) {
	if len(file) < 10 || string(file[:6]) != "\x93NUMPY" {
		return "", nil, nil, refuse("it does not start like one")
	}
	start, size := 10, int(file[8])|int(file[9])<<8
	if file[6] > 1 { // versions 2 and 3 have four bytes of length
		if len(file) < 12 || file[6] > 3 {
			return "", nil, nil, refuse("version %d.%d of the format", file[6], file[7])
		}
		start, size = 12, size|int(file[10])<<16|int(file[11])<<24
	}
	if size > len(file)-start {
		return "", nil, nil, refuse("the header breaks off")
	}
	m := header.FindSubmatch(file[start : start+size])
	if m == nil {
		return "", nil, nil, refuse("its header is %.200q", file[start:start+size])
	}
	values = file[start+size:]
	dtype = string(m[1])
	bytes, ok := itemSize[dtype]
	if !ok {
		return "", nil, nil, refuse("its values have type %q: save it as float32 or uint8", dtype)
	}
	for _, s := range strings.FieldsFunc(string(m[3]), func(r rune) bool { return r == ',' || r == ' ' }) {
		d, err := strconv.Atoi(s)
		if err != nil || d == 0 || d > maxFile/bytes {
			return "", nil, nil, refuse("dimension %s of shape (%s)", s, m[3])
		}
		shape = append(shape, d)
		bytes *= d
	}
	switch {
	case len(shape) > maxRank:
		return "", nil, nil, refuse("it has %d dimensions; at most %d are read", len(shape), maxRank)
	case len(shape) > 1 && string(m[2]) == "True":
		return "", nil, nil, refuse("it is in Fortran's order: save numpy.ascontiguousarray of it")
	case bytes != len(values):
		return "", nil, nil, refuse("shape %v of %s takes %d bytes, %d are there", shape, dtype, bytes, len(values))
	}
	return dtype, shape, values, nil
}

// readTensor turns a panic of the reader into an error.
func readTensor(npy []byte) (t *tensor.Dense, err error) {
	defer func() {
		if p := recover(); p != nil {
			t, err = nil, refuse("%v", p)
		}
	}()
	t = new(tensor.Dense)
	if err := t.ReadNpy(bytes.NewReader(npy)); err != nil {
		return nil, refuse("%w", err)
	}
	return t, nil
}

// floats converts a tensor's values, which float64 holds without rounding.
func floats(data any) ([]float64, error) {
	switch v := data.(type) {
	case []uint8:
		return widen(v), nil
	case []float32:
		return widen(v), nil
	case []float64:
		return v, nil
	}
	return nil, refuse("values of type %T", data)
}

func widen[T uint8 | float32](v []T) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
}
