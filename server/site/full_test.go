package site

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"lenet/engine/dataset"
	"lenet/wasm/fulldata"
)

// counted is a site whose searches are counted, each answered by f.
func counted(t *testing.T, logged *bytes.Buffer, f func(set string) (map[string]string, error)) (*Site, *int) {
	t.Helper()
	s := newSite(t, Options{Log: log.New(logged, "", 0)})
	searches := 0
	s.full.search = func(set, _ string) (map[string]string, error) {
		searches++
		return f(set)
	}
	return s, &searches
}

const anImage = "/" + fulldata.Prefix + "fashion/train-images-idx3-ubyte.gz"

// However a path below data/full is written, and whoever asks at once: one
// search, one line of the log, and nothing of the request in it.
func TestOneSearch(t *testing.T) {
	var logged bytes.Buffer
	s, searches := counted(t, &logged, func(string) (map[string]string, error) { return nil, dataset.ErrNotFound })
	paths := []string{anImage, anImage, anImage + "/x", anImage + "%0aforged", "/data/full/fashion/x", "/data/full/FASHION/train-images-idx3-ubyte.gz",
		"/data/full/FaShIoN/x", "/data/full/%1b%5b31m/x", "/data/full/x%0a2026/01/01%20forged", "/data/full/fashion/%c2%9b31m", "/data/full//fashion/x", "/data/full/" + strings.Repeat("A", 9000)}
	for i := range 192 {
		spelled := []byte("fashion")
		for bit := range spelled {
			if i>>bit&1 == 1 {
				spelled[bit] -= 'a' - 'A'
			}
		}
		paths = append(paths, fmt.Sprintf("/data/full/%s/train-labels-idx1-ubyte.gz", spelled))
	}
	var wg sync.WaitGroup
	for _, p := range paths {
		wg.Go(func() {
			if r := get(s, "GET", p); r.StatusCode != http.StatusNotFound {
				t.Errorf("%.60s: %s", p, r.Status)
			}
		})
	}
	wg.Wait()
	if *searches != 1 {
		t.Errorf("%d searches", *searches)
	}
	if want := "the full training set fashion is not served: data set not found\n"; logged.String() != want {
		t.Errorf("log %q, want %q", logged.String(), want)
	}
}

// A search that finds nothing is made again later: the later, the longer it took.
func TestSearchesAreRare(t *testing.T) { synctest.Test(t, searchesAreRare) } // in time that passes at once

func searchesAreRare(t *testing.T) {
	for _, took := range []time.Duration{0, time.Second} {
		s, searches := counted(t, &bytes.Buffer{}, func(string) (map[string]string, error) {
			time.Sleep(took)
			return nil, errors.New("the page needs the gzip form")
		})
		began := time.Now()
		for time.Since(began) < 1000*time.Second {
			get(s, "GET", anImage)
			time.Sleep(500 * time.Millisecond)
		}
		if want := int(1000 * time.Second / (max(lookAgain, searchingFor*took) + took)); *searches < 2 || *searches > want+1 {
			t.Errorf("searches of %v: %d in 1,000 s, want about %d", took, *searches, want)
		}
	}
}

// With no file descriptor left nothing is known of the files, and nothing remembered.
func TestSearchWithoutDescriptors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "images.gz")
	if err := os.WriteFile(file, []byte("IMAGES"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := true
	s, searches := counted(t, &bytes.Buffer{}, func(string) (map[string]string, error) {
		if out {
			return nil, fmt.Errorf("%w; looked in %w", dataset.ErrNotFound, &os.PathError{Op: "open", Path: file, Err: syscall.EMFILE})
		}
		return map[string]string{strings.TrimPrefix(anImage, "/"): file}, nil
	})
	if r := get(s, "GET", anImage); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("without descriptors: %s %v", r.Status, r.Header)
	}
	out = false
	for range 3 {
		if r := get(s, "GET", anImage); r.StatusCode != http.StatusOK || body(t, r) != "IMAGES" {
			t.Errorf("with them again: %s", r.Status)
		}
	}
	if *searches != 2 {
		t.Errorf("%d searches, want 2", *searches)
	}
	// A file that is another one now has not been checked.
	if err := os.WriteFile(file, []byte("OTHER IMAGES"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := get(s, "GET", anImage); body(t, r) != "OTHER IMAGES" || *searches != 3 {
		t.Errorf("a changed file: %s after %d searches, want 3", r.Status, *searches)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if r := get(s, "GET", anImage); r.StatusCode != http.StatusNotFound {
		t.Errorf("a removed file: %s", r.Status)
	}
}

// A search tells that descriptors ran out through all that is said around it.
func TestExhausted(t *testing.T) {
	loop := filepath.Join(t.TempDir(), "mnist")
	if err := os.Mkdir(loop, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(loop, "train-images-idx3-ubyte.gz")
	if err := os.Symlink(link, link); err != nil {
		t.Skip(err)
	}
	if _, err := fulldata.Files("mnist", filepath.Dir(loop)); !errors.Is(err, syscall.ELOOP) || !errors.Is(err, dataset.ErrNotFound) {
		t.Errorf("the cause is not in %v", err)
	}
}
