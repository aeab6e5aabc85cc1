package npy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lenet/engine/internal/jsonlite"
	"lenet/engine/internal/zipfile"
)

const maxArrays = 1000

// Archive is an .npz file. Its arrays are unpacked when they are asked for.
type Archive struct {
	Names []string // of the arrays, without ".npy", as they come in the file
	// Meta is what the file tells about itself: the JSON object of texts in the
	// zip archive's comment, which NumPy passes over, and arrays of a single text.
	Meta    map[string]string
	entries map[string]entry
}

type entry struct {
	file *zipfile.File
	head header
	err  error // of the header, wrapped
}

// Open reads the directory of an .npz file and the headers of its arrays.
func Open(file []byte) (*Archive, error) {
	z, err := zipfile.Open(file, maxArrays)
	if err != nil {
		return nil, refuse("%w", err)
	}
	a := &Archive{entries: map[string]entry{}, Meta: decodeMeta(z.Comment)}
	for i := range z.Files {
		f := &z.Files[i]
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if _, taken := a.entries[name]; !ok || taken {
			return nil, refuse("unexpected file %q in it", f.Name)
		}
		head, err := headOf(f)
		if err != nil {
			err = fmt.Errorf("%q: %w", name, err)
		}
		a.Names = append(a.Names, name)
		a.entries[name] = entry{f, head, err}
		if err == nil && len(head.shape) == 0 && head.descr[1] == 'U' {
			if text, err := a.Array(name); err == nil {
				a.Meta[name] = text.Data.([]string)[0]
			}
		}
	}
	return a, nil
}

// headOf reads the header of an array in an archive.
func headOf(f *zipfile.File) (header, error) {
	b, err := unpack(f, min(f.Size, maxHead))
	if err != nil {
		return header{}, err
	}
	h, start, err := parseHeader(b)
	if err != nil {
		return h, err
	}
	size, err := h.bytes()
	if err != nil {
		return h, err
	}
	if got := f.Size - start; got != size {
		return h, refuse("shape %v of %s takes %d bytes, %d are there", h.shape, h.descr, size, got)
	}
	return h, nil
}

// unpack returns the first size bytes of a file.
func unpack(f *zipfile.File, size int) ([]byte, error) {
	b, err := f.Read(size)
	if err != nil {
		return nil, refuse("%w", err)
	}
	return b, nil
}

// Shape returns an array's shape, or why the array cannot be read.
func (a *Archive) Shape(name string) ([]int, error) {
	e, ok := a.entries[name]
	if !ok {
		return nil, fmt.Errorf("there is no array %q", name)
	}
	return e.head.shape, e.err
}

// Array unpacks an array.
func (a *Archive) Array(name string) (*Array, error) {
	if _, err := a.Shape(name); err != nil {
		return nil, err
	}
	f := a.entries[name].file
	b, err := unpack(f, f.Size) // as large as its header says
	if err == nil {
		var array *Array
		if array, err = Decode(b); err == nil {
			return array, nil
		}
	}
	return nil, fmt.Errorf("%q: %w", name, err)
}

// EncodeArchive returns arrays as an .npz file, by name, and meta in its
// comment. The same arrays give the same bytes.
func EncodeArchive(arrays map[string]*Array, meta map[string]string) ([]byte, error) {
	var w zipfile.Writer
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		b, err := Encode(arrays[name])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		w.Add(name+".npy", b)
	}
	comment := ""
	if len(meta) > 0 {
		comment = encodeMeta(meta)
	}
	return w.Close(comment)
}

// decodeMeta reads a JSON object of texts, up to a value of another kind.
func decodeMeta(comment string) map[string]string {
	meta := map[string]string{}
	d := jsonlite.New([]byte(comment))
	_ = d.Object(func(name string) error {
		value, err := d.Text()
		if err == nil {
			meta[name] = value
		}
		return err
	})
	return meta
}

// encodeMeta is the opposite of decodeMeta.
func encodeMeta(meta map[string]string) string {
	b := []byte{'{'}
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(jsonlite.AppendText(b, key), ':')
		b = jsonlite.AppendText(b, meta[key])
	}
	return string(append(b, '}'))
}
