package main

import (
	"testing"
	"time"
)

// What is saved during a build, the first one too, is built next, and once.
func TestSavedWhileBuilding(t *testing.T) {
	saved, builds := "first", []string{}
	build := func() error {
		builds = append(builds, saved)
		if len(builds) == 2 {
			saved = "third" // while the second one builds
		}
		return nil
	}
	tick := make(chan time.Time)
	done := make(chan bool)
	seen := saved
	saved = "second" // while the first one builds
	builds = append(builds, "first")
	go func() {
		watch(seen, func() string { return saved }, build, tick)
		close(done)
	}()
	for range 4 {
		tick <- time.Time{}
	}
	close(tick)
	<-done
	if len(builds) != 3 || builds[1] != "second" || builds[2] != "third" {
		t.Errorf("built %v", builds)
	}
}
