package files

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// memory is a file system of files in memory, by path.
type memory map[string][]byte

// Open implements [fs.FS]. A folder is there where a file lies below it.
func (m memory) Open(name string) (fs.File, error) {
	info, err := m.Stat(name)
	if err != nil {
		return nil, err
	}
	return &opened{Reader: bytes.NewReader(m[name]), info: info.(entry)}, nil
}

// Stat implements [fs.StatFS].
func (m memory) Stat(name string) (fs.FileInfo, error) {
	if b, ok := m[name]; ok {
		return entry{path.Base(name), int64(len(b)), false}, nil
	}
	for file := range m {
		if name == "." || strings.HasPrefix(file, name+"/") {
			return entry{path.Base(name), 0, true}, nil
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir implements [fs.ReadDirFS].
func (m memory) ReadDir(name string) ([]fs.DirEntry, error) {
	below := name + "/"
	if name == "." {
		below = ""
	}
	seen := map[string]bool{}
	var all []fs.DirEntry
	for file, b := range m {
		rest, ok := strings.CutPrefix(file, below)
		if !ok {
			continue
		}
		base, _, dir := strings.Cut(rest, "/")
		if !seen[base] {
			seen[base] = true
			all = append(all, entry{base, int64(len(b)), dir})
		}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// opened is a file or a folder that was opened.
type opened struct {
	*bytes.Reader
	info entry
}

func (o *opened) Stat() (fs.FileInfo, error) { return o.info, nil }

func (o *opened) Read(b []byte) (int, error) {
	if o.info.dir {
		return 0, &fs.PathError{Op: "read", Path: o.info.name, Err: fs.ErrInvalid}
	}
	return o.Reader.Read(b)
}

func (o *opened) Close() error { return nil }

var _ io.Reader = (*opened)(nil)

// entry is a file or a folder, and what is known of it.
type entry struct {
	name string
	size int64
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) Size() int64                { return e.size }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) Sys() any                   { return nil }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }

func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
