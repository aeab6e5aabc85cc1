package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"lenet/engine"
	"lenet/engine/checkpoint"
	"lenet/engine/dataset/own"
	"lenet/engine/internal/disk"
	"lenet/engine/runlog"
)

// checkpointFlags keep a run safe.
type checkpointFlags struct {
	Checkpoint string `placeholder:"FILE" help:"Save all that the run needs to go on, after each epoch and on Ctrl-C. The file also serves as --weights."`
	Resume     string `placeholder:"FILE" type:"existingfile" help:"Go on from this checkpoint with its settings, and keep it up to date. --epochs and --lr may change."`
}

// besideResume are the options that do not ask for another run than the checkpoint's.
var besideResume = []string{"resume", "checkpoint", "epochs", "lr", "log", "log-every", "out", "plot", "quiet", "json", "device", "threads", "data-dir"}

// check reports options that contradict each other.
func (f checkpointFlags) check(k *kong.Context) error {
	if f.Resume != "" {
		for _, p := range k.Path {
			if p.Flag != nil && !slices.Contains(besideResume, p.Flag.Name) && !slices.Contains(besideOwn, p.Flag.Name) {
				return fmt.Errorf("--resume takes the settings from the checkpoint: leave out --%s; --epochs and --lr may change", p.Flag.Name)
			}
		}
	}
	return f.checkNew()
}

// checkNew reports a checkpoint that the run would replace without being its own.
func (f checkpointFlags) checkNew() error {
	there, err := os.Stat(f.Checkpoint)
	if f.Checkpoint == "" || err != nil {
		return nil
	}
	if there.IsDir() {
		return fmt.Errorf("--checkpoint %s is a directory: give the name of a file in it", f.Checkpoint)
	}
	if own, err := os.Stat(f.Resume); err == nil && os.SameFile(there, own) {
		return nil
	}
	return fmt.Errorf("--checkpoint %s is there already: go on from it with --resume %[1]s, remove it, or give another name", f.Checkpoint)
}

// session is a training run and where it stands.
type session struct {
	plan    engine.Preset
	device  string // that the weights were last computed on; "" for none yet
	meta    map[string]string
	file    string // of the checkpoint, "" for none
	release func() // the checkpoint, which no other process may write meanwhile
	shared  error  // why others are not kept from writing it
	unsaved error  // why the last checkpoint was not saved
	saved   int    // epochs finished in the checkpoint on disk, -1 for none

	after engine.Report  // of the last tested epoch, or of where the run was resumed
	kept  *engine.Params // the weights of then
	own   *own.Data      // the data set of one's own, nil for a built-in one
	drawn bool           // the last layer starts from random weights, the others do not

	last   engine.Report      // the newest
	test   *engine.Evaluation // of the last tested epoch
	curves runlog.Curves
	ticks  runlog.Ticks
}

// begin returns the run that the command line asks for, and takes over the
// settings of a checkpoint. Its release is to be called in the end.
func (c *trainCmd) begin(e *env) (r *session, err error) {
	r = &session{file: cmp.Or(c.Checkpoint, c.Resume), saved: -1}
	if err := r.lock(); err != nil {
		return nil, err
	}
	defer func(release func()) {
		if err != nil {
			release()
		}
	}(r.release)
	if err := c.checkNew(); err != nil { // made since the command line was checked
		return nil, err
	}
	if c.Resume == "" {
		if r.plan, err = c.plan(nil); err != nil {
			return nil, err
		}
		if err := c.takeOwn(e, r); err != nil {
			return nil, err
		}
		if err := c.start(e, r); err != nil {
			return nil, err
		}
		if c.suited() && c.LR == nil {
			r.plan.LR = own.Rate(r.plan.Activation)
		}
	} else if err := c.resume(e, r); err != nil {
		return nil, err
	}
	r.meta = c.meta(r, &runlog.End{})
	return r, nil
}

// start sets the weights that a fresh run starts from, and with --init the network.
func (c *trainCmd) start(e *env, r *session) error {
	recipe := &r.plan.Recipe
	if c.Init == "" {
		r.kept = engine.NewParams(recipe.Config)
		r.kept.Init(recipe.Seed)
		return nil
	}
	from, _, err := weightsFlag{c.Init, openFlags{c.Activation, c.Pool}}.load(e)
	if err != nil {
		return fmt.Errorf("--init: %w", err)
	}
	is := from.Config
	if c.Channels != nil && [2]int(*c.Channels) != is.Channels || c.Units != nil && [2]int(*c.Units) != is.Units {
		return fmt.Errorf("--init %s: its network has channels %d,%d and units %d,%d, and keeps them: leave out --channels and --units, or --init",
			c.Init, is.Channels[0], is.Channels[1], is.Units[0], is.Units[1])
	}
	recipe.Config = is.WithClasses(recipe.NumClasses())
	r.drawn = recipe.NumClasses() != is.NumClasses()
	r.kept = engine.NewParams(recipe.Config)
	return r.kept.InitFrom(from, recipe.Seed)
}

// lock keeps other processes from the run's checkpoint. Where that is not
// possible, as in a directory that cannot be written to, the run goes on.
func (r *session) lock() error {
	r.release = func() {}
	if r.file == "" {
		return nil
	}
	release, err := disk.Lock(r.file)
	var inUse disk.InUseError
	switch {
	case err == nil:
		r.release = release
	case errors.As(err, &inUse):
		return fmt.Errorf("%w, another lenet train: let that end, or have this run keep a file of its own with --checkpoint", err)
	default:
		r.shared = err
	}
	return nil
}

// takeOwn reads the data set of one's own that the command line names, and makes
// it the run's.
func (c *trainCmd) takeOwn(e *env, r *session) error {
	if c.Data == "" {
		return nil
	}
	d, is, err := c.forTraining(e, r.plan.Seed)
	if err != nil {
		return err
	}
	if r.plan, err = c.plan(d); err != nil {
		return err
	}
	if c.suited() && c.Epochs == nil {
		is.Repeat = own.Repeats(d.Train.Len())
	}
	d.Repeat(is.Repeat)
	recipe := &r.plan.Recipe
	recipe.Dataset, recipe.Subset, recipe.Own = d.Name, false, is
	recipe.Config = recipe.WithClasses(len(d.Classes))
	r.own = d
	return nil
}

func (c *trainCmd) resume(e *env, r *session) error {
	file, err := disk.ReadFile(c.Resume, checkpoint.MaxFile)
	if err != nil {
		return err
	}
	var s checkpoint.State
	if r.kept, s, err = checkpoint.Decode(file); err != nil {
		return fmt.Errorf("--resume %s: %w", c.Resume, err)
	}
	disk.Tidy(r.file)
	if c.Epochs != nil && *c.Epochs != s.Recipe.Epochs && s.Recipe.Decay != engine.NoDecay {
		return fmt.Errorf("--resume %s: with --decay %s the number of epochs has set the learning rate of those that are done: leave out --epochs", c.Resume, s.Recipe.Decay)
	}
	r.plan = engine.Preset{Recipe: s.Recipe}
	if err := c.adjust(&r.plan.Recipe); err != nil {
		return err
	}
	if r.plan.Recipe.Epochs < s.Epoch {
		return fmt.Errorf("--epochs %d: the checkpoint has %d already", r.plan.Recipe.Epochs, s.Epoch)
	}
	c.Reproducible = s.Recipe.Reproducible
	if r.own, err = c.ownFlags.resumed(e, s.Recipe); err != nil {
		return fmt.Errorf("--resume %s: %w", c.Resume, err)
	}
	if err := c.checkDevice(s.Recipe.Freeze); err != nil {
		return fmt.Errorf("--resume %s: %w", c.Resume, err)
	}
	if c.Device == "auto" && s.Device == "cpu" {
		c.Device = "cpu" // the same bits
	}
	if err := c.deviceFlags.Validate(); err != nil {
		return fmt.Errorf("--resume %s: %w", c.Resume, err)
	}
	r.saved = s.Epoch
	r.device = s.Device
	r.curves, r.test = s.Curves, s.Evaluation()
	r.after = s.Report()
	r.after.Epochs = r.plan.Recipe.Epochs
	r.last = r.after
	r.ticks.Due(r.last)
	return nil
}

// from returns how many epochs, with a fraction, were done before.
func (r *session) from() float64 {
	if !r.begun() {
		return 0
	}
	return r.last.At()
}

// within returns the examples of the running epoch that are done.
func (r *session) within() int {
	if r.last.Test != nil {
		return 0
	}
	return r.last.Done.Examples
}

// begun reports whether a step was ever finished.
func (r *session) begun() bool { return r.last.Epoch > 0 || r.last.Done.Examples > 0 }

// plateau is how many epochs of the subset most networks with sigmoid stay at
// chance: d2l's recipe 14 on Fashion-MNIST, 33 on MNIST, that of d2l 1.0 more.
const plateau = 15

// begins notes the device, and says when it is a different one.
func (r *session) begins(device string, w watcher) {
	if before := r.device; before != "" && before != device {
		w.note(fmt.Sprintf("the checkpoint was made on %.100q: on %s the bits of the weights will differ from an unbroken run's", before, device))
	}
	r.device = device
	if r.shared != nil {
		w.note(fmt.Sprintf("another run that goes on from %s meanwhile would not be noticed: %v", r.file, r.shared))
	}
	recipe := r.plan.Recipe
	if r.drawn {
		w.note(fmt.Sprintf("%s has another number of classes: the last layer starts from random weights", recipe.Init))
	}
	if !r.begun() && recipe.Init == "" && r.plan.Subset && recipe.Activation == engine.Sigmoid && recipe.Epochs <= plateau {
		w.note(fmt.Sprintf("with sigmoid, training on the subset rarely leaves chance (loss 2.30) within %d epochs: use --activation tanh, more epochs, or all images", plateau))
	}
	if r.begun() && r.last.Epoch >= r.plan.Recipe.Epochs {
		w.note(fmt.Sprintf("the run is finished after %d epochs; --epochs %d would go on", r.last.Epoch, 2*r.last.Epoch))
	}
}

// add takes in a report.
func (r *session) add(rep engine.Report) {
	if rep.Test != nil {
		r.test = rep.Test
		r.curves.Add(rep)
	} else if r.ticks.Due(rep) {
		r.curves.Add(rep)
	}
	r.last = rep
}

// save writes the checkpoint, if the run has one. When that fails the run goes
// on, and tries again after the next epoch.
func (r *session) save(p *engine.Params) {
	if r.file == "" {
		return
	}
	s := checkpoint.NewState(r.plan.Recipe, r.device, r.last, r.test, r.curves)
	r.meta["epochs"] = strconv.Itoa(s.Epoch)
	if r.unsaved = checkpoint.Save(r.file, p, s, r.meta); r.unsaved == nil {
		r.saved = s.Epoch
	}
}

// onDisk names the checkpoint on disk when the newest was not saved.
func (r *session) onDisk() string {
	if r.saved < 0 {
		return "there is none yet"
	}
	return fmt.Sprintf("the one of epoch %d is kept", r.saved)
}

// afterDiverging adds to the error how to go on.
func (r *session) afterDiverging(err error) error {
	if r.saved < 1 {
		return err
	}
	return fmt.Errorf("%w\nThe last good checkpoint, of epoch %d, is kept; go on from it at a lower rate:\n  lenet train --resume %s --lr %v",
		err, r.saved, shellQuote(r.file), r.plan.Recipe.LR/2)
}

// result returns how the run stands.
func (r *session) result(device string, dataSec float64) runlog.End {
	end := runlog.End{
		Event: "end", Device: device, Epochs: r.last.Epoch,
		ExamplesPerSec: runlog.Finite(float64(r.last.Seen) / r.last.TrainSec),
		Seen:           r.last.Seen, TrainSec: r.last.TrainSec, ImageSec: r.last.ImageSec, DataSec: dataSec, Checkpoint: r.file,
	}
	if r.begun() {
		end.Loss, end.TrainAcc = runlog.Finite(r.last.Done.Loss()), runlog.Finite(r.last.Done.Accuracy())
	}
	if r.test != nil {
		end.TestAcc = runlog.Finite(r.test.Accuracy())
	}
	return end
}

// resumeCommand returns the command that goes on with the run.
func (c *trainCmd) resumeCommand(file string) string {
	args := []string{"lenet", "train", "--resume", file}
	for _, f := range []struct{ name, value string }{{"--log", c.Log}, {"--out", c.Out}, {"--plot", c.Plot}, {"--data-dir", c.DataDir}} {
		if f.value != "" {
			args = append(args, f.name, f.value)
		}
	}
	if c.LogEvery > 0 {
		args = append(args, "--log-every", strconv.Itoa(c.LogEvery))
	}
	if c.Threads > 0 {
		args = append(args, "--threads", strconv.Itoa(c.Threads))
	}
	args = append(args, c.ownFlags.args()...)
	for i, a := range args {
		args[i] = shellQuote(a)
	}
	return strings.Join(args, " ")
}

// shellQuote makes one word of s for a POSIX shell.
func shellQuote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r == '-' || r == '_' || r == '.' || r == '/' || r == '=' || r == ',' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
