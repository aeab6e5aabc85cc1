package main

import (
	"errors"
	"fmt"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/verify"
)

// deviceFlags choose where a network runs.
type deviceFlags struct {
	Device       string `enum:"auto,cpu,cuda" default:"auto" help:"Where to run: ${enum}. auto takes the GPU where there is one."`
	Threads      int    `default:"0" help:"CPU threads; 0 takes one per processor."`
	Reproducible bool   `help:"The same bits on every processor and in the browser, at some cost in speed (CPU)."`
}

// Validate is called by kong.
func (d deviceFlags) Validate() error {
	if d.Threads < 0 {
		return fmt.Errorf("--threads %d: use 1 or more, or 0 for one per processor", d.Threads)
	}
	return nil
}

// open returns a backend for the network on the chosen device.
func (d deviceFlags) open(c engine.Config) (engine.Backend, error) {
	switch d.Device {
	case "cuda":
		return nil, errors.New("--device cuda: this program was built without CUDA; use --device cpu")
	default:
		return cpu.New(c, cpu.Options{Threads: d.Threads, Reproducible: d.Reproducible})
	}
}

// openWith returns a backend that holds the parameters.
func (d deviceFlags) openWith(p *engine.Params) (engine.Backend, error) {
	b, err := d.open(p.Config)
	if err != nil {
		return nil, err
	}
	if err := b.SetParams(p); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// openDetailed returns a backend that also shows what happens inside a step.
func (d deviceFlags) openDetailed(c engine.Config) (verify.Backend, error) {
	b, err := d.open(c)
	if err != nil {
		return nil, err
	}
	v, ok := b.(verify.Backend)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%s does not show its layers; use --device cpu", b.Name()), b.Close())
	}
	return v, nil
}
