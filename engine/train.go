package engine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Shuffle fills order with the places 0..len(order)-1 in the order in which
// epoch (from 0) of that seed visits them. Every platform gives the same order.
func Shuffle(order []int32, seed uint64, epoch int) {
	for i := range order {
		order[i] = int32(i)
	}
	rng := rand.New(rand.NewPCG(seed, uint64(epoch)+0x5ff1e))
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}

// Report is the state of training.
type Report struct {
	Epoch    int         // epochs finished
	Epochs   int         // epochs to run
	Done     Stats       // examples of the running epoch so far; of the whole epoch once Test is set
	Total    int         // examples in an epoch
	LR       float64     // learning rate of the epoch
	TrainSec float64     // seconds spent in training steps since the start, data loading and evaluation left out
	ImageSec float64     // seconds spent making the epochs' training images since the start; 0 for a Set
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

// Set is a labelled set of images: 784 pixels each, 0..255, and a label below the
// number of classes.
type Set struct {
	Images, Labels []byte
}

// Len returns the number of examples.
func (s Set) Len() int { return len(s.Labels) }

// Check reports a set of [DefaultClasses] that is empty, whose images and labels do
// not match, or that has a label above 9.
func (s Set) Check() error { return s.CheckFor(DefaultClasses) }

// CheckFor is Check for a set of that many classes.
func (s Set) CheckFor(classes int) error {
	if len(s.Labels) == 0 {
		return fmt.Errorf("no examples")
	}
	if len(s.Images) != len(s.Labels)*Pixels {
		return fmt.Errorf("%d bytes of images for %d labels: each image takes %d bytes", len(s.Images), len(s.Labels), Pixels)
	}
	for i, l := range s.Labels {
		if int(l) >= classes {
			return fmt.Errorf("label %d of example %d: labels are 0 to %d", l, i, classes-1)
		}
	}
	return nil
}

// Examples are a training set whose images may differ from epoch to epoch. A
// [Set] is one whose images stay; package augment makes others.
type Examples interface {
	Len() int
	// Epoch returns the images and labels of that epoch, from 0. They may lie
	// where those of the epoch before did. It ends early with ctx's error.
	Epoch(ctx context.Context, epoch int) (Set, error)
}

// Epoch returns s, whatever the epoch.
func (s Set) Epoch(context.Context, int) (Set, error) { return s, nil }

// Train runs the recipe's epochs from first (0 for a fresh run) on a backend
// that already holds the starting parameters. report is called after every
// group of steps and after every epoch's evaluation; it may be nil. When ctx
// is cancelled, training stops within one step and ctx's error is returned.
// When the loss stops being finite, the error is a [*DivergedError].
//
// Of the recipe, Train reads Epochs, Batch, LR, Decay, Optimizer, Seed and Freeze,
// which takes a [Freezer]. A
// recipe with an Augment needs the examples that augment.Examples makes, and
// one that is Reproducible a backend that is.
func Train(ctx context.Context, b Backend, r Recipe, train Examples, test Set, first int, report func(Report)) error {
	return Continue(ctx, b, r, train, test, Report{Epoch: first}, report)
}

// Continue is [Train] from where a report was given, on a backend that holds
// the parameters of that moment, within an epoch too. Of the report, Epoch,
// Done and whether Test is nil say where that was; Seen, TrainSec and ImageSec
// are counted on from. The parameters come out as those of an unbroken run, bit
// for bit. (The loss of an epoch that was broken may differ in the last bit of its sum.)
func Continue(ctx context.Context, b Backend, r Recipe, train Examples, test Set, from Report, report func(Report)) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if err := freeze(b, r); err != nil {
		return err
	}
	set, same := train.(Set)
	if same {
		if r.Augment != NoAugment {
			return fmt.Errorf("the recipe changes the images as suits %v: train on what augment.Examples makes of the set", r.Augment)
		}
		if err := give(b, r, set); err != nil {
			return err
		}
	}
	if err := test.CheckFor(r.NumClasses()); err != nil {
		return fmt.Errorf("test set: %w", err)
	}
	var before Stats // of the epoch that is resumed
	if from.Test == nil {
		before = from.Done
	}
	if n := before.Examples; n < 0 || n > train.Len() || n%r.Batch != 0 && n != train.Len() {
		return fmt.Errorf("cannot resume after %d of %d examples: batches of %d do not end there", n, train.Len(), r.Batch)
	}
	if report == nil {
		report = func(Report) {}
	}
	order := make([]int32, train.Len())
	rep := Report{Epochs: r.Epochs, Total: train.Len(), Seen: from.Seen, TrainSec: from.TrainSec, ImageSec: from.ImageSec}
	for epoch := from.Epoch; epoch < r.Epochs; epoch++ {
		if !same {
			start := time.Now()
			set, err := train.Epoch(ctx, epoch)
			if err != nil {
				return err
			}
			rep.ImageSec += time.Since(start).Seconds()
			if err := give(b, r, set); err != nil {
				return err
			}
		}
		Shuffle(order, r.Seed, epoch)
		rep.Epoch, rep.Done, rep.Test, rep.LR = epoch, before, nil, r.Rate(epoch)
		if left := order[before.Examples:]; len(left) > 0 {
			start, sec, seen := time.Now(), rep.TrainSec, rep.Seen
			update := func(s Stats) {
				rep.Done = before
				rep.Done.Add(s)
				rep.Seen, rep.TrainSec = seen+s.Examples, sec+time.Since(start).Seconds()
			}
			stats, err := b.Epoch(left, r.Batch, float32(rep.LR), func(s Stats) bool {
				if s.Examples > 0 { // otherwise a device asks whether to go on
					update(s)
					report(rep)
				}
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
		diverged := &DivergedError{Epoch: epoch + 1, Step: (rep.Done.Examples + r.Batch - 1) / r.Batch, LR: rep.LR}
		if !isFinite(rep.Done.LossSum) {
			return diverged
		}
		ev, err := b.Evaluate(test.Images, test.Labels)
		if err != nil {
			return err
		}
		if !isFinite(ev.LossSum) { // the last step did it
			return diverged
		}
		rep.Epoch, rep.Test = epoch+1, &ev
		report(rep)
		before = Stats{}
	}
	return nil
}

// give checks a training set and hands it to the backend.
func give(b Backend, r Recipe, s Set) error {
	if err := s.CheckFor(r.NumClasses()); err != nil {
		return fmt.Errorf("training set: %w", err)
	}
	return b.SetData(s.Images, s.Labels)
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
