//go:build unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// Links stay, modes are kept, and a new file follows the umask.
func TestWriteKeepsLinksAndModes(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	old := syscall.Umask(0o077)
	err := WriteFile(at("new"), []byte("1"))
	syscall.Umask(old)
	if err != nil || mode(t, at("new")) != 0o600 {
		t.Errorf("a new file under umask 077: %v, %v", mode(t, at("new")), err)
	}
	if err := os.Mkdir(at("real"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": "real/file", "chain": "link", "dangling": "real/later", "absolute": at("real/file"), "up": "real/../new", "folder": "real"} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []fs.FileMode{0o600, 0o640, 0o664, 0o755} {
		if err := errors.Join(os.WriteFile(at("real/file"), []byte("old"), m), os.Chmod(at("real/file"), m)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"link", "chain", "absolute", "folder/file", "real/file"} {
			if err := WriteFile(at(name), []byte(name)); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(at("real/file")); string(b) != name || mode(t, at("real/file")) != m {
				t.Errorf("through %s: %q with mode %v, %v; want mode %v", name, b, mode(t, at("real/file")), err, m)
			}
		}
	}
	for name, file := range map[string]string{"dangling": "real/later", "up": "new"} {
		if err := WriteFile(at(name), []byte(name)); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(at(file)); string(b) != name {
			t.Errorf("through %s: %q, %v", name, b, err)
		}
	}
	for _, name := range []string{"link", "chain", "dangling", "absolute", "up", "folder"} {
		if mode(t, at(name))&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", name)
		}
	}
	if got := names(t, at("real")); !slices.Equal(got, []string{"file", "later"}) {
		t.Errorf("left: %v", got)
	}
}

// A pipe is written to, a device too; a directory, a socket and a link that
// leads in a circle are refused by Check and by the write, and stay.
func TestWriteNeverReplacesOtherKinds(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pipe", at("link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pipe", "link"} {
		got := make(chan string)
		go func() {
			b, err := os.ReadFile(at("pipe"))
			if err != nil {
				t.Error(err)
			}
			got <- string(b)
		}()
		f, err := Start(at(name), []byte("first "))
		if err == nil {
			_, err = f.Write([]byte("then"))
			err = errors.Join(err, f.Close())
		}
		if b := <-got; err != nil || b != "first then" || mode(t, at("pipe"))&fs.ModeNamedPipe == 0 {
			t.Errorf("%s: %q, %v, mode %v", name, b, err, mode(t, at("pipe")))
		}
	}
	if err := errors.Join(Check("/dev/null"), Check(at("pipe")), WriteFile("/dev/null", []byte("1"))); err != nil || mode(t, "/dev/null")&fs.ModeCharDevice == 0 {
		t.Errorf("/dev/null: %v", err)
	}
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(socket)
	t.Chdir(dir) // the name of a socket is short
	if err := errors.Join(syscall.Bind(socket, &syscall.SockaddrUnix{Name: "socket"}), os.Mkdir("folder", 0o755), os.Symlink("folder", "to"), os.Symlink("circle", "circle")); err != nil {
		t.Fatal(err)
	}
	before := names(t, ".")
	for _, name := range []string{"folder", "to", "socket", "circle", "none/file"} {
		_, err := Start(name, nil)
		if err, check := WriteFile(name, nil), Check(name); err == nil || check == nil || !strings.Contains(err.Error(), filepath.Base(filepath.Dir(name))) && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; Check: %v", name, err, check)
		}
		if err == nil {
			t.Errorf("%s was started", name)
		}
	}
	if after := names(t, "."); !slices.Equal(after, before) {
		t.Errorf("%v became %v", before, after)
	}
}

func TestSame(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := errors.Join(os.Mkdir("sub", 0o755), os.WriteFile("file", nil, 0o644), os.Link("file", "hard"), os.Symlink("file", "soft"),
		os.Symlink("sub/new", "dangling"), os.Symlink("sub", "folder")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"file", "hard", true}, {"file", "soft", true}, {"file", "./sub/../file", true}, {"file", filepath.Join(dir, "file"), true},
		{"new", "./new", true}, {"dangling", "sub/new", true}, {"folder/new", "sub/new", true},
		{"file", "other", false}, {"new", "other", false}, {"sub/new", "new", false}, {"/dev/null", "/dev/null", false}, {"none/a", "none/b", false},
	} {
		if Same(c.a, c.b) != c.same || Same(c.b, c.a) != c.same {
			t.Errorf("Same(%s, %s) is not %t", c.a, c.b, c.same)
		}
	}
}

// Only what a killed write left is removed, by name and kind, and not what
// another write has in hand.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run.ckpt")
	for _, name := range []string{"run.ckpt", ".run.ckpt.tmp123", ".run.ckpt.tmp4294967295", ".other.ckpt.tmp123", "run.ckpt.tmp1", ".run.ckpt.tmp", ".run.ckpt.tmp1.bak", ".run.ckpt.tmpx", ".run.ckpt.tmp12345678901"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, ".run.ckpt.tmp7"), 0o755), os.Symlink("run.ckpt", filepath.Join(dir, ".run.ckpt.tmp8")), syscall.Mkfifo(filepath.Join(dir, ".run.ckpt.tmp9"), 0o644)); err != nil {
		t.Fatal(err)
	}
	to, err := find(path)
	if err != nil {
		t.Fatal(err)
	}
	f, done, err := to.temporary()
	if err != nil {
		t.Fatal(err)
	}
	Tidy(path)
	mine := filepath.Base(f.Name())
	want := []string{mine, ".other.ckpt.tmp123", ".run.ckpt.tmp", ".run.ckpt.tmp1.bak", ".run.ckpt.tmp12345678901", ".run.ckpt.tmp7", ".run.ckpt.tmp8", ".run.ckpt.tmp9", ".run.ckpt.tmpx", "run.ckpt", "run.ckpt.tmp1"}
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("left: %v; want %v", got, want)
	}
	f.Close()
	done()
	want = slices.DeleteFunc(want, func(s string) bool { return s == mine })
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("left in the end: %v; want %v", got, want)
	}

	// Writing tidies what is left beside its file, through a link too.
	name := strings.Repeat("n", 250)
	if err := errors.Join(os.Symlink(name, filepath.Join(dir, "link")), os.WriteFile(filepath.Join(dir, "."+name[:200]+".tmp5"), nil, 0o644), WriteFile(filepath.Join(dir, "link"), nil)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != len(want)+2 || !slices.Contains(got, name) {
		t.Errorf("left by a write: %v", got)
	}
}

// The lock is on the file that a name leads to, and no file of another's is
// written to for it.
func TestLockFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := errors.Join(os.WriteFile("victim", []byte("precious"), 0o644), os.Symlink("run", "alias"), os.Symlink("victim", ".linked.lock"),
		os.Link("victim", ".hard.lock"), os.Mkdir(".folder.lock", 0o755), syscall.Mkfifo(".pipe.lock", 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"linked", "hard", "folder", "pipe"} {
		if _, err := Lock(name); err == nil || !strings.Contains(err.Error(), "."+name+".lock") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, err := os.ReadFile("victim"); string(b) != "precious" {
		t.Errorf("the victim holds %q, %v", b, err)
	}
	release, err := Lock("run")
	if err != nil {
		t.Fatal(err)
	}
	var inUse InUseError
	if _, err := Lock("alias"); !errors.As(err, &inUse) {
		t.Errorf("through a link: %v", err)
	}
	release()
	if release, err = Lock("alias"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(".run.lock"); err != nil {
		t.Error(err)
	}
	release()
}

// A new file is whole or not there, and never replaces one.
func TestWriteNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new")
	defer func() { Fault = nil }()
	for _, op := range []Op{Create, Write, Close} {
		Fault = func(now Op, _ string) error {
			if now == op {
				return syscall.ENOSPC
			}
			return nil
		}
		if err := WriteNew(path, []byte("new")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", op, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s fails, and %s is there", op, path)
		}
	}
	Fault = nil
	if err := WriteNew(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(path, []byte("other")); !errors.Is(err, os.ErrExist) {
		t.Error(err)
	}
	if b, err := ReadFile(path, 9); string(b) != "new" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// A directory's files are read as all others are, and only those below it.
func TestFS(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(FS(dir), "a"); err != nil {
		t.Error(err)
	}
	defer func() { Fault = nil }()
	Fault = func(Op, string) error { return syscall.EIO }
	if _, err := FS(dir).Open("a"); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
}
