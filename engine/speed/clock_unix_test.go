//go:build unix

package speed

import (
	"syscall"
	"time"
)

// processorTime is a clock that runs while this process computes.
func processorTime() time.Time {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Unix(0, u.Utime.Nano()+u.Stime.Nano())
}
