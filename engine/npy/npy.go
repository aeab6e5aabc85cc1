// Package npy reads and writes NumPy's files: .npy, an array, and .npz, a zip
// archive of them.
//
// An .npy file is the magic bytes, a version, the length of a header, the
// header, which is a Python dictionary of the type, the order and the shape,
// and the values. See numpy.lib.format. The reader takes numbers of every size
// and byte order, in C's or Fortran's order, and short texts. It never reads
// Python objects, and sets aside no memory before the file is known to fill it.
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"lenet/engine/internal/foreign"
	"lenet/engine/internal/number"
)

// ErrFormat is wrapped by the errors for bytes that are not a NumPy file that
// can be read.
var ErrFormat = errors.New("not a NumPy file that can be read")

// Limits of what is read, far above a LeNet's needs and far below a machine's.
const (
	maxFile = 256 << 20 // bytes of an array's values, in the file and read
	maxHead = 1 << 16   // bytes of a header; NumPy pads its own to 118 or so
	maxRank = 8
	maxText = 1000 // characters of a text
)

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// Array is an array in memory.
type Array struct {
	Shape []int // empty for a single value
	// Data is row-major: []uint8, []float32, []float64 or []string. float16
	// becomes float32, whole numbers of other sizes and bools float64.
	Data    any
	Integer bool // the file has whole numbers
}

// header is what an .npy file says of its values.
type header struct {
	descr   string
	fortran bool
	dims    string // the shape as the file has it
	shape   []int
	values  int // elements
}

// parse reads the dictionary that NumPy writes, and nothing looser:
// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
func (h *header) parse(dict string) bool {
	cut := func(text string) (ok bool) {
		dict, ok = strings.CutPrefix(dict, text)
		return ok
	}
	if !cut("{'descr': '") {
		return false
	}
	var ok bool
	if h.descr, dict, ok = strings.Cut(dict, "'"); !ok || len(h.descr) < 2 || len(h.descr) > 20 || !cut(", 'fortran_order': ") {
		return false
	}
	if h.fortran = cut("True"); !h.fortran && !cut("False") || !cut(", 'shape': (") {
		return false
	}
	if h.dims, dict, ok = strings.Cut(dict, ")"); !ok || strings.Trim(h.dims, "0123456789, ") != "" {
		return false
	}
	dict, ok = strings.CutSuffix(dict, "\n")
	dict = strings.TrimRight(dict, " ")
	return ok && (dict == "}" || dict == ", }" || dict == ",}")
}

// types are NumPy's letters and bytes of numbers.
var types = map[string]number.Type{
	"b1": number.Bool, "u1": number.Uint8, "i1": number.Int8, "u2": number.Uint16, "i2": number.Int16,
	"u4": number.Uint32, "i4": number.Int32, "u8": number.Uint64, "i8": number.Int64,
	"f2": number.Float16, "f4": number.Float32, "f8": number.Float64,
}

// element returns the type of the values, the bytes of one and their order.
// The type of a text is "".
func (h header) element() (t number.Type, size int, order binary.ByteOrder, err error) {
	order = binary.LittleEndian
	if h.descr[0] == '>' {
		order = binary.BigEndian
	}
	if t, ok := types[h.descr[1:]]; ok && strings.ContainsRune("<>|=", rune(h.descr[0])) {
		return t, t.Size(), order, nil
	}
	if n, err := strconv.Atoi(h.descr[2:]); err == nil && h.descr[1] == 'U' && n > 0 && n <= maxText {
		return "", 4 * n, order, nil
	}
	return "", 0, nil, refuse("its values have type %q: save it as float32 or uint8", h.descr)
}

// parseHeader reads the first bytes of an .npy file, versions 1 to 3, and
// returns where the values begin.
func parseHeader(file []byte) (h header, start int, err error) {
	if len(file) < 10 || string(file[:6]) != "\x93NUMPY" {
		if what := foreign.What(file); what != "" {
			return h, 0, refuse("it is %s", what)
		}
		return h, 0, refuse("it does not start like one")
	}
	start, size := 10, int(file[8])|int(file[9])<<8
	if file[6] > 1 { // versions 2 and 3 have four bytes of length
		if len(file) < 12 || file[6] > 3 {
			return h, 0, refuse("version %d.%d of the format", file[6], file[7])
		}
		start, size = 12, size|int(file[10])<<16|int(file[11])<<24
	}
	if size > len(file)-start || size > maxHead {
		return h, 0, refuse("the header breaks off")
	}
	h.values = 1
	if !h.parse(string(file[start : start+size])) {
		return h, 0, refuse("its header is %.200q", file[start:start+size])
	}
	for _, s := range strings.FieldsFunc(h.dims, func(r rune) bool { return r == ',' || r == ' ' }) {
		d, err := strconv.Atoi(s)
		if err != nil || d == 0 || d > maxFile/h.values {
			return h, 0, refuse("dimension %.20s of shape (%.200s)", s, h.dims)
		}
		h.shape = append(h.shape, d)
		h.values *= d
	}
	if len(h.shape) > maxRank {
		return h, 0, refuse("it has %d dimensions; at most %d are read", len(h.shape), maxRank)
	}
	return h, start + size, nil
}

// bytes returns how many bytes the values take.
func (h header) bytes() (int, error) {
	t, size, _, err := h.element()
	if err != nil {
		return 0, err
	}
	if h.values > maxFile/max(size, memory(t)) {
		return 0, refuse("shape %v of %s takes more than %d bytes", h.shape, h.descr, maxFile)
	}
	return size * h.values, nil
}

// memory returns the bytes that a value takes when it is read.
func memory(t number.Type) int {
	switch t {
	case number.Uint8:
		return 1
	case number.Float32, number.Float16:
		return 4
	}
	return 8
}

// Decode reads an .npy file. An array of uint8 may alias it.
func Decode(file []byte) (*Array, error) {
	h, start, err := parseHeader(file)
	if err != nil {
		return nil, err
	}
	size, err := h.bytes()
	if err != nil {
		return nil, err
	}
	if got := len(file) - start; got != size {
		return nil, refuse("shape %v of %s takes %d bytes, %d are there", h.shape, h.descr, size, got)
	}
	t, each, order, err := h.element()
	if err != nil {
		return nil, err
	}
	b := file[start:]
	a := &Array{Shape: h.shape, Integer: t.Integer()}
	switch t {
	case "":
		a.Data = turned(texts(b, each, order), h)
	case number.Uint8:
		a.Data = turned(b, h)
	case number.Float32, number.Float16:
		a.Data = turned(number.Float32s(b, t, order), h)
	default:
		a.Data = turned(number.Float64s(b, t, order), h)
	}
	return a, nil
}

// turned returns values in C's order, the last index fastest.
func turned[T any](v []T, h header) []T {
	if !h.fortran || len(h.shape) < 2 {
		return v
	}
	to := make([]T, len(v))
	index := make([]int, len(h.shape))
	for _, value := range v { // the first index is fastest in the file
		at := 0
		for i, n := range index {
			at = at*h.shape[i] + n
		}
		to[at] = value
		for i := range index {
			if index[i]++; index[i] < h.shape[i] {
				break
			}
			index[i] = 0
		}
	}
	return to
}

// texts reads NumPy's texts: characters of 4 bytes, filled up with zeros.
func texts(b []byte, size int, order binary.ByteOrder) []string {
	var all []string
	for ; len(b) >= size; b = b[size:] {
		var s strings.Builder
		for at := 0; at < size; at += 4 {
			if c := order.Uint32(b[at:]); c != 0 {
				s.WriteRune(rune(c)) // U+FFFD for what is no character
			}
		}
		all = append(all, s.String())
	}
	return all
}

// Float64s returns the numbers, which float64 holds without rounding but for
// whole ones above 2^53.
func (a *Array) Float64s() ([]float64, error) {
	switch v := a.Data.(type) {
	case []uint8:
		return widen[float64](v), nil
	case []float32:
		return widen[float64](v), nil
	case []float64:
		return v, nil
	}
	return nil, errors.New("it holds texts where numbers are due")
}

// Float32s returns the numbers, rounded to float32.
func (a *Array) Float32s() ([]float32, error) {
	switch v := a.Data.(type) {
	case []uint8:
		return widen[float32](v), nil
	case []float32:
		return v, nil
	case []float64:
		return widen[float32](v), nil
	}
	return nil, errors.New("it holds texts where numbers are due")
}

func widen[To, From uint8 | float32 | float64](v []From) []To {
	w := make([]To, len(v))
	for i, x := range v {
		w[i] = To(x)
	}
	return w
}

// Encode returns an array of uint8, float32 or float64 as an .npy file, version
// 1.0, with the bytes that NumPy writes.
func Encode(a *Array) ([]byte, error) {
	var descr string
	var n int
	switch v := a.Data.(type) {
	case []uint8:
		descr, n = "|u1", len(v)
	case []float32:
		descr, n = "<f4", len(v)
	case []float64:
		descr, n = "<f8", len(v)
	default:
		return nil, fmt.Errorf("values of type %T: use uint8, float32 or float64", a.Data)
	}
	var dims strings.Builder
	size := 1
	for _, d := range a.Shape {
		fmt.Fprintf(&dims, "%d, ", d)
		size *= d
	}
	if size != n {
		return nil, fmt.Errorf("%d values for shape %v", n, a.Shape)
	}
	list := strings.TrimSuffix(dims.String(), " ")
	if len(a.Shape) > 1 {
		list = strings.TrimSuffix(list, ",")
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, list)
	pad := (10+len(head)+1+63)/64*64 - 10 // the values start at a multiple of 64
	file := append([]byte("\x93NUMPY\x01\x00"), byte(pad), byte(pad>>8))
	file = append(file, head...)
	file = append(append(file, strings.Repeat(" ", pad-1-len(head))...), '\n')
	switch v := a.Data.(type) {
	case []uint8:
		file = append(file, v...)
	case []float32:
		for _, x := range v {
			file = binary.LittleEndian.AppendUint32(file, math.Float32bits(x))
		}
	case []float64:
		for _, x := range v {
			file = binary.LittleEndian.AppendUint64(file, math.Float64bits(x))
		}
	}
	return file, nil
}
