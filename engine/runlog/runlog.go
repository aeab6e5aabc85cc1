// Package runlog writes and reads the logs of training runs, for people's
// notebooks, for `lenet plot` and for the page.
//
// # JSON lines
//
// A log is text in UTF-8, a JSON object a line, of four kinds by their "event".
// Times are in seconds; losses are mean cross-entropies in nats; accuracies are
// shares from 0 to 1. Loss and train_acc are means over the running epoch so
// far, as d2l's are. A number that is not finite is null.
//
//	start   event, version, time (RFC 3339), device, source, train_examples, test_examples, parameters,
//	        recipe {activation, pooling, channels, units, preset, dataset ("mnist", for example), subset, epochs, batch, lr,
//	        decay, optimizer, augment, seed, reproducible, and where they say more than the default: classes,
//	        init (the weights that it started from), freeze ("conv", "all-but-last"),
//	        own {sha256 (of the pixels), test_share (held out), repeat (how often an epoch has each example)} for a data set of one's own, whose name dataset is then}, and five of these beside it, as the first release had them:
//	        dataset, subset, decay, augment, reproducible
//	        from (the epoch, with a fraction within one, that a resumed run went on from; 0 for a fresh run)
//	step    event, epoch (with a fraction), step (since the first epoch), examples (likewise), lr, loss, train_acc, train_sec
//	epoch   event, epoch (finished), epochs (to run), step, examples, lr, loss, train_acc, test_loss, test_acc,
//	        train_sec, examples_per_sec
//	end     event, status ("done", "interrupted", "diverged", "failed"), device, epochs (finished), loss, train_acc, test_acc,
//	        examples_per_sec, examples, train_sec, image_sec, data_sec, wall_sec, and error, out, plot, checkpoint where there are any
//
// train_sec counts training steps alone, image_sec what augmentation took, and like examples in "end" and
// examples_per_sec what this process did. A resumed run's log is cut back to
// where it goes on, and then has one more start line.
//
// # CSV
//
// One row for each step and epoch line, with the columns
//
//	event,epoch,step,examples,lr,loss,train_acc,test_loss,test_acc,train_sec,examples_per_sec
//
// Fields that a line has not are empty.
package runlog

import (
	"encoding/json"
	"math"

	"lenet/engine"
)

// Start is the line that opens a log.
type Start struct {
	Event      string        `json:"event"` // "start"
	Version    string        `json:"version,omitempty"`
	Time       string        `json:"time,omitempty"` // RFC 3339
	Device     string        `json:"device"`
	Source     string        `json:"source"` // where the data set was found
	Train      int           `json:"train_examples"`
	Test       int           `json:"test_examples"`
	Parameters int           `json:"parameters"`
	Recipe     engine.Recipe `json:"recipe"`
	From       float64       `json:"from"` // epochs, with a fraction, done before
}

// Beside are settings that lay beside the recipe in the logs and checkpoints of
// the first release.
type Beside struct {
	Dataset      *string              `json:"dataset"`
	Subset       *bool                `json:"subset"`
	Decay        *engine.Decay        `json:"decay"`
	Augment      *engine.Augmentation `json:"augment"`
	Reproducible *bool                `json:"reproducible"`
}

// Into sets in the recipe the settings that were read.
func (b Beside) Into(r *engine.Recipe) {
	set(&r.Dataset, b.Dataset)
	set(&r.Subset, b.Subset)
	set(&r.Decay, b.Decay)
	set(&r.Augment, b.Augment)
	set(&r.Reproducible, b.Reproducible)
}

// MarshalJSON implements [json.Marshaler].
func (s Start) MarshalJSON() ([]byte, error) {
	type plain Start
	r := s.Recipe
	return json.Marshal(struct {
		plain
		Beside
	}{plain(s), Beside{&r.Dataset, &r.Subset, &r.Decay, &r.Augment, &r.Reproducible}})
}

// UnmarshalJSON implements [json.Unmarshaler]. It reads the first release's form too.
func (s *Start) UnmarshalJSON(line []byte) error {
	type plain Start
	var old struct {
		plain
		Beside
	}
	err := json.Unmarshal(line, &old)
	*s = Start(old.plain)
	old.Into(&s.Recipe)
	return err
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Step is a line within an epoch.
type Step struct {
	Event    string   `json:"event"` // "step"
	Epoch    float64  `json:"epoch"`
	Step     int      `json:"step"`
	Examples int      `json:"examples"`
	LR       float64  `json:"lr"`
	Loss     *float64 `json:"loss"`
	TrainAcc *float64 `json:"train_acc"`
	TrainSec float64  `json:"train_sec"`
}

// Epoch is the line at the end of an epoch.
type Epoch struct {
	Event          string   `json:"event"` // "epoch"
	Epoch          int      `json:"epoch"`
	Epochs         int      `json:"epochs"`
	Step           int      `json:"step"`
	Examples       int      `json:"examples"`
	LR             float64  `json:"lr"`
	Loss           *float64 `json:"loss"`
	TrainAcc       *float64 `json:"train_acc"`
	TestLoss       *float64 `json:"test_loss"`
	TestAcc        *float64 `json:"test_acc"`
	TrainSec       float64  `json:"train_sec"`
	ExamplesPerSec *float64 `json:"examples_per_sec"`
}

// End is the last line: how training ended.
type End struct {
	Event          string   `json:"event"`  // "end"
	Status         string   `json:"status"` // "done", "interrupted", "diverged" or "failed"
	Error          string   `json:"error,omitempty"`
	Device         string   `json:"device"`
	Epochs         int      `json:"epochs"` // finished
	Loss           *float64 `json:"loss,omitempty"`
	TrainAcc       *float64 `json:"train_acc,omitempty"`
	TestAcc        *float64 `json:"test_acc,omitempty"`
	ExamplesPerSec *float64 `json:"examples_per_sec,omitempty"`
	Seen           int      `json:"examples"`
	TrainSec       float64  `json:"train_sec"`
	ImageSec       float64  `json:"image_sec"` // making the epochs' images, with an augmentation
	DataSec        float64  `json:"data_sec"`
	WallSec        float64  `json:"wall_sec"`
	Out            string   `json:"out,omitempty"`
	Plot           string   `json:"plot,omitempty"`
	Checkpoint     string   `json:"checkpoint,omitempty"`
}

// NewStep returns the line for a report from within an epoch of a run with
// batches of that size.
func NewStep(r engine.Report, batch int) Step {
	step, examples := position(r, batch)
	return Step{
		Event: "step", Epoch: r.At(), Step: step, Examples: examples, LR: r.LR,
		Loss: Finite(r.Done.Loss()), TrainAcc: Finite(r.Done.Accuracy()), TrainSec: r.TrainSec,
	}
}

// NewEpoch returns the line for a report that has a test set's evaluation.
func NewEpoch(r engine.Report, batch int) Epoch {
	step, examples := position(r, batch)
	return Epoch{
		Event: "epoch", Epoch: r.Epoch, Epochs: r.Epochs, Step: step, Examples: examples, LR: r.LR,
		Loss: Finite(r.Done.Loss()), TrainAcc: Finite(r.Done.Accuracy()),
		TestLoss: Finite(r.Test.Loss()), TestAcc: Finite(r.Test.Accuracy()),
		TrainSec: r.TrainSec, ExamplesPerSec: Finite(float64(r.Seen) / r.TrainSec),
	}
}

// position returns the steps and examples since the first epoch began.
func position(r engine.Report, batch int) (step, examples int) {
	step, examples = r.Epoch*((r.Total+batch-1)/batch), r.Epoch*r.Total
	if r.Test == nil {
		step += (r.Done.Examples + batch - 1) / batch
		examples += r.Done.Examples
	}
	return step, examples
}

// Finite returns nil for a number that JSON does not have.
func Finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
