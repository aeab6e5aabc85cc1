package main

import (
	"log"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// limits are what one client, and all together, may take of the server.
type limits struct {
	header      time.Duration // until the request's header has come
	read        time.Duration // until the whole request has
	write       time.Duration // until some of a response is taken, again and again: however long a download takes, it goes on
	idle        time.Duration // between requests, while there is room for others
	stop        time.Duration // for downloads under way when the server is to end
	headerBytes int
	connections int // at once
	streams     int // requests at once on one connection of HTTP/2
}

func defaultLimits() limits {
	return limits{header: 5 * time.Second, read: 10 * time.Second, write: 90 * time.Second, idle: 2 * time.Minute, stop: 5 * time.Second,
		headerBytes: 16 << 10, connections: 4096, streams: 16}
}

// requests is how many are answered at once, over all connections.
func (l limits) requests() int { return 2 * l.connections }

// turns are the requests that are being answered: so many at once, of one
// address three quarters of that at most.
type turns struct {
	most int

	mu  sync.Mutex
	all int
	of  map[string]int // by address
}

func (t *turns) take(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= t.most || t.of[key] >= share(t.most) {
		return false
	}
	t.all++
	t.of[key]++
	return true
}

func (t *turns) giveBack(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.of[key]--; t.of[key] == 0 {
		delete(t.of, key)
	}
}

// guard has h answer, gives up on a client that takes none of its response for
// a while, refuses what is too much at once, and logs every request where
// requests is not nil: what was asked for, without the query, and not by whom.
func guard(h http.Handler, l limits, requests *slog.Logger, operator *log.Logger) http.Handler {
	all := &turns{most: l.requests(), of: map[string]int{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		g := &guarded{ResponseWriter: w, control: http.NewResponseController(w), patience: l.write, status: http.StatusOK}
		g.extend() // also for a response without a body
		if requests != nil {
			defer func() {
				requests.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", cut(r.Method, 20)), slog.String("path", cut(r.URL.EscapedPath(), 200)),
					slog.Int("status", g.status), slog.Int64("bytes", g.bytes), slog.Float64("ms", float64(time.Since(began).Microseconds())/1000))
			}()
		}
		key := addressKey(r.RemoteAddr)
		if !all.take(key) {
			w.Header().Set("Retry-After", "1")
			g.WriteHeader(http.StatusServiceUnavailable) // without a body, which could have to wait for the client
			return
		}
		defer all.giveBack(key)
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				operator.Printf("an answer failed, please report it: %v, at %s", p, debug.Stack())
				panic(http.ErrAbortHandler) // the answer is broken off; net/http says nothing of it
			} else if p != nil {
				panic(p)
			}
		}()
		h.ServeHTTP(g, r)
	})
}

// cut returns the beginning of what a client sent, which is ASCII without
// control characters: net/http takes no other methods, and paths are escaped.
func cut(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// unsent is how many bytes of a response wait in the system for a client that
// takes none. A client on this machine is seen to take some at every 128 KB at
// the latest, as its own system has 64 KB or more ready for it: a minute at 2 KB/s.
const unsent = 16 << 10

// piece is how many bytes are written with one deadline: little enough that a
// slow line takes them in time.
const piece = 16 << 10

// guarded is a response whose deadline moves on as the client takes it.
type guarded struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	status   int
	bytes    int64
}

func (g *guarded) extend() { g.control.SetWriteDeadline(time.Now().Add(g.patience)) }

// Unwrap is for [http.ResponseController].
func (g *guarded) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g *guarded) WriteHeader(status int) {
	g.status = status
	g.ResponseWriter.WriteHeader(status)
}

func (g *guarded) Write(p []byte) (n int, err error) {
	for {
		g.extend()
		m, err := g.ResponseWriter.Write(p[n:min(n+piece, len(p))])
		n += m
		g.bytes += int64(m)
		if err != nil || n == len(p) {
			return n, err
		}
	}
}
