//go:build !unix

package speed

import "time"

func processorTime() time.Time { return time.Now() }
