package main

import (
	"log/slog"
	"net/http"
	"time"
)

// limits are what one client may take of the server.
type limits struct {
	header      time.Duration // until the request's header has come
	read        time.Duration // until the whole request has
	write       time.Duration // until some of a response is taken, again and again: however long a download takes, it goes on
	idle        time.Duration // between requests
	stop        time.Duration // for downloads under way when the server is to end
	headerBytes int
	connections int
}

func defaultLimits() limits {
	return limits{header: 5 * time.Second, read: 10 * time.Second, write: 30 * time.Second, idle: 2 * time.Minute, stop: 5 * time.Second,
		headerBytes: 16 << 10, connections: 4096}
}

// guard has h answer, gives up on a client that takes none of its response for
// a while, and logs every request where log is not nil: what was asked for,
// without the query, and not by whom.
func guard(h http.Handler, patience time.Duration, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		g := &guarded{ResponseWriter: w, control: http.NewResponseController(w), patience: patience, status: http.StatusOK}
		g.extend() // also for a response without a body
		h.ServeHTTP(g, r)
		if log != nil {
			log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", g.status), slog.Int64("bytes", g.bytes), slog.Float64("ms", float64(time.Since(began).Microseconds())/1000))
		}
	})
}

// piece is how many bytes are written with one deadline: little enough that a
// slow line takes them in time.
const piece = 32 << 10

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
