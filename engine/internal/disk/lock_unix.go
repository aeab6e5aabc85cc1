//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package disk

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Lock keeps other processes from locking path too, until release is called or
// this process ends, however it ends. The lock is on a file beside path, which
// need not be there, since writing replaces path. When another process has it
// the error is an [InUseError].
func Lock(path string) (release func(), err error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
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
		// Whoever had the lock may have removed this file since it was opened.
		if now, err := os.Stat(name); err == nil {
			if mine, err := f.Stat(); err == nil && os.SameFile(now, mine) {
				f.Truncate(0)
				fmt.Fprintln(f, os.Getpid())
				return func() {
					os.Remove(name)
					f.Close()
				}, nil
			}
		}
		f.Close()
	}
}
