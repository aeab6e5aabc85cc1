package worker

import (
	"fmt"
	"math"
	"time"

	"lenet/engine"
	"lenet/engine/cpu"
	weightfile "lenet/engine/weights"
	"lenet/wasm/protocol"
)

const (
	pointsPerEpoch = 10                     // points of the training curves in an epoch
	evalSlice      = 250                    // test images evaluated at a time, so that a unit stays short
	keepEvery      = 100 * time.Millisecond // between copies of the parameters to fall back on
)

// run is a training run that stops and goes on after any step. It visits the
// examples in the order of [engine.Train], so that the same recipe on the same
// set gives the same parameters.
//
// Several workers may work on one run, each with the whole of it: every unit of
// work is shared out, what it comes to is exchanged, and all do the same with
// it (see [Unit]). So any of them can go on with the run without the others.
type run struct {
	recipe      engine.Recipe
	rank, size  int // this worker's place, and how many there are
	backend     *cpu.Backend
	train, test engine.Set

	order   []int32      // of the running epoch
	at      int          // examples of the running epoch done
	epoch   int          // epochs finished
	stats   engine.Stats // of the running epoch
	since   engine.Stats // since the last point of the curves
	testing bool         // between an epoch's last step and the end of its evaluation
	judged  engine.Stats // of the evaluation so far

	step     int
	seen     int
	seconds  float64
	last     float64 // test accuracy after the last epoch, NaN before the first
	points   []protocol.Point
	diverged bool

	// The unit of work that was begun.
	unit      Unit
	begun     time.Time
	examples  int          // of all workers
	part      engine.Stats // what this worker came to, and those it has merged
	sum, next []float32    // gradient, exchange layout: likewise, and a partner's; nil when alone

	// good are the last parameters that gave a finite loss; before are those of
	// a later step, not known to be good until their loss is.
	good, before *engine.Params
	fresh        bool // before holds the parameters of the step that was begun
	kept         time.Time
}

func newRun(r protocol.Start, train, test engine.Set) (*run, error) {
	if err := train.CheckFor(r.Recipe.NumClasses()); err != nil {
		return nil, fmt.Errorf("training set: %w", err)
	}
	if err := test.CheckFor(r.Recipe.NumClasses()); err != nil {
		return nil, fmt.Errorf("test set: %w", err)
	}
	b, err := cpu.New(r.Recipe.Config, cpu.Options{Reproducible: r.Recipe.Reproducible, Optimizer: r.Recipe.Optimizer})
	if err != nil {
		return nil, err
	}
	t := &run{
		recipe: r.Recipe, rank: r.Rank, size: r.Size, backend: b, train: train, test: test,
		order: make([]int32, train.Len()), last: math.NaN(), good: engine.NewParams(r.Recipe.Config),
	}
	if r.Size > 1 {
		t.sum, t.next = make([]float32, b.ExchangeLen()), make([]float32, b.ExchangeLen())
	}
	if err := t.begin(r); err != nil {
		b.Close()
		return nil, err
	}
	return t, nil
}

// begin sets the run up with fresh parameters, or where an earlier one stood.
func (t *run) begin(r protocol.Start) error {
	if err := t.place(r); err != nil {
		return err
	}
	if err := t.backend.SetFreeze(t.recipe.Freeze); err != nil {
		return err
	}
	t.before = t.good.Clone()
	engine.Shuffle(t.order, t.recipe.Seed, t.epoch)
	if err := t.backend.SetParams(t.good); err != nil {
		return err
	}
	return t.backend.SetData(t.train.Images, t.train.Labels)
}

// place sets the parameters that the run begins with, or goes on from.
func (t *run) place(r protocol.Start) error {
	switch {
	case r.From != nil:
		return t.resume(*r.From)
	case r.Init == nil:
		t.good.Init(r.Recipe.Seed)
		return nil
	}
	f, err := weightfile.Decode(r.Init)
	if err != nil {
		return fmt.Errorf("weights to start from: %w", err)
	}
	return t.good.InitFrom(f.Params, r.Recipe.Seed)
}

// resume takes over where a run stood.
func (t *run) resume(from protocol.Parameters) error {
	m := from.Mark
	if m.Done > t.train.Len() || m.Judged > t.test.Len() {
		return fmt.Errorf("%d training examples and %d test images done: the sets have %d and %d", m.Done, m.Judged, t.train.Len(), t.test.Len())
	}
	copy(t.good.Data, from.Params.Data)
	t.epoch, t.at, t.step, t.seen, t.seconds = m.Epoch, m.Done, m.Step, m.Seen, m.Seconds
	t.testing, t.judged = m.Testing, engine.Stats{Examples: m.Judged, Correct: m.Right}
	t.stats = engine.Stats{Examples: m.Done, LossSum: m.Loss, Correct: m.Correct}
	t.since = engine.Stats{Examples: m.PointDone, LossSum: m.PointLoss, Correct: m.PointCorrect}
	if m.Test >= 0 {
		t.last = m.Test
	}
	t.tune(protocol.Tune{LR: t.recipe.LR, Epochs: t.recipe.Epochs})
	return nil
}

// parameters copies the run's parameters out, and what else [run.resume] needs.
func (t *run) parameters() (protocol.Parameters, error) {
	p := engine.NewParams(t.recipe.Config)
	m := protocol.Mark{
		Epoch: t.epoch, Done: t.at, Step: t.step, Seen: t.seen, Seconds: t.seconds,
		Testing: t.testing, Judged: t.judged.Examples, Right: t.judged.Correct,
		Loss: t.stats.LossSum, Correct: t.stats.Correct,
		PointDone: t.since.Examples, PointLoss: t.since.LossSum, PointCorrect: t.since.Correct,
		Test: -1,
	}
	if !math.IsNaN(t.last) {
		m.Test = t.last
	}
	epoch := float64(t.epoch)
	if t.testing || t.at < len(t.order) { // not between epochs
		epoch += float64(t.at) / float64(len(t.order))
	}
	return protocol.Parameters{Params: p, Epoch: epoch, Mark: m}, t.backend.Params(p)
}

func (t *run) finished() bool { return t.epoch >= t.recipe.Epochs }

func (t *run) tune(r protocol.Tune) {
	t.recipe.LR = r.LR
	t.recipe.Epochs = max(r.Epochs, t.epoch)
}

// point adds a point to the curves.
func (t *run) point(epoch float64) {
	t.points = append(t.points, protocol.Point{Epoch: epoch, Loss: t.since.Loss(), Acc: t.since.Accuracy()})
	t.since = engine.Stats{}
}

// report returns the state of the run with its new points.
func (t *run) report() protocol.Progress {
	p := protocol.Progress{
		State: "training", Epoch: t.epoch, Epochs: t.recipe.Epochs, Done: t.at, Total: len(t.order),
		Testing: t.testing, Step: t.step, Seen: t.seen, Seconds: t.seconds,
		Loss: t.stats.Loss(), Acc: t.stats.Accuracy(), Test: t.last, LR: t.recipe.LR, Points: t.points,
	}
	if t.at == len(t.order) && !t.testing { // between epochs
		p.Done = 0
	}
	if t.finished() {
		p.State = "finished"
	}
	if t.diverged {
		p.State = "diverged"
	}
	t.points = nil
	return p
}

// slope computes the gradient of the mean loss on the batch of the last step,
// or of the first one before any, at the run's parameters. A unit of work that
// was begun is not changed by it.
func (t *run) slope() (*engine.Params, error) {
	g := engine.NewParams(t.recipe.Config)
	to := t.at
	if to == 0 {
		to = min(t.recipe.Batch, len(t.order))
	}
	_, err := t.backend.Gradient(t.order[(to-1)/t.recipe.Batch*t.recipe.Batch:to], g)
	return g, err
}
