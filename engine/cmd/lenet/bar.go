package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// bar is the last line of a terminal, drawn again and again. Lines that scroll
// past are printed after it is erased; the next report draws it again.
type bar struct {
	to    io.Writer // the terminal
	shown bool
	drawn time.Time
}

const (
	barWidth   = 40
	eraseLine  = "\r\x1b[K"
	barRefresh = 100 * time.Millisecond
)

// draw shows the bar, a share of it full, and a text, at most ten times a second.
func (b *bar) draw(share float64, text string) {
	if b.shown && time.Since(b.drawn) < barRefresh {
		return
	}
	full := int(share * barWidth)
	line := strings.Repeat("━", full) + strings.Repeat("─", barWidth-full) + "  " + text
	if f, ok := b.to.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			runes := []rune(line)
			line = string(runes[:min(len(runes), width-1)])
		}
	}
	fmt.Fprint(b.to, eraseLine+line)
	b.shown, b.drawn = true, time.Now()
}

func (b *bar) erase() {
	if b.shown {
		fmt.Fprint(b.to, eraseLine)
	}
	b.shown = false
}

// above returns a writer that prints where the bar was.
func (b *bar) above(w io.Writer) io.Writer { return aboveBar{b, w} }

type aboveBar struct {
	bar *bar
	to  io.Writer
}

func (a aboveBar) Write(p []byte) (int, error) {
	a.bar.erase()
	return a.to.Write(p)
}
