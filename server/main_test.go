package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"lenet/server/site"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// smallBundle writes a bundle of one page.
func smallBundle(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index.html":    "<!doctype html>",
		"manifest.json": `{"files":[{"path":"index.html","sha256":"0123456789abcdef0123456789abcdef","size":15}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The address that run prints answers, and a stop lets a download under way finish.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-addr", "127.0.0.1:0", "-dir", smallBundle(t)}, in, io.Discard) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(line, ": ")
	url, _, _ := strings.Cut(rest, " ")
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != 200 || string(body) != "<!doctype html>" {
		t.Errorf("%s: %s %q %v", url, resp.Status, body, err)
	}
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("run does not stop")
	}
}

func TestServeFinishesRequests(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first ")
		w.(http.Flusher).Flush()
		stop()
		time.Sleep(200 * time.Millisecond)
		io.WriteString(w, "last")
	})
	done := make(chan error, 1)
	go func() { done <- serve(ctx, l, slow, defaultLimits(), nil, silent) }()
	resp, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "first last" {
		t.Errorf("%q, %v", body, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A connection that a browser has opened in advance holds up no stop.
func TestStopWithSilentConnection(t *testing.T) { synctest.Test(t, stopWithSilentConnection) } // in time that passes at once

func stopWithSilentConnection(t *testing.T) {
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	l := defaultLimits()
	go func() { done <- serve(ctx, p, large(1), l, nil, silent) }()
	near, far := net.Pipe()
	defer near.Close()
	p.conns <- far
	synctest.Wait()
	began := time.Now()
	stop()
	if err := <-done; err != nil || time.Since(began) >= l.stop {
		t.Errorf("stopped after %v: %v", time.Since(began), err)
	}
}

func TestRunErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	dir := smallBundle(t)
	huge := filepath.Join(t.TempDir(), "huge.pem")
	if err := os.WriteFile(huge, make([]byte, maxPEM+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"-dir", dir, "-addr", taken.Addr().String()}, []string{"port " + port + " is taken", "-addr 127.0.0.1:0"}},
		{[]string{"-dir", dir, "-addr", "8080"}, []string{"want host:port"}},
		{[]string{"-dir", dir, "-addr", ""}, []string{`-addr ""`, "want host:port"}},
		{[]string{"-dir", dir, "-addr", ":"}, []string{"want host:port", "port 0"}},
		{[]string{"-dir", dir, "-addr", "127.0.0.1:"}, []string{"want host:port"}},
		{[]string{"-dir", dir, "-addr", "no.such.host.invalid:80"}, []string{"no.such.host.invalid"}},
		{[]string{"-dir", dir, "-frame-ancestors", "a; b"}, []string{"separate origins with spaces"}},
		{[]string{"-dir", t.TempDir()}, []string{"manifest.json is not there", "make dist"}},
		{[]string{"-dir", dir, "-cert", "cert.pem"}, []string{"both -cert and -key"}},
		{[]string{"-dir", dir, "-cert", "no.pem", "-key", "no.pem"}, []string{"-cert no.pem", "no such file"}},
		{[]string{"-dir", dir, "-cert", os.DevNull, "-key", os.DevNull}, []string{"-cert " + os.DevNull, "at most 1 MB"}},
		{[]string{"-dir", dir, "-cert", "/dev/zero", "-key", "/dev/zero"}, []string{"-cert /dev/zero"}},
		{[]string{"-dir", dir, "-cert", dir, "-key", dir}, []string{"-cert " + dir, "at most 1 MB"}},
		{[]string{"-dir", dir, "-cert", huge, "-key", huge}, []string{"-cert " + huge, "at most 1 MB"}},
		{[]string{"-dir", dir, "-connections", "0"}, []string{"-connections 0", "1 or more"}},
		{[]string{"-dir", filepath.Join(dir, "none")}, []string{"none", "no such file"}},
		{[]string{"-dir", dir, "serve"}, []string{`unexpected argument "serve"`}},
	} {
		err := run(t.Context(), c.args, io.Discard, io.Discard)
		for _, w := range c.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%v: error %v, want %q", c.args, err, w)
			}
		}
	}
}

func TestHelp(t *testing.T) {
	var b strings.Builder
	if err := run(t.Context(), []string{"--help"}, io.Discard, &b); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"Usage:", "-addr host:port", "127.0.0.1:8080", "-frame-ancestors", "-data", "-dir"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("help lacks %q", want)
		}
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{"127.0.0.1:8080": "http://127.0.0.1:8080/", "[::]:80": "http://localhost:80/", "0.0.0.0:9": "http://localhost:9/", "[::1]:80": "http://[::1]:80/"} {
		a, err := net.ResolveTCPAddr("tcp", in)
		if err != nil {
			t.Fatal(err)
		}
		if got := address("http", a); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	var b strings.Builder
	if err := run(t.Context(), []string{"-dir", smallBundle(t), "-version"}, &b, io.Discard); err != nil || !strings.HasPrefix(b.String(), "server ") || !strings.Contains(b.String(), "page unknown, go1.") {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// The bill of materials has the modules of the program, and of the page that it
// serves: those of its WebAssembly programs, and every file.
func TestSBOM(t *testing.T) {
	program := slices.Concat([]byte("\x00asm..."), infoStart, []byte("path\tlenet/wasm/cmd/x\nmod\tlenet\t(devel)\t\ndep\texample.org/stage/v2\tv2.9.9\th1:x\n"), infoEnd, []byte("..."))
	sum := sha256.Sum256(program)
	dir := smallBundle(t)
	list := fmt.Sprintf(`{"files":[{"path":"index.html","sha256":"0123456789abcdef0123456789abcdef","size":15},{"path":"stage.wasm","sha256":"%x","size":%d}]}`, sum, len(program))
	for name, data := range map[string]string{"stage.wasm": string(program), "manifest.json": list} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	if err := run(t.Context(), []string{"-dir", dir, "-sbom"}, &b, io.Discard); err != nil {
		t.Fatal(err)
	}
	var s sbom
	if err := json.Unmarshal([]byte(b.String()), &s); err != nil || s.Format != "CycloneDX" || s.Metadata.Component.Name != "lenet" || len(s.Components) < 2 {
		t.Errorf("%v: %s", err, b.String())
	}
	names := map[string]component{}
	for _, c := range s.Components {
		if _, ok := names[c.Name]; ok && c.Name != "std" {
			t.Errorf("%s is listed twice", c.Name)
		}
		names[c.Name] = c
		if c.Type == "library" && (c.Version == "" || !strings.HasSuffix(c.PURL, c.Name+"@"+c.Version)) {
			t.Errorf("%+v", c)
		}
	}
	if c := names["example.org/stage/v2"]; c.PURL != "pkg:golang/example.org/stage/v2@v2.9.9" {
		t.Errorf("the module of the page's program: %+v", c)
	}
	if c := names["stage.wasm"]; c.Type != "file" || len(c.Hashes) != 1 || c.Hashes[0].Content != fmt.Sprintf("%x", sum) {
		t.Errorf("the page's file: %+v", c)
	}
	if names["index.html"].Type != "file" || names["std"].Version == "" || names["github.com/piglig/go-qr"].Version == "" {
		t.Errorf("%s", b.String())
	}
}

// The compiler still writes what the bill of materials is read from.
func TestWasmInfo(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.wasm")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", out, "lenet/wasm/cmd/speed")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, msg)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := wasmInfo(data); err != nil || info.Path != "lenet/wasm/cmd/speed" || info.Main.Path != "lenet" || info.GoVersion == "" {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := wasmInfo([]byte("\x00asm")); err == nil {
		t.Error("a program without build information gives some")
	}
}

// A directory that takes the place of the one that is served is served, and
// one that is made again in its place.
func TestFolder(t *testing.T) {
	dir, next := smallBundle(t), smallBundle(t)
	if err := os.WriteFile(filepath.Join(next, "index.html"), []byte("<!DOCTYPE HTML>"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "current")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	f, err := openFolder(link)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := site.New(f, site.Options{Log: silent})
	if err != nil {
		t.Fatal(err)
	}
	page := func() string {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Body.String()
	}
	if got := page(); got != "<!doctype html>" {
		t.Errorf("at first %q", got)
	}
	if err := errors.Join(os.Remove(link), os.Symlink(next, link)); err != nil {
		t.Fatal(err)
	}
	if got := page(); got != "<!DOCTYPE HTML>" {
		t.Errorf("then %q", got)
	}
}
