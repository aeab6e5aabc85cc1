package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"lenet/wasm/manifest"
)

// edition is the bundle as one manifest lists it.
type edition struct {
	files map[string]manifest.File // by path, without a leading slash
	stamp stamp
}

// stamp tells one manifest from the next that is written in its place.
type stamp struct {
	written time.Time
	size    int64
}

const maxManifest = 1 << 20

func stampOf(bundle fs.FS) (stamp, error) {
	info, err := fs.Stat(bundle, manifest.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return stamp{}, fmt.Errorf("%w: %s is not there", ErrNoBundle, manifest.Name)
	case err != nil:
		return stamp{}, err
	case !info.Mode().IsRegular() || info.Size() > maxManifest:
		return stamp{}, fmt.Errorf("%s is not a file of at most %d bytes", manifest.Name, maxManifest)
	}
	return stamp{info.ModTime(), info.Size()}, nil
}

// readEdition reads the manifest and checks that every file is there, so that
// a broken bundle is found before it is served.
func readEdition(bundle fs.FS) (*edition, error) {
	at, err := stampOf(bundle) // before the manifest: a change while it is read is seen later
	if err != nil {
		return nil, err
	}
	data, err := fs.ReadFile(bundle, manifest.Name)
	if err != nil {
		return nil, err
	}
	var m manifest.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifest.Name, err)
	}
	e := &edition{files: map[string]manifest.File{}, stamp: at}
	for _, f := range m.Files {
		if len(f.SHA256) < 20 {
			return nil, fmt.Errorf("%s: %q has no SHA-256", manifest.Name, f.Path)
		}
		for suffix, size := range map[string]int{"": f.Size, ".br": f.Brotli, ".gz": f.Gzip} {
			if suffix != "" && size == 0 {
				continue
			}
			info, err := fs.Stat(bundle, f.Path+suffix)
			if err != nil {
				return nil, fmt.Errorf("%s lists a file that is not there: %w", manifest.Name, err)
			}
			if info.Size() != int64(size) {
				return nil, fmt.Errorf("%q has %d bytes, %s says %d: make the bundle again", f.Path+suffix, info.Size(), manifest.Name, size)
			}
		}
		e.files[f.Path] = f
	}
	if _, ok := e.files["index.html"]; !ok {
		return nil, fmt.Errorf("%w: %s lists no index.html", ErrNoBundle, manifest.Name)
	}
	return e, nil
}

// build returns the page's build: the hash in the name of its script, which
// has the names of all other files in it. The page shows it too.
func (e *edition) build() string {
	for name := range e.files {
		if rest, ok := strings.CutPrefix(name, "app."); ok && strings.HasSuffix(rest, ".js") {
			return strings.TrimSuffix(rest, ".js")
		}
	}
	return "unknown"
}

// retry is how long a bundle that is being written is left alone.
const retry = time.Second

// current returns the bundle as it is now: where the manifest has changed, it
// is read again. A bundle that is not whole yet is tried again later, and the
// one before is served meanwhile.
func (s *Site) current() *edition {
	now := s.edition.Load()
	if at, err := stampOf(s.bundle); err == nil && at == now.stamp {
		return now
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if time.Since(s.failed) < retry {
		return s.edition.Load()
	}
	next, err := readEdition(s.bundle)
	if err != nil {
		s.failed = time.Now()
		if !s.said {
			s.log.Printf("the bundle has changed and is not whole yet, the one before is served: %v", err)
		}
		s.said = true
		return s.edition.Load()
	}
	if next.stamp != s.edition.Load().stamp {
		s.log.Printf("the bundle has changed: page %s", next.build())
	}
	s.said = false
	s.edition.Store(next)
	return next
}
