package main

import (
	"errors"
	"fmt"
	"runtime"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/cuda"
)

// deviceFlags choose where a network runs.
type deviceFlags struct {
	Device       string `enum:"auto,cpu,cuda" default:"auto" env:"LENET_DEVICE" help:"Where to run: ${enum}. auto takes an NVIDIA GPU where one can run it, or says why it took the CPU; lenet gpu tells more."`
	Threads      int    `default:"0" help:"CPU threads; 0 takes one per processor. With them auto takes the CPU."`
	Reproducible bool   `help:"The same bits on every processor and in the browser, at some cost in speed. With it auto takes the CPU."`
}

// Validate is called by kong.
func (d deviceFlags) Validate() error {
	if d.Threads < 0 {
		return fmt.Errorf("--threads %d: use 1 or more, or 0 for one per processor", d.Threads)
	}
	if d.Device == "cuda" && d.forCPU() {
		return errors.New("--threads and --reproducible are the CPU's: leave them out, or use --device cpu in place of cuda")
	}
	return nil
}

// forCPU reports whether options were given that only the CPU has.
func (d deviceFlags) forCPU() bool { return d.Threads > 0 || d.Reproducible }

// open returns a backend for the network on the chosen device. Each also shows
// what happens inside a step.
func (d deviceFlags) open(e *env, c engine.Config) (engine.Tracer, error) {
	if d.Device == "cpu" || d.forCPU() {
		return d.openCPU(e, c)
	}
	b, err := cuda.Open(c, cuda.Options{})
	switch {
	case err == nil:
		return b, nil
	case d.Device == "cuda":
		return nil, fmt.Errorf("--device cuda: %w", err)
	case errors.Is(err, cuda.ErrNone):
		e.noteCPU("no NVIDIA GPU here")
	default:
		e.noteCPU(err.Error())
	}
	return d.openCPU(e, c)
}

func (d deviceFlags) openCPU(e *env, c engine.Config) (engine.Tracer, error) {
	threads := d.threads()
	if threads < d.Threads {
		fmt.Fprintf(e.err, "lenet: --threads %d: %d are used, no more have work on this machine\n", d.Threads, threads)
	}
	return cpu.New(c, cpu.Options{Threads: threads, Reproducible: d.Reproducible})
}

// threads returns the number of threads to use: as many as there are processors,
// or those asked for, as long as training has a shard or the machine a processor
// for each.
func (d deviceFlags) threads() int {
	if d.Threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return min(d.Threads, max(cpu.Shards, runtime.NumCPU()))
}

// noteCPU says once why --device auto took the CPU.
func (e *env) noteCPU(why string) {
	if !e.noted {
		fmt.Fprintf(e.err, "lenet: on the CPU: %s\n", why)
	}
	e.noted = true
}

// openWith returns a backend that holds the parameters.
func (d deviceFlags) openWith(e *env, p *engine.Params) (engine.Backend, error) {
	b, err := d.open(e, p.Config)
	if err != nil {
		return nil, err
	}
	if err := b.SetParams(p); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}
