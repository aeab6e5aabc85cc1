//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A log with a line every N steps is the same when the run was broken and
// resumed.
func TestLogEveryWithResume(t *testing.T) {
	dir := t.TempDir()
	args := []string{"train", "--preset", "quick", "--channels", "1,1", "--units", "1,1", "--quiet"} // 188 steps an epoch
	for name, every := range map[string]int{"1.jsonl": 1, "7.csv": 7, "94.jsonl": 94, "189.jsonl": 189, "300.csv": 300} {
		whole, parts, file := filepath.Join(dir, "whole"+name), filepath.Join(dir, "parts"+name), filepath.Join(dir, name+".ckpt")
		log := []string{"--log-every", fmt.Sprint(every), "--log"}
		good(t, slices.Concat(args, []string{"--epochs", "3"}, log, []string{whole})...)
		good(t, slices.Concat(args, []string{"--epochs", "1", "--checkpoint", file}, log, []string{parts})...)
		for _, epochs := range []string{"2", "3"} {
			good(t, slices.Concat([]string{"train", "--resume", file, "--epochs", epochs, "--quiet"}, log, []string{parts})...)
		}
		a, b := steady(whole, string(read(t, whole))), steady(parts, string(read(t, parts)))
		if filepath.Ext(name) == ".jsonl" {
			a, b = untimed(read(t, whole)), untimed(read(t, parts))
		}
		if a != b {
			t.Errorf("every %d steps:\n%s\n\n%s", every, a, b)
		}
	}
}

// The time left is a number, or unknown: not where a run is resumed and nothing
// was done since.
func TestTimeLeft(t *testing.T) {
	for _, c := range []struct {
		took        time.Duration
		from, share float64
		left        time.Duration
		known       bool
	}{
		{10 * time.Second, 0, 0.25, 30 * time.Second, true},
		{10 * time.Second, 0.5, 0.75, 10 * time.Second, true},
		{10 * time.Second, 0.5, 1, 0, true},
		{10 * time.Second, 0.5, 0.5, 0, false},
		{10 * time.Second, 0, 0, 0, false},
		{10 * time.Second, 0.5, 0.4, 0, false}, // a lost GPU's epoch begins again
	} {
		if left, known := timeLeft(c.took, c.from, c.share); left != c.left || known != c.known {
			t.Errorf("%+v: %v, %t", c, left, known)
		}
	}
}
