package main

import (
	"encoding/json"
	"fmt"

	"lenet/engine/internal/disk"
	"lenet/engine/npy"
	"lenet/engine/verify"
)

type verifyCmd struct {
	Oracles []string `arg:"" name:"oracle.npz" help:"Files of PyTorch's numbers, as in engine/testdata/oracle."`
	deviceFlags
	JSON bool `help:"Print JSON, one file a line."`
}

func (verifyCmd) Help() string {
	return `Loads an oracle's starting weights, repeats its training steps and prints the largest relative L2 errors against what
PyTorch computed in float64. Exits with 1 when one is past its limit.

  lenet verify engine/testdata/oracle/*.npz
  lenet verify --reproducible --threads 1 engine/testdata/oracle/sigmoid_avg_fresh.npz`
}

// Validate is called by kong.
func (c verifyCmd) Validate() error { return c.deviceFlags.Validate() }

func (c verifyCmd) Run(e *env) error {
	failed := 0
	for _, path := range c.Oracles {
		ok, err := c.one(e, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if !ok {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d oracles do not agree", failed, len(c.Oracles))
	}
	return nil
}

const maxOracle = 256 << 20 // bytes of a file

func (c verifyCmd) one(e *env, path string) (ok bool, err error) {
	file, err := disk.ReadFile(path, maxOracle)
	if err != nil {
		return false, err
	}
	arrays, err := npy.Open(file)
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	o, err := verify.New(func(name string) (shape []int, data []float64, ok bool) {
		a, err := arrays.Array(name)
		if err != nil {
			return nil, nil, false
		}
		data, err = a.Float64s()
		return a.Shape, data, err == nil
	})
	if err != nil {
		return false, err
	}
	b, err := c.open(e, o.Config)
	if err != nil {
		return false, err
	}
	defer b.Close()
	checks, err := verify.Run(b, o)
	if err != nil {
		return false, err
	}
	ok = true
	for _, check := range checks {
		ok = ok && check.OK()
	}
	if c.JSON {
		return ok, json.NewEncoder(e.out).Encode(map[string]any{"oracle": path, "device": b.Name(), "ok": ok, "checks": checks})
	}
	fmt.Fprintf(e.out, "%s: %v, %v pooling, %d steps of %d at lr %v, on %s\n", path, o.Config.Activation, o.Config.Pooling, o.Steps, o.Batch, o.LR, b.Name())
	for _, check := range checks {
		verdict := "ok"
		if !check.OK() {
			verdict = "TOO FAR"
		}
		note := ""
		if check.Note != "" {
			note = " (" + check.Note + ")"
		}
		fmt.Fprintf(e.out, "  %-14s %8.1e of %.0e  %-8s worst: %s%s\n", check.Name, check.Error, check.Limit, verdict, check.Where, note)
	}
	return ok, nil
}
