package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lenet/engine"
	"lenet/engine/augment"
	"lenet/engine/cuda"
	"lenet/engine/dataset"
	"lenet/engine/interop"
)

type trainCmd struct {
	Preset  string `default:"d2l" help:"Recipe to start from: ${default}, d2l-1.0, quick or modern. Other options change it."`
	Dataset string `placeholder:"NAME" help:"fashion or mnist; otherwise the preset's."`

	Epochs  *int     `placeholder:"N" help:"Passes over the training set."`
	Batch   *int     `placeholder:"N" help:"Examples in a step."`
	LR      *float64 `name:"lr" placeholder:"X" help:"Learning rate."`
	Decay   string   `enum:"none,cosine" default:"none" help:"Lower the learning rate from epoch to epoch: ${enum}."`
	Seed    uint64   `default:"0" help:"Seeds the starting weights, the shuffling and the augmentation."`
	Augment string   `enum:"none,digits,clothes" default:"none" help:"Change the training images a little in each epoch: ${enum}."`

	networkFlags
	dataFlags
	deviceFlags

	Out   string `placeholder:"FILE" help:"Save the trained weights, in safetensors format with PyTorch's names."`
	Plot  string `placeholder:"FILE" help:"Draw loss and accuracy against epochs, as .svg or .png."`
	Quiet bool   `short:"q" help:"Print the result only."`
	JSON  bool   `help:"Print JSON, one event a line."`
}

func (trainCmd) Help() string {
	lines := []string{`Trains with plain SGD on the softmax cross-entropy and ends with the lines that readers of d2l know: the loss and the
training accuracy are means over the last epoch as it ran, and examples/sec leaves out data loading and evaluation, as
d2l's timer does. The line after it counts everything. Ctrl-C stops cleanly; with --out the weights reached are saved.
If a GPU fails on the way, --device auto goes on on the CPU from the last epoch; --device cuda saves its weights and ends.

Presets:`}
	for _, p := range engine.Presets() {
		set := p.Dataset
		if p.Subset {
			set += ", subset"
		}
		lines = append(lines, fmt.Sprintf("  %-8s %s. %d epochs, batch %d, lr %v, %s.", p.Name, p.About, p.Recipe.Epochs, p.Recipe.Batch, p.Recipe.LR, set))
	}
	return strings.Join(append(lines, `
With sigmoid the loss stays at 2.30, which is chance, for the first 350 steps or so: that plateau is the lesson of d2l's
recipe, not an error. Try --activation tanh beside it.

  lenet train --preset quick
  lenet train --preset d2l --seed 1 --plot figure.svg --out lenet.safetensors
  lenet train --dataset mnist --activation relu --pool max --lr 0.1 --batch 64`), "\n")
}

// Validate is called by kong: mistakes on the command line, before any work.
func (c *trainCmd) Validate() error {
	if _, err := c.plan(); err != nil {
		return err
	}
	if err := c.deviceFlags.Validate(); err != nil {
		return err
	}
	if c.Plot != "" {
		if err := interop.CheckPlotPath(c.Plot); err != nil {
			return err
		}
	}
	for _, file := range []string{c.Out, c.Plot} {
		if file == "" {
			continue
		}
		if dir, err := os.Stat(filepath.Dir(file)); err != nil || !dir.IsDir() {
			return fmt.Errorf("cannot write %s: there is no directory %s", file, filepath.Dir(file))
		}
	}
	return nil
}

// plan returns the preset with the command line's changes.
func (c *trainCmd) plan() (engine.Preset, error) {
	p, err := engine.PresetByName(c.Preset)
	if err != nil {
		return p, err
	}
	if c.Dataset != "" {
		info, err := dataset.Lookup(c.Dataset)
		if err != nil {
			return p, err
		}
		p.Dataset = info.Name
	}
	if p.Recipe.Config, err = c.apply(p.Recipe.Config); err != nil {
		return p, err
	}
	if c.Epochs != nil {
		p.Recipe.Epochs = *c.Epochs
	}
	if c.Batch != nil {
		p.Recipe.Batch = *c.Batch
	}
	if c.LR != nil {
		p.Recipe.LR = *c.LR
	}
	p.Recipe.Seed = c.Seed
	switch {
	case c.Subset != nil:
		p.Subset = *c.Subset
	case c.DataDir != "":
		p.Subset = false
	}
	return p, p.Recipe.Validate()
}

func (c *trainCmd) Run(e *env) error {
	start := time.Now()
	plan, err := c.plan()
	if err != nil {
		return err
	}
	recipe := plan.Recipe
	b, err := c.open(e, recipe.Config)
	if err != nil {
		return err
	}
	defer func() { b.Close() }()
	c.Subset = &plan.Subset
	train, test, source, err := c.load(e, plan.Dataset)
	if err != nil {
		return err
	}
	loaded := time.Since(start)
	first := engine.NewParams(recipe.Config)
	first.Init(recipe.Seed)
	if err := b.SetParams(first); err != nil {
		return err
	}

	w := c.watcher(e)
	w.start(b.Name(), plan, source, train.Len(), test.Len())
	h := &history{}
	kept, after := first, engine.Report{} // the weights after the last epoch that was tested, and its report
	run := func() error {
		var keep error
		err := c.train(e.ctx, b, recipe, train, test, after, func(r engine.Report) {
			h.add(r)
			w.report(r)
			if r.Test != nil {
				after, keep = r, errors.Join(keep, b.Params(kept))
			}
		})
		return errors.Join(err, keep)
	}
	runErr := run()
	if errors.Is(runErr, cuda.ErrLost) && c.Device == "auto" {
		w.note(fmt.Sprintf("%v; going on on the CPU after epoch %d", runErr, after.Epoch))
		b.Close()
		if b, err = c.openCPU(recipe.Config); err != nil {
			return err
		}
		if err := b.SetParams(kept); err != nil {
			return err
		}
		runErr = run()
	}
	w.close()
	if errors.Is(runErr, cuda.ErrLost) && c.Out != "" && after.Epoch > 0 {
		if err := saveWeights(c.Out, kept, c.meta(plan, result{Epochs: after.Epoch})); err != nil {
			return errors.Join(runErr, err)
		}
		return fmt.Errorf("%w; the weights after epoch %d are in %s", runErr, after.Epoch, c.Out)
	}
	if runErr != nil && !errors.Is(runErr, context.Canceled) {
		return runErr
	}
	r := result{
		Device: b.Name(), Epochs: h.last.Epoch,
		Loss: finite(h.last.Done.Loss()), TrainAcc: finite(h.last.Done.Accuracy()), TestAcc: h.testAcc(),
		ExamplesPerSec: finite(float64(h.last.Seen) / h.last.TrainSec),
		TrainSec:       h.last.TrainSec, DataSec: loaded.Seconds(),
		Out: c.Out, Plot: c.Plot,
	}
	if h.last.Seen > 0 {
		if c.Out != "" {
			reached := engine.NewParams(recipe.Config) // Ctrl-C may have come within an epoch
			if err := b.Params(reached); err != nil {
				return err
			}
			if err := saveWeights(c.Out, reached, c.meta(plan, r)); err != nil {
				return err
			}
		}
		if c.Plot != "" {
			info, err := dataset.Lookup(plan.Dataset)
			if err != nil {
				return err
			}
			if err := interop.SavePlot(c.Plot, "LeNet on "+info.Title, h.curves); err != nil {
				return err
			}
		}
	}
	r.WallSec = time.Since(start).Seconds()
	r.Seen = h.last.Seen
	w.end(r)
	if runErr != nil {
		return errInterrupted
	}
	return nil
}

// train runs the recipe's epochs after the one of that report. Augmentation and
// decay change the images and the learning rate between epochs, so with them
// each epoch is a run of its own.
func (c *trainCmd) train(ctx context.Context, b engine.Backend, r engine.Recipe, train, test engine.Set, after engine.Report, report func(engine.Report)) error {
	now := after
	continued := func(rep engine.Report) {
		rep.Epochs = r.Epochs
		rep.Seen += after.Seen
		rep.TrainSec += after.TrainSec
		now = rep
		report(rep)
	}
	if c.Augment == "none" && c.Decay == "none" {
		return engine.Train(ctx, b, r, train, test, after.Epoch, continued)
	}
	changed := train
	var augmented *augment.Images
	if c.Augment != "none" {
		policy, err := augment.ByName(c.Augment)
		if err != nil {
			return err
		}
		augmented = policy.Prepare(train.Images)
		changed.Images = make([]byte, len(train.Images))
	}
	for epoch := after.Epoch; epoch < r.Epochs; epoch++ {
		if augmented != nil {
			augmented.Epoch(changed.Images, r.Seed, epoch)
		}
		one := r
		one.Epochs = epoch + 1
		if c.Decay == "cosine" {
			one.LR *= (1 + math.Cos(math.Pi*float64(epoch)/float64(r.Epochs))) / 2
		}
		if err := engine.Train(ctx, b, one, changed, test, epoch, continued); err != nil {
			return err
		}
		after = now
	}
	return nil
}

// meta is what the weights file tells about its making.
func (c *trainCmd) meta(p engine.Preset, r result) map[string]string {
	m := map[string]string{
		"dataset": p.Dataset,
		"subset":  strconv.FormatBool(p.Subset),
		"epochs":  strconv.Itoa(r.Epochs),
		"batch":   strconv.Itoa(p.Recipe.Batch),
		"lr":      strconv.FormatFloat(p.Recipe.LR, 'g', -1, 64),
		"decay":   c.Decay,
		"augment": c.Augment,
		"seed":    strconv.FormatUint(p.Recipe.Seed, 10),
	}
	if r.TestAcc != nil {
		m["test_accuracy"] = strconv.FormatFloat(*r.TestAcc, 'f', 4, 64)
	}
	return m
}

// history keeps what the result and the figure need.
type history struct {
	last   engine.Report
	test   *engine.Evaluation
	curves interop.Curves
	tick   int // fifths of an epoch drawn
}

// add takes in a report. Training curves get a point for each fifth of an
// epoch, as d2l draws them.
func (h *history) add(r engine.Report) {
	if r.Test != nil {
		h.test = r.Test
		h.curves.TestAcc = append(h.curves.TestAcc, interop.Point{Epoch: float64(r.Epoch), Value: r.Test.Accuracy()})
	} else {
		at := float64(r.Epoch) + float64(r.Done.Examples)/float64(r.Total)
		if tick := int(5 * at); tick > h.tick {
			h.tick = tick
			h.curves.TrainLoss = append(h.curves.TrainLoss, interop.Point{Epoch: at, Value: r.Done.Loss()})
			h.curves.TrainAcc = append(h.curves.TrainAcc, interop.Point{Epoch: at, Value: r.Done.Accuracy()})
		}
	}
	h.last = r
}

func (h *history) testAcc() *float64 {
	if h.test == nil {
		return nil
	}
	acc := h.test.Accuracy()
	return &acc
}

// result is how training ended. Fields without a value are left out of JSON.
type result struct {
	Device         string   `json:"device"`
	Epochs         int      `json:"epochs"` // finished
	Loss           *float64 `json:"loss,omitempty"`
	TrainAcc       *float64 `json:"train_acc,omitempty"`
	TestAcc        *float64 `json:"test_acc,omitempty"`
	ExamplesPerSec *float64 `json:"examples_per_sec,omitempty"`
	Seen           int      `json:"examples"`
	TrainSec       float64  `json:"train_sec"`
	DataSec        float64  `json:"data_sec"`
	WallSec        float64  `json:"wall_sec"`
	Out            string   `json:"out,omitempty"`
	Plot           string   `json:"plot,omitempty"`
}

// finite returns nil for what JSON cannot say.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
