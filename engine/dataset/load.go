package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"lenet/engine"
	"lenet/engine/idx"
	"lenet/engine/internal/disk"
)

// maxFile bounds what is read of one file. The largest, Fashion-MNIST's
// training images without compression, takes 47 MB.
const maxFile = 48 << 20

// ErrNotFound is wrapped by the error of [Load] when a data set lies nowhere
// on this machine.
var ErrNotFound = errors.New("data set not found")

// Options says where to look for a data set.
type Options struct {
	// Dir, when not empty, is the only directory looked in. Otherwise the
	// places of [Info.Places] are. It may also be the root that torchvision
	// keeps its data sets in.
	Dir string
	// Note, when not nil, is told of a damaged file that a good one beside it
	// stands in for.
	Note func(string)
}

// Place is a directory that may hold the four files of a data set.
type Place struct {
	Kind string // "cache", "system", "Go module cache"
	Dir  string
}

// CacheDir returns the directory that downloads of the data set go to:
// the data set's directory under $LENET_DATA or, without it, under lenet in
// the user's cache directory.
func (d Info) CacheDir() (string, error) {
	if dir := os.Getenv("LENET_DATA"); dir != "" {
		return filepath.Join(dir, d.Name), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory: %w; set LENET_DATA to a directory for data sets", err)
	}
	return filepath.Join(dir, "lenet", d.Name), nil
}

// Places returns where the data set is looked for, in order.
func (d Info) Places() []Place {
	var ps []Place
	if dir, err := d.CacheDir(); err == nil {
		ps = append(ps, Place{"cache", dir})
	}
	ps = append(ps, Place{"system", filepath.Join("/usr/share/datasets", d.systemDir)})
	if dir := moduleCache(); d.module != "" && dir != "" {
		ps = append(ps, Place{"Go module cache", filepath.Join(dir, filepath.FromSlash(escaped(d.module)), "data")})
	}
	return ps
}

// Module returns the Go module, with its version, that carries the four files
// in its directory data; "" where there is none. Only its data is used.
func (d Info) Module() string { return d.module }

// escaped returns a module's directory in the module cache, where a capital is
// written as ! and the small letter.
func escaped(module string) string {
	var b strings.Builder
	for _, c := range module {
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('!')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// moduleCache finds Go's module cache as the go command does, its
// configuration file left out. It returns "" when there is no home directory.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	gopath := filepath.SplitList(os.Getenv("GOPATH"))
	if len(gopath) > 0 && gopath[0] != "" {
		return filepath.Join(gopath[0], "pkg", "mod")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, "go", "pkg", "mod")
}

// Load finds the data set, checks all four files by SHA-256 and returns its
// training and test set and the directory it came from. A place where a file
// is missing or damaged is passed over; when none is left, the error tells
// what was wrong with each, and wraps it.
func Load(name string, o Options) (train, test engine.Set, source string, err error) {
	d, err := Lookup(name)
	if err != nil {
		return train, test, "", err
	}
	places := d.Places()
	if o.Dir != "" {
		places = d.below(o.Dir)
	}
	looked, causes := "", []any{}
	damaged := false
	for _, p := range places {
		train, test, err := d.loadDir(p.Dir, o.Note)
		if err == nil {
			return train, test, p.Dir, nil
		}
		damaged = damaged || !errors.Is(err, os.ErrNotExist)
		looked, causes = looked+"\n  %s: %w", append(causes, p.Kind, err)
	}
	what := fmt.Errorf("%s: %w", d.Title, ErrNotFound)
	if damaged {
		what = fmt.Errorf("%w or damaged", what)
	}
	remedy := fmt.Sprintf("run `lenet data fetch %s` to download it", d.Name)
	if d.debian != "" {
		remedy += ", or install Debian's package " + d.debian
	}
	return train, test, "", fmt.Errorf("%w; looked in"+looked+"\n%s", slices.Concat([]any{what}, causes, []any{remedy})...)
}

// below returns the directory, and those in it that may hold the files, as in
// the root that torchvision keeps its data sets in.
func (d Info) below(dir string) []Place {
	places := []Place{{"given", dir}}
	torchvision := strings.ReplaceAll(d.Title, "-", "")
	for _, name := range []string{"raw", filepath.Join(torchvision, "raw"), torchvision, d.Name, d.systemDir} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); name != "" && err == nil && info.IsDir() {
			places = append(places, Place{"below it", path})
		}
	}
	return places
}

// LoadDir reads and checks the four files in a directory, each with the ending
// .gz or without. The error wraps [os.ErrNotExist] when one is not there.
func (d Info) LoadDir(dir string) (train, test engine.Set, err error) { return d.loadDir(dir, nil) }

func (d Info) loadDir(dir string, note func(string)) (train, test engine.Set, err error) {
	var parts [4][]byte
	for i, f := range d.Files {
		if parts[i], err = f.load(dir, note); err != nil {
			return train, test, err
		}
	}
	train = engine.Set{Images: parts[0], Labels: parts[1]}
	test = engine.Set{Images: parts[2], Labels: parts[3]}
	return train, test, errors.Join(train.Check(), test.Check())
}

// Names returns how the file may be called: as it is published, packed and
// unpacked, or with a dot, as 7-Zip unpacks it and Kaggle has it, there also in
// a directory of that name.
func (f File) Names() []string {
	dotted := strings.Replace(f.Name, "-idx", ".idx", 1)
	var names []string
	for _, name := range []string{f.Name, dotted} {
		names = append(names, name+".gz", name, filepath.Join(name, name))
	}
	return names
}

// load returns the values of the file in a directory, under the first of its
// names that is right.
func (f File) load(dir string, note func(string)) ([]byte, error) {
	var bad error
	for _, name := range f.Names() {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		file, err := disk.ReadFile(path, maxFile)
		var values []byte
		if err == nil {
			if values, err = f.Check(file); err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
		}
		switch {
		case err == nil:
			if bad != nil && note != nil {
				note(fmt.Sprintf("%v; %s is taken instead", bad, path))
			}
			return values, nil
		case bad == nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			bad = err
		}
	}
	if bad == nil {
		bad = &os.PathError{Op: "open", Path: filepath.Join(dir, f.Name+".gz"), Err: os.ErrNotExist}
	}
	return nil, bad
}

// sum returns the SHA-256 of the array as a plain IDX file.
func sum(a idx.Array) []byte {
	h := sha256.New()
	h.Write(idx.AppendHeader(nil, a.Shape))
	h.Write(a.Data)
	return h.Sum(nil)
}
