// Dev serves the playground while one works on it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lenet/server/site"
	"lenet/wasm/bundle"
)

const usage = `Dev serves the playground while one works on it: it builds the page again
whenever a file that it is made of has changed, and has open pages reload.
When a build fails, dev prints why, and the page before stays.

Usage: go run ./server/cmd/dev [-addr HOST:PORT]

Flags:
`

var (
	addr = flag.String("addr", "127.0.0.1:8080", "`host:port` to listen on")
	out  = flag.String("out", filepath.Join("server", "dist"), "`directory` for the bundle")
)

// sources are the page's source files.
var sources = []string{"index.html", "assets", "engine", "wasm"}

func main() {
	log.SetFlags(log.Ltime)
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q: dev takes flags only, see -help", flag.Arg(0))
	}
	d := &dev{changed: make(chan struct{})}
	seen := state() // before the first build: what is saved while it runs is built next
	if err := d.build(); err != nil {
		log.Fatal(err)
	}
	go watch(seen, state, d.build, time.Tick(500*time.Millisecond))
	fmt.Printf("LeNet playground, built again on every change: http://%s/\n", *addr)
	log.Fatal(http.ListenAndServe(*addr, d))
}

// dev serves the newest page.
type dev struct {
	mu      sync.Mutex
	site    *site.Site
	changed chan struct{} // closed when there is a newer one
}

func (d *dev) build() error {
	began := time.Now()
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	_, err = bundle.Build(bundle.Options{Root: root, Out: *out, Cache: filepath.Join(".cache", "bundle"), Level: bundle.Quick, Wasm: bundle.Binaries(), Posters: bundle.Posters})
	if err != nil {
		return err
	}
	s, err := site.New(os.DirFS(*out), site.Options{})
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.site = s
	close(d.changed)
	d.changed = make(chan struct{})
	log.Printf("built in %.1f s", time.Since(began).Seconds())
	return nil
}

// watch builds at a tick when the state is another one than that which was
// built: a file has become newer, or one is gone.
func watch(built string, state func() string, build func() error, tick <-chan time.Time) {
	for range tick {
		now := state()
		if now == built {
			continue
		}
		built = now
		if err := build(); err != nil {
			log.Print(err)
		}
	}
}

// state changes when one of the sources does.
func state() string {
	var newest time.Time
	files := 0
	for _, dir := range sources {
		filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
			if err != nil {
				return nil // it is being replaced
			}
			if info, err := e.Info(); err == nil && !e.IsDir() {
				files++
				if info.ModTime().After(newest) {
					newest = info.ModTime()
				}
			}
			return nil
		})
	}
	return fmt.Sprint(files, newest.UnixNano())
}

const reload = "reload.js"

// ServeHTTP adds to the page a script that waits for a newer one.
func (d *dev) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	s, changed := d.site, d.changed
	d.mu.Unlock()
	switch strings.TrimPrefix(r.URL.Path, "/") {
	case "", "index.html":
		r.Header.Del("Accept-Encoding")
		s.ServeHTTP(&inserter{ResponseWriter: w}, r)
	case reload:
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		fmt.Fprint(w, `new EventSource('changes').onmessage = () => location.reload();`)
	case "changes":
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		http.NewResponseController(w).Flush()
		select {
		case <-changed:
			fmt.Fprint(w, "data: changed\n\n")
		case <-r.Context().Done():
		}
	default:
		s.ServeHTTP(w, r)
	}
}

// inserter puts the script into the page.
type inserter struct{ http.ResponseWriter }

func (i *inserter) WriteHeader(status int) {
	i.Header().Del("Content-Length")
	i.ResponseWriter.WriteHeader(status)
}

func (i *inserter) Write(p []byte) (int, error) {
	_, err := i.ResponseWriter.Write(bytes.Replace(p, []byte("</head>"), []byte(`<script src="`+reload+`"></script></head>`), 1))
	return len(p), err
}
