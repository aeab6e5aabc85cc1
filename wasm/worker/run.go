package worker

import (
	"fmt"
	"math"
	"time"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/wasm/protocol"
)

const (
	pointsPerEpoch = 10  // points of the training curves in an epoch
	evalSlice      = 250 // test images evaluated at a time, so that a slice stays short
)

// run is a training run that stops and goes on after any step. It visits the
// examples in the order of [engine.Train], so that the same recipe on the same
// set gives the same parameters.
type run struct {
	recipe      engine.Recipe
	backend     *cpu.Backend
	train, test engine.Set

	order  []int32       // of the running epoch
	at     int           // examples of the running epoch done
	epoch  int           // epochs finished
	stats  engine.Stats  // of the running epoch
	since  engine.Stats  // since the last point of the curves
	eval   *engine.Stats // of the epoch's evaluation; nil while training
	judged int           // test images evaluated

	step     int
	seen     int
	seconds  float64
	last     float64 // test accuracy after the last epoch, NaN before the first
	points   []protocol.Point
	diverged bool

	// good are the last parameters that gave a finite loss; before are those of
	// the slice's start, not known to be good until a step has used them.
	good, before *engine.Params
}

func newRun(r engine.Recipe, train, test engine.Set) (*run, error) {
	if err := train.Check(); err != nil {
		return nil, fmt.Errorf("training set: %w", err)
	}
	if err := test.Check(); err != nil {
		return nil, fmt.Errorf("test set: %w", err)
	}
	b, err := cpu.New(r.Config, cpu.Options{})
	if err != nil {
		return nil, err
	}
	p := engine.NewParams(r.Config)
	p.Init(r.Seed)
	if err := b.SetParams(p); err != nil {
		return nil, err
	}
	if err := b.SetData(train.Images, train.Labels); err != nil {
		return nil, err
	}
	t := &run{
		recipe: r, backend: b, train: train, test: test,
		order: make([]int32, train.Len()), last: math.NaN(),
		good: p, before: p.Clone(),
	}
	engine.Shuffle(t.order, r.Seed, 0)
	return t, nil
}

func (t *run) finished() bool { return t.epoch >= t.recipe.Epochs }

func (t *run) tune(r protocol.Tune) {
	t.recipe.LR = r.LR
	t.recipe.Epochs = max(r.Epochs, t.epoch)
}

// advance trains and evaluates until the time is up, the steps are taken, the
// run is finished or the loss stops being finite. Steps counts SGD steps; the
// evaluation that ends an epoch is run along with the last one.
func (t *run) advance(r protocol.Advance) (protocol.Reply, error) {
	if err := t.backend.Params(t.before); err != nil {
		return nil, err
	}
	start := time.Now()
	for steps := 0; !t.finished() && !t.diverged; {
		var err error
		switch {
		case t.eval != nil:
			err = t.evaluate()
		case r.Steps > 0 && steps == r.Steps:
			return t.report(), nil
		default:
			err = t.sgd(steps == 0)
			steps++
		}
		if err != nil {
			return nil, err
		}
		if r.Steps == 0 && time.Since(start).Seconds()*1000 >= r.Millis {
			break
		}
	}
	return t.report(), nil
}

// sgd takes one step. first says that it uses the parameters in t.before.
func (t *run) sgd(first bool) error {
	if t.at == len(t.order) { // a new epoch
		engine.Shuffle(t.order, t.recipe.Seed, t.epoch)
		t.at, t.stats = 0, engine.Stats{}
	}
	batch := t.order[t.at:min(t.at+t.recipe.Batch, len(t.order))]
	start := time.Now()
	s, err := t.backend.Step(batch, float32(t.recipe.LR))
	if err != nil {
		return err
	}
	t.seconds += time.Since(start).Seconds()
	if math.IsNaN(s.LossSum) || math.IsInf(s.LossSum, 0) {
		t.diverged = true
		return t.backend.SetParams(t.good)
	}
	if first {
		t.good, t.before = t.before, t.good
	}
	t.step++
	t.seen += len(batch)
	t.stats.Add(s)
	t.since.Add(s)
	before := t.at
	t.at += len(batch)

	n := len(t.order)
	switch {
	case t.step == 1: // the loss before any training
		t.point(0)
	case t.at < n && before*pointsPerEpoch/n != t.at*pointsPerEpoch/n:
		t.point(float64(t.epoch) + float64(t.at)/float64(n))
	}
	if t.at == n {
		t.eval, t.judged = &engine.Stats{}, 0
	}
	return nil
}

// point adds a point to the curves.
func (t *run) point(epoch float64) {
	t.points = append(t.points, protocol.Point{Epoch: epoch, Loss: t.since.Loss(), Acc: t.since.Accuracy()})
	t.since = engine.Stats{}
}

// evaluate runs the network on some more of the test set and, after the last
// of it, ends the epoch.
func (t *run) evaluate() error {
	from, to := t.judged, min(t.judged+evalSlice, t.test.Len())
	ev, err := t.backend.Evaluate(t.test.Images[from*engine.Pixels:to*engine.Pixels], t.test.Labels[from:to])
	if err != nil {
		return err
	}
	t.eval.Add(ev.Stats)
	if t.judged = to; to < t.test.Len() {
		return nil
	}
	t.last = t.eval.Accuracy()
	t.eval = nil
	t.epoch++
	t.point(float64(t.epoch))
	t.points[len(t.points)-1].Done = &protocol.Result{Loss: t.stats.Loss(), Acc: t.stats.Accuracy(), Test: t.last}
	return nil
}

// report tells how the run stands and hands over the new points.
func (t *run) report() protocol.Progress {
	p := protocol.Progress{
		State: "training", Epoch: t.epoch, Epochs: t.recipe.Epochs, Done: t.at, Total: len(t.order),
		Testing: t.eval != nil, Step: t.step, Seen: t.seen, Seconds: t.seconds,
		Loss: t.stats.Loss(), Acc: t.stats.Accuracy(), Test: t.last, LR: t.recipe.LR, Points: t.points,
	}
	if t.at == len(t.order) && t.eval == nil { // between epochs
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

// params copies the run's parameters out.
func (t *run) params() (protocol.Reply, error) {
	p := engine.NewParams(t.recipe.Config)
	epoch := float64(t.epoch)
	if t.eval != nil || t.at < len(t.order) { // not between epochs
		epoch += float64(t.at) / float64(len(t.order))
	}
	return protocol.Parameters{Params: p, Step: t.step, Epoch: epoch}, t.backend.Params(p)
}
