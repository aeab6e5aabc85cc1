package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lenet/engine"
)

// networkFlags change a network of the family.
type networkFlags struct {
	Activation *engine.Activation `placeholder:"sigmoid|tanh|relu" help:"The non-linearity."`
	Pool       *engine.Pooling    `placeholder:"avg|max" help:"The pooling."`
	Channels   *pair              `placeholder:"6,16" help:"Output channels of the two convolutions."`
	Units      *pair              `placeholder:"120,84" help:"Outputs of the first two linear layers."`
}

// apply returns the network with what was given on the command line.
func (n networkFlags) apply(c engine.Config) (engine.Config, error) {
	if n.Activation != nil {
		c.Activation = *n.Activation
	}
	if n.Pool != nil {
		c.Pooling = *n.Pool
	}
	if n.Channels != nil {
		c.Channels = [2]int(*n.Channels)
	}
	if n.Units != nil {
		c.Units = [2]int(*n.Units)
	}
	return c, c.Validate()
}

// pair is two sizes on the command line: 6,16.
type pair [2]int

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *pair) UnmarshalText(text []byte) error {
	numbers := strings.Split(string(text), ",")
	if len(numbers) != len(p) {
		return fmt.Errorf("use two numbers, such as 6,16; %d were given", len(numbers))
	}
	for i, s := range numbers {
		var err error
		if p[i], err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("%q is no whole number: use two, such as 6,16", s)
		}
	}
	return nil
}

type layersCmd struct {
	networkFlags
	Classes *int   `placeholder:"N" help:"Outputs of the last linear layer, 2 to 64; otherwise 10."`
	Weights string `placeholder:"FILE" help:"Show the network of these weights, as lenet eval takes them: a file, or ${sets}."`
	JSON    bool   `help:"Print JSON, one layer a line."`
}

func (layersCmd) Help() string {
	return `Prints the network as d2l does: the output shape of each layer for one image, [n, channels, height, width], and how many
weights and biases the layer has.

  lenet layers
  lenet layers --activation relu --pool max --channels 32,64
  lenet layers --classes 26
  lenet layers --weights mine.safetensors`
}

// Validate is called by kong.
func (c layersCmd) Validate() error {
	if c.Weights != "" && (c.networkFlags != networkFlags{} || c.Classes != nil) {
		return errors.New("--weights tells what the network is: leave out --activation, --pool, --channels, --units and --classes")
	}
	_, err := c.config()
	return err
}

// config returns the network that the options describe.
func (c layersCmd) config() (engine.Config, error) {
	config := engine.Classic()
	if c.Classes != nil {
		if *c.Classes < engine.MinClasses { // 0 would stand for 10
			return config, fmt.Errorf("%d classes: use %d to %d", *c.Classes, engine.MinClasses, engine.MaxClasses)
		}
		config = config.WithClasses(*c.Classes)
	}
	return c.apply(config)
}

func (c layersCmd) Run(e *env) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if c.Weights != "" {
		p, _, err := weightsFlag{Weights: c.Weights}.load(e)
		if err != nil {
			return err
		}
		config = p.Config
	}
	if c.JSON {
		enc := json.NewEncoder(e.out)
		for _, l := range config.Layers() {
			if err := enc.Encode(map[string]any{"layer": l.Index, "kind": l.Kind, "shape": append([]int{1}, l.Shape...), "parameters": l.Params}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, l := range config.Layers() {
		shape := strings.ReplaceAll(fmt.Sprint(append([]int{1}, l.Shape...)), " ", ", ")
		line := fmt.Sprintf("%s output shape: %s", l.Kind, shape)
		if l.Params > 0 {
			line = fmt.Sprintf("%-44s%9s parameters", line, thousands(l.Params))
		}
		fmt.Fprintln(e.out, line)
	}
	_, err = fmt.Fprintf(e.out, "%-44s%9s parameters\n", "in all", thousands(config.NumParams()))
	return err
}

// thousands writes a number with commas: 61,706.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
