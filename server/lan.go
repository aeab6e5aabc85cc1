package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	qr "github.com/piglig/go-qr"
)

// lanURLs returns the addresses at which others in the same network reach a
// listener, private ones first: none where it listens for this machine only.
func lanURLs(scheme string, a net.Addr, interfaces []net.Addr) []string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return nil
	}
	ip := net.ParseIP(host)
	switch {
	case ip == nil || ip.IsLoopback():
		return nil
	case !ip.IsUnspecified():
		return []string{scheme + "://" + net.JoinHostPort(host, port) + "/"}
	}
	var private, public []string
	for _, i := range interfaces {
		n, ok := i.(*net.IPNet)
		if !ok || n.IP.To4() == nil || !n.IP.IsGlobalUnicast() { // IPv6 addresses are nothing to type in
			continue
		}
		url := scheme + "://" + net.JoinHostPort(n.IP.String(), port) + "/"
		if n.IP.IsPrivate() {
			private = append(private, url)
		} else {
			public = append(public, url)
		}
	}
	return append(private, public...)
}

// invite prints the ways to get here: each address, and where there is a
// terminal to show it on, the first one as a QR code.
func invite(w io.Writer, urls []string) error {
	for _, u := range urls {
		fmt.Fprintf(w, "In this network: %s\n", u)
	}
	if len(urls) == 0 || !isTerminal(w) {
		return nil
	}
	code, err := qr.EncodeText(urls[0], qr.Low)
	if err == nil {
		_, err = io.WriteString(w, "\n"+terminalQR(code)+"\n")
	}
	return err
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// terminalQR draws a code with half blocks, two modules to a character, black
// on white in terminals of any colours, with the margin that scanners need.
func terminalQR(code *qr.QrCode) string {
	const margin = 4
	const on, off = "\x1b[38;5;16;48;5;231m", "\x1b[0m\n"
	dark := func(x, y int) bool { return code.Module(x-margin, y-margin) } // false outside
	size := code.Size() + 2*margin
	var b strings.Builder
	for y := 0; y < size; y += 2 {
		b.WriteString(on)
		for x := range size {
			switch upper, lower := dark(x, y), dark(x, y+1); {
			case upper && lower:
				b.WriteString("█")
			case upper:
				b.WriteString("▀")
			case lower:
				b.WriteString("▄")
			default:
				b.WriteString(" ")
			}
		}
		b.WriteString(off)
	}
	return b.String()
}

// writeQR writes a link as a QR code in SVG, for a slide or a printed page.
func writeQR(w io.Writer, link string) error {
	code, err := qr.EncodeText(link, qr.Low)
	if err != nil {
		return fmt.Errorf("-qr: a link of %d characters: %w; leave the drawing (ink=) out of it", len(link), err)
	}
	svg, err := code.ToSVGBytes(qr.NewQrCodeImgConfig(8, 4, qr.WithOptimalSVG()))
	if err == nil {
		_, err = w.Write(svg)
	}
	return err
}
