package dataset

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/idx"
)

// set makes a small data set by the rules of the four files.
func set(n int) engine.Set {
	s := engine.Set{Images: make([]byte, n*engine.Pixels), Labels: make([]byte, n)}
	for i := range s.Images {
		s.Images[i] = byte(i * 7)
	}
	for i := range s.Labels {
		s.Labels[i] = byte(i % engine.DefaultClasses)
	}
	return s
}

func files(s engine.Set) (images, labels []byte) {
	return idx.Append(nil, idx.Array{Shape: []int{s.Len(), 28, 28}, Data: s.Images}),
		idx.Append(nil, idx.Array{Shape: []int{s.Len()}, Data: s.Labels})
}

func TestSubset(t *testing.T) {
	for _, d := range All() {
		train, test, err := Subset(d.Name)
		if err != nil {
			t.Fatal(err)
		}
		if train.Len() != 6000 || test.Len() != 1000 {
			t.Errorf("%s: %d and %d examples", d.Name, train.Len(), test.Len())
		}
		for name, s := range map[string]engine.Set{"training": train, "test": test} {
			var count [engine.DefaultClasses]int
			for _, l := range s.Labels {
				count[l]++
			}
			for class, n := range count {
				if n < s.Len()/13 || n > s.Len()/7 {
					t.Errorf("%s: %d of %d %s examples are of class %d", d.Name, n, s.Len(), name, class)
				}
			}
		}
	}
	if _, _, err := Subset("cifar"); err == nil || !strings.Contains(err.Error(), "mnist, fashion") {
		t.Errorf("error %v does not name the data sets", err)
	}
}

// load finds a whole data set on this machine, or skips the test.
func load(t *testing.T, name string) (train, test engine.Set) {
	t.Helper()
	train, test, source, err := Load(name, Options{})
	if errors.Is(err, ErrNotFound) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log("from", source)
	return train, test
}

// The SHA-256 sums of Fashion-MNIST's content are tied to the MD5 sums that
// its authors publish for the compressed files. Debian's files have the same
// compressed data under a gzip header without name and time; with those put
// back they are the published files.
func TestFashionIsThePublishedOne(t *testing.T) {
	d, err := Lookup("fashion")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		md5  string
		time uint32 // of the original file, Unix seconds, in August 2017
	}{
		{"8d4fb7e6c68d591d4c3dfef9ec88bf0d", 1504176606},
		{"25c81989df183df01b3e8a0aad5dffbe", 1504176606},
		{"bef4ecab320f06d8554ea6380940ec79", 1504176627},
		{"bb300cfdad3c16e7a12a480ee83cd310", 1504176627},
	} {
		name := d.Files[i].Name
		b, err := os.ReadFile("/usr/share/datasets/fashion-mnist/" + name + ".gz")
		if errors.Is(err, os.ErrNotExist) {
			t.Skip("Debian's package dataset-fashion-mnist is not installed")
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Files[i].Check(b); err != nil {
			t.Error(err)
		}
		header := binary.LittleEndian.AppendUint32([]byte{0x1f, 0x8b, 8, 8}, want.time)
		header = append(header, 0, 3)
		header = append(append(header, name...), 0)
		sum := md5.Sum(append(header, b[10:]...))
		if got := hex.EncodeToString(sum[:]); got != want.md5 {
			t.Errorf("%s: MD5 %s, published %s", name, got, want.md5)
		}
	}
}

// fake makes a data set of a few examples that the program takes for real, in dir.
func fake(t *testing.T, dir string) Info {
	t.Helper()
	d := Info{Name: "mnist", Title: "MNIST"}
	trainX, trainY := files(set(30))
	testX, testY := files(set(10))
	names := []string{trainImages, trainLabels, testImages, testLabels}
	for i, b := range [][]byte{trainX, trainY, testX, testY} {
		a, err := idx.Decode(b, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		d.Files[i] = File{names[i], a.Shape[0], hex.EncodeToString(sum(a))}
		if err := os.WriteFile(filepath.Join(dir, names[i]), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestLoadDir(t *testing.T) {
	dir := t.TempDir()
	d := fake(t, dir)
	train, test, err := d.LoadDir(dir)
	if err != nil || train.Len() != 30 || test.Len() != 10 {
		t.Fatalf("%d and %d examples, %v", train.Len(), test.Len(), err)
	}

	// The compressed file goes before the plain one, whatever its gzip header.
	path := filepath.Join(dir, trainImages)
	plain, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Name = "another name"
	z.Write(plain)
	z.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file    []byte
		message string // "" for none
	}{
		"gzip":            {buf.Bytes(), ""},
		"one pixel wrong": {append(append([]byte(nil), plain[:len(plain)-1]...), plain[len(plain)-1]^1), "SHA-256"},
		"cut":             {buf.Bytes()[:buf.Len()/2], "breaks off"},
		"empty":           {nil, "breaks off"},
		"a web page":      {[]byte("<!doctype html>"), "starts with"},
	} {
		if err := os.WriteFile(path+".gz", c.file, 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := d.LoadDir(dir)
		switch {
		case c.message == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.message != "" && (err == nil || !strings.Contains(err.Error(), c.message) || !strings.Contains(err.Error(), path+".gz")):
			t.Errorf("%s: error %v, want one with %q and the path", name, err, c.message)
		}
	}
}

// The files are found under the names and in the directories that others give
// them, and a good one stands in for a damaged one beside it.
func TestLoadOthersNames(t *testing.T) {
	for name, move := range map[string]func(dir, file string) string{
		"dotted":            func(dir, file string) string { return filepath.Join(dir, strings.Replace(file, "-idx", ".idx", 1)) },
		"torchvision":       func(dir, file string) string { return filepath.Join(dir, "MNIST", "raw", file) },
		"torchvision's own": func(dir, file string) string { return filepath.Join(dir, "raw", file) },
		"by name":           func(dir, file string) string { return filepath.Join(dir, "mnist", file) },
		"Kaggle":            func(dir, file string) string { return filepath.Join(dir, file, file) },
	} {
		dir, from := t.TempDir(), t.TempDir()
		d := fake(t, from)
		for _, f := range d.Files {
			to := move(dir, f.Name)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(from, f.Name), to); err != nil {
				t.Fatal(err)
			}
		}
		found := false
		for _, place := range d.below(dir) {
			_, _, err := d.LoadDir(place.Dir)
			found = found || err == nil
		}
		if !found {
			t.Errorf("%s: not found", name)
		}
	}

	dir := t.TempDir()
	d := fake(t, dir)
	bad := filepath.Join(dir, testLabels+".gz")
	if err := os.WriteFile(bad, []byte("\x1f\x8b broken off"), 0o644); err != nil {
		t.Fatal(err)
	}
	var notes []string
	if _, _, err := d.loadDir(dir, func(note string) { notes = append(notes, note) }); err != nil || len(notes) != 1 ||
		!strings.Contains(notes[0], bad+": ") || !strings.HasSuffix(notes[0], strings.TrimSuffix(bad, ".gz")+" is taken instead") {
		t.Errorf("said %q, %v", notes, err)
	}
}

// When nothing is found, the error names every place and the remedy.
func TestLoadTellsWhereItLooked(t *testing.T) {
	t.Setenv("LENET_DATA", t.TempDir())
	t.Setenv("GOMODCACHE", t.TempDir())
	d, err := Lookup("mnist")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/usr/share/datasets/mnist"); err == nil {
		t.Skip("this system has MNIST")
	}
	_, _, _, err = Load("mnist", Options{})
	if !errors.Is(err, ErrNotFound) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{os.Getenv("LENET_DATA"), os.Getenv("GOMODCACHE"), "/usr/share/datasets/mnist", "lenet data fetch mnist"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "damaged") {
		t.Errorf("the error speaks of damage: %v", err)
	}

	// The error distinguishes a damaged file from a missing one.
	dir, err := d.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, trainImages+".gz"), []byte("junk"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := Load("mnist", Options{}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v does not speak of damage", err)
	}
	if _, _, _, err := Load("mnist", Options{Dir: "/nowhere"}); err == nil || !strings.Contains(err.Error(), "/nowhere") || strings.Contains(err.Error(), dir) {
		t.Errorf("error %v names other places than the given one", err)
	}
}

func TestModuleCache(t *testing.T) {
	t.Setenv("GOMODCACHE", "")
	t.Setenv("GOPATH", "/a"+string(os.PathListSeparator)+"/b")
	if got, want := moduleCache(), filepath.Join("/a", "pkg", "mod"); got != want {
		t.Errorf("from GOPATH: %s, want %s", got, want)
	}
	t.Setenv("GOMODCACHE", "/c")
	if got := moduleCache(); got != "/c" {
		t.Errorf("from GOMODCACHE: %s", got)
	}
}
