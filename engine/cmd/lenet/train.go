package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"lenet/engine"
	"lenet/engine/augment"
	"lenet/engine/cuda"
	"lenet/engine/dataset"
	"lenet/engine/dataset/own"
	"lenet/engine/figure"
	"lenet/engine/internal/disk"
	"lenet/engine/runlog"
)

type trainCmd struct {
	Preset  string      `placeholder:"NAME" help:"Recipe to start from: d2l, d2l-1.0, quick or modern; otherwise d2l, and with --data one that suits its size. Other options change it."`
	Dataset datasetName `placeholder:"NAME" help:"${sets}; otherwise the preset's."`

	Epochs  *int                 `placeholder:"N" help:"Passes over the training set."`
	Batch   *int                 `placeholder:"N" help:"Examples in a step. The CPU computes 16 at a time: a step of 1 takes as long as one of 16."`
	LR      *float64             `name:"lr" placeholder:"X" help:"Learning rate."`
	Decay   *engine.Decay        `placeholder:"none|cosine" help:"The learning rate from epoch to epoch: none keeps it, cosine lets it fall to 0 along half a cosine."`
	Seed    *uint64              `placeholder:"N" help:"Seeds the starting weights, the shuffling, the augmentation and what is held out; otherwise the preset's."`
	Augment *engine.Augmentation `placeholder:"none|digits|clothes|drawings" help:"Turn, scale and shift the training images a little, differently in each epoch: as suits digits, clothes or few drawings, or none."`

	Init   string        `placeholder:"FILE" help:"Start from these weights and their network, as lenet eval takes them: a file, or ${sets} for the embedded ones. Of another number of classes all layers but the last are taken."`
	Freeze engine.Freeze `enum:"none,conv,all-but-last" default:"none" help:"Layers that keep their weights: none, both convolutions (conv), or all but the last linear layer (all-but-last). With it auto takes the CPU."`

	networkFlags
	ownFlags
	dataFlags
	deviceFlags
	checkpointFlags

	Log      string `placeholder:"FILE" help:"Write a log, .jsonl or .csv: a line at every fifth of an epoch and at its end."`
	LogEvery int    `placeholder:"N" help:"Have a line in the log every N steps instead."`
	Out      string `placeholder:"FILE" help:"Save the trained weights, in safetensors format with PyTorch's names."`
	Plot     string `placeholder:"FILE" help:"Draw loss and accuracy against epochs, as .svg, .png or .pdf."`
	Quiet    bool   `short:"q" help:"Print the result only."`
	JSON     bool   `help:"Print JSON, one event a line."`
}

func (trainCmd) Help() string {
	lines := []string{`Trains with plain SGD on the softmax cross-entropy and ends with the lines that readers of d2l know: the loss and the
training accuracy are means over the last epoch as it ran, and examples/sec leaves out data loading and evaluation, as
d2l's timer does. The line after it counts everything.

With --checkpoint a run is safe to leave alone: each epoch is on the disk when it is printed, Ctrl-C saves the step reached
and prints the command that resumes the run, and --resume goes on with the same bits as if nothing had happened. A second Ctrl-C ends at once.
If a GPU fails on the way, --device auto goes on on the CPU from the last epoch; --device cuda saves its weights and ends.

An output replaces a file as a whole, under its mode, and the file that a link leads to; a pipe or a device is written to. An
interrupted run never replaces a finished file: its weights go to NAME.unfinished beside it, or are in its checkpoint.

With --init a run starts from trained weights: those of a file or the embedded ones. The network is that of the weights. Where
the data set has another number of classes, the last layer starts from the seed's random weights and all others are taken, as
one fine-tunes in PyTorch. --freeze leaves layers as they are, to the bit; an epoch then takes about half the time.

` + ownHelp + ` Without a test part a fifth of each class is held out, by the seed.

Presets:`}
	for _, p := range engine.Presets() {
		set := p.Dataset
		if p.Subset {
			set += ", subset"
		}
		text := fmt.Sprintf("%s. %d epochs, batch %d, lr %v, %s.", p.About, p.Recipe.Epochs, p.Recipe.Batch, p.Recipe.LR, set)
		for i, line := range wrapped(text, 66) {
			lines = append(lines, fmt.Sprintf("  %-8s %s", map[bool]string{true: p.Preset}[i == 0], line))
		}
	}
	return strings.Join(append(lines, `
With sigmoid the loss stays at 2.30, which is chance, for the first 350 steps or so: that plateau is the lesson of d2l's
recipe, not an error. Try --activation tanh beside it.

  lenet train --preset quick
  lenet train --preset d2l --seed 1 --plot figure.svg --out lenet.safetensors
  lenet train --dataset mnist --activation relu --pool max --lr 0.1 --batch 64
  lenet train --init mnist --data letters.json --out letters.safetensors
  lenet train --data gzip/emnist-letters --transpose --preset modern
  lenet train --init mnist --dataset fashion --freeze conv --lr 0.5 --epochs 5
  lenet train --epochs 60 --decay cosine --checkpoint run.ckpt --log run.jsonl
  lenet train --resume run.ckpt --log run.jsonl`), "\n")
}

// wrapped breaks a text into lines of at most that many characters, between words.
func wrapped(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// Validate is called by kong: mistakes on the command line, before any work.
func (c *trainCmd) Validate(k *kong.Context) error {
	if err := c.checkpointFlags.check(k); err != nil {
		return err
	}
	if _, err := c.plan(nil); err != nil {
		return err
	}
	if err := errors.Join(c.deviceFlags.Validate(), c.checkDevice(c.Freeze)); err != nil {
		return err
	}
	if c.Plot != "" {
		if err := figure.CheckPath(c.Plot); err != nil {
			return err
		}
	}
	if c.Log != "" {
		if err := runlog.CheckPath(c.Log); err != nil {
			return err
		}
	}
	if c.Out != "" {
		if err := checkWeights(c.Out); err != nil {
			return err
		}
	}
	if c.LogEvery < 0 || c.LogEvery > 0 && c.Log == "" {
		return fmt.Errorf("--log-every %d: use 1 or more, together with --log", c.LogEvery)
	}
	if err := errors.Join(c.dataFlags.check(), c.ownFlags.check(c.Dataset, c.dataFlags)); err != nil {
		return err
	}
	return c.checkFiles()
}

// checkFiles reports outputs that cannot be written, or that would replace
// another or the checkpoint that the run goes on from.
func (c *trainCmd) checkFiles() error {
	outputs := []named{{"--checkpoint", c.Checkpoint}, {"--out", c.Out}, {"--plot", c.Plot}, {"--log", c.Log}}
	if c.Resume == "" {
		return checkOutputs(outputs, append(c.inputs(), named{"--init", c.Init})...)
	}
	if c.Checkpoint == "" {
		if info, err := os.Stat(c.Resume); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("--resume %s is no regular file, and cannot be kept up to date: add --checkpoint FILE", c.Resume)
		}
	} else if disk.Same(c.Checkpoint, c.Resume) {
		outputs[0].path = "" // one file, read and kept up to date
	}
	return checkOutputs(outputs, append(c.inputs(), named{"--resume", c.Resume})...)
}

// plan returns the preset with the command line's changes. Without a preset a data
// set of one's own has one that suits it; d is nil before it is read.
func (c *trainCmd) plan(d *own.Data) (engine.Preset, error) {
	p, err := engine.PresetByName(cmp.Or(c.Preset, "d2l"))
	if err != nil {
		return p, err
	}
	if c.suited() {
		p = own.Preset(d)
	}
	if c.Dataset != "" {
		p.Dataset = string(c.Dataset)
	}
	classes := engine.DefaultClasses
	if c.Data == "" { // whose number is known once it is read
		info, err := dataset.Lookup(p.Dataset)
		if err != nil {
			return p, err
		}
		classes = len(info.Classes)
	}
	if p.Recipe.Config, err = c.apply(p.Recipe.Config.WithClasses(classes)); err != nil {
		return p, err
	}
	if c.Batch != nil {
		p.Recipe.Batch = *c.Batch
	}
	if c.Seed != nil {
		p.Seed = *c.Seed
	}
	if c.Decay != nil {
		p.Decay = *c.Decay
	}
	if c.Augment != nil {
		p.Augment = *c.Augment
	}
	p.Reproducible, p.Init, p.Freeze = c.Reproducible, c.Init, c.Freeze
	switch {
	case c.Subset != nil:
		p.Subset = *c.Subset
	case c.DataDir != "":
		p.Subset = false
	}
	return p, c.adjust(&p.Recipe)
}

// suited reports whether the recipe is one that suits a data set of one's own.
func (c *trainCmd) suited() bool { return c.Data != "" && c.Preset == "" }

// checkDevice reports a device that has no kernels for what the run does.
func (c *trainCmd) checkDevice(f engine.Freeze) error {
	if f != engine.NoFreeze && c.Device == "cuda" {
		return fmt.Errorf("the GPU trains all layers: with --freeze %v use --device cpu or auto in place of cuda", f)
	}
	return nil
}

// adjust makes the changes that a resumed run may have too.
func (c *trainCmd) adjust(r *engine.Recipe) error {
	if c.Epochs != nil {
		r.Epochs = *c.Epochs
	}
	if c.LR != nil {
		r.LR = *c.LR
	}
	return r.Validate()
}

func (c *trainCmd) Run(e *env) error {
	start := time.Now()
	run, err := c.begin(e)
	if err != nil {
		return err
	}
	defer run.release()
	recipe := run.plan.Recipe
	if recipe.Freeze != engine.NoFreeze && c.Device == "auto" {
		c.Device = "cpu"
	}
	b, err := c.open(e, recipe.Config)
	if err != nil {
		return err
	}
	defer func() { b.Close() }()
	train, test, source, err := c.examples(e, run)
	if err != nil {
		return err
	}
	loaded := time.Since(start)
	if err := b.SetParams(run.kept); err != nil {
		return err
	}
	w, err := c.watcher(e, run)
	if err != nil {
		return err
	}
	w.start(runlog.Start{
		Event: "start", Version: version(), Time: start.UTC().Format(time.RFC3339), Device: b.Name(),
		Source: source, Train: train.Len(), Test: test.Len(), Parameters: recipe.NumParams(), Recipe: recipe, From: run.from(),
	})
	run.begins(b.Name(), w)
	e.saves.Store(true)
	defer e.saves.Store(false)
	examples := augment.Examples(recipe, train, w.prepare)
	runErr := run.train(e.ctx, b, examples, test, w)
	if errors.Is(runErr, cuda.ErrLost) && c.Device == "auto" {
		w.note(fmt.Sprintf("%v; going on on the CPU after epoch %d", runErr, run.after.Epoch))
		b.Close()
		if b, err = c.openCPU(e, recipe.Config); err != nil {
			return err
		}
		if err := b.SetParams(run.kept); err != nil {
			return err
		}
		run.device = b.Name()
		runErr = run.train(e.ctx, b, examples, test, w)
	}
	r := run.result(b.Name(), loaded.Seconds())
	r.Out, r.Plot = c.Out, c.Plot
	err = c.finish(b, run, runErr, &r, w)
	r.WallSec = time.Since(start).Seconds()
	return errors.Join(err, w.end(r))
}

// examples returns the data set of the run, and where it came from.
func (c *trainCmd) examples(e *env, run *session) (train, test engine.Set, source string, err error) {
	if run.own != nil {
		return run.own.Train, run.own.Test, c.from(run.own, run.plan.Own), nil
	}
	c.Subset = &run.plan.Subset
	return c.load(e, run.plan.Dataset)
}

// train trains on from the last tested epoch, saving and reporting. When
// training diverges it finds out where.
func (r *session) train(ctx context.Context, b engine.Tracer, train engine.Examples, test engine.Set, w watcher) error {
	var keep error
	err := engine.Continue(ctx, b, r.plan.Recipe, train, test, r.after, func(rep engine.Report) {
		r.add(rep)
		if rep.Test != nil {
			r.after, keep = rep, errors.Join(keep, b.Params(r.kept))
			if r.save(r.kept); r.unsaved != nil { // before the epoch is announced
				w.note(fmt.Sprintf("the checkpoint was not saved: %v; %s; training goes on", r.unsaved, r.onDisk()))
			}
		}
		w.report(rep)
	})
	var diverged *engine.DivergedError
	if errors.As(err, &diverged) {
		var from engine.Stats
		if r.after.Test == nil {
			from = r.after.Done
		}
		err = errors.Join(err, diverged.Diagnose(ctx, b, r.plan.Recipe, train, from, r.kept))
	}
	return errors.Join(err, keep)
}

// finish saves the run's results, however it ended, and returns the
// command's error.
func (c *trainCmd) finish(b engine.Backend, run *session, runErr error, r *runlog.End, w watcher) error {
	interrupted := errors.Is(runErr, context.Canceled)
	var errs []error
	add := func(err error) { errs = append(errs, err) }
	switch {
	case runErr == nil:
		r.Status = "done"
	case interrupted:
		r.Status = "interrupted"
	case errors.Is(runErr, engine.ErrDiverged):
		r.Status = "diverged"
		add(run.afterDiverging(runErr))
	default:
		r.Status = "failed"
		if errors.Is(runErr, cuda.ErrLost) && c.Out != "" && run.after.Epoch > 0 {
			r.Out = unfinished(c.Out)
			if err := saveWeights(r.Out, run.kept, c.meta(run, r)); err != nil {
				r.Out = ""
				add(err)
			} else {
				runErr = fmt.Errorf("%w; the weights after epoch %d are in %s", runErr, run.after.Epoch, r.Out)
			}
		}
		if run.saved > 0 {
			runErr = fmt.Errorf("%w; go on from epoch %d with\n  %s", runErr, run.saved, c.resumeCommand(run.file))
		}
		add(runErr)
	}
	if (runErr == nil || interrupted) && run.begun() {
		reached := engine.NewParams(run.plan.Recipe.Config) // Ctrl-C may have come within an epoch
		add(b.Params(reached))
		if interrupted {
			c.interrupt(run, reached, r, w)
		}
		if r.Out != "" {
			if err := saveWeights(r.Out, reached, c.meta(run, r)); err != nil {
				r.Out = "" // not written
				add(err)
			}
		}
		if r.Plot != "" {
			if err := c.plot(r.Plot, run); err != nil {
				r.Plot = ""
				add(err)
			}
		}
	}
	if run.unsaved != nil {
		r.Checkpoint = ""
		add(fmt.Errorf("the last checkpoint was not saved: %w; %s", run.unsaved, run.onDisk()))
	}
	add(w.close())
	if err := errors.Join(errs...); err != nil {
		r.Error = err.Error()
		return err
	}
	if interrupted {
		return errInterrupted
	}
	return nil
}

// interrupt saves the checkpoint and says where the unfinished run is: never in
// the place of a finished file.
func (c *trainCmd) interrupt(run *session, reached *engine.Params, r *runlog.End, w watcher) {
	if len(run.curves.TrainLoss)+len(run.curves.TestAcc) == 0 {
		r.Plot = "" // there is nothing to draw yet
	} else if r.Plot != "" {
		r.Plot = unfinished(c.Plot)
	}
	if run.file != "" {
		if run.save(reached); run.unsaved == nil {
			w.note("the run is saved; go on with\n  " + c.resumeCommand(run.file))
			r.Out = "" // the checkpoint has the weights
		}
	}
	if r.Out != "" {
		r.Out = unfinished(c.Out)
		text := fmt.Sprintf("the unfinished weights, after %.4g of %d epochs, go to %s", run.last.At(), run.plan.Recipe.Epochs, r.Out)
		if r.Out != c.Out {
			text += fmt.Sprintf("; %s stays as it is", c.Out)
		}
		w.note(text)
	}
}

// plot draws the run's figure.
func (c *trainCmd) plot(path string, run *session) error {
	return figure.SaveCurves(path, figure.Curves{
		Title: "LeNet on " + titleOf(run.plan.Dataset),
		Runs:  []figure.Run{{Curves: run.curves, Published: isD2L(run.plan.Recipe)}},
	})
}

// isD2L reports whether a run follows the recipe whose results are published,
// with any seed.
func isD2L(r engine.Recipe) bool {
	d2l, err := engine.PresetByName("d2l")
	d2l.Preset, d2l.Seed, d2l.Reproducible = r.Preset, r.Seed, r.Reproducible
	return err == nil && r == d2l.Recipe
}

// meta is the metadata of a file of weights: how they were made.
func (c *trainCmd) meta(run *session, r *runlog.End) map[string]string {
	p := run.plan
	m := map[string]string{
		"dataset": p.Dataset,
		"subset":  strconv.FormatBool(p.Subset),
		"epochs":  strconv.Itoa(r.Epochs),
		"batch":   strconv.Itoa(p.Recipe.Batch),
		"lr":      strconv.FormatFloat(p.Recipe.LR, 'g', -1, 64),
		"decay":   p.Decay.String(),
		"augment": p.Augment.String(),
		"seed":    strconv.FormatUint(p.Recipe.Seed, 10),
	}
	if run.own != nil {
		ownMeta(m, p.Own, run.own.Classes)
	}
	if p.Recipe.Init != "" {
		m["init"] = filepath.Base(p.Recipe.Init)
	}
	if p.Recipe.Freeze != engine.NoFreeze {
		m["freeze"] = p.Recipe.Freeze.String()
	}
	if r.TestAcc != nil {
		m["test_accuracy"] = strconv.FormatFloat(*r.TestAcc, 'f', 4, 64)
	}
	return m
}
