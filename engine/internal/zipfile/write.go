package zipfile

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// Writer makes an archive of stored files. The same files give the same bytes.
type Writer struct {
	b, directory []byte
	files        int
}

// Add adds a file.
func (w *Writer) Add(name string, content []byte) {
	const date = 1<<5 | 1 // the 1st of January 1980, the earliest there is
	at := len(w.b)
	head := func(b []byte) []byte {
		b = little.AppendUint16(b, 20) // version 2.0
		b = append(b, 0, 8, 0, 0)      // names in UTF-8; stored
		b = little.AppendUint16(little.AppendUint16(b, 0), date)
		b = little.AppendUint32(b, crc32.ChecksumIEEE(content))
		b = little.AppendUint32(b, uint32(len(content)))
		b = little.AppendUint32(b, uint32(len(content)))
		b = little.AppendUint16(b, uint16(len(name)))
		return append(b, 0, 0) // no more fields
	}
	w.b = append(head(append(w.b, "PK\x03\x04"...)), name...)
	w.b = append(w.b, content...)
	w.directory = append(w.directory, "PK\x01\x02\x14\x00"...)
	w.directory = append(head(w.directory), make([]byte, 10)...)
	w.directory = append(little.AppendUint32(w.directory, uint32(at)), name...)
	w.files++
}

// Close returns the archive with a comment.
func (w *Writer) Close(comment string) ([]byte, error) {
	switch {
	case len(comment) > math.MaxUint16:
		return nil, fmt.Errorf("a comment of %d bytes: an archive takes %d", len(comment), math.MaxUint16)
	case len(w.b)+len(w.directory) > math.MaxUint32 || w.files >= math.MaxUint16:
		return nil, fmt.Errorf("%d bytes in %d files: an archive takes less", len(w.b), w.files)
	}
	b := append(w.b, w.directory...)
	b = append(b, "PK\x05\x06\x00\x00\x00\x00"...)
	b = little.AppendUint16(little.AppendUint16(b, uint16(w.files)), uint16(w.files))
	b = little.AppendUint32(little.AppendUint32(b, uint32(len(w.directory))), uint32(len(w.b)))
	b = little.AppendUint16(b, uint16(len(comment)))
	return append(b, comment...), nil
}

var little = binary.LittleEndian
