// Command speed measures the engine and prints JSON. lenet bench runs it in a
// browser's web worker. Its arguments are the seconds for
// each measurement and, if wanted, "layers".
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/speed"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: speed SECONDS [layers]")
	}
	seconds, err := strconv.ParseFloat(args[0], 64)
	if err != nil {
		return err
	}
	train, _, err := dataset.Subset("fashion")
	if err != nil {
		return err
	}
	b, err := cpu.New(engine.Classic(), cpu.Options{})
	if err != nil {
		return err
	}
	defer b.Close()
	r, err := speed.Measure(b, train, speed.Options{Config: engine.Classic(), Batch: 256, LR: 0.9, Seconds: seconds, Threads: 1, Layers: slices.Contains(args, "layers")})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}
