// Package site serves a bundle of the playground over HTTP: exactly the files
// that its manifest lists, compressed as the browser accepts it, with caching
// by content hash and a strict content security policy.
package site

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lenet/wasm/fulldata"
	"lenet/wasm/manifest"
)

// ErrNoBundle is wrapped by the error of [New] when there is no manifest.
var ErrNoBundle = errors.New("no bundle")

// Options says how to serve.
type Options struct {
	// FrameAncestors is the list of origins whose pages may frame the
	// playground, as the policy's directive of that name takes it; empty means
	// every page.
	FrameAncestors string
	// Data is a directory with the full training sets, one directory for each;
	// empty means wherever the command line finds them.
	Data string
	// Log receives messages for the operator; nil means the standard logger.
	Log *log.Logger
}

// Site is an [http.Handler] for a bundle. A bundle that is made again in its
// place is noticed.
type Site struct {
	Version func(build string) string // the second line of /healthz, given the page's build

	bundle  fs.FS
	edition atomic.Pointer[edition]
	full    *finder
	log     *log.Logger

	policy, framing string

	reading sync.Mutex // one at a time reads the bundle again
	failed  time.Time  // when that was tried and failed
	said    bool       // that it failed, since it last did not
}

// New returns a handler for the bundle. It checks that every file is there, so
// that a broken bundle is found at the start.
func New(bundle fs.FS, o Options) (*Site, error) {
	first, err := readEdition(bundle)
	if err != nil {
		return nil, err
	}
	policy, framing, err := contentPolicy(o.FrameAncestors)
	if err != nil {
		return nil, err
	}
	s := &Site{Version: func(build string) string { return "page " + build }, bundle: bundle, policy: policy, framing: framing, log: o.Log}
	if s.log == nil {
		s.log = log.Default()
	}
	s.edition.Store(first)
	s.full = newFinder(o.Data, s.log)
	return s, nil
}

// Build returns the page's build.
func (s *Site) Build() string { return s.edition.Load().build() }

// Files returns what the bundle consists of, by path.
func (s *Site) Files() map[string]manifest.File { return maps.Clone(s.edition.Load().files) }

// ServeHTTP implements [http.Handler].
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	policy := s.policy
	if !isStage(name) {
		policy += s.framing
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	// For pages that embed this one: a sandboxed frame has an origin of its own,
	// to which all is another site's, and a page that requires its parts to
	// agree to be embedded wants to hear that they do.
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are served", http.StatusMethodNotAllowed)
		return
	}
	if asked := r.Header.Get("Range"); asked != "" && !oneRange.MatchString(asked) {
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	e := s.current()
	f, ok := e.files[name]
	switch {
	case name == fulldata.Index:
		s.serveIndex(w, e)
	case ok:
		s.serveFile(w, r, f)
	case name == "healthz":
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "ok\n%s\n", s.Version(e.build()))
	case strings.HasPrefix(name, fulldata.Prefix):
		s.serveFull(w, r, name)
	default:
		notFound(w)
	}
}

// serveFile sends a file of the bundle in the form that suits the request.
func (s *Site) serveFile(w http.ResponseWriter, r *http.Request, f manifest.File) {
	h := w.Header()
	name, size, tag, ctype := f.Path, f.Size, f.SHA256[:20], contentType(f.Path)
	if f.Brotli > 0 || f.Gzip > 0 {
		h.Set("Vary", "Accept-Encoding")
		switch choose(r.Header.Values("Accept-Encoding"), f.Brotli > 0, f.Gzip > 0) {
		case "br":
			name, size, tag = name+".br", f.Brotli, tag+"-br"
			// A gzip file's brotli form is that of its content.
			ctype = contentType(strings.TrimSuffix(f.Path, ".gz"))
			h.Set("Content-Encoding", "br")
		case "gzip":
			name, size, tag = name+".gz", f.Gzip, tag+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
	}
	content, err := s.bundle.Open(name)
	if err != nil {
		s.fail(w, err)
		return
	}
	defer content.Close()
	if info, err := content.Stat(); err != nil || info.Size() != int64(size) {
		busy(w) // the bundle is being made again
		return
	}
	h.Set("Content-Type", ctype)
	h.Set("Content-Length", fmt.Sprint(size)) // ServeContent leaves it out for encoded content
	h.Set("ETag", `"`+tag+`"`)
	h.Set("Cache-Control", "no-cache")
	if f.Immutable {
		h.Set("Cache-Control", forever)
	}
	// Files of embed.FS and os.DirFS can seek.
	http.ServeContent(&bodiless{w}, r, "", time.Time{}, content.(io.ReadSeeker))
}

// bodiless takes back what describes a body where there is none: ServeContent
// leaves it in the answer to an If-Match that does not hold.
type bodiless struct{ http.ResponseWriter }

func (b *bodiless) Unwrap() http.ResponseWriter { return b.ResponseWriter }

func (b *bodiless) WriteHeader(status int) {
	if status == http.StatusPreconditionFailed {
		for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding"} {
			b.Header().Del(name)
		}
	}
	b.ResponseWriter.WriteHeader(status)
}

// oneRange is a Range header that is answered with a part. All others are
// answered with the whole, as the standard allows: several parts in one answer
// cost more than they are worth, and net/http sends for a suffix of no bytes a
// part that ends before it begins.
var oneRange = regexp.MustCompile(`^bytes=(\d+-\d*|-0*[1-9]\d*)$`)

const forever = "public, max-age=31536000, immutable"

// serveFull sends a file of a full training set from where it lies on this machine.
func (s *Site) serveFull(w http.ResponseWriter, r *http.Request, name string) {
	file, info, err := s.full.open(name)
	switch {
	case exhausted(err):
		busy(w)
		return
	case err != nil:
		notFound(w)
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", forever) // its content is a published constant
	http.ServeContent(&bodiless{w}, r, "", info.ModTime(), file)
}

// serveIndex lists the full training sets: those of the bundle and
// those that lie on this machine.
func (s *Site) serveIndex(w http.ResponseWriter, e *edition) {
	sets := s.full.names()
	for p := range e.files {
		if rest, ok := strings.CutPrefix(p, fulldata.Prefix); ok {
			if set, _, ok := strings.Cut(rest, "/"); ok && !slices.Contains(sets, set) {
				sets = append(sets, set)
			}
		}
	}
	slices.Sort(sets)
	w.Header().Set("Content-Type", contentType(fulldata.Index))
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(fulldata.AppendIndex(nil, sets))
}

// fail answers for a file that cannot be read now.
func (s *Site) fail(w http.ResponseWriter, err error) {
	s.log.Print(err)
	busy(w)
}

// busy asks for another try.
func busy(w http.ResponseWriter) {
	w.Header().Del("Content-Encoding")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", "1")
	http.Error(w, "busy: try again in a second", http.StatusServiceUnavailable)
}

func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "not found", http.StatusNotFound)
}

// contentType returns the type by the name's ending, the same on every machine:
// package mime asks the system.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".wasm":
		return "application/wasm" // needed for streaming compilation
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".gz":
		return "application/gzip"
	}
	return "application/octet-stream"
}
