package cuda

import (
	"fmt"
	"slices"
	"time"

	"lenet/engine"
)

// Designs lists the ways of running an epoch that are worth measuring beside each other.
func Designs() []Options {
	return []Options{
		{Schedule: Graph, PerBlock: 1},
		{Schedule: Graph, PerBlock: 2},
		{Schedule: Cooperative, PerBlock: 1},
		{Schedule: Cooperative, PerBlock: 2},
	}
}

// Design names the options in a few words.
func (o Options) Design() string {
	if o.PerBlock == 0 {
		return o.Schedule.String()
	}
	return fmt.Sprintf("%s, %d a block", o.Schedule, o.PerBlock)
}

// Measurement is how fast one design trains.
type Measurement struct {
	StepSec  float64 // median over the epochs of a step's time, by the GPU's events
	Rate     float64 // examples per second at that time
	TrainSec float64 // all epochs by the clock: order to the GPU, steps, parameters back; no evaluation
	Loss     float64 // mean over the last epoch
	Accuracy float64 // on the test set
}

// Measure trains afresh with the design, after an epoch to warm up.
func Measure(o Options, r engine.Recipe, train, test engine.Set) (m Measurement, err error) {
	b, err := Open(r.Config, o)
	if err != nil {
		return m, err
	}
	defer func() {
		if e := b.Close(); err == nil {
			err = e
		}
	}()
	if err := b.SetData(train.Images, train.Labels); err != nil {
		return m, err
	}
	first := engine.NewParams(r.Config)
	first.Init(r.Seed)
	order := make([]int32, train.Len())
	steps := (train.Len() + r.Batch - 1) / r.Batch
	var took []float64
	for epoch := -1; epoch < r.Epochs; epoch++ {
		if epoch <= 0 {
			if err := b.SetParams(first); err != nil {
				return m, err
			}
		}
		engine.Shuffle(order, r.Seed, max(0, epoch))
		start := time.Now()
		s, err := b.Epoch(order, r.Batch, float32(r.LR), nil)
		if err != nil {
			return m, err
		}
		if epoch >= 0 {
			m.TrainSec += time.Since(start).Seconds()
			m.Loss = s.Loss()
			took = append(took, b.Elapsed().Seconds()/float64(steps))
		}
	}
	slices.Sort(took)
	m.StepSec = took[len(took)/2]
	m.Rate = float64(train.Len()) / float64(steps) / m.StepSec
	ev, err := b.Evaluate(test.Images, test.Labels)
	m.Accuracy = ev.Accuracy()
	return m, err
}
