// Package zipfile reads and writes zip archives in memory: what NumPy, PyTorch and others
// write, stored or deflated, also with zip64's longer sizes. It sets aside no
// memory that the archive cannot fill. The page's worker uses it, where
// archive/zip would weigh 110 KB.
//
// See PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3.
package zipfile

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// maxRatio is the most bytes that deflate writes for one byte read (zlib's technical notes).
const maxRatio = 1032

// Archive is an opened archive.
type Archive struct {
	Files   []File
	Comment string
}

// File is a file of an archive.
type File struct {
	Name   string
	Size   int // bytes unpacked, as the directory says
	packed []byte
	method uint16
	crc    uint32
}

// ErrFormat is returned for bytes that are no zip archive, or a damaged one.
var ErrFormat = errors.New("not a whole zip archive")

// Open reads an archive's directory. An archive of more than most files is refused.
func Open(b []byte, most int) (*Archive, error) {
	const size = 22 // of the record that ends the directory
	var end []byte
	at := len(b) - size
	for ; at >= max(0, len(b)-size-math.MaxUint16); at-- { // before a comment
		if little.Uint32(b[at:]) == 0x06054b50 && at+size+int(little.Uint16(b[at+20:])) == len(b) {
			end = b[at:]
			break
		}
	}
	if end == nil {
		return nil, ErrFormat
	}
	n, start := uint64(little.Uint16(end[10:])), uint64(little.Uint32(end[16:]))
	if at >= 20 && little.Uint32(b[at-20:]) == 0x07064b50 { // zip64
		long := little.Uint64(b[at-20+8:])
		if long > uint64(at) || at-int(long) < 56 || little.Uint32(b[long:]) != 0x06064b50 {
			return nil, ErrFormat
		}
		n, start = little.Uint64(b[long+32:]), little.Uint64(b[long+48:])
	}
	if n > uint64(most) {
		return nil, fmt.Errorf("it holds %d files; at most %d are read", n, most)
	}
	if start > uint64(at) {
		return nil, ErrFormat
	}
	a := &Archive{Comment: string(end[size:])}
	directory := b[start:at]
	for range n {
		f, length, ok := entry(b, directory)
		if !ok {
			return nil, ErrFormat
		}
		a.Files = append(a.Files, f)
		directory = directory[length:]
	}
	return a, nil
}

// entry reads the file that the directory begins with, and how long its entry is.
func entry(b, directory []byte) (f File, length int, ok bool) {
	const size, local = 46, 30
	if len(directory) < size || little.Uint32(directory) != 0x02014b50 {
		return f, 0, false
	}
	name, extra := int(little.Uint16(directory[28:])), int(little.Uint16(directory[30:]))
	length = size + name + extra + int(little.Uint16(directory[32:]))
	if len(directory) < length {
		return f, 0, false
	}
	f = File{Name: string(directory[size:][:name]), method: little.Uint16(directory[10:]), crc: little.Uint32(directory[16:])}
	unpacked, packed, at := uint64(little.Uint32(directory[24:])), uint64(little.Uint32(directory[20:])), uint64(little.Uint32(directory[42:]))
	long := field(directory[size+name:][:extra], 1)
	for _, v := range []*uint64{&unpacked, &packed, &at} { // those that are full are in the long field, in this order
		if *v == math.MaxUint32 && len(long) >= 8 {
			*v, long = little.Uint64(long), long[8:]
		}
	}
	if unpacked > math.MaxInt32 || at > uint64(len(b)) || uint64(len(b))-at < local || little.Uint32(b[at:]) != 0x04034b50 {
		return f, 0, false
	}
	content := b[at+local:]
	skip := int(little.Uint16(b[at+26:])) + int(little.Uint16(b[at+28:]))
	if skip > len(content) || packed > uint64(len(content)-skip) {
		return f, 0, false
	}
	f.Size, f.packed = int(unpacked), content[skip:][:packed]
	return f, length, true
}

// field returns the content of an extra field.
func field(extra []byte, id uint16) []byte {
	for len(extra) >= 4 {
		n := int(little.Uint16(extra[2:]))
		if n > len(extra)-4 {
			break
		}
		if little.Uint16(extra) == id {
			return extra[4:][:n]
		}
		extra = extra[4+n:]
	}
	return nil
}

// Read returns the first size bytes of a file. It checks the checksum where
// these are all.
func (f *File) Read(size int) ([]byte, error) {
	if size > f.Size || size < 0 {
		return nil, fmt.Errorf("it has %d bytes", f.Size)
	}
	var b []byte
	switch f.method {
	case 0:
		if len(f.packed) != f.Size {
			return nil, ErrFormat
		}
		b = f.packed[:size:size]
	case 8:
		if size/maxRatio > len(f.packed) {
			return nil, fmt.Errorf("%d bytes cannot be in %d compressed ones", size, len(f.packed))
		}
		r := flate.NewReader(bytes.NewReader(f.packed))
		b = make([]byte, size)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		if size == f.Size {
			var more [1]byte
			if n, err := io.ReadFull(r, more[:]); n > 0 || err != io.EOF {
				return nil, fmt.Errorf("it has more than the %d bytes that the archive says, or breaks off", size)
			}
		}
	default:
		return nil, fmt.Errorf("compression %d is not read", f.method)
	}
	if size == f.Size && crc32.ChecksumIEEE(b) != f.crc {
		return nil, errors.New("its checksum is wrong: it is damaged")
	}
	return b, nil
}
