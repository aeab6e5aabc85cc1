package site

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// For every path, encoding and range the answer has the
// security headers, is one of the forms of a listed file or a part of one, and
// says truly how long it is and which part.
func FuzzServe(f *testing.F) {
	for _, path := range []string{"/", "/index.html", "/app.0123456789.js", "/worker.0123456789.wasm", "/images.0123456789.gz", "/.gitignore", "/manifest.json",
		"/index.html.br", "/../etc/passwd", "//x", "/weights/../index.html", "/%00", "/data/full/mnist/../../x"} {
		f.Add("GET", path, "gzip, br", "", "", "")
		f.Add("HEAD", path, "br;q=0.5, gzip;q=1, *;q=0", "bytes=0-1", "", "")
	}
	for _, ranges := range []string{"bytes=0-", "bytes=1-1", "bytes=-2", "bytes=2-1", "bytes=99-", "bytes=0-0,2-2", "bytes=0-0,0-0,0-0,0-0", "bytes=-9223372036854775808", "lines=1-2", "bytes=18446744073709551616-"} {
		f.Add("GET", "/", "", ranges, "", "")
		f.Add("GET", "/", "br", ranges, "", "")
	}
	f.Add("GET", "/", "", "bytes=1-2", `"0"`, "")
	f.Add("POST", "/", "identity;q=0", "", "", "*")
	f.Add("GET", "/", "q=1;;;,,, br;q=NaN, gzip;q=1e999", "", "", `W/"x", "y"`)

	bundle := bundleOf(f, small)
	s, err := New(bundle, Options{Data: f.TempDir(), Log: log.New(io.Discard, "", 0)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, path, accept, ranges, ifRange, ifNoneMatch string) {
		r := &http.Request{Method: method, URL: &url.URL{Path: path}, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
		for name, value := range map[string]string{"Accept-Encoding": accept, "Range": ranges, "If-Range": ifRange, "If-None-Match": ifNoneMatch} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		checkAnswer(t, w.Result(), method, strings.TrimPrefix(path, "/"))
	})
}

// checkAnswer compares an answer with the small bundle.
func checkAnswer(t *testing.T, r *http.Response, method, name string) {
	for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"} {
		if r.Header.Get(header) == "" {
			t.Errorf("%s: no %s", r.Status, header)
		}
	}
	if name == "" {
		name = "index.html"
	}
	whole := small[name]
	if suffix := map[string]string{"br": ".br", "gzip": ".gz"}[r.Header.Get("Content-Encoding")]; suffix != "" {
		whole = small[name+suffix]
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := string(data)
	switch listed := small[name] != "" && !strings.HasSuffix(name, ".br") && name != "index.html.gz" && name != "app.0123456789.js.gz"; r.StatusCode {
	case http.StatusMethodNotAllowed:
		if method == "GET" || method == "HEAD" {
			t.Errorf("%s is refused", method)
		}
		return
	case http.StatusNotFound:
		if listed {
			t.Errorf("%q is not found", name)
		}
		return
	case http.StatusNotModified, http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		if !listed {
			t.Errorf("%q: %s", name, r.Status)
		}
		return
	case http.StatusOK:
		if name == "healthz" || name == "data/full/index.json" {
			return
		}
		if !listed {
			t.Fatalf("%q is served: %q", name, got)
		}
	case http.StatusPartialContent:
		if !listed {
			t.Fatalf("%q is served: %q", name, got)
		}
		var from, to, size int
		if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); err != nil || size != len(whole) || from > to || to >= size {
			t.Fatalf("%q of %q: Content-Range %q", got, whole, r.Header.Get("Content-Range"))
		}
		whole = whole[from : to+1]
	default:
		t.Fatalf("%s %q: %s", method, name, r.Status)
	}
	if length := r.Header.Get("Content-Length"); length != fmt.Sprint(len(whole)) {
		t.Errorf("%q of %d bytes, %s, Content-Length %s", name, len(whole), r.Status, length)
	}
	if method == "HEAD" {
		whole = ""
	}
	if got != whole {
		t.Errorf("%q: %q, want %q", name, got, whole)
	}
}
