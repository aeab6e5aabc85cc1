package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestMain is the server itself where a test starts it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("LENET_TEST_SERVER") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process starts the server as a process and returns the address that it prints.
func process(t *testing.T, stderr *os.File, args ...string) (cmd *exec.Cmd, url string) {
	t.Helper()
	cmd = exec.Command(os.Args[0], append([]string{"-addr", "127.0.0.1:0", "-dir", smallBundle(t)}, args...)...)
	cmd.Env = append(os.Environ(), "LENET_TEST_SERVER=1")
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(line, ": ")
	url, _, _ = strings.Cut(rest, " ")
	return cmd, url
}

// Nothing that a client sends reaches a line of a log unquoted, and no address.
func TestNotes(t *testing.T) {
	for message, want := range map[string]string{
		"http: TLS handshake error from 192.0.2.1:51234: EOF\n":                         `http: TLS handshake error from (address): EOF`,
		"http: TLS handshake error from [2001:db8::1]:443: EOF":                         `http: TLS handshake error from (address): EOF`,
		"http2: from [fe80::1%eth0]:443: bad":                                           `http2: from (address): bad`,
		"read tcp 10.0.0.1:80->10.0.0.2:9: reset":                                       `read tcp (address)->(address): reset`,
		"one\n2026/01/01 00:00:00 forged":                                               `one; 2026/01/01 00:00:00 forged`,
		"red \x1b[31m \u009b31m \u202e \xff \x00":                                       `red \x1b[31m \u009b31m \u202e \xff \x00`,
		"not found; looked in\n  cache: open \"x\": no\n  system: none\nrun `lenet` to": "not found; looked in; cache: open \"x\": no; system: none; run `lenet` to",
		strings.Repeat("x", 1<<20):                                                      strings.Repeat("x", longestNote),
	} {
		var b bytes.Buffer
		newNotes(&b).Print(message)
		if got := regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `).ReplaceAllString(b.String(), ""); got != want+"\n" {
			t.Errorf("%.200q is noted as %.200q, want %.200q", message, got, want)
		}
	}
}

// So many notes a minute, and then how many were left out.
func TestNotesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		n := newNotes(&b)
		for i := range 100000 {
			n.Print("message ", i)
		}
		time.Sleep(time.Minute)
		n.Print("the next")
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		if len(lines) != notesPerMinute+2 || !strings.HasSuffix(lines[notesPerMinute], "99980 more messages were left out") || !strings.HasSuffix(lines[notesPerMinute+1], "the next") {
			t.Errorf("%d lines: %s", len(lines), lines[max(0, len(lines)-3):])
		}
	})
}

// The line of a request has what was asked for as ASCII, cut where it is long.
func TestLogIsPlain(t *testing.T) {
	var b bytes.Buffer
	h := guard(http.NotFoundHandler(), defaultLimits(), slog.New(slog.NewJSONHandler(&b, nil)), silent)
	ask := started(t, h, defaultLimits())
	for _, target := range []string{"/%1b%5b31m%c2%9b31m%e2%80%ae", "/\u009b31m", "/%0a{}", "/" + strings.Repeat("long", 3000), "//evil%00"} {
		b.Reset()
		resp, err := http.ReadResponse(bufio.NewReader(ask("GET "+target+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")), nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode == http.StatusBadRequest {
			continue
		}
		line := b.String()
		if len(line) > 500 || strings.Count(line, "\n") != 1 || regexp.MustCompile(`[^ -~\n]`).MatchString(line) || !json.Valid([]byte(line)) {
			t.Errorf("%.40q is logged as %.500q", target, line)
		}
	}
}

// What net/http itself has to say names no client, neither to the operator nor
// in the log of requests; and an answer that fails is one line.
func TestNoAddresses(t *testing.T) {
	cert, key, _ := writePair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd, url := process(t, w, "-cert", cert, "-key", key, "-log")
	w.Close()
	c, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(url, "https:"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "\x16\x03\x01\x00\x05nonsense\x1b[31m")
	io.Copy(io.Discard, c)
	c.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil || !strings.Contains(line, "TLS handshake error from (address)") || strings.Contains(line, "127.0.0.1") {
		t.Errorf("%q, %v", line, err)
	}
	stop(t, cmd)
}

func TestFailedAnswer(t *testing.T) {
	var b bytes.Buffer
	ask := started(t, guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("at 192.0.2.1:80:\nforged") }), defaultLimits(), nil, newNotes(&b)), defaultLimits())
	if resp, err := http.ReadResponse(bufio.NewReader(ask(getRoot)), nil); err == nil {
		t.Errorf("an answer that failed: %s", resp.Status)
	}
	if got := b.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "please report it: at (address); forged") {
		t.Errorf("%q", got)
	}
}

// stop ends a server as a system does, and expects it to end well.
func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

// A server whose standard error nobody reads any more goes on.
func TestNobodyReadsTheLog(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGPIPE")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd, url := process(t, w, "-log", "-data", t.TempDir())
	w.Close()
	r.Close()
	for i := range 5 {
		resp, err := http.Get(url + fmt.Sprint("data/full/fashion/train-images-idx3-ubyte.gz?", i))
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		resp.Body.Close()
	}
	stop(t, cmd)
}
