package verify

import (
	"fmt"
	"math"

	"lenet/engine"
	"lenet/engine/internal/reference"
)

// The largest errors allowed. float32 arithmetic stays ten times below them.
const (
	ForwardLimit = 1e-5 // layer outputs, logits, loss
	TrainLimit   = 1e-4 // gradients, step losses, final weights
)

// Check is the error of one quantity against the oracle.
type Check struct {
	Name  string  `json:"name"`
	Error float64 `json:"error"` // largest relative L2 error, ‖got-want‖/‖want‖
	Where string  `json:"where"` // the layer, tensor or step with the largest error
	Limit float64 `json:"limit"`
	Note  string  `json:"note,omitempty"`
}

// OK reports whether the error is within the limit. NaN is not.
func (c Check) OK() bool { return c.Error <= c.Limit }

// add includes the error of one part. NaN is the largest of all.
func (c *Check) add(where string, err float64) {
	if c.Where == "" || err > c.Error || math.IsNaN(err) && !math.IsNaN(c.Error) {
		c.Error, c.Where = err, where
	}
}

// Run gives the backend the oracle's initial weights, repeats the oracle's
// steps and returns the errors. It returns an error when the backend fails.
//
// With max pooling, gradients and training are compared with the float64
// reference instead, which is itself compared with the oracle, and which follows
// the backend in the few windows whose largest values float32 cannot order:
// see [reference.Net.Follow]. There PyTorch's own float32 gradients are as far
// from its float64 ones.
func Run(b engine.Tracer, o *Oracle) ([]Check, error) {
	if err := b.SetParams(o.Init); err != nil {
		return nil, err
	}
	if err := b.SetData(o.Set.Images, o.Set.Labels); err != nil {
		return nil, err
	}
	outputs := Check{Name: "layer outputs", Limit: ForwardLimit}
	for _, l := range o.Config.Layers() {
		got, err := traces(b, o, l)
		if err != nil {
			return nil, err
		}
		outputs.add(fmt.Sprintf("%d %s", l.Index, l.Kind), relative(got, o.Outputs[l.Index]))
	}

	logits := Check{Name: "logits", Limit: ForwardLimit}
	z := make([]float32, o.Batch*o.Config.NumClasses())
	if err := b.Logits(o.Set.Images[:o.Batch*engine.Pixels], z); err != nil {
		return nil, err
	}
	logits.add("first batch", relative(z, o.Logits))

	order := make([]int32, o.Batch)
	for i := range order {
		order[i] = int32(i)
	}
	loss := Check{Name: "loss", Limit: ForwardLimit}
	gradients := Check{Name: "gradients", Limit: TrainLimit}
	g := engine.NewParams(o.Config)
	stats, err := b.Gradient(order, g)
	if err != nil {
		return nil, err
	}
	loss.add("first batch", relative([]float64{stats.Loss()}, []float64{o.Loss}))
	compare(&gradients, g, o.Gradient)
	var plain, follower *reference.Net
	ref := Check{Name: "reference", Limit: ForwardLimit}
	if o.Config.Pooling == engine.MaxPool {
		plain, follower = reference.New(o.Init), reference.New(o.Init)
		plain.Gradients(o.Set.Images, o.Set.Labels, order)
		compare(&ref, scaled(plain.Gradient, o.Config, o.Batch), o.Gradient)

		follower.FollowTracer(b, o.Set.Images)
		follower.Gradients(o.Set.Images, o.Set.Labels, order)
		direct := gradients.Error
		gradients.Error, gradients.Where = 0, ""
		compare(&gradients, g, scaled(follower.Gradient, o.Config, o.Batch))
		gradients.Note = without(direct, follower)
		follower.Followed = 0
	}

	steps := Check{Name: "step losses", Limit: TrainLimit}
	for s := range o.Steps {
		for i := range order {
			order[i] = int32(s*o.Batch + i)
		}
		want := o.StepLoss[s]
		if follower != nil { // before the step, to see the weights that the backend starts it with
			follower.Step(o.Set.Images, o.Set.Labels, order, o.LR)
			want = follower.Loss / float64(o.Batch)
			plain.Step(o.Set.Images, o.Set.Labels, order, o.LR)
			ref.add(fmt.Sprintf("loss of step %d", s+1), relative([]float64{plain.Loss / float64(o.Batch)}, []float64{o.StepLoss[s]}))
		}
		stats, err := b.Step(order, float32(o.LR))
		if err != nil {
			return nil, err
		}
		steps.add(fmt.Sprintf("step %d", s+1), relative([]float64{stats.Loss()}, []float64{want}))
	}
	weights := Check{Name: "final weights", Limit: TrainLimit}
	final := engine.NewParams(o.Config)
	if err := b.Params(final); err != nil {
		return nil, err
	}
	checks := []Check{outputs, logits, loss, gradients, steps, weights}
	if follower == nil {
		compare(&checks[5], final, o.Final)
		return checks, nil
	}
	compare(&ref, scaled(plain.Weights, o.Config, 1), o.Final)
	var direct Check
	compare(&direct, final, o.Final)
	checks[5].Note = without(direct.Error, follower)
	compare(&checks[5], final, scaled(follower.Weights, o.Config, 1))
	return append(checks, ref), nil
}

// without returns the error of a check against the oracle itself.
func without(direct float64, follower *reference.Net) string {
	return fmt.Sprintf("%.1e without following, windows followed: %d", direct, follower.Followed)
}

// scaled returns the reference's arrays divided by n.
func scaled(arrays map[string][]float64, c engine.Config, n int) *engine.Params {
	p := engine.NewParams(c)
	for _, t := range p.Tensors() {
		for i, v := range arrays[t.Name] {
			t.Data[i] = float32(v / float64(n))
		}
	}
	return p
}

// traces returns the layer's outputs for the oracle's first images, one after another.
func traces(b engine.Tracer, o *Oracle, l engine.Layer) ([]float32, error) {
	t := engine.NewTrace(o.Config)
	var got []float32
	for i := range len(o.Outputs[l.Index]) / l.Size() {
		if err := b.Trace(o.Set.Images[i*engine.Pixels:][:engine.Pixels], t); err != nil {
			return nil, err
		}
		got = append(got, t.Layer(l.Index)...)
	}
	return got, nil
}

// compare adds the error of each tensor.
func compare(c *Check, got, want *engine.Params) {
	w := want.Tensors()
	for i, t := range got.Tensors() {
		c.add(t.Name, relative(t.Data, w[i].Data))
	}
}

// relative returns ‖got-want‖/‖want‖, the absolute error when want is zero.
func relative[A, B float32 | float64](got []A, want []B) float64 {
	if len(got) != len(want) {
		panic(fmt.Sprintf("verify: %d values against %d", len(got), len(want)))
	}
	var diff, norm float64
	for i := range got {
		d := float64(got[i]) - float64(want[i])
		diff += d * d
		norm += float64(want[i]) * float64(want[i])
	}
	if norm == 0 {
		return math.Sqrt(diff)
	}
	return math.Sqrt(diff / norm)
}
