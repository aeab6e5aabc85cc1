package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/figure"
	"lenet/engine/figure/palette"
	"lenet/engine/runlog"
)

type plotCmd struct {
	Curves      plotCurvesCmd      `cmd:"" default:"withargs" help:"Draw d2l's figure from logs, several runs over each other."`
	Kernels     plotKernelsCmd     `cmd:"" help:"Draw the convolutions' kernels."`
	Activations plotActivationsCmd `cmd:"" help:"Draw every layer's output for an image."`
	Confusion   plotConfusionCmd   `cmd:"" help:"Draw the confusion matrix as a heat map."`
	Speed       plotSpeedCmd       `cmd:"" help:"Draw the speeds that lenet bench --table measured."`
}

func (plotCmd) Help() string {
	return `Figures for papers and slides, as .svg, .pdf or .png.

  lenet plot run.jsonl --out curves.svg
  lenet plot tanh=run.jsonl relu=relu.csv --out both.pdf
  lenet plot kernels --weights mnist --out kernels.png
  lenet plot activations --weights mnist three.png --out activations.pdf
  lenet plot confusion --weights fashion --out confusion.svg
  lenet plot speed bench.json --out speed.svg`
}

// figureFlags name a figure.
type figureFlags struct {
	Out   string `required:"" placeholder:"FILE" help:"The .svg, .pdf or .png file to write."`
	Title string `placeholder:"TEXT" help:"Title of the figure; otherwise one that names the content."`
}

// check reports a figure that cannot be written, or that would replace an input.
func (f figureFlags) check(inputs ...named) error {
	if f.Out == "" {
		return nil // kong says so
	}
	return errors.Join(figure.CheckPath(f.Out), checkOutputs([]named{{"--out", f.Out}}, inputs...))
}

// title returns the title given or else that one.
func (f figureFlags) title(otherwise string) string {
	if f.Title != "" {
		return f.Title
	}
	return otherwise
}

// done prints the name of the file.
func (f figureFlags) done(e *env, err error) error {
	if err == nil {
		_, err = fmt.Fprintf(e.out, "wrote %s\n", f.Out)
	}
	return err
}

type plotCurvesCmd struct {
	Logs []string `arg:"" name:"log" help:"Logs of lenet train, .jsonl or .csv, each with a name for the legend if wanted: tanh=run.jsonl."`
	figureFlags
}

// Validate is called by kong.
func (c plotCurvesCmd) Validate() error {
	if len(c.Logs) > figure.MaxRuns {
		return fmt.Errorf("%d logs: use at most %d, more cannot be distinguished", len(c.Logs), figure.MaxRuns)
	}
	var inputs []named
	for _, arg := range c.Logs {
		_, path := logName(arg)
		inputs = append(inputs, named{"", path})
	}
	return c.check(inputs...)
}

// logName returns the name for the legend and the path of a log on the command line.
func logName(arg string) (name, path string) {
	if name, path, ok := strings.Cut(arg, "="); ok {
		return name, path
	}
	return strings.TrimSuffix(filepath.Base(arg), filepath.Ext(arg)), arg
}

func (c plotCurvesCmd) Run(e *env) error {
	title := ""
	var f figure.Curves
	for i, arg := range c.Logs {
		name, path := logName(arg)
		r, err := runlog.ReadFile(path)
		if err != nil {
			return err
		}
		on := "LeNet"
		if name := r.Start.Recipe.Dataset; name != "" {
			on += " on " + titleOf(name)
		}
		if i == 0 {
			title = on
		} else if title != on {
			title = "LeNet"
		}
		whole := r.Start.Event != "" && r.Last.Epoch == r.Start.Recipe.Epochs
		f.Runs = append(f.Runs, figure.Run{Name: name, Curves: r.Curves, Published: whole && isD2L(r.Start.Recipe)})
	}
	f.Title = c.title(title)
	return c.done(e, figure.SaveCurves(c.Out, f))
}

type plotKernelsCmd struct {
	weightsFlag
	figureFlags
}

// Validate is called by kong.
func (c plotKernelsCmd) Validate() error { return c.check(named{"--weights", c.Weights}) }

func (c plotKernelsCmd) Run(e *env) error {
	p, _, err := c.weightsFlag.load(e)
	if err != nil {
		return err
	}
	const area = engine.Kernel * engine.Kernel
	g := figure.Grid{Title: c.title("Kernels of the convolutions")}
	row := func(label, detail string, most float32, values []float32, step int, height float64) {
		r := figure.GridRow{Label: label, Detail: detail, Columns: engine.Kernel, Rows: engine.Kernel, Signed: true, Most: most, Colours: palette.RedBlue(false), Height: height}
		for len(values) > 0 {
			r.Images = append(r.Images, values[:area])
			values = values[min(step, len(values)):]
		}
		g.Rows = append(g.Rows, r)
	}
	first, second := p.Tensor("0.weight"), p.Tensor("3.weight")
	row("Conv2d (0)", "0.weight", 0, first.Data, area, 44)
	most := max(slices.Max(second.Data), -slices.Min(second.Data))
	for in := range p.Config.Channels[0] {
		row("Conv2d (3)", fmt.Sprintf("input map %d", in), most, second.Data[in*area:], p.Config.Channels[0]*area, 22)
	}
	return c.done(e, figure.SaveGrid(c.Out, g))
}

type plotActivationsCmd struct {
	weightsFlag
	imageFlags
	figureFlags
}

// Validate is called by kong.
func (c plotActivationsCmd) Validate() error {
	if !c.given() {
		return errNoImage
	}
	return errors.Join(c.imageFlags.check(false),
		c.figureFlags.check(append(c.inputs(), named{"--weights", c.Weights}, named{"", c.File})...))
}

func (c plotActivationsCmd) Run(e *env) error {
	p, meta, _, err := c.weightsFlag.loadOpen(e)
	if err != nil {
		return err
	}
	info, pixels, err := c.pixels(e, c.weightsFlag, p.Config.NumClasses(), meta)
	if err != nil {
		return err
	}
	b, err := cpu.New(p.Config, cpu.Options{Threads: 1})
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.SetParams(p); err != nil {
		return err
	}
	t := engine.NewTrace(p.Config)
	if err := b.Trace(pixels, t); err != nil {
		return err
	}
	chances := make([]float32, p.Config.NumClasses())
	engine.Softmax(chances, t.Logits())
	best := engine.Argmax(chances)
	g := activationGrid(t, info)
	g.Title = c.title(fmt.Sprintf("LeNet reads %s, with %s", info.Classes[best], percent(chances[best])))
	return c.done(e, figure.SaveGrid(c.Out, g))
}

// activationGrid shows the input and every layer's output but Flatten's.
func activationGrid(t *engine.Trace, info dataset.Info) figure.Grid {
	g := figure.Grid{Rows: []figure.GridRow{{
		Label: "input", Detail: "1×28×28", Columns: engine.Side, Rows: engine.Side, Images: [][]float32{t.Input()}, Colours: palette.Grey(), Height: 56,
	}}}
	for _, l := range t.Config.Layers() {
		if l.Kind == "Flatten" {
			continue
		}
		r := figure.GridRow{
			Label: fmt.Sprintf("%s (%d)", l.Kind, l.Index), Detail: strings.ReplaceAll(strings.Trim(fmt.Sprint(l.Shape), "[]"), " ", "×"),
			Columns: l.Size(), Rows: 1, Height: 12, Colours: palette.Magma(),
		}
		values := t.Layer(l.Index)
		if len(l.Shape) == 3 {
			r.Columns, r.Rows, r.Height = l.Shape[2], l.Shape[1], map[int]float64{28: 56, 14: 40, 10: 22, 5: 22}[l.Shape[1]]
		}
		size := r.Columns * r.Rows
		if l.Index == engine.NumLayers-1 { // a class each
			size, r.Columns, r.Height = 1, 1, 16
			r.Names = shortNames(info)
		}
		for i := 0; i < len(values); i += size {
			r.Images = append(r.Images, values[i:i+size])
		}
		if r.Signed = slices.Min(values) < 0; r.Signed {
			r.Colours = palette.RedBlue(false)
		}
		g.Rows = append(g.Rows, r)
	}
	return g
}

// shortNames returns the classes' names, each short enough for its part of the row.
func shortNames(info dataset.Info) []string {
	var names []string
	for _, n := range info.Classes {
		word, _, _ := strings.Cut(n, "/")
		if most := 100 / len(info.Classes); most < 10 && utf8.RuneCountInString(word) > most {
			word = string([]rune(word)[:most])
		}
		names = append(names, word)
	}
	return names
}

type plotConfusionCmd struct {
	weightsFlag
	Dataset datasetName `placeholder:"NAME" help:"${sets}; otherwise the one the weights were trained on."`
	ownFlags
	dataFlags
	deviceFlags
	figureFlags
}

// Validate is called by kong.
func (c plotConfusionCmd) Validate() error {
	return errors.Join(c.deviceFlags.Validate(), c.dataFlags.check(), c.ownFlags.check(c.Dataset, c.dataFlags),
		c.figureFlags.check(append(c.inputs(), named{"--weights", c.Weights})...))
}

func (c plotConfusionCmd) Run(e *env) error {
	p, meta, assumed, err := c.weightsFlag.loadOpen(e)
	if err != nil {
		return err
	}
	info, test, err := c.test(e, p.Config.NumClasses(), meta)
	if err != nil {
		return err
	}
	b, err := c.openWith(e, p)
	if err != nil {
		return err
	}
	defer b.Close()
	ev, err := b.Evaluate(test.Images, test.Labels)
	if err != nil {
		return err
	}
	hint(e, ev, assumed)
	title := c.title(fmt.Sprintf("%s, %s test images: accuracy %.2f %%", info.Title, thousands(ev.Examples), 100*ev.Accuracy()))
	return c.done(e, figure.SaveConfusion(c.Out, title, info.Classes, ev))
}

// test returns the images that a network of n classes is tested on, and their data set.
func (c plotConfusionCmd) test(e *env, n int, meta map[string]string) (info dataset.Info, test engine.Set, err error) {
	if c.Data != "" {
		info, test, _, err = c.forTest(e, c.weightsFlag, n, meta)
		return info, test, err
	}
	if info, err = trainedOn(c.Weights, cmp.Or(datasetOf(c.Dataset, meta), dataset.Default()), meta); err == nil {
		err = checkClasses(c.Weights, n, info)
	}
	if err == nil {
		_, test, _, err = c.dataFlags.load(e, info.Name)
	}
	return info, test, err
}
