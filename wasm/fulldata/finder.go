package fulldata

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"lenet/engine/dataset"
)

// ErrUnknown is wrapped by the error of [Finder.Files] for a data set that
// does not exist.
var ErrUnknown = errors.New("unknown data set")

// Finder is [Files] for a server: it remembers what it found, and for a while
// that it found nothing, so that requests cannot make it search all the time.
// The zero value is ready; it is safe for concurrent use.
type Finder struct {
	Dir string // as Files has it

	mu    sync.Mutex
	found map[string]answer
}

type answer struct {
	files map[string]string
	err   error
	at    time.Time
}

const lookAgain = 10 * time.Second

// Files returns where the data set's files lie. See the function [Files].
func (f *Finder) Files(name string) (map[string]string, error) {
	if _, err := dataset.Lookup(name); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a, ok := f.found[name]
	if !ok || a.err != nil && time.Since(a.at) > lookAgain {
		a.files, a.err = Files(name, f.Dir)
		a.at = time.Now()
		if f.found == nil {
			f.found = map[string]answer{}
		}
		f.found[name] = a
	}
	return a.files, a.err
}

// Sets returns the names of the data sets that are found.
func (f *Finder) Sets() []string {
	var sets []string
	for _, d := range dataset.All() {
		if _, err := f.Files(d.Name); err == nil {
			sets = append(sets, d.Name)
		}
	}
	return sets
}
