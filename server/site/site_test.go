package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"lenet/wasm/fulldata"
	"lenet/wasm/manifest"
)

// bundleOf makes a bundle of files; those with a compressed form get one that
// is only text, which the handler cannot tell.
func bundleOf(t testing.TB, files map[string]string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	var entries []manifest.File
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		if strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") && name != "images.0123456789.gz" && !strings.HasPrefix(name, "data/") {
			continue
		}
		sum := sha256.Sum256([]byte(text))
		e := manifest.File{Path: name, SHA256: hex.EncodeToString(sum[:]), Size: len(text), Brotli: len(files[name+".br"]), Gzip: len(files[name+".gz"])}
		e.Immutable = strings.Count(name, ".") == 2
		entries = append(entries, e)
	}
	data, err := json.Marshal(map[string]any{"files": entries})
	if err != nil {
		t.Fatal(err)
	}
	fsys["manifest.json"] = &fstest.MapFile{Data: data}
	fsys[".gitignore"] = &fstest.MapFile{Data: []byte("*")}
	return fsys
}

var small = map[string]string{
	"index.html": "<!doctype html>", "index.html.br": "BR", "index.html.gz": "GZ!",
	"app.0123456789.js": "alert(1)", "app.0123456789.js.gz": "GZIP",
	"worker.0123456789.wasm":               "\x00asm",
	"weights/mnist.0123456789.safetensors": "weights",
	"play.0123456789.html":                 "<!doctype html>",
	"images.0123456789.gz":                 "GZIP FILE", "images.0123456789.gz.br": "IDX",
}

func newSite(t *testing.T, o Options) *Site {
	t.Helper()
	s, err := New(bundleOf(t, small), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServe(t *testing.T) {
	s := newSite(t, Options{})
	const all = "gzip, deflate, br, zstd"
	for _, c := range []struct{ path, accept, body, ctype, encoding, cache string }{
		{"/", all, "BR", "text/html; charset=utf-8", "br", "no-cache"},
		{"/index.html", "gzip", "GZ!", "text/html; charset=utf-8", "gzip", "no-cache"},
		{"/?lang=zh", "", "<!doctype html>", "text/html; charset=utf-8", "", "no-cache"},
		{"/app.0123456789.js", all, "GZIP", "text/javascript; charset=utf-8", "gzip", forever},
		{"/worker.0123456789.wasm", all, "\x00asm", "application/wasm", "", forever},
		{"/images.0123456789.gz", all, "IDX", "application/octet-stream", "br", forever},
		{"/images.0123456789.gz", "gzip", "GZIP FILE", "application/gzip", "", forever},
		{"/weights/mnist.0123456789.safetensors", all, "weights", "application/octet-stream", "", forever},
	} {
		r := get(s, "GET", c.path, "Accept-Encoding", c.accept)
		if got := body(t, r); r.StatusCode != 200 || got != c.body {
			t.Errorf("%s: %s %q", c.path, r.Status, got)
		}
		for name, want := range map[string]string{"Content-Type": c.ctype, "Content-Encoding": c.encoding, "Cache-Control": c.cache, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin", "Cross-Origin-Embedder-Policy": "require-corp"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q, want %q", c.path, name, got, want)
			}
		}
		if r.ContentLength != int64(len(c.body)) {
			t.Errorf("%s: length %d, want %d", c.path, r.ContentLength, len(c.body))
		}
		if vary := r.Header.Get("Vary") != ""; vary != (c.path != "/worker.0123456789.wasm" && !strings.HasPrefix(c.path, "/weights")) {
			t.Errorf("%s: Vary %q", c.path, r.Header.Get("Vary"))
		}
		if h := get(s, "HEAD", c.path, "Accept-Encoding", c.accept); body(t, h) != "" || h.StatusCode != 200 || h.ContentLength != r.ContentLength {
			t.Errorf("HEAD %s: %s, length %d", c.path, h.Status, h.ContentLength)
		}
	}
}

// Each form has its own tag, and asking with it again gives no body.
func TestNotModified(t *testing.T) {
	s := newSite(t, Options{})
	tags := map[string]bool{}
	for _, accept := range []string{"", "br", "gzip"} {
		tag := get(s, "GET", "/", "Accept-Encoding", accept).Header.Get("ETag")
		tags[tag] = true
		r := get(s, "GET", "/", "Accept-Encoding", accept, "If-None-Match", tag)
		if r.StatusCode != http.StatusNotModified || body(t, r) != "" {
			t.Errorf("%q with tag %s: %s", accept, tag, r.Status)
		}
		if r := get(s, "GET", "/", "Accept-Encoding", accept, "If-None-Match", `"other"`); r.StatusCode != 200 {
			t.Errorf("%q with another tag: %s", accept, r.Status)
		}
	}
	if len(tags) != 3 {
		t.Errorf("tags %v", tags)
	}
}

// An answer without a body says nothing of the length of one.
func TestNoBodyNoLength(t *testing.T) {
	s := newSite(t, Options{})
	file := filepath.Join(t.TempDir(), "images.gz")
	if err := os.WriteFile(file, []byte("IMAGES"), 0o644); err != nil {
		t.Fatal(err)
	}
	full, _ := counted(t, &bytes.Buffer{}, func(string) (map[string]string, error) {
		return map[string]string{"data/full/mnist/train-images-idx3-ubyte.gz": file}, nil
	})
	for _, c := range []struct {
		s      *Site
		path   string
		header []string
		status int
	}{
		{s, "/", []string{"If-Match", `"other"`}, http.StatusPreconditionFailed},
		{s, "/worker.0123456789.wasm", []string{"If-Match", `"other"`}, http.StatusPreconditionFailed},
		{full, "/data/full/mnist/train-images-idx3-ubyte.gz", []string{"If-Match", `"other"`}, http.StatusPreconditionFailed},
		{full, "/data/full/mnist/train-images-idx3-ubyte.gz", []string{"If-Unmodified-Since", "Mon, 02 Jan 1995 15:04:05 GMT"}, http.StatusPreconditionFailed},
		{s, "/", []string{"If-None-Match", "*"}, http.StatusNotModified},
	} {
		for _, accept := range []string{"", "br", "gzip"} {
			for _, method := range []string{"GET", "HEAD"} {
				r := get(c.s, method, c.path, append(c.header, "Accept-Encoding", accept)...)
				if r.StatusCode != c.status || body(t, r) != "" || r.Header.Get("Content-Length") != "" || r.Header.Get("Content-Encoding") != "" || r.Header.Get("Content-Type") != "" {
					t.Errorf("%s %s with %v, %q: %s %v", method, c.path, c.header, accept, r.Status, r.Header)
				}
			}
		}
	}
	for _, accept := range []string{"", "br"} {
		tag := get(s, "GET", "/", "Accept-Encoding", accept).Header.Get("ETag")
		if r := get(s, "GET", "/", "Accept-Encoding", accept, "If-Match", tag); r.StatusCode != http.StatusOK || r.Header.Get("Content-Length") == "" {
			t.Errorf("If-Match %s: %s %v", tag, r.Status, r.Header)
		}
	}
}

// Only files of the manifest are served: no compressed form by its own name,
// no dot-file, no other way to write a path.
func TestNotFound(t *testing.T) {
	s := newSite(t, Options{Data: t.TempDir(), Log: log.New(io.Discard, "", 0)})
	for _, path := range []string{"/index.html.br", "/.gitignore", "/manifest.json", "/weights/", "/weights", "//index.html", "/./index.html", "/weights/../index.html", "/%2e%2e/index.html", "/..%2findex.html", "/index.html/", "/INDEX.HTML", "/data/full/", "/data/full/mnist/x.gz", "/data/full/../../../etc/passwd", "/data/full/cifar/x.gz", "/healthz/"} {
		r := get(s, "GET", path)
		if r.StatusCode != http.StatusNotFound || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %s %q", path, r.Status, body(t, r))
		}
	}
}

func TestMethods(t *testing.T) {
	s := newSite(t, Options{})
	for _, m := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"} {
		if r := get(s, m, "/"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s", m, r.Status)
		}
	}
}

func TestHealth(t *testing.T) {
	s := newSite(t, Options{})
	s.Version = func(build string) string { return "v1, page " + build }
	if r := get(s, "GET", "/healthz"); r.StatusCode != 200 || body(t, r) != "ok\nv1, page 0123456789\n" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s", r.Status)
	}
}

func TestPolicy(t *testing.T) {
	policy := get(newSite(t, Options{}), "GET", "/").Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none';", "script-src 'self' 'wasm-unsafe-eval';", "worker-src 'self' blob:;", "base-uri 'none';", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "frame-ancestors") {
		t.Errorf("policy %q: a sandboxed page could not have frames of its own", policy)
	}
	if strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") {
		t.Errorf("policy %q", policy)
	}
	s := newSite(t, Options{FrameAncestors: "'self' https://example.org"})
	for _, path := range []string{"/", "/index.html", "/app.0123456789.js", "/missing", "/play.0123456789.html"} {
		framing := strings.TrimPrefix(get(s, "GET", path).Header.Get("Content-Security-Policy"), policy)
		want := "; frame-ancestors 'self' https://example.org"
		if strings.HasPrefix(path, "/play.") {
			want = "" // a sandboxed page could not have its stage
		}
		if framing != want {
			t.Errorf("%s: policy ends %q, want %q", path, framing, want)
		}
	}
	if _, err := New(bundleOf(t, small), Options{FrameAncestors: "*; script-src *"}); err == nil {
		t.Error("a second directive slips in")
	}
}

// MNIST's full files are on every machine that has built the program.
func TestFullData(t *testing.T) {
	s := newSite(t, Options{})
	files, err := fulldata.Files("mnist", "")
	if err != nil {
		t.Fatal(err)
	}
	for p, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := get(s, "GET", "/"+p, "Accept-Encoding", "gzip, br")
		got := body(t, r)
		if r.StatusCode != 200 || got != string(want) || r.Header.Get("Content-Encoding") != "" || r.Header.Get("Content-Type") != "application/gzip" || r.Header.Get("Cache-Control") != forever {
			t.Errorf("%s: %s, %d bytes, %v", p, r.Status, len(got), r.Header)
		}
	}
}

// The index lists the sets of the bundle and those of this machine.
func TestFullDataIndex(t *testing.T) {
	with := maps.Clone(small)
	with["data/full/fashion/x.gz"] = "GZIP"
	for _, c := range []struct {
		files map[string]string
		data  string
		want  string
	}{{small, "", `"mnist"`}, {small, t.TempDir(), `{"sets":[]}`}, {with, t.TempDir(), `{"sets":["fashion"]}`}} {
		s, err := New(bundleOf(t, c.files), Options{Data: c.data})
		if err != nil {
			t.Fatal(err)
		}
		r := get(s, "GET", "/"+fulldata.Index)
		if got := body(t, r); r.StatusCode != 200 || !strings.Contains(got, c.want) || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s, want %s", r.Status, got, c.want)
		}
	}
}

// A missing set is logged, with the remedy, but visitors do not see paths.
func TestFullDataMissing(t *testing.T) {
	var logged bytes.Buffer
	dir := t.TempDir()
	s := newSite(t, Options{Data: dir, Log: log.New(&logged, "", 0)})
	r := get(s, "GET", "/data/full/fashion/train-images-idx3-ubyte.gz")
	if got := body(t, r); r.StatusCode != 404 || strings.Contains(got, dir) {
		t.Errorf("%s %q", r.Status, got)
	}
	if !strings.Contains(logged.String(), "lenet data fetch fashion") {
		t.Errorf("log %q", logged.String())
	}
}

func TestNewErrors(t *testing.T) {
	lacking := func(change func(fstest.MapFS)) fs.FS {
		b := bundleOf(t, small)
		change(b)
		return b
	}
	for name, c := range map[string]struct {
		bundle fs.FS
		want   string
	}{
		"empty":       {fstest.MapFS{}, ErrNoBundle.Error()},
		"no page":     {bundleOf(t, map[string]string{"a.0123456789.js": "x"}), "no index.html"},
		"lost file":   {lacking(func(b fstest.MapFS) { delete(b, "index.html.gz") }), "index.html.gz"},
		"other size":  {lacking(func(b fstest.MapFS) { b["index.html"].Data = nil }), "0 bytes"},
		"broken JSON": {lacking(func(b fstest.MapFS) { b["manifest.json"].Data = []byte("{") }), "manifest.json"},
	} {
		if _, err := New(c.bundle, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if _, err := New(fstest.MapFS{}, Options{}); !errors.Is(err, ErrNoBundle) {
		t.Errorf("error %v", err)
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		accept string
		br, gz bool
		want   string
	}{
		{"", true, true, ""},
		{"gzip, deflate, br, zstd", true, true, "br"},
		{"gzip, deflate, br, zstd", false, true, "gzip"},
		{"gzip, deflate, br, zstd", false, false, ""},
		{"gzip", true, true, "gzip"},
		{"BR", true, true, "br"},
		{"br;q=0.5, gzip;q=0.8", true, true, "gzip"},
		{"br;q=0, gzip;q=0", true, true, ""},
		{"br; q=0.001", true, true, "br"},
		{"*", true, true, "br"},
		{"*;q=0", true, true, ""},
		{"*, br;q=0", true, true, "gzip"},
		{"identity, gzip;q=0.5", true, true, ""},
		{"identity;q=0.5, gzip", true, true, "gzip"},
		{"br;q=x", true, true, ""},
		{",;,q=1", true, true, ""},
	} {
		if got := choose([]string{c.accept}, c.br, c.gz); got != c.want {
			t.Errorf("%q: %q, want %q", c.accept, got, c.want)
		}
	}
	if got := choose([]string{"deflate", "gzip"}, true, true); got != "gzip" {
		t.Errorf("two headers: %q", got)
	}
}
