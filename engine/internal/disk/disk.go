// Package disk is the one way in which files are read and written here, and so
// the one place where tests make the disk fail: at every operation in turn.
package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Op is an operation on a file.
type Op string

const (
	Create Op = "create"
	Write  Op = "write"
	Chmod  Op = "chmod"
	Sync   Op = "sync"
	Close  Op = "close"
	Rename Op = "rename"
	Open   Op = "open"
	Read   Op = "read"
)

// Fault is for tests: when it is set it is asked before every operation, and
// the error that it returns is the operation's. A write that fails has written
// half. [io.EOF] for a read makes the file end there.
var Fault func(op Op, path string) error

func fail(op Op, path string) error {
	if Fault != nil {
		if err := Fault(op, path); err == io.EOF {
			return err
		} else if err != nil {
			return &os.PathError{Op: string(op), Path: path, Err: err}
		}
	}
	return nil
}

// file asks fail first.
type file struct{ *os.File }

func open(path string, flag int) (file, error) {
	if err := fail(Open, path); err != nil {
		return file{}, err
	}
	f, err := os.OpenFile(path, flag, 0)
	return file{f}, err
}

func (f file) Read(p []byte) (int, error) {
	if err := fail(Read, f.Name()); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f file) Write(p []byte) (int, error) {
	if err := fail(Write, f.Name()); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f file) Chmod(mode os.FileMode) error {
	return errors.Join(fail(Chmod, f.Name()), f.File.Chmod(mode))
}

func (f file) Sync() error { return errors.Join(fail(Sync, f.Name()), f.File.Sync()) }

func (f file) Close() error { return errors.Join(fail(Close, f.Name()), f.File.Close()) }

// OpenFile opens the file at path to be read.
func OpenFile(path string) (io.ReadCloser, error) { return open(path, os.O_RDONLY) }

// FS is a directory whose files are read like all others here.
type FS string

// Open implements [fs.FS].
func (dir FS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := open(filepath.Join(string(dir), filepath.FromSlash(name)), os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ReadFile returns the content of the file at path. A file of more than limit bytes,
// which is not read then, is an error, and so is one that comes short.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if info.Size() <= limit {
		b.Grow(int(info.Size()) + bytes.MinRead) // it is read in one piece
		_, err = b.ReadFrom(io.LimitReader(f, limit+1))
	}
	switch {
	case err != nil:
		return nil, err
	case max(info.Size(), int64(b.Len())) > limit:
		return nil, fmt.Errorf("%s: larger than %d bytes", path, limit)
	case info.Mode().IsRegular() && int64(b.Len()) < info.Size():
		return nil, fmt.Errorf("%s: %w", path, io.ErrUnexpectedEOF)
	}
	return b.Bytes(), nil
}

// InUseError reports a file that another process has locked.
type InUseError struct {
	Path    string
	Process int // its id, 0 when that is not known
}

func (e InUseError) Error() string {
	if e.Process == 0 {
		return e.Path + " is in use by another process"
	}
	return fmt.Sprintf("%s is in use by process %d", e.Path, e.Process)
}

// syncDir brings a rename to the disk. Windows and js cannot, and need not.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		return nil
	}
	d, err := open(dir, os.O_RDONLY)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
