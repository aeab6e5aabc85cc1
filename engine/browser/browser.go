// Package browser runs Go programs, built for js/wasm, in web workers of a
// headless Chromium, and returns their output: for measurements.
package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

//go:embed page.html
var page []byte

//go:embed worker.js
var worker []byte

// Browser is a running Chromium with a profile of its own.
type Browser struct {
	cmd     *exec.Cmd
	server  *http.Server
	profile string
	jobs    chan job
	results chan []Output
}

// job is a unit of work for the page: programs to run at the same time.
type job struct {
	Module  string   `json:"module"`
	Workers int      `json:"workers"`
	Args    []string `json:"args"`

	wasm  []byte
	ended <-chan struct{} // closed when nobody waits for the outputs any more
}

// Output is the text that one program printed. Error says why it failed.
type Output struct {
	Text  string `json:"text"`
	Error string `json:"error"`
}

// Find returns the path of Chromium or Chrome.
func Find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium or Chrome on the PATH: install one (Debian: apt-get install chromium)")
}

// Start starts Chromium. wasmExec is wasm_exec.js of the toolchain that builds
// the programs.
func Start(wasmExec []byte) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "lenet-browser-")
	if err != nil {
		listener.Close()
		return nil, err
	}
	b := &Browser{profile: profile, jobs: make(chan job), results: make(chan []Output)}
	b.server = &http.Server{Handler: b.handler(wasmExec)}
	go b.server.Serve(listener)
	b.cmd = exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-domain-reliability", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--user-data-dir="+profile, "http://"+listener.Addr().String()+"/")
	if err := b.cmd.Start(); err != nil {
		b.cmd = nil
		b.Close()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return b, nil
}

// Close stops the browser.
func (b *Browser) Close() {
	b.server.Close()
	if b.cmd != nil {
		b.cmd.Process.Kill()
		b.cmd.Wait()
	}
	for range 20 { // its child processes may still be writing
		if os.RemoveAll(b.profile) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Run runs a program in each of so many workers, at the same time, and returns
// what they printed when all have ended. When ctx ends first, the programs are
// stopped.
func (b *Browser) Run(ctx context.Context, wasm []byte, workers int, args ...string) ([]Output, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	select {
	case b.jobs <- job{Module: "/module.wasm", Workers: workers, Args: append([]string{"js"}, args...), wasm: wasm, ended: ctx.Done()}:
	case <-time.After(time.Minute):
		return nil, errors.New("the browser does not open its page")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case out := <-b.results:
		for i, o := range out {
			if o.Error != "" {
				return nil, fmt.Errorf("worker %d: %s\n%s", i, o.Error, o.Text)
			}
		}
		return out, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// handler serves the page, which asks for jobs one after another.
func (b *Browser) handler(wasmExec []byte) http.Handler {
	var current atomic.Pointer[job] // the page asks for the next one when it is done with it
	current.Store(&job{})
	mux := http.NewServeMux()
	serve := func(path, kind string, data func() []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-store")
			// A page by itself gets a clock of 5 µs instead of 100.
			w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
			w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
			w.Write(data())
		})
	}
	serve("/{$}", "text/html; charset=utf-8", func() []byte { return page })
	serve("/worker.js", "text/javascript", func() []byte { return worker })
	serve("/wasm_exec.js", "text/javascript", func() []byte { return wasmExec })
	serve("/module.wasm", "application/wasm", func() []byte { return current.Load().wasm })
	mux.HandleFunc("GET /job", func(w http.ResponseWriter, r *http.Request) {
		select {
		case j := <-b.jobs:
			current.Store(&j)
			json.NewEncoder(w).Encode(j)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("GET /ended", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-current.Load().ended:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /result", func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		var out []Output
		if err == nil {
			err = json.Unmarshal(data, &out)
		}
		if err != nil {
			out = []Output{{Error: err.Error()}}
		}
		select {
		case b.results <- out:
		case <-current.Load().ended:
		case <-r.Context().Done():
		}
	})
	return mux
}
