package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/wasm/pen"
)

type predictCmd struct {
	weightsFlag
	Files   []string `arg:"" name:"file" help:"PNG pictures, or JSON files of strokes."`
	Dataset string   `placeholder:"NAME" help:"fashion or mnist, for the names of the classes; otherwise the one the weights were trained on."`
	Raw     bool     `help:"Only shrink a picture to 28×28: no cropping and centring of digits."`
	JSON    bool     `help:"Print JSON, one picture a line."`
}

func (predictCmd) Help() string {
	return `Tells the class and the three largest probabilities.

A PNG may have any size. Dark ink on a light ground is seen from the picture's border and turned around. Digits are cropped
to their ink, scaled to 20 pixels and placed by their centre of mass, as MNIST's were; 28×28 pictures are taken as they are.
A JSON file has one drawing, [[[x, y], …], …], or many, [{"strokes": …}, …].

  lenet predict --weights mnist three.png
  lenet predict --weights fashion shoe.png shirt.png
  lenet predict --weights mnist drawing.json`
}

// Validate is called by kong.
func (c predictCmd) Validate() error {
	if c.Dataset != "" {
		if _, err := dataset.Lookup(c.Dataset); err != nil {
			return err
		}
	}
	return nil
}

// picture is an image to classify and what to call it.
type picture struct {
	name   string
	pixels [engine.Pixels]byte
}

func (c predictCmd) Run(e *env) error {
	p, meta, err := c.weightsFlag.load()
	if err != nil {
		return err
	}
	name := datasetOf(c.Dataset, meta)
	if name == "" {
		name = "mnist"
	}
	info, err := dataset.Lookup(name)
	if err != nil {
		return err
	}
	var pictures []picture
	for _, file := range c.Files {
		some, err := c.read(file, info.Name == "mnist")
		if err != nil {
			return err
		}
		pictures = append(pictures, some...)
	}
	b, err := cpu.New(p.Config, cpu.Options{Threads: 1}) // one picture is no work for more
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.SetParams(p); err != nil {
		return err
	}
	for _, pic := range pictures {
		probabilities := make([]float32, engine.Classes)
		if err := b.Logits(pic.pixels[:], probabilities); err != nil {
			return err
		}
		engine.Softmax(probabilities, probabilities)
		if err := c.print(e, pic.name, info, probabilities); err != nil {
			return err
		}
	}
	return nil
}

// read returns the picture in a PNG file or the drawings in a JSON file.
func (c predictCmd) read(file string, digits bool) ([]picture, error) {
	b, err := readFile(file, 64<<20)
	if err != nil {
		return nil, err
	}
	if isPNG(b) {
		pixels, err := readPNG(b, digits && !c.Raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return []picture{{file, pixels}}, nil
	}
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		return nil, fmt.Errorf("%s: neither a PNG picture nor a JSON list of strokes; convert pictures of other kinds to PNG", file)
	}
	samples, err := pen.ParseJSON(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var pictures []picture
	for i, s := range samples {
		name := file
		if len(samples) > 1 {
			name = fmt.Sprintf("%s[%d]", file, i)
		}
		pixels, ok := pen.Render(s.Drawing, pen.Options{})
		if !ok {
			return nil, fmt.Errorf("%s: the drawing is blank", name)
		}
		pictures = append(pictures, picture{name, pixels})
	}
	return pictures, nil
}

func (c predictCmd) print(e *env, name string, info dataset.Info, probabilities []float32) error {
	if c.JSON {
		best := engine.Argmax(probabilities)
		return json.NewEncoder(e.out).Encode(map[string]any{
			"file": name, "class": best, "name": info.Classes[best], "probabilities": probabilities,
		})
	}
	classes := make([]int, engine.Classes)
	for i := range classes {
		classes[i] = i
	}
	slices.SortStableFunc(classes, func(a, b int) int {
		switch {
		case probabilities[a] > probabilities[b]:
			return -1
		case probabilities[a] < probabilities[b]:
			return 1
		}
		return 0
	})
	var top []string
	for _, k := range classes[:3] {
		top = append(top, fmt.Sprintf("%s %.1f %%", info.Classes[k], 100*probabilities[k]))
	}
	_, err := fmt.Fprintf(e.out, "%s: %s  (%s)\n", name, info.Classes[classes[0]], strings.Join(top, ", "))
	return err
}
