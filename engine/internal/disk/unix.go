//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Lock keeps other processes from locking path too, by whatever name, until
// release is called or this process ends, however it ends. The lock is on a file
// beside the one that path leads to, which need not be there. When another
// process has it the error is an [InUseError].
func Lock(path string) (release func(), err error) {
	to, err := Resolve(path)
	if err != nil {
		return nil, err
	}
	name := beside(to, ".lock")
	for {
		f, err := openLock(name)
		if err != nil {
			return nil, err
		}
		switch err := tryLock(f); err {
		case nil:
		case syscall.EWOULDBLOCK:
			e := InUseError{Path: path}
			fmt.Fscan(io.LimitReader(f, 20), &e.Process) // 0 when it has not said so yet
			f.Close()
			return nil, e
		default:
			f.Close()
			return nil, &os.PathError{Op: "lock", Path: name, Err: err}
		}
		if sameFile(f, name) { // whoever had the lock may have removed it since it was opened
			f.Truncate(0)
			fmt.Fprintln(f, os.Getpid())
			unfinished.Lock()
			remember(name)
			unfinished.Unlock()
			return func() {
				forget(name)
				f.Close()
			}, nil
		}
		f.Close()
	}
}

// openLock opens the lock's file, which is made where it is not there. It is
// written to, so a link or a file with a second name is another's and refused.
func openLock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o644)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s is a link, not the lock of a run: remove it", name)
	} else if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !(info.Mode().IsRegular() && info.Sys().(*syscall.Stat_t).Nlink <= 1) {
		err = fmt.Errorf("%s is not the lock of a run: remove it", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func tryLock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// guard locks a temporary file as long as the returned file is open.
func guard(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err == nil {
		err = tryLock(f)
	}
	if err == nil && sameFile(f, name) {
		return f, nil
	}
	f.Close()
	if err == nil || errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, fs.ErrNotExist) {
		return nil, errTaken
	}
	return nil, err
}

// keepOwner gives the file the owner and group of the one that it replaces, as
// far as the system lets us.
func keepOwner(f *os.File, was fs.FileInfo) {
	if s, ok := was.Sys().(*syscall.Stat_t); ok {
		f.Chown(int(s.Uid), int(s.Gid))
	}
}
