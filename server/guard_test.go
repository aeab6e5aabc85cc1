package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener without a network: nothing is sent that is not read.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.ended)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// started serves h with limits until the test ends. It returns a function that
// opens a connection and sends a request on it.
func started(t *testing.T, h http.Handler, l limits) (ask func(request string) net.Conn) {
	t.Helper()
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, p, h, l, nil, silent) }()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return func(request string) net.Conn {
		near, far := net.Pipe()
		t.Cleanup(func() { near.Close() })
		go func() {
			select {
			case p.conns <- far:
			case <-p.ended:
			}
		}()
		go io.WriteString(near, request)
		near.SetReadDeadline(time.Now().Add(time.Minute))
		return near
	}
}

var silent = log.New(io.Discard, "", 0)

// large is a response of that many bytes.
func large(n int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(make([]byte, n)))
	})
}

const getRoot = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

// A download that goes on slowly for many times the patience is finished.
func TestSlowDownload(t *testing.T) { synctest.Test(t, slowDownload) } // in time that passes at once

func slowDownload(t *testing.T) {
	const size = 256 << 10
	l := defaultLimits()
	l.write = time.Second
	c := started(t, guard(large(size), l, nil, silent), l)(getRoot)
	began, got, buf := time.Now(), 0, make([]byte, 8<<10)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		n, err := resp.Body.Read(buf)
		got += n
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Fatalf("after %v and %d bytes: %v", time.Since(began), got, err)
			}
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if took := time.Since(began); got != size || took < 3*l.write {
		t.Errorf("%d bytes of %d in %v, which is too quick to show anything", got, size, took)
	}
}

// A client that takes nothing of its response is given up on, and one that does
// not finish its request too.
func TestStuckClients(t *testing.T) { synctest.Test(t, stuckClients) } // in time that passes at once

func stuckClients(t *testing.T) {
	const size = 1 << 20
	l := defaultLimits()
	ended := make(chan time.Time, 1)
	h := large(size)
	ask := started(t, guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		ended <- time.Now()
	}), l, nil, silent), l)

	began := time.Now()
	ask(getRoot)
	select {
	case at := <-ended:
		if took := at.Sub(began); took != l.write {
			t.Errorf("a client that does not read is given up on after %v, not %v", took, l.write)
		}
	case <-time.After(2 * l.write):
		t.Error("a client that does not read keeps its response going")
	}

	began = time.Now()
	c := ask("GET / HTTP/1.1\r\nHost: loc")
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("a client that does not finish its header keeps its connection: %v", err)
	}
	if took := time.Since(began); took != l.header {
		t.Errorf("a client that does not finish its header is given up on after %v, not %v", took, l.header)
	}
}

// No more connections than allowed are served at once; the others wait their turn.
func TestConnections(t *testing.T) { synctest.Test(t, connections) } // in time that passes at once

func connections(t *testing.T) {
	l := defaultLimits()
	l.connections = 3
	ask := started(t, guard(large(1<<20), l, nil, silent), l) // which is not read, so that the connections are not idle
	var open []net.Conn
	for range l.connections {
		c := ask(getRoot)
		if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	waiting := ask(getRoot)
	waiting.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := waiting.Read(make([]byte, 1)); err == nil {
		t.Error("one connection too many was answered")
	}
	open[0].Close()
	waiting.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := http.ReadResponse(bufio.NewReader(waiting), nil); err != nil {
		t.Errorf("the one that waited: %v", err)
	}
}

// A header and an address longer than any browser sends are refused.
func TestLongRequests(t *testing.T) {
	l := defaultLimits()
	ask := started(t, guard(large(10), l, nil, silent), l)
	for name, request := range map[string]string{
		"address": "GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"header":  "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + strings.Repeat("x", 64<<10) + "\r\n\r\n",
	} {
		resp, err := http.ReadResponse(bufio.NewReader(ask(request)), nil)
		if err != nil || resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a long %s: %v, %v", name, resp, err)
		}
	}
}

func TestLog(t *testing.T) {
	var b bytes.Buffer
	h := guard(http.NotFoundHandler(), defaultLimits(), slog.New(slog.NewJSONHandler(&b, nil)), silent)
	resp, err := http.ReadResponse(bufio.NewReader(started(t, h, defaultLimits())("GET /no/such?secret=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")), nil)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	var line struct {
		Msg, Method, Path string
		Status, Bytes     int64
		MS                *float64
	}
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, b.String())
	}
	got := fmt.Sprint(line.Msg, line.Method, line.Path, line.Status, line.Bytes)
	if want := fmt.Sprint("request", "GET", "/no/such", 404, n); got != want || line.MS == nil {
		t.Errorf("%s, want %s", got, want)
	}
	if strings.Contains(b.String(), "secret") || strings.Contains(b.String(), "pipe") {
		t.Errorf("the log tells too much: %s", b.String())
	}
}

// writePair writes a certificate for 127.0.0.1 and its key.
func writePair(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	for name, data := range map[string][]byte{cert: certPEM, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, pool
}

func TestHTTPS(t *testing.T) {
	cert, key, pool := writePair(t)
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-addr", "127.0.0.1:0", "-dir", smallBundle(t), "-cert", cert, "-key", key}, in, io.Discard)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(line, ": ")
	url, _, _ := strings.Cut(rest, " ")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.HasPrefix(url, "https://") || err != nil || string(body) != "<!doctype html>" || resp.ProtoMajor != 2 {
		t.Errorf("%s: %s %s %q %v", url, resp.Proto, resp.Status, body, err)
	}
	client.CloseIdleConnections()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A bundle's files are served from its directory and from nowhere else.
func TestLinks(t *testing.T) {
	dir := smallBundle(t)
	outside := filepath.Join(t.TempDir(), "index.html")
	if err := os.Rename(filepath.Join(dir, "index.html"), outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "index.html")); err != nil {
		t.Skip(err)
	}
	if err := run(t.Context(), []string{"-addr", "127.0.0.1:0", "-dir", dir}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "index.html") {
		t.Errorf("a link out of the directory: error %v", err)
	}
}
