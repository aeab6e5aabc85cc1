package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"lenet/engine/internal/disk"
)

// hangUp is SIGHUP, which package syscall has no name for in WebAssembly.
const hangUp = syscall.Signal(1)

// watchSignals lets Ctrl-C, SIGTERM and SIGHUP end the command. One that has
// work to save ends by its context, and a second Ctrl-C or SIGTERM does not wait
// for that; every other ends at once. A terminal that goes away sends SIGHUP more
// than once, so that never counts as the second. Under nohup it is ignored.
func (e *env) watchSignals(cancel context.CancelFunc) {
	if runtime.GOOS == "js" {
		return // it has no signals
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(hangUp) {
		signal.Notify(signals, hangUp)
	}
	line := ""
	if e.terminal {
		line = eraseLine // where a bar may be
	}
	go func() {
		asked := false
		for s := range signals {
			cancel()
			switch {
			case !e.saves.Load():
				disk.Abandon()
				fmt.Fprintln(e.err, line+"lenet: interrupted")
				os.Exit(exitInterrupted)
			case asked && s != hangUp:
				disk.Abandon()
				die(s)
			case s != hangUp:
				asked = true
				fmt.Fprintln(e.err, line+"lenet: stopping after this step; a second Ctrl-C ends at once")
			}
		}
	}()
}

// die ends the process as the signal does where nothing catches it, for whoever
// waits for the process.
func die(s os.Signal) {
	signal.Reset(s)
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(s) == nil {
		time.Sleep(time.Second) // until it arrives
	}
	os.Exit(exitInterrupted)
}
