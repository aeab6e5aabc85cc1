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
	TrainSec float64     // seconds spent in training steps since the start, data loading and evaluation left out
	Seen     int         // training examples since the start
	Test     *Evaluation // the test set's, at the end of an epoch; otherwise nil
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

// ErrDiverged is wrapped by the error that Train returns when the loss stops being finite.
var ErrDiverged = fmt.Errorf("training diverged")

// Train runs the recipe's epochs from first (0 for a fresh run) on a backend
// that already holds the starting parameters. report is called after every
// group of steps and after every epoch's evaluation; it may be nil. When ctx
// is cancelled, training stops within one step and ctx's error is returned.
func Train(ctx context.Context, b Backend, r Recipe, train, test Set, first int, report func(Report)) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if err := train.Check(); err != nil {
		return fmt.Errorf("training set: %w", err)
	}
	if err := test.Check(); err != nil {
		return fmt.Errorf("test set: %w", err)
	}
	if err := b.SetData(train.Images, train.Labels); err != nil {
		return err
	}
	if report == nil {
		report = func(Report) {}
	}
	order := make([]int32, train.Len())
	rep := Report{Epochs: r.Epochs, Total: train.Len()}
	for epoch := first; epoch < r.Epochs; epoch++ {
		Shuffle(order, r.Seed, epoch)
		rep.Epoch, rep.Test = epoch, nil
		start, before, seen := time.Now(), rep.TrainSec, rep.Seen
		stats, err := b.Epoch(order, r.Batch, float32(r.LR), func(s Stats) bool {
			rep.Done, rep.Seen, rep.TrainSec = s, seen+s.Examples, before+time.Since(start).Seconds()
			report(rep)
			return ctx.Err() == nil && !math.IsNaN(s.LossSum) && !math.IsInf(s.LossSum, 0)
		})
		if err != nil {
			return err
		}
		rep.Done, rep.Seen, rep.TrainSec = stats, seen+stats.Examples, before+time.Since(start).Seconds()
		if err := ctx.Err(); err != nil {
			return err
		}
		if l := stats.Loss(); math.IsNaN(l) || math.IsInf(l, 0) {
			return fmt.Errorf("%w in epoch %d after %d examples: the loss is %v; try a learning rate below %v", ErrDiverged, epoch+1, stats.Examples, l, r.LR)
		}
		ev, err := b.Evaluate(test.Images, test.Labels)
		if err != nil {
			return err
		}
		rep.Epoch, rep.Test = epoch+1, &ev
		report(rep)
	}
	return nil
}
