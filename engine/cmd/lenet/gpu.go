package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"lenet/engine"
	"lenet/engine/cuda"
)

type gpuCmd struct {
	Epochs int  `default:"10" help:"Epochs to train for each measurement; 0 only tells what GPU there is."`
	Batch  int  `default:"256" help:"Examples in a step."`
	JSON   bool `help:"Print JSON."`
	networkFlags
	dataFlags
}

func (gpuCmd) Help() string {
	return `Finds the NVIDIA driver and the GPU, and says what is in the way where it cannot: no driver, one that is too old, a GPU that
is too old or taken. The program carries its kernels as PTX, which the driver compiles when they are loaded: slow the first
time, kept by the driver afterwards.

Then it trains d2l's recipe in each of four ways that compute the same bits:

  graph         two kernels a step (gradients, update), launched by the hundred as one CUDA graph
  cooperative   one kernel that takes all steps of an epoch, with barriers across the whole GPU between its phases
  1, 2 a block  examples that a block of threads works on at once; two share every weight that they read

µs/step is by the GPU's own clock, the median over epochs. The time for all epochs is by the wall clock, and counts the order
of the examples going to the GPU and the weights coming back, but no evaluation.

  lenet gpu                       what there is, and 10 epochs of Fashion-MNIST in every way
  lenet gpu --epochs 0            what there is
  lenet gpu --subset --batch 64   on the embedded images`
}

// Validate is called by kong.
func (c gpuCmd) Validate() error {
	if c.Batch < 1 || c.Epochs < 0 {
		return errors.New("--batch takes 1 or more, --epochs 0 or more")
	}
	_, err := c.apply(engine.Classic())
	return errors.Join(err, c.dataFlags.check())
}

// gpuDesign is one way of training, as JSON has it.
type gpuDesign struct {
	Design   string  `json:"design"`
	StepUs   float64 `json:"step_us,omitempty"`
	Rate     float64 `json:"examples_per_sec,omitempty"`
	TrainSec float64 `json:"train_sec,omitempty"`
	Loss     float64 `json:"loss,omitempty"`
	Accuracy float64 `json:"test_acc,omitempty"`
	Error    string  `json:"error,omitempty"` // why this GPU cannot do it
}

func (c gpuCmd) Run(e *env) error {
	config, err := c.apply(engine.Classic())
	if err != nil {
		return err
	}
	// The default design's own backend, for the time that it takes to be ready.
	b, err := cuda.Open(config, cuda.Options{})
	if err != nil {
		return err
	}
	info := b.Info()
	if err := b.Close(); err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintf(e.out, "%v\n", info)
		fmt.Fprintf(e.out, "found in %.0f ms; kernels compiled and loaded in %.0f ms\n", 1e3*info.InitTime.Seconds(), 1e3*info.LoadTime.Seconds())
	}
	var designs []gpuDesign
	if c.Epochs > 0 {
		train, test, source, err := c.load(e, "fashion")
		if err != nil {
			return err
		}
		if !c.JSON {
			fmt.Fprintf(e.out, "\nFashion-MNIST, %s images from %s; %v, %v pooling, batch %d, lr %v\n", thousands(train.Len()), source,
				config.Activation, config.Pooling, c.Batch, gpuLR)
		}
		if designs, err = c.measure(e, config, train, test); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(e.out).Encode(map[string]any{
			"name": info.Name, "compute_capability": fmt.Sprintf("%d.%d", info.Compute[0], info.Compute[1]), "multiprocessors": info.Multiprocessors,
			"memory_bytes": info.Memory, "driver_cuda": fmt.Sprintf("%d.%d", info.Driver[0], info.Driver[1]), "cooperative": info.Cooperative,
			"init_sec": info.InitTime.Seconds(), "load_sec": info.LoadTime.Seconds(), "epochs": c.Epochs, "batch": c.Batch, "designs": designs,
		})
	}
	return nil
}

const gpuLR = 0.9 // d2l's

// measure trains in every design and prints a line for each.
func (c gpuCmd) measure(e *env, config engine.Config, train, test engine.Set) ([]gpuDesign, error) {
	if !c.JSON {
		fmt.Fprintf(e.out, "%-24s %10s %14s %12s %8s %9s\n", "", "µs/step", "examples/sec", fmt.Sprintf("%d epochs", c.Epochs), "loss", "test acc")
	}
	var designs []gpuDesign
	for _, o := range cuda.Designs() {
		d := gpuDesign{Design: o.Design()}
		m, err := cuda.Measure(o, engine.Recipe{Config: config, Epochs: c.Epochs, Batch: c.Batch, LR: gpuLR}, train, test)
		switch {
		case errors.Is(err, cuda.ErrLost):
			return nil, err
		case err != nil:
			d.Error = err.Error()
		default:
			d.StepUs, d.Rate, d.TrainSec, d.Loss, d.Accuracy = 1e6*m.StepSec, m.Rate, m.TrainSec, m.Loss, m.Accuracy
		}
		designs = append(designs, d)
		switch {
		case c.JSON:
		case d.Error != "":
			fmt.Fprintf(e.out, "%-24s %s\n", d.Design, d.Error)
		default:
			fmt.Fprintf(e.out, "%-24s %10.1f %14s %10.3f s %8.3f %9.3f\n", d.Design, d.StepUs, thousands(int(d.Rate)), d.TrainSec, d.Loss, d.Accuracy)
		}
	}
	return designs, nil
}
