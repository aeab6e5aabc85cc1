package worker

import (
	"errors"
	"math"
	"time"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/wasm/protocol"
)

// Unit is what a run's workers do between two looks at their messages. Each
// computes its share of it with [Worker.Begin]. Then partners exchange what
// they have, [Worker.Merge], in rounds: in round k with the worker whose rank
// differs in bit k, so that after all rounds each worker has the sum over all
// workers, added up as a binary tree. [Worker.Finish] does with it what one
// worker would have done alone, to the bit.
type Unit int32

const (
	Ended Unit = iota // the run is finished or has diverged: there is nothing to do
	Step              // a step of gradient descent: gradients and counts are exchanged
	Test              // some of the evaluation that ends an epoch: counts are
)

// Begin computes this worker's share of the run's next unit of work. A unit
// that was begun but not finished is begun again.
func (w *Worker) Begin() (Unit, error) {
	t := w.run
	if t == nil {
		return Ended, errNoRun
	}
	t.begun = time.Now()
	t.unit, t.part = Ended, engine.Stats{}
	var err error
	switch {
	case t.finished() || t.diverged:
	case t.testing:
		t.unit = Test
		err = t.evaluate()
	default:
		t.unit = Step
		err = t.gradient()
	}
	return t.unit, err
}

// Part returns what this worker and those merged with it came to: the sum of
// losses, how many examples were right and, in a step, the gradient.
// Exchanged gradients have the length and layout of [cpu.Backend.ExchangeLen].
func (w *Worker) Part() (loss float64, correct int, sum []float32) {
	return w.run.part.LossSum, w.run.part.Correct, w.run.sum
}

// Next returns where to put a partner's gradient before [Worker.Merge]. Merge
// may exchange it with that of [Worker.Part].
func (w *Worker) Next() []float32 { return w.run.next }

// Merge adds a partner's gradient; lower says that its rank is below this worker's.
func (w *Worker) Merge(lower bool, loss float64, correct int) {
	t := w.run
	t.part.LossSum += loss
	t.part.Correct += correct
	if t.unit != Step {
		return
	}
	if lower {
		t.sum, t.next = t.next, t.sum
	}
	t.backend.Combine(t.sum, t.next)
}

// Finish ends the unit that was begun. All workers are given the same learning
// rate and number of epochs.
func (w *Worker) Finish(lr float64, epochs int) error {
	t := w.run
	t.tune(protocol.Tune{LR: lr, Epochs: epochs})
	t.part.Examples = t.examples
	switch t.unit {
	case Step:
		return t.descend()
	case Test:
		t.judge()
	}
	return nil
}

// More reports whether the unit that was begun is followed by more of the
// evaluation that belongs to the epoch's last step.
func (w *Worker) More() bool {
	t := w.run
	if t.unit == Test {
		return t.judged.Examples+t.examples < t.test.Len()
	}
	return t.at+t.examples == len(t.order)
}

var errNoRun = errors.New("no run was started")

// gradient computes this worker's shards of the next batch. A worker alone
// leaves that to descend.
func (t *run) gradient() error {
	if t.at == len(t.order) { // a new epoch
		engine.Shuffle(t.order, t.recipe.Seed, t.epoch)
		t.at, t.stats = 0, engine.Stats{}
	}
	if t.fresh = t.step == 0 || t.begun.Sub(t.kept) > keepEvery; t.fresh {
		t.kept = t.begun
		if err := t.backend.Params(t.before); err != nil {
			return err
		}
	}
	t.examples = min(t.recipe.Batch, len(t.order)-t.at)
	if t.size == 1 {
		return nil
	}
	var err error
	t.part, err = t.backend.ShardGradients(t.batch(), t.rank*cpu.Shards/t.size, (t.rank+1)*cpu.Shards/t.size, t.sum)
	return err
}

func (t *run) batch() []int32 { return t.order[t.at : t.at+t.examples] }

// descend takes the step whose gradient is in sum, and notes what it came to.
func (t *run) descend() error {
	rate := float32(t.recipe.Rate(t.epoch))
	if t.size == 1 {
		var err error
		if t.part, err = t.backend.Step(t.batch(), rate); err != nil {
			return err
		}
	}
	loss := t.part.LossSum
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		t.diverged = true
		return t.backend.SetParams(t.good)
	}
	if t.fresh {
		t.good, t.before = t.before, t.good
	}
	if t.size > 1 {
		t.backend.Apply(t.sum, rate/float32(t.examples))
	}
	t.seconds += time.Since(t.begun).Seconds()
	t.step++
	t.seen += t.examples
	t.stats.Add(t.part)
	t.since.Add(t.part)
	before := t.at
	t.at += t.examples

	n := len(t.order)
	switch {
	case t.step == 1: // the loss before any training
		t.point(0)
	case t.at < n && before*pointsPerEpoch/n != t.at*pointsPerEpoch/n:
		t.point(float64(t.epoch) + float64(t.at)/float64(n))
	}
	if t.at == n {
		t.testing, t.judged = true, engine.Stats{}
	}
	return nil
}

// evaluate runs the network on this worker's share of some more of the test set.
func (t *run) evaluate() error {
	from := t.judged.Examples
	t.examples = min(evalSlice*t.size, t.test.Len()-from)
	lo, hi := from+t.examples*t.rank/t.size, from+t.examples*(t.rank+1)/t.size
	if lo == hi {
		return nil
	}
	ev, err := t.backend.Evaluate(t.test.Images[lo*engine.Pixels:hi*engine.Pixels], t.test.Labels[lo:hi])
	t.part = ev.Stats
	return err
}

// judge adds to the evaluation and, after the last of it, ends the epoch.
func (t *run) judge() {
	t.judged.Add(t.part)
	if t.judged.Examples < t.test.Len() {
		return
	}
	t.last = t.judged.Accuracy()
	t.testing = false
	t.epoch++
	t.recipe.Epochs = max(t.recipe.Epochs, t.epoch) // fewer were asked for meanwhile
	t.point(float64(t.epoch))
	t.points[len(t.points)-1].Done = &protocol.Result{Loss: t.stats.Loss(), Acc: t.stats.Accuracy(), Test: t.last}
}
