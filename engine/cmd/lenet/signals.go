package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"lenet/engine/internal/disk"
)

// watchSignals lets Ctrl-C, SIGTERM and SIGHUP end the command. One that has
// work to save ends by its context, and a second Ctrl-C or SIGTERM does not wait
// for that; every other ends at once. A terminal that goes away sends SIGHUP more
// than once, so that never counts as the second. Under nohup it is ignored.
func (e *env) watchSignals(cancel context.CancelFunc) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
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
			case asked && s != syscall.SIGHUP:
				disk.Abandon()
				die(s)
			case s != syscall.SIGHUP:
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
		time.Sleep(time.Second) // it arrives in the meantime
	}
	os.Exit(exitInterrupted)
}
