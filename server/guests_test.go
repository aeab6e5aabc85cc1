package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// from is a connection of a client with that address.
type from struct {
	net.Conn
	address string
}

func (f from) RemoteAddr() net.Addr { return named(f.address) }

type named string

func (n named) Network() string { return "tcp" }
func (n named) String() string  { return string(n) }

// Where there is no room, a connection that is idle gives way, the one that has
// been for longest; and no address has more than its share.
func TestIdleGivesWay(t *testing.T) { synctest.Test(t, idleGivesWay) } // in time that passes at once

func idleGivesWay(t *testing.T) {
	l := defaultLimits()
	l.connections = 8
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, p, guard(large(1<<20), l, nil, silent), l, nil, silent) }()
	defer func() {
		stop()
		<-done
	}()
	// open connects and reads the header of an answer, and of an answer to HEAD is idle then.
	open := func(method, address string) (*from, error) {
		near, far := net.Pipe()
		p.conns <- from{far, address}
		near.SetDeadline(time.Now().Add(time.Second))
		go io.WriteString(near, method+" / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		_, err := http.ReadResponse(bufio.NewReader(near), &http.Request{Method: method})
		near.SetDeadline(time.Time{})
		synctest.Wait()
		return &from{near, address}, err
	}
	must := func(c *from, err error) *from {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	closed := func(c *from) bool {
		c.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		return err == io.EOF
	}
	var idle []*from
	for i := range 6 { // its share
		idle = append(idle, must(open("HEAD", fmt.Sprintf("192.0.2.1:%d", 1000+i))))
	}
	must(open("HEAD", "192.0.2.1:2000"))
	if !closed(idle[0]) || closed(idle[1]) {
		t.Error("of an address with its share, the one that was idle for longest does not give way")
	}
	var busy []*from
	for i := range 6 { // another address takes two free ones, and then those that are idle
		busy = append(busy, must(open("GET", fmt.Sprintf("[2001:db8::%d]:80", i))))
	}
	for i, c := range idle[1:5] {
		if !closed(c) {
			t.Errorf("connection %d is idle and does not give way", i+1)
		}
	}
	if c, err := open("GET", "[2001:db8::ffff]:80"); err == nil || !closed(c) {
		t.Errorf("an address with its share, all busy, gets more: %v", err)
	}
	must(open("GET", "198.51.100.7:80"))
	busy[0].Close()
	synctest.Wait() // the server has seen it
	must(open("GET", "[2001:db8::1:1]:80"))
}

// Whatever a client asks for at once, on one connection and on all together,
// there is a limit to what is answered; what is refused is refused at once, and
// has no body that would have to wait for the client.
func TestStreams(t *testing.T) {
	cert, key, pool := writePair(t)
	certificate, err := loadCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l := defaultLimits()
	l.connections = 4
	limit := share(l.requests()) // all come from one address
	began, release := make(chan bool), make(chan bool)
	var answered atomic.Int32
	h := guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answered.Add(1)
		began <- true
		<-release
	}), l, nil, silent)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, listener, h, l, certificate, silent) }()
	conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: pool, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	streams := uint32(0)
	for streams == 0 {
		f, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := f.(*http2.SettingsFrame); ok && !s.IsAck() {
			streams, _ = s.Value(http2.SettingMaxConcurrentStreams)
		}
	}
	if streams != uint32(l.streams) || streams > 16 {
		t.Errorf("%d streams on a connection, want %d", streams, l.streams)
	}
	for i := range limit + 3 {
		var b headerBlock
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: b.get("/"), EndStream: true, EndHeaders: true})
	}
	for range limit {
		<-began
	}
	for refused := 0; refused < 3; {
		f, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := f.(*http2.MetaHeadersFrame); ok {
			refused++
			if f.PseudoValue("status") != "503" || !f.StreamEnded() {
				t.Errorf("one request too many: %v", f)
			}
		}
	}
	close(release)
	for finished := 0; finished < limit; {
		f, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := f.(*http2.MetaHeadersFrame); ok {
			finished++
			if f.PseudoValue("status") != "200" {
				t.Errorf("a request among those that are allowed: %v", f)
			}
		}
	}
	if n := answered.Load(); int(n) != limit {
		t.Errorf("%d requests at once, want %d", n, limit)
	}
	conn.Close()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// headerBlock encodes the header of a request.
type headerBlock struct{ data []byte }

func (b *headerBlock) Write(p []byte) (int, error) {
	b.data = append(b.data, p...)
	return len(p), nil
}

func (b *headerBlock) get(path string) []byte {
	e := hpack.NewEncoder(b)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", path}} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	return b.data
}

// On a real socket, a client that takes little by little is seen to take it:
// however slow, the deadline of its response moves on with every 128 KB.
func TestSlowSocket(t *testing.T) {
	const step, size = 128 << 10, 8 << 20
	l := defaultLimits()
	var wrote atomic.Int64
	moved := make(chan bool, 1)
	h := guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(size))
		for wrote.Load() < size {
			n, err := w.Write(make([]byte, piece))
			if err != nil {
				t.Error(err)
				return
			}
			wrote.Add(int64(n))
			select {
			case moved <- true:
			default:
			}
		}
	}), l, nil, silent)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, listener, h, l, nil, silent) }()
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.(*net.TCPConn).SetReadBuffer(64 << 10) // the system of a client that reads fast, as this one does at times, makes it larger
	io.WriteString(c, getRoot)
	// still waits until the server has stopped writing: the client takes nothing.
	still := func() int64 {
		for {
			select {
			case <-moved:
			case <-time.After(200 * time.Millisecond):
				return wrote.Load()
			}
		}
	}
	before := still()
	if before > size/2 {
		t.Fatalf("%d bytes were written of which none was read", before)
	}
	steps := 0
	for before < size-step {
		if _, err := io.CopyN(io.Discard, c, step); err != nil {
			t.Fatal(err)
		}
		select {
		case <-moved:
		case <-time.After(20 * time.Second):
			t.Fatalf("the client has taken %d bytes more, and the server does not see it", step)
		}
		before = wrote.Load()
		steps++
	}
	if steps < 10 {
		t.Errorf("only %d steps", steps)
	}
	go io.Copy(io.Discard, c)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
