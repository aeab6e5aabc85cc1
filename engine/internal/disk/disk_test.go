package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// Every operation of a write made to fail in turn: the old file stays, nothing
// else is left, and the error names the file. Only once the file is in its place
// may an error leave the new one.
func TestWriteReplacesWholeOrNotAtAll(t *testing.T) {
	defer func() { Fault = nil }()
	dir := t.TempDir()
	path := filepath.Join(dir, "weights")
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	for at := 1; ; at++ {
		n, renamed := 0, false
		Fault = func(op Op, path string) error {
			if n++; n == at {
				return syscall.EIO
			}
			renamed = renamed || op == Rename
			return nil
		}
		err := WriteFile(path, []byte("new"))
		Fault = nil
		if n < at {
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d operations made to fail", n)
			break
		}
		if !errors.Is(err, syscall.EIO) || !renamed && !strings.Contains(err.Error(), "weights") {
			t.Errorf("operation %d: error %v", at, err)
		}
		want := "old"
		if renamed {
			want = "new"
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Errorf("after operation %d has failed the file holds %q, %v; want %q", at, b, err, want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("after operation %d has failed there are %v, %v", at, left, err)
		}
	}
	if err := WriteFile(filepath.Join(dir, "no", "such"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a directory that is not there", err)
	}
}

func TestReadFileHasALimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := WriteFile(path, []byte("12345")); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(path, 5); err != nil || string(b) != "12345" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := ReadFile(path, 4); err == nil || !strings.Contains(err.Error(), path+": larger than 4 bytes") {
		t.Errorf("error %v", err)
	}
}

// Whoever has the lock has it alone, also when others are removing and making
// the file that it is on.
func TestLockIsHeldByOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run")
	if release, err := Lock(path); err != nil {
		t.Skip(err) // not on this system
	} else {
		release()
	}
	var holders, held, refused atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				release, err := Lock(path)
				var inUse InUseError
				if errors.As(err, &inUse) {
					if refused.Add(1); inUse.Process != 0 && inUse.Process != os.Getpid() {
						t.Error(err)
					}
					continue
				} else if err != nil {
					t.Error(err)
					return
				}
				if holders.Add(1) != 1 {
					t.Error("two have the lock")
				}
				held.Add(1)
				holders.Add(-1)
				release()
			}
		})
	}
	wg.Wait()
	t.Logf("held %d times, refused %d times", held.Load(), refused.Load())
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
