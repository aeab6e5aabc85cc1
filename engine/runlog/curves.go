package runlog

import "lenet/engine"

// Point is a value at a time, in epochs since the start of training.
type Point struct {
	Epoch float64 `json:"e"`
	Value float64 `json:"v"`
}

// Curves are what d2l's Animator draws: how training went, against epochs.
type Curves struct {
	TrainLoss []Point `json:"loss,omitempty"`      // running means over the epoch, a few points in each
	TrainAcc  []Point `json:"train_acc,omitempty"` // likewise
	TestAcc   []Point `json:"test_acc,omitempty"`  // at the end of each epoch
}

// maxPoints bounds each curve, so that a checkpoint of a long run stays small.
const maxPoints = 1000

// Ticks chooses the reports that become points: five an epoch, as in d2l's figures,
// fewer in runs of more than 200 epochs.
type Ticks struct{ last int }

// Due reports whether the report is the first one past the next tick.
func (t *Ticks) Due(r engine.Report) bool {
	every := max(0.2, float64(r.Epochs)/maxPoints)
	tick := int(r.At()/every + 1e-9)
	due := tick > t.last
	t.last = max(t.last, tick)
	return due
}

// Add takes in a report that is due, or one of a finished epoch.
func (c *Curves) Add(r engine.Report) {
	add := func(to *[]Point, value float64) {
		if Finite(value) != nil {
			*to = append(*to, Point{r.At(), value})
		}
	}
	if r.Test != nil {
		if r.Epoch%((r.Epochs+maxPoints-1)/maxPoints) == 0 {
			add(&c.TestAcc, r.Test.Accuracy())
		}
		return
	}
	add(&c.TrainLoss, r.Done.Loss())
	add(&c.TrainAcc, r.Done.Accuracy())
}
