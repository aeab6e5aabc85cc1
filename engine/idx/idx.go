// Package idx reads and writes IDX files of unsigned bytes, the format of
// MNIST and Fashion-MNIST, plain or compressed with gzip. [DecodeSet] makes a
// labelled set of two of them. [DecodeLabels] also reads QMNIST's labels, which
// are int32.
//
// An IDX file is four bytes 0, 0, type, number of dimensions; then each
// dimension as a big-endian uint32, slowest index first; then the values,
// row-major. See http://yann.lecun.com/exdb/mnist/, "The IDX file format".
//
// The reader takes exactly that and nothing else. A file that is cut short,
// too long, of another type or bigger than the caller allows is refused, and
// no memory is set aside for values before their number has been checked.
package idx

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	typeUint8 = 0x08
	typeInt32 = 0x0c
	maxDims   = 4    // a batch of colour images; MNIST has 3 and 1
	maxRatio  = 1032 // deflate writes at most 1032 bytes for one byte read (zlib's technical notes)
)

// Array is the content of an IDX file of unsigned bytes.
type Array struct {
	Shape []int  // slowest index first, e.g. [60000 28 28]
	Data  []byte // row-major
}

// ErrFormat is wrapped by every error of [Decode]: the bytes are not an IDX
// file of unsigned bytes, or are damaged, or hold more than was allowed.
var ErrFormat = errors.New("not a valid IDX file")

// ErrMore is wrapped by the error for a file that may be good, and holds more than
// was allowed.
var ErrMore = errors.New("more")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// Decode reads a whole IDX file, gzip-compressed or plain; which of the two is
// seen from its first bytes. A file with more than limit values is refused
// before it is unpacked. Data may alias file.
func Decode(file []byte, limit int) (Array, error) {
	a, _, err := decode(file, limit, typeUint8)
	return a, err
}

// DecodeLabels reads a file of labels: unsigned bytes or int32 of shape [n], or
// [n 8] as QMNIST has them, whose first number is the label. A file of more than
// limit labels is refused.
func DecodeLabels(file []byte, limit int) ([]int32, error) {
	const columns = 8
	a, width, err := decode(file, columns*limit, typeInt32)
	if err != nil {
		return nil, err
	}
	step := 1
	if len(a.Shape) == 2 && a.Shape[1] == columns {
		step = columns
	} else if len(a.Shape) != 1 {
		return nil, refuse("labels of shape %v: expected [n], or [n %d] as QMNIST has", a.Shape, columns)
	}
	if a.Shape[0] > limit {
		return nil, refuse("%d labels are more than the %d allowed", a.Shape[0], limit)
	}
	labels := make([]int32, a.Shape[0])
	for i := range labels {
		v := a.Data[i*step*width:]
		if labels[i] = int32(v[0]); width == 4 {
			labels[i] = int32(binary.BigEndian.Uint32(v))
		}
	}
	return labels, nil
}

// decode reads a file of unsigned bytes or of that type, whose values take width
// bytes each.
func decode(file []byte, limit int, other byte) (a Array, width int, err error) {
	if len(file) >= 2 && file[0] == 0x1f && file[1] == 0x8b {
		return decodeGzip(file, limit, other)
	}
	r := bytes.NewReader(file)
	shape, size, width, err := header(r, limit, other)
	if err != nil {
		return Array{}, 0, err
	}
	if got := r.Len(); got != size {
		return Array{}, 0, refuse("shape %v takes %d bytes, the file holds %d", shape, size, got)
	}
	return Array{Shape: shape, Data: file[len(file)-size:]}, width, nil
}

func decodeGzip(file []byte, limit int, other byte) (a Array, width int, err error) {
	z, err := newMembers(file)
	if err != nil {
		return Array{}, 0, refuse("gzip: %w", err)
	}
	shape, size, width, err := header(z, limit, other)
	if err != nil {
		return Array{}, 0, err
	}
	if size/maxRatio > len(file) {
		return Array{}, 0, refuse("shape %v takes %d bytes, more than %d compressed bytes can hold", shape, size, len(file))
	}
	data := make([]byte, size)
	if n, err := io.ReadFull(z, data); err != nil {
		return Array{}, 0, refuse("shape %v takes %d bytes, the file breaks off after %d: %w", shape, size, n, err)
	}
	// One more read must find the end; it also makes gzip check its checksum.
	var more [1]byte
	switch n, err := io.ReadFull(z, more[:]); {
	case n > 0:
		return Array{}, 0, refuse("bytes follow the %d that shape %v takes", size, shape)
	case err != io.EOF:
		return Array{}, 0, refuse("gzip: %w", err)
	}
	return Array{Shape: shape, Data: data}, width, nil
}

// members reads the members of a gzip file one after the other, and passes over
// zero bytes after each, with which tapes and some mirrors fill a file up.
type members struct {
	z    *gzip.Reader
	rest *bytes.Reader
}

func newMembers(file []byte) (*members, error) {
	m := &members{rest: bytes.NewReader(file)} // read byte by byte, and so no farther than a member goes
	var err error
	if m.z, err = gzip.NewReader(m.rest); err == nil {
		m.z.Multistream(false)
	}
	return m, err
}

func (m *members) Read(p []byte) (int, error) {
	n, err := m.z.Read(p)
	for err == io.EOF && n == 0 {
		b := byte(0)
		for b == 0 {
			if b, err = m.rest.ReadByte(); err != nil {
				return 0, io.EOF
			}
		}
		m.rest.UnreadByte()
		if err = m.z.Reset(m.rest); err != nil {
			return 0, err
		}
		m.z.Multistream(false)
		n, err = m.z.Read(p)
	}
	if n > 0 && err == io.EOF { // of the member; what follows is seen next time
		err = nil
	}
	return n, err
}

// header reads the magic number and the dimensions, and returns the shape, the
// bytes that the values take and those of one. There are at least 1 and at most
// limit values.
func header(r io.Reader, limit int, other byte) (shape []int, size, width int, err error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, 0, 0, refuse("the header breaks off: %w", err)
	}
	dims := int(magic[3])
	switch {
	case magic[0] != 0 || magic[1] != 0:
		return nil, 0, 0, refuse("it starts with % x, not with 00 00", magic)
	case magic[2] != typeUint8 && magic[2] != other:
		return nil, 0, 0, refuse("its values have type 0x%02x; only unsigned bytes (0x08) are read", magic[2])
	case dims < 1 || dims > maxDims:
		return nil, 0, 0, refuse("it has %d dimensions; 1 to %d are read", dims, maxDims)
	}
	size = 1
	for i := range dims {
		var b [4]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, 0, 0, refuse("the header breaks off: %w", err)
		}
		d := int64(binary.BigEndian.Uint32(b[:]))
		if d == 0 {
			return nil, 0, 0, refuse("dimension %d is 0", i)
		}
		if d > int64(limit)/int64(size) {
			return nil, 0, 0, refuse("dimension %d is %d, which makes %w than the %d values allowed", i, d, ErrMore, limit)
		}
		shape = append(shape, int(d))
		size *= int(d)
	}
	if magic[2] == typeInt32 {
		return shape, 4 * size, 4, nil
	}
	return shape, size, 1, nil
}

// AppendHeader appends the first bytes of an IDX file of that shape, up to the
// values, to b. It panics when the shape cannot be written.
func AppendHeader(b []byte, shape []int) []byte {
	if len(shape) < 1 || len(shape) > maxDims {
		panic(fmt.Sprintf("idx: AppendHeader: %d dimensions", len(shape)))
	}
	b = append(b, 0, 0, typeUint8, byte(len(shape)))
	for _, d := range shape {
		if d < 1 || int64(d) > 1<<32-1 {
			panic(fmt.Sprintf("idx: AppendHeader: shape %v", shape))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return b
}

// Append appends the array as a plain IDX file to b. It panics when the shape
// is not that of the data or cannot be written.
func Append(b []byte, a Array) []byte {
	size := 1
	for _, d := range a.Shape {
		size *= d
	}
	if size != len(a.Data) {
		panic(fmt.Sprintf("idx: Append: shape %v for %d values", a.Shape, len(a.Data)))
	}
	return append(AppendHeader(b, a.Shape), a.Data...)
}
