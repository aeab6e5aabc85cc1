package browsertest

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"lenet/server/site"
)

// Serve serves a bundle's directory as the server does, on a free port of this
// machine.
func Serve(dir string) (*httptest.Server, error) {
	s, err := site.New(os.DirFS(dir), site.Options{Log: log.New(io.Discard, "", 0)})
	if err != nil {
		return nil, err
	}
	return httptest.NewServer(s), nil
}

// With serves a bundle's directory, and has f use a browser on it.
func With(dir string, f func(b *Browser, url string) error) error {
	server, err := Serve(dir)
	if err != nil {
		return err
	}
	defer server.Close()
	b, err := Start(context.Background(), Launch{})
	if err != nil {
		return err
	}
	defer b.Close()
	return f(b, server.URL)
}

// Around serves a page of another site that has the playground in a frame of
// that width, as a course page has.
func Around(url string, width string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><title>Course</title><style>body{margin:0}</style><iframe src="`+url+`" width="`+width+`" height="700" style="border:0"></iframe>`)
	}))
}
