package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"lenet/engine/dataset"
	"lenet/engine/idx"
)

// publish describes a data set of a few examples and returns its files by
// path, "/NAME.gz", as a server has them.
func publish() (dataset.Info, map[string][]byte) {
	d := dataset.Info{Name: "tiny", Title: "Tiny"}
	served := map[string][]byte{}
	for i, f := range []struct {
		name  string
		shape []int
	}{
		{"train-images-idx3-ubyte", []int{3, 28, 28}}, {"train-labels-idx1-ubyte", []int{3}},
		{"t10k-images-idx3-ubyte", []int{2, 28, 28}}, {"t10k-labels-idx1-ubyte", []int{2}},
	} {
		n := 1
		for _, k := range f.shape {
			n *= k
		}
		b := idx.Append(nil, idx.Array{Shape: f.shape, Data: make([]byte, n)})
		sum := sha256.Sum256(b)
		d.Files[i] = dataset.File{Name: f.name, Count: f.shape[0], SHA256: hex.EncodeToString(sum[:])}
		served["/"+f.name+".gz"] = b
	}
	return d, served
}

func TestFetch(t *testing.T) {
	t.Setenv("LENET_DATA", t.TempDir())
	d, served := publish()
	var requests atomic.Int32
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Length", strconv.Itoa(len(served[r.URL.Path])))
		w.Write(served[r.URL.Path])
	}))
	defer good.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	d.URLs = []string{gone.URL + "/", good.URL + "/"}

	seen := map[string]int64{}
	dir, err := Fetch(t.Context(), d, func(file string, done, total int64) {
		if done > total {
			t.Errorf("%s: %d of %d bytes", file, done, total)
		}
		seen[file] = done
	})
	if err != nil {
		t.Fatal(err)
	}
	train, test, err := d.LoadDir(dir)
	if err != nil || train.Len() != 3 || test.Len() != 2 {
		t.Fatalf("%d and %d examples, %v", train.Len(), test.Len(), err)
	}
	for _, f := range d.Files {
		if want := int64(len(served["/"+f.Name+".gz"])); seen[f.Name] != want {
			t.Errorf("%s: progress ended at %d of %d bytes", f.Name, seen[f.Name], want)
		}
	}

	// A second time fetches only what is damaged.
	if err := os.WriteFile(filepath.Join(dir, d.Files[2].Name+".gz"), []byte("junk"), 0o644); err != nil {
		t.Fatal(err)
	}
	requests.Store(0)
	if _, err := Fetch(t.Context(), d, nil); err != nil {
		t.Fatal(err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests to mend one file", n)
	}
	if _, _, err := d.LoadDir(dir); err != nil {
		t.Error(err)
	}
}

// Whatever a server answers, a file that is not the published one is not kept.
func TestFetchKeepsNothingWrong(t *testing.T) {
	d, served := publish()
	for name, c := range map[string]struct {
		message string
		handle  http.HandlerFunc
	}{
		"not found": {"404", http.NotFound},
		"one byte wrong": {"SHA-256", func(w http.ResponseWriter, r *http.Request) {
			b := append([]byte(nil), served[r.URL.Path]...)
			b[len(b)-1] ^= 1
			w.Write(b)
		}},
		"a web page": {"starts with", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<!doctype html>")) }},
		"cut": {d.Files[0].Name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5000")
			w.Write([]byte("short"))
		}},
		"announces too much": {"more than any file", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "99999999999")
			w.Write([]byte("x"))
		}},
		"sends too much": {"more than", func(w http.ResponseWriter, r *http.Request) {
			chunk := make([]byte, 1<<20)
			for range maxBody>>20 + 2 {
				w.Write(chunk)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("LENET_DATA", t.TempDir())
			server := httptest.NewServer(c.handle)
			defer server.Close()
			d.URLs = []string{server.URL + "/"}
			_, err := Fetch(t.Context(), d, nil)
			if err == nil || !strings.Contains(err.Error(), c.message) || !strings.Contains(err.Error(), server.URL) {
				t.Errorf("error %v, want one with %q and the URL", err, c.message)
			}
			dir, err := d.CacheDir()
			if err != nil {
				t.Fatal(err)
			}
			if left, err := os.ReadDir(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestFetchStopsWhenCancelled(t *testing.T) {
	t.Setenv("LENET_DATA", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	d, _ := publish()
	d.URLs = []string{server.URL + "/", server.URL + "/"}
	if _, err := Fetch(ctx, d, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A download that fails leaves no directory that was not there, the error of one
// that cannot be made says what helps, and a server's words are quoted.
func TestFetchLeavesNothing(t *testing.T) {
	home := t.TempDir()
	t.Setenv("LENET_DATA", filepath.Join(home, "a", "b"))
	d, _ := publish()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(c, "HTTP/1.1 404 \x1b[31mred\r\nContent-Length: 0\r\n\r\n")
		c.Close()
	}))
	defer server.Close()
	d.URLs = []string{server.URL + "/"}
	if _, err := Fetch(t.Context(), d, nil); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}

	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LENET_DATA", filepath.Join(file, "in"))
	if _, err := Fetch(t.Context(), d, nil); err == nil || !strings.Contains(err.Error(), "set LENET_DATA") {
		t.Errorf("error %v", err)
	}
}
