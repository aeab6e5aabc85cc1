package cuda

import (
	"errors"
	"fmt"
	"time"

	"lenet/engine"
)

// Schedule is how an epoch's steps get to the GPU.
type Schedule uint8

// The schedules. All give the same bits.
const (
	Auto        Schedule = iota // Graph: it is as fast or faster on an H100, and every GPU can
	Cooperative                 // one kernel for all steps, with barriers across the grid
	Graph                       // two kernels a step, in a CUDA graph
)

func (s Schedule) String() string { return [...]string{"auto", "cooperative", "graph"}[s] }

// Options do not change the result. The zero value is
// good for every GPU.
type Options struct {
	Device   int      // number of the GPU, from 0
	Schedule Schedule // how steps are launched
	Blocks   int      // most blocks of a launch, 0 for as many as the GPU holds
	PerBlock int      // examples that a block takes at once, 1 or 2; 0 to choose by batch and GPU
}

// Info describes a GPU and the driver.
type Info struct {
	Name            string // e.g. "NVIDIA H100 80GB HBM3"
	Device          int    // number, from 0
	Devices         int    // number of GPUs
	Compute         [2]int // compute capability, major and minor
	Multiprocessors int
	Memory          uint64        // bytes of device memory
	SharedMemory    int           // most bytes of shared memory for a block
	Cooperative     bool          // can run Cooperative
	Driver          [2]int        // newest CUDA version that the driver knows, major and minor
	InitTime        time.Duration // finding the driver and the GPU
	LoadTime        time.Duration // context and compilation of the kernels
}

func (i Info) String() string {
	return fmt.Sprintf("%s, compute capability %d.%d, %d multiprocessors, %d MiB, driver for CUDA %d.%d",
		i.Name, i.Compute[0], i.Compute[1], i.Multiprocessors, i.Memory>>20, i.Driver[0], i.Driver[1])
}

// ErrLost is wrapped by errors after which the GPU cannot be used any more: it
// or its driver failed. [Backend.Params] then still gives the parameters of
// the last epoch or step that ended well.
var ErrLost = errors.New("the GPU is lost")

// ErrNone is wrapped by the error of [Open] where there is no GPU to speak of: no
// driver, no device, or a program built without CUDA. Any other error means a
// GPU that is there and cannot be used.
var ErrNone = errors.New("no NVIDIA GPU")

// minCompute is the oldest compute capability that the PTX runs on.
var minCompute = [2]int{7, 5}

// checkConfig refuses sizes that there are no kernels for.
func checkConfig(c engine.Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	classic := engine.Classic()
	if c.Channels != classic.Channels || c.Units != classic.Units {
		return fmt.Errorf("the GPU has kernels for channels %v and units %v only, not %v and %v: use the CPU for other sizes",
			classic.Channels, classic.Units, c.Channels, c.Units)
	}
	if n := c.NumClasses(); n != engine.DefaultClasses {
		return fmt.Errorf("the GPU has kernels for %d classes only, not %d: use the CPU for other numbers", engine.DefaultClasses, n)
	}
	return nil
}

// Device is what [Open] returns, for those who want to know more.
type Device interface {
	engine.Tracer
	Info() Info
	// Elapsed returns how long the GPU took over the steps of the last Epoch or
	// Step, by its own events: no copies, no waiting of the host.
	Elapsed() time.Duration
}
