package main

import (
	"encoding/xml"
	"image"
	"image/color"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"
)

func TestLanURLs(t *testing.T) {
	var interfaces []net.Addr
	for _, cidr := range []string{"127.0.0.1/8", "192.168.7.5/24", "fe80::1/64", "192.0.2.8/24", "10.1.2.3/8"} {
		ip, n, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		interfaces = append(interfaces, &net.IPNet{IP: ip, Mask: n.Mask})
	}
	for addr, want := range map[string][]string{
		"127.0.0.1:8080":   nil,
		"[::1]:8080":       nil,
		"192.168.7.5:8080": {"http://192.168.7.5:8080/"},
		"[::]:80":          {"http://192.168.7.5:80/", "http://10.1.2.3:80/", "http://192.0.2.8:80/"},
		"0.0.0.0:9":        {"http://192.168.7.5:9/", "http://10.1.2.3:9/", "http://192.0.2.8:9/"},
	} {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := lanURLs("http", a, interfaces); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

// photograph turns the terminal's content into a picture, 8 pixels to a module.
func photograph(t *testing.T, text string) image.Image {
	t.Helper()
	text = regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(text, "")
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	const scale = 8
	img := image.NewGray(image.Rect(0, 0, scale*len([]rune(lines[0])), 2*scale*len(lines)))
	for y, line := range lines {
		for x, r := range []rune(line) {
			halves, ok := map[rune][2]bool{' ': {}, '▀': {true, false}, '▄': {false, true}, '█': {true, true}}[r]
			if !ok {
				t.Fatalf("a character %q in the code", r)
			}
			for i := range 2 * scale * scale {
				v := color.Gray{255}
				if halves[i/(scale*scale)] {
					v.Y = 0
				}
				img.SetGray(scale*x+i%scale, 2*scale*y+i/scale, v)
			}
		}
	}
	return img
}

// The code on the terminal, photographed, leads to the address.
func TestTerminalQR(t *testing.T) {
	for _, url := range []string{"http://192.168.7.5:8080/", "http://10.1.2.3/#v=1&preset=d2l&lesson=conv.1&lang=zh"} {
		code, err := qr.EncodeText(url, qr.Low)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := qr.Decode(photograph(t, terminalQR(code))); err != nil || got != url {
			t.Errorf("the code of %s reads %q, %v", url, got, err)
		}
	}
}

func TestInvite(t *testing.T) {
	var b strings.Builder
	if err := invite(&b, []string{"http://10.1.2.3:8080/"}); err != nil || b.String() != "In this network: http://10.1.2.3:8080/\n" {
		t.Errorf("without a terminal: %q, %v", b.String(), err)
	}
}

// A link becomes an SVG that another program reads, where there is one.
func TestWriteQR(t *testing.T) {
	const link = "https://example.org/lenet/#lesson=conv.1"
	var b strings.Builder
	if err := run(t.Context(), []string{"-qr", link}, &b, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal([]byte(b.String()), new(struct{ XMLName xml.Name })); err != nil || !strings.Contains(b.String(), "<svg") {
		t.Errorf("no SVG: %v\n%.200s", err, b.String())
	}
	if err := run(t.Context(), []string{"-qr", link + "&ink=" + strings.Repeat("A", 5000)}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "leave the drawing") {
		t.Errorf("a link that is too long: %v", err)
	}
	convert, err1 := exec.LookPath("rsvg-convert")
	zbar, err2 := exec.LookPath("zbarimg")
	if err1 != nil || err2 != nil {
		t.Log("not read by another program: rsvg-convert and zbarimg are not here")
		return
	}
	dir := t.TempDir()
	svg, png := filepath.Join(dir, "qr.svg"), filepath.Join(dir, "qr.png")
	if err := os.WriteFile(svg, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(convert, "-w", "400", "-o", png, svg).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.Command(zbar, "-q", "--raw", png).Output(); err != nil || strings.TrimSpace(string(out)) != link {
		t.Errorf("zbarimg reads %q, %v", out, err)
	}
}
