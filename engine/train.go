package engine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Recipe is how a network is trained: plain SGD on shuffled batches.
type Recipe struct {
	Config
	Epochs int     `json:"epochs"`
	Batch  int     `json:"batch"`
	LR     float64 `json:"lr"`
	Seed   uint64  `json:"seed"` // seeds both the initial parameters and the shuffling
}

// Validate reports what is out of range.
func (r Recipe) Validate() error {
	if err := r.Config.Validate(); err != nil {
		return err
	}
	switch {
	case r.Epochs < 1:
		return fmt.Errorf("%d epochs: use 1 or more", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("batch size %d: use 1 or more", r.Batch)
	case !(r.LR > 0) || math.IsInf(r.LR, 0):
		return fmt.Errorf("learning rate %v: use a number above 0", r.LR)
	}
	return nil
}

// Preset is a named recipe.
type Preset struct {
	Name    string `json:"name"`
	Recipe  Recipe `json:"recipe"`
	Dataset string `json:"dataset"` // "fashion" or "mnist"
	Subset  bool   `json:"subset"`  // trained on the embedded subset rather than all 60,000 images
	About   string `json:"about"`   // one line for people
}

// Presets returns the recipes that the command line and the page offer.
func Presets() []Preset {
	classic := Classic()
	quick := classic
	quick.Activation = Tanh
	modern := classic
	modern.Activation, modern.Pooling = ReLU, MaxPool
	return []Preset{
		{"quick", Recipe{Config: quick, Epochs: 6, Batch: 32, LR: 0.1}, "mnist", true,
			"tanh on 6,000 images: learns within seconds"},
		{"d2l", Recipe{Config: classic, Epochs: 10, Batch: 256, LR: 0.9}, "fashion", false,
			"the recipe of Dive into Deep Learning, first edition: sigmoid, SGD 0.9, batch 256, with its plateau"},
		{"d2l-1.0", Recipe{Config: classic, Epochs: 10, Batch: 128, LR: 0.1}, "fashion", false,
			"the recipe of Dive into Deep Learning 1.0: SGD 0.1, batch 128"},
		{"modern", Recipe{Config: modern, Epochs: 10, Batch: 64, LR: 0.1}, "fashion", false,
			"ReLU and max pooling: the answer to d2l's first exercises"},
	}
}

// PresetByName returns the preset of that name, or an error that lists the names there are.
func PresetByName(name string) (Preset, error) {
	var names []string
	ps := Presets()
	for _, p := range ps {
		names = append(names, p.Name)
	}
	i, err := parseName("preset", names, name)
	if err != nil {
		return Preset{}, err
	}
	return ps[i], nil
}

// Shuffle fills order with the places 0..len(order)-1 in the order in which
// epoch (from 0) of that seed visits them. Every platform gives the same order.
func Shuffle(order []int32, seed uint64, epoch int) {
	for i := range order {
		order[i] = int32(i)
	}
	rng := rand.New(rand.NewPCG(seed, uint64(epoch)+0x5ff1e))
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}

// Report tells how training stands.
type Report struct {
	Epoch    int         // epochs finished
	Epochs   int         // epochs to run
	Done     Stats       // examples of the running epoch so far; of the whole epoch once Test is set
	Total    int         // examples in an epoch
	LR       float64     // learning rate of the epoch
	TrainSec float64     // seconds spent in training steps since the start, data loading and evaluation left out
	Seen     int         // training examples since the start
	Test     *Evaluation // the test set's, at the end of an epoch; otherwise nil
}

// At returns the time of the report in epochs, with a fraction within one.
func (r Report) At() float64 {
	if r.Test != nil {
		return float64(r.Epoch)
	}
	return float64(r.Epoch) + float64(r.Done.Examples)/float64(r.Total)
}

// Set is a labelled set of images: 784 pixels each, 0..255, and a label below 10.
type Set struct {
	Images, Labels []byte
}

// Len returns the number of examples.
func (s Set) Len() int { return len(s.Labels) }

// Check reports a set that is empty, whose images and labels do not match, or
// that has a label above 9.
func (s Set) Check() error {
	if len(s.Labels) == 0 {
		return fmt.Errorf("no examples")
	}
	if len(s.Images) != len(s.Labels)*Pixels {
		return fmt.Errorf("%d bytes of images for %d labels: each image takes %d bytes", len(s.Images), len(s.Labels), Pixels)
	}
	for i, l := range s.Labels {
		if l >= Classes {
			return fmt.Errorf("label %d of example %d: labels are 0 to %d", l, i, Classes-1)
		}
	}
	return nil
}

// Train runs the recipe's epochs from first (0 for a fresh run) on a backend
// that already holds the starting parameters. report is called after every
// group of steps and after every epoch's evaluation; it may be nil. When ctx
// is cancelled, training stops within one step and ctx's error is returned.
// When the loss stops being finite, the error is a [*DivergedError].
func Train(ctx context.Context, b Backend, r Recipe, train, test Set, first int, report func(Report)) error {
	return Continue(ctx, b, r, train, test, Report{Epoch: first}, report)
}

// Continue is [Train] from where a report was given, on a backend that holds
// the parameters of that moment, within an epoch too. Of the report, Epoch,
// Done and whether Test is nil say where that was; Seen and TrainSec are
// counted on from. The parameters come out as those of an unbroken run, bit for
// bit. (The loss of an epoch that was broken may differ in the last bit of its sum.)
func Continue(ctx context.Context, b Backend, r Recipe, train, test Set, from Report, report func(Report)) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if err := train.Check(); err != nil {
		return fmt.Errorf("training set: %w", err)
	}
	if err := test.Check(); err != nil {
		return fmt.Errorf("test set: %w", err)
	}
	var before Stats // of the epoch that is gone on with
	if from.Test == nil {
		before = from.Done
	}
	if n := before.Examples; n < 0 || n > train.Len() || n%r.Batch != 0 && n != train.Len() {
		return fmt.Errorf("cannot go on after %d of %d examples: batches of %d do not end there", n, train.Len(), r.Batch)
	}
	if err := b.SetData(train.Images, train.Labels); err != nil {
		return err
	}
	if report == nil {
		report = func(Report) {}
	}
	order := make([]int32, train.Len())
	rep := Report{Epochs: r.Epochs, Total: train.Len(), LR: r.LR, Seen: from.Seen, TrainSec: from.TrainSec}
	for epoch := from.Epoch; epoch < r.Epochs; epoch++ {
		Shuffle(order, r.Seed, epoch)
		rep.Epoch, rep.Done, rep.Test = epoch, before, nil
		if left := order[before.Examples:]; len(left) > 0 {
			start, sec, seen := time.Now(), rep.TrainSec, rep.Seen
			update := func(s Stats) {
				rep.Done = before
				rep.Done.Add(s)
				rep.Seen, rep.TrainSec = seen+s.Examples, sec+time.Since(start).Seconds()
			}
			stats, err := b.Epoch(left, r.Batch, float32(r.LR), func(s Stats) bool {
				update(s)
				report(rep)
				return ctx.Err() == nil && isFinite(s.LossSum)
			})
			if err != nil {
				return err
			}
			reported := rep.Done
			if update(stats); rep.Done != reported { // a device may be ahead of its reports when it is stopped
				report(rep)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !isFinite(rep.Done.LossSum) {
			return &DivergedError{Epoch: epoch + 1, Step: (rep.Done.Examples + r.Batch - 1) / r.Batch, LR: r.LR}
		}
		ev, err := b.Evaluate(test.Images, test.Labels)
		if err != nil {
			return err
		}
		if !isFinite(ev.LossSum) { // the last step did it
			return &DivergedError{Epoch: epoch + 1, Step: (rep.Done.Examples + r.Batch - 1) / r.Batch, LR: r.LR}
		}
		rep.Epoch, rep.Test = epoch+1, &ev
		report(rep)
		before = Stats{}
	}
	return nil
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
