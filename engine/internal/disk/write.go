package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
)

// WriteFile puts data into the file at path, replacing its content. The file is
// whole or not there: data goes into a temporary file in the same directory,
// which is brought to the disk and then renamed. So a crash, a full disk or
// Ctrl-C leaves the old file, never half of the new one; when anything fails the
// temporary file is removed.
//
// A symbolic link stays, and the file that it leads to is replaced. A file that
// exists keeps its mode, and its owner where the system lets us; a new one gets
// the mode that the umask leaves. A pipe or a character device is written to as
// it is. Block devices, sockets and directories are refused.
func WriteFile(path string, data []byte) error {
	to, err := find(path)
	if err != nil {
		return err
	}
	if !to.stream {
		return to.replace(path, data)
	}
	f, err := open(path, os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// WriteNew writes a file that must not be there yet. It does not wait for the disk,
// as suits one of thousands of files; when anything fails the file is removed.
func WriteNew(path string, data []byte) error {
	if err := fail(Create, path); err != nil {
		return err
	}
	made, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	f := file{made}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// Start puts data into the file at path, as [WriteFile] does, and returns the
// file to be written on. The system has each write at once.
func Start(path string, data []byte) (io.WriteCloser, error) {
	to, err := find(path)
	if err != nil {
		return nil, err
	}
	if to.stream {
		f, err := open(path, os.O_WRONLY)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(data); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
	if err := to.replace(path, data); err != nil {
		return nil, err
	}
	return open(to.path, os.O_WRONLY|os.O_APPEND)
}

// target is the file that a name leads to.
type target struct {
	path   string      // with links followed
	was    fs.FileInfo // nil where there is no file yet
	stream bool        // a pipe or a character device
}

// find returns where path leads, and refuses a file of a kind that is not written.
func find(path string) (to target, err error) {
	to.was, err = os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return to, err
	}
	if to.was != nil {
		switch mode := to.was.Mode(); {
		case mode.IsRegular():
		case mode.IsDir():
			return to, &os.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
		case mode&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0:
			to.path, to.stream = path, true
			return to, nil
		default:
			return to, fmt.Errorf("%s is a socket or a disk: give the name of a file", path)
		}
	}
	to.path, err = Resolve(path)
	return to, err
}

// replace gives the file its new content. Errors name path.
func (to target) replace(path string, data []byte) (err error) {
	if to.was != nil { // a file that may not be written is not replaced either
		f, err := os.OpenFile(to.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		f.Close()
	}
	tidyOnce(to.path)
	if err := fail(Create, path); err != nil {
		return err
	}
	f, done, err := to.temporary()
	if err != nil {
		return err
	}
	defer done()
	_, err = f.Write(data)
	if err == nil && to.was != nil {
		keepOwner(f.File, to.was)
		err = f.Chmod(to.was.Mode().Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = fail(Rename, path); err == nil {
		err = os.Rename(f.Name(), to.path)
	}
	if err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(to.path)); err != nil {
		return fmt.Errorf("%s is written, and may be lost if the machine stops now: %w", path, err)
	}
	return nil
}

// temporary makes a file beside the target. Until done is called it is locked,
// so that [Tidy] in another process leaves it alone; done removes it, unless it
// was renamed.
func (to target) temporary() (f file, done func(), err error) {
	var mode fs.FileMode = 0o666
	if to.was != nil {
		mode = 0o600 // until it gets the old file's
	}
	for {
		name := beside(to.path, fmt.Sprintf(".tmp%d", rand.Uint32()))
		made, err := makeTemporary(name, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return f, nil, err
		}
		guarded, err := guard(name)
		done = func() {
			forget(name)
			guarded.Close()
		}
		if err != errTaken {
			return file{made}, done, nil
		}
		made.Close() // Tidy of another process was faster
		done()
	}
}

// sameFile reports whether the name still leads to the open file.
func sameFile(f *os.File, name string) bool {
	now, err := os.Lstat(name)
	mine, err2 := f.Stat()
	return err == nil && err2 == nil && os.SameFile(now, mine)
}

// beside returns the name of a hidden file in path's directory: .NAME and the
// ending. A long name is cut, so that the system takes it.
func beside(path, ending string) string {
	dir, base := filepath.Split(path)
	return filepath.Join(dir, "."+base[:min(len(base), 200)]+ending)
}

// errTaken is guard's for a file that another process has locked or removed.
var errTaken = errors.New("taken by another process")

var temporaryEnding = regexp.MustCompile(`^\.tmp[0-9]{1,10}$`)

// Tidy removes the temporary files that processes which were killed have left
// beside path: regular files whose name is one that WriteFile gives, and that no
// process is writing. One that cannot be removed stays.
func Tidy(path string) {
	path, err := Resolve(path)
	if err != nil {
		return
	}
	dir, prefix := filepath.Dir(path), filepath.Base(beside(path, ""))
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		ending, ok := strings.CutPrefix(f.Name(), prefix)
		if !ok || !f.Type().IsRegular() || !temporaryEnding.MatchString(ending) {
			continue
		}
		name := filepath.Join(dir, f.Name())
		if left, err := guard(name); err == nil {
			os.Remove(name)
			left.Close()
		}
	}
}

var tidied sync.Map // paths

// tidyOnce tidies the first time that this process writes path.
func tidyOnce(path string) {
	if _, before := tidied.LoadOrStore(path, true); !before {
		Tidy(path)
	}
}

// Resolve returns the path of the file that path leads to through symbolic
// links, whether or not that file is there. Its directory must be.
func Resolve(path string) (string, error) {
	for range 40 {
		dir, base := filepath.Split(path)
		if dir == "" {
			dir = "."
		}
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, base)
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link
		}
		if path = to; !filepath.IsAbs(to) {
			path = dir + string(filepath.Separator) + to
		}
	}
	return "", &os.PathError{Op: "resolve", Path: path, Err: syscall.ELOOP}
}

// Same reports whether two names lead to the same file, by a symbolic or a hard
// link too; of files that are not there yet, whether they will. A character
// device, such as the null device or a terminal, takes two outputs.
func Same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y) && x.Mode()&fs.ModeCharDevice == 0
	}
	pathX, errX := Resolve(a)
	pathY, errY := Resolve(b)
	return errX == nil && errY == nil && pathX == pathY
}

// Check reports, before work whose outcome goes into the file at path, why
// [WriteFile] cannot write it.
func Check(path string) error {
	to, err := find(path)
	if err != nil || to.stream {
		return err
	}
	if to.was != nil {
		f, err := os.OpenFile(to.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		f.Close()
	}
	f, done, err := to.temporary()
	if err != nil {
		return err
	}
	defer done()
	return f.File.Close()
}

// unfinished are the files that must not stay when the process ends: temporary
// files and locks.
var unfinished struct {
	sync.Mutex
	names map[string]bool
}

func makeTemporary(name string, mode fs.FileMode) (*os.File, error) {
	unfinished.Lock()
	defer unfinished.Unlock()
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err == nil {
		remember(name)
	}
	return f, err
}

// remember needs the mutex.
func remember(name string) {
	if unfinished.names == nil {
		unfinished.names = map[string]bool{}
	}
	unfinished.names[name] = true
}

// forget removes a file that is not finished, if it is still there.
func forget(name string) {
	unfinished.Lock()
	defer unfinished.Unlock()
	os.Remove(name)
	delete(unfinished.names, name)
}

// Abandon removes the temporary files and locks of this process, which must end
// then: whoever writes a file afterwards waits for ever.
func Abandon() {
	unfinished.Lock()
	for name := range unfinished.names {
		os.Remove(name)
	}
}
