package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/alecthomas/kong"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/speed"
)

type benchCmd struct {
	Batch   int     `default:"256" help:"Examples in a training step."`
	Seconds float64 `default:"2" help:"Time for each measurement."`
	networkFlags
	deviceFlags
	dataFlags
	Layers   bool   `default:"true" negatable:"" help:"Measure each layer by itself, too (CPU)."`
	Table    bool   `help:"Hold it against PyTorch and a browser, as far as they are installed, and print Markdown."`
	Rounds   int    `default:"5" help:"How often each is measured for the table, taking turns."`
	Programs string `placeholder:"DIR" type:"existingdir" help:"Directory of the table's programs for a browser: speed.wasm, speed-scalar.wasm and wasm_exec.js, made by make bench."`
	JSON     bool   `help:"Print JSON."`
}

func (benchCmd) Help() string {
	return `Measures training steps on shuffled Fashion-MNIST, inference on many images, the latency of one image with the output of
every layer, and each layer. Rates are medians; the slowest and fastest part of the time tell how quiet the machine was.
Without Fashion-MNIST on this machine it takes the embedded subset of it.

  lenet bench
  lenet bench --threads 1 --no-layers --json
  lenet bench --activation relu --pool max
  lenet bench --table                      beside PyTorch, if python3 has it`
}

// Validate is called by kong.
func (c benchCmd) Validate(k *kong.Context) error {
	if c.Batch < 1 || !(c.Seconds > 0) || math.IsInf(c.Seconds, 0) || c.Rounds < 1 {
		return errors.New("--batch, --seconds and --rounds take numbers above 0")
	}
	for _, p := range k.Path {
		if !c.Table && p.Flag != nil && (p.Flag.Name == "rounds" || p.Flag.Name == "programs") {
			return fmt.Errorf("--%s is for --table: add that, or leave it out", p.Flag.Name)
		}
	}
	if _, err := c.apply(engine.Classic()); err != nil {
		return err
	}
	return errors.Join(c.dataFlags.check(), c.deviceFlags.Validate())
}

// benchResult is a measurement and where it was made.
type benchResult struct {
	Machine machine `json:"machine"`
	Data    string  `json:"data"`
	speed.Result
}

func (c benchCmd) Run(e *env) error {
	if c.Table {
		return c.table(e)
	}
	r, err := c.run(e)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(e.out).Encode(r)
	}
	r.print(e.out)
	return nil
}

// run measures in this process.
func (c benchCmd) run(e *env) (benchResult, error) {
	r := benchResult{Machine: thisMachine()}
	config, err := c.apply(engine.Classic())
	if err != nil {
		return r, err
	}
	train, data, err := c.benchSet()
	if err != nil {
		return r, err
	}
	if c.Batch > train.Len() {
		return r, fmt.Errorf("--batch %d: the training set has %d images", c.Batch, train.Len())
	}
	b, err := c.open(e, config)
	if err != nil {
		return r, err
	}
	defer b.Close()
	r.Data = data
	r.Result, err = speed.Measure(b, train, speed.Options{Config: config, Batch: c.Batch, LR: 0.9, Seconds: c.Seconds,
		Threads: c.threads(), Reproducible: c.Reproducible, Layers: c.Layers})
	return r, err
}

// benchSet returns the training set to measure on, and its name.
func (c benchCmd) benchSet() (engine.Set, string, error) {
	if c.Subset == nil || !*c.Subset {
		train, _, _, err := dataset.Load("fashion", dataset.Options{Dir: c.DataDir})
		if err == nil || c.DataDir != "" {
			return train, "Fashion-MNIST", err
		}
	}
	train, _, err := dataset.Subset("fashion")
	return train, "embedded subset of Fashion-MNIST", err
}

func (r benchResult) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n%s, %s images, shuffled; %v, %v pooling, batch %d, %d threads, on %s%s\n", r.Machine, r.Data, thousands(r.Images),
		r.Config.Activation, r.Config.Pooling, r.Batch, r.Threads, r.Device, r.vectors())
	fmt.Fprintf(w, "training   %9.0f examples/sec  (%.0f to %.0f)\n", r.Train, r.TrainSpan[0], r.TrainSpan[1])
	fmt.Fprintf(w, "inference  %9.0f examples/sec  (%.0f to %.0f)\n", r.Infer, r.InferSpan[0], r.InferSpan[1])
	fmt.Fprintf(w, "one image  %9.1f µs            (99 %% below %.1f)\n", r.LatencyUs, r.LatencyP99)
	if r.Profile != nil {
		fmt.Fprintln(w)
		printLayers(w, r.Profile)
	}
}

func (r benchResult) vectors() string {
	switch r.VectorBits {
	case 0:
		return ""
	case 32:
		return "\n" + cpu.Kernels()
	}
	return fmt.Sprintf(", vectors of %d bits", r.VectorBits)
}
