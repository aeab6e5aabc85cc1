package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	go func() { done <- serve(ctx, l, slow, defaultLimits(), nil) }()
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

func TestRunErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	dir := smallBundle(t)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"-dir", dir, "-addr", taken.Addr().String()}, []string{"port " + port + " is taken", "-addr 127.0.0.1:0"}},
		{[]string{"-dir", dir, "-addr", "8080"}, []string{"want host:port"}},
		{[]string{"-dir", dir, "-addr", "no.such.host.invalid:80"}, []string{"no.such.host.invalid"}},
		{[]string{"-dir", dir, "-frame-ancestors", "a; b"}, []string{"separate origins with spaces"}},
		{[]string{"-dir", t.TempDir()}, []string{"manifest.json is not there", "make dist"}},
		{[]string{"-dir", dir, "-cert", "cert.pem"}, []string{"both -cert and -key"}},
		{[]string{"-dir", dir, "-cert", "no.pem", "-key", "no.pem"}, []string{"-cert no.pem", "no such file"}},
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
	b.Reset()
	if err := run(t.Context(), []string{"-sbom"}, &b, io.Discard); err != nil {
		t.Fatal(err)
	}
	var s sbom
	if err := json.Unmarshal([]byte(b.String()), &s); err != nil || s.Format != "CycloneDX" || s.Metadata.Component.Name != "lenet" || len(s.Components) < 2 {
		t.Errorf("%v: %s", err, b.String())
	}
	for _, c := range s.Components {
		if c.Version == "" || !strings.HasSuffix(c.PURL, c.Name+"@"+c.Version) {
			t.Errorf("%+v", c)
		}
	}
}
