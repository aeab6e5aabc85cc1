package site

import (
	"bytes"
	"log"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// lay writes a bundle into a directory, over what is there, its manifest as
// written at that time.
func lay(t *testing.T, dir string, bundle fstest.MapFS, at time.Time) {
	t.Helper()
	for name, f := range bundle {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, "manifest.json"), at, at); err != nil {
		t.Fatal(err)
	}
}

// A bundle that is made again in its place is served from then on, its new
// files and its new build; one that is not whole only when it is.
func TestRebuilt(t *testing.T) { synctest.Test(t, rebuilt) } // in time that passes at once

func rebuilt(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, bundleOf(t, small), time.Unix(1e9, 0))
	var logged bytes.Buffer
	s, err := New(os.DirFS(dir), Options{Log: log.New(&logged, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(when, path string, status int, want string) {
		t.Helper()
		if r := get(s, "GET", path); r.StatusCode != status || want != "" && body(t, r) != want {
			t.Errorf("%s: %s: %s, want %d %q", when, path, r.Status, status, want)
		}
	}
	expect("at first", "/app.0123456789.js", 200, "alert(1)")

	next := maps.Clone(small)
	delete(next, "app.0123456789.js")
	delete(next, "app.0123456789.js.gz")
	next["app.abcdef0123.js"] = "alert(2)"
	next["index.html"] = "<!DOCTYPE html>" // of the same length
	lay(t, dir, bundleOf(t, next), time.Unix(1e9+1, 0))
	expect("made again", "/index.html", 200, "<!DOCTYPE html>")
	expect("made again", "/app.abcdef0123.js", 200, "alert(2)")
	expect("made again", "/app.0123456789.js", 404, "")
	expect("made again", "/healthz", 200, "ok\npage abcdef0123\n")

	// In the middle of being made: the manifest is there, a file of it is not.
	next["late.0123456789.js"] = "late"
	whole := bundleOf(t, next)
	late := whole["late.0123456789.js"]
	delete(whole, "late.0123456789.js")
	lay(t, dir, whole, time.Unix(1e9+2, 0))
	for range 5 {
		expect("in the making", "/app.abcdef0123.js", 200, "alert(2)")
		expect("in the making", "/late.0123456789.js", 404, "")
	}
	if n := strings.Count(logged.String(), "not whole"); n != 1 {
		t.Errorf("said %d times: %s", n, logged.String())
	}
	if err := os.WriteFile(filepath.Join(dir, "late.0123456789.js"), late.Data, 0o644); err != nil {
		t.Fatal(err)
	}
	time.Sleep(retry)
	expect("whole", "/late.0123456789.js", 200, "late")

	// A file that is being written is not served with the length of the one before.
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!doc"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := get(s, "GET", "/"); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Header.Get("Content-Encoding") != "" {
		t.Errorf("half a file: %s %v", r.Status, r.Header)
	}
}
