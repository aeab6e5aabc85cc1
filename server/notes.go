package main

import (
	"fmt"
	"io"
	"log"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// notes writes what the operator should know, a line for each message: without
// the addresses of clients, quoted, cut, and a limited number a minute, so that
// no client can fill a disk or forge a line.
type notes struct {
	to io.Writer

	mu     sync.Mutex
	minute time.Time // when the minute that is counted began
	lines  int
}

const (
	notesPerMinute = 20
	longestNote    = 1000 // bytes
)

// newNotes returns a logger that writes to w as notes do. It takes what
// net/http says, too.
func newNotes(w io.Writer) *log.Logger { return log.New(&notes{to: w}, "", 0) }

// Write takes one message of a [log.Logger].
func (n *notes) Write(message []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	if now.Sub(n.minute) >= time.Minute {
		if left := n.lines - notesPerMinute; left > 0 {
			n.print(now, fmt.Sprintf("%d more messages were left out", left))
		}
		n.minute, n.lines = now, 0
	}
	if n.lines++; n.lines <= notesPerMinute {
		n.print(now, string(message))
	}
	return len(message), nil
}

func (n *notes) print(now time.Time, message string) {
	fmt.Fprintf(n.to, "%s %s\n", now.Format("2006/01/02 15:04:05"), plain(message))
}

var (
	clientAddress = regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}(:\d+)?|\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%[^\]]*)?\](:\d+)?`)
	lineBreak     = regexp.MustCompile(`:?\s*\n\s*`)
)

// plain makes one line of printable ASCII of a message, with no address in it.
func plain(message string) string {
	message = strings.TrimSpace(message)
	message = message[:min(len(message), longestNote)]
	message = lineBreak.ReplaceAllString(clientAddress.ReplaceAllString(message, "(address)"), "; ")
	quoted := strconv.QuoteToASCII(message)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
