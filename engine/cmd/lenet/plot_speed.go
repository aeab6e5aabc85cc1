package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"lenet/engine/figure"
)

type plotSpeedCmd struct {
	Bench string `arg:"" placeholder:"FILE" help:"What lenet bench --table --json printed."`
	figureFlags
}

func (plotSpeedCmd) Help() string {
	return `Draws training examples per second as bars, PyTorch's in grey.

  lenet bench --table --json > bench.json
  lenet plot speed bench.json --out speed.svg`
}

// maxBench bounds the file: what bench prints has some 10 KB.
const maxBench = 1 << 20

func (c plotSpeedCmd) Run(e *env) error {
	f, err := os.Open(c.Bench)
	if err != nil {
		return err
	}
	defer f.Close()
	var b benchTable
	if err := json.NewDecoder(io.LimitReader(f, maxBench)).Decode(&b); err != nil {
		return fmt.Errorf("%s: %w: give what lenet bench --table --json printed", c.Bench, err)
	}
	if len(b.Rows) == 0 {
		return errors.New(c.Bench + ": there are no rows in it: give what lenet bench --table --json printed")
	}
	chart := figure.Bars{Title: c.title("Training LeNet, examples per second"), Caption: b.Machine.String()}
	if b.PyTorch != "" {
		chart.Caption += "; PyTorch " + b.PyTorch
	}
	for _, r := range b.Rows {
		bar := figure.Bar{Name: r.Name, Value: r.Train, Label: thousands(int(math.Round(r.Train))) + "  ", Peer: strings.HasPrefix(r.Name, "PyTorch")}
		if r.TrainPyTorch != 0 {
			bar.Label += fmt.Sprintf("(%.2f × PyTorch)", r.TrainPyTorch)
		}
		chart.Bars = append(chart.Bars, bar)
	}
	return c.done(e, figure.SaveBars(c.Out, chart))
}
