// Package interop exchanges data with other programs: weights, batches and
// activations as tensors of gorgonia.org/tensor, and NumPy's .npy and .npz files.
// It is for native programs; the page does not use it.
package interop

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"lenet/engine/internal/disk"
)

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
func ReadNPZ(path string) (map[string]*tensor.Dense, error) {
	file, err := disk.ReadFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	arrays, err := DecodeNPZ(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return arrays, nil
}

// DecodeNPZ reads every array of an .npz file of size bytes.
func DecodeNPZ(r io.ReaderAt, size int64) (map[string]*tensor.Dense, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, refuse("%w", err)
	}
	if len(z.File) > maxArrays {
		return nil, refuse("it holds %d files; at most %d are read", len(z.File), maxArrays)
	}
	arrays := map[string]*tensor.Dense{}
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
//
// Values are uint8, float32 or float64. A file of a single number, of shape (),
// gives a scalar.
func DecodeNPY(file []byte) (*tensor.Dense, error) {
	dtype, shape, values, err := splitNPY(file)
	if err != nil {
		return nil, err
	}
	// Read as flat, since a single number would not come back as a slice.
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", dtype, len(values)/itemSize[dtype])
	clean := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	clean = append(append(clean, head...), values...)
	t, err := readTensor(clean)
	if err != nil {
		return nil, err
	}
	if len(shape) == 0 {
		first, err := t.At(0)
		if err != nil {
			return nil, refuse("%w", err)
		}
		return tensor.New(tensor.FromScalar(first)), nil
	}
	if err := t.Reshape(shape...); err != nil {
		return nil, refuse("%w", err)
	}
	return t, nil
}

// ReadNPY reads the .npy file at path.
func ReadNPY(path string) (*tensor.Dense, error) {
	file, err := disk.ReadFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	t, err := DecodeNPY(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
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

// EncodeNPY returns a tensor of uint8, float32 or float64 values as an .npy file,
// version 1.0. (gorgonia.org/tensor's own writer asks the tensor for one value
// after the other, and leaves the header without its end of line.)
func EncodeNPY(t *tensor.Dense) ([]byte, error) {
	var descr string
	switch t.Data().(type) {
	case []uint8, uint8:
		descr = "|u1"
	case []float32, float32:
		descr = "<f4"
	case []float64, float64:
		descr = "<f8"
	default:
		return nil, fmt.Errorf("values of type %v: use uint8, float32 or float64", t.Dtype())
	}
	if !t.DataOrder().IsContiguous() || t.DataOrder().IsColMajor() || t.RequiresIterator() {
		return nil, errors.New("the tensor is a slice or transposed: write a Clone of it after Transpose or Materialize")
	}
	var dims strings.Builder
	for _, d := range t.Shape() {
		fmt.Fprintf(&dims, "%d, ", d)
	}
	list := strings.TrimSuffix(dims.String(), " ")
	if t.Dims() > 1 {
		list = strings.TrimSuffix(list, ",")
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, list)
	size := (10+len(head)+1+63)/64*64 - 10 // the values start at a multiple of 64
	file := append([]byte("\x93NUMPY\x01\x00"), byte(size), byte(size>>8))
	file = fmt.Appendf(file, "%-*s\n", size-1, head)
	return binary.Append(file, binary.LittleEndian, t.Data())
}

// WriteNPY writes a tensor into the .npy file at path, replacing what is there.
func WriteNPY(path string, t *tensor.Dense) error {
	b, err := EncodeNPY(t)
	if err != nil {
		return err
	}
	return disk.WriteFile(path, b)
}

// EncodeNPZ returns tensors as an .npz file, by name. The same tensors give the
// same bytes.
func EncodeNPZ(arrays map[string]*tensor.Dense) ([]byte, error) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		b, err := EncodeNPY(arrays[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
