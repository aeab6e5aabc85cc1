package site

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path"
	"sync"
	"syscall"
	"time"

	"lenet/engine/dataset"
	"lenet/wasm/fulldata"
)

// finder finds the full training sets on this machine, one search at a time,
// and remembers what it found. It searches for the files that the data sets
// have, and logs only their names: nothing of a request reaches it.
type finder struct {
	dir    string // as [fulldata.Files] has it
	log    *log.Logger
	search func(set, dir string) (map[string]string, error) // fulldata.Files

	sets map[string]string // path below the page → name of the data set, for every file that may be found

	mu    sync.Mutex
	found map[string]answer // by the name of the set
}

type answer struct {
	files map[string]fullFile // by path below the page
	err   error
	until time.Time // when to search again, where err is not nil
}

// fullFile is a file whose content was checked, as it was then.
type fullFile struct {
	name string
	info fs.FileInfo
}

func newFinder(dir string, log *log.Logger) *finder {
	f := &finder{dir: dir, log: log, search: fulldata.Files, sets: map[string]string{}, found: map[string]answer{}}
	for _, d := range dataset.All() {
		for _, file := range d.Files {
			f.sets[path.Join(fulldata.Prefix, d.Name, file.Name+".gz")] = d.Name
		}
	}
	return f
}

// After a search that found nothing the next one waits: long enough that
// searches take at most a hundredth of the time.
const (
	lookAgain    = 10 * time.Second
	searchingFor = 100
)

// files returns the files of a set. An error that says nothing of the files,
// as when this process has too many open, is not remembered.
func (f *finder) files(set string) (map[string]fullFile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a, ok := f.found[set]; ok && (a.err == nil || time.Now().Before(a.until)) {
		return a.files, a.err
	}
	began := time.Now()
	names, err := f.search(set, f.dir)
	a := answer{files: map[string]fullFile{}, err: err}
	for p, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			a.err = err
		}
		a.files[p] = fullFile{name, info}
	}
	if a.err != nil {
		f.log.Printf("the full training set %s is not served: %v", set, a.err)
	}
	if exhausted(a.err) {
		return nil, a.err
	}
	a.until = time.Now().Add(max(lookAgain, searchingFor*time.Since(began)))
	f.found[set] = a
	return a.files, a.err
}

// exhausted reports whether an error comes from too many open files.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// open opens a file of a set by its path below the page. The error wraps
// [fs.ErrNotExist] where there is none. A file that has changed since it was
// checked is searched for again.
func (f *finder) open(name string) (*os.File, fs.FileInfo, error) {
	set, ok := f.sets[name]
	if !ok {
		return nil, nil, fs.ErrNotExist
	}
	for range 2 {
		files, err := f.files(set)
		if exhausted(err) {
			return nil, nil, err
		}
		known, ok := files[name]
		if err != nil || !ok {
			return nil, nil, fs.ErrNotExist
		}
		file, err := os.Open(known.name)
		if exhausted(err) {
			return nil, nil, err
		}
		if err == nil {
			info, err := file.Stat()
			if err == nil && os.SameFile(info, known.info) && info.Size() == known.info.Size() && info.ModTime().Equal(known.info.ModTime()) {
				return file, info, nil
			}
			file.Close()
		}
		f.forget(set, known)
	}
	return nil, nil, fmt.Errorf("%w: it is being replaced", fs.ErrNotExist)
}

// forget has a set searched for again, where that has not been done since a
// file of it was known.
func (f *finder) forget(set string, known fullFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, now := range f.found[set].files {
		if now == known {
			delete(f.found, set)
		}
	}
}

// names returns the names of the data sets that are found.
func (f *finder) names() []string {
	var names []string
	for _, d := range dataset.All() {
		if _, err := f.files(d.Name); err == nil {
			names = append(names, d.Name)
		}
	}
	return names
}
