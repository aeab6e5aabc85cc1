package engine

import (
	"context"
	"errors"
	"fmt"
)

// ErrDiverged is wrapped by every [*DivergedError].
var ErrDiverged = errors.New("training diverged")

// DivergedError says where a loss or the weights stopped being finite.
type DivergedError struct {
	Epoch, Step int     // both from 1; the step within the epoch, at which it was noticed or, after Diagnose, at which it happened
	LR          float64 // the learning rate of the epoch
	Where       string  // set by Diagnose: the first thing that is not finite, "the output of Linear (9)"
}

func (e *DivergedError) Error() string {
	where := "the loss"
	if e.Where != "" {
		where = e.Where
	}
	return fmt.Sprintf("%v in epoch %d at step %d: %s is not finite; try a learning rate below %v", ErrDiverged, e.Epoch, e.Step, where, e.LR)
}

// Unwrap returns [ErrDiverged].
func (e *DivergedError) Unwrap() error { return ErrDiverged }

// Diagnose takes the steps of the epoch in which training diverged again, one
// by one, and fills in the step at which that happened and the first layer that
// shows it. b needs the training set of that epoch; from are the statistics and
// start the parameters at which the epoch, or the rest of it, began. b is left
// with the parameters before that step or, when the loss of every step is
// finite, with those after the last one.
func (e *DivergedError) Diagnose(ctx context.Context, b Tracer, r Recipe, train Examples, from Stats, start *Params) error {
	set, err := train.Epoch(ctx, e.Epoch-1)
	if err != nil {
		return err
	}
	p := start.Clone()
	if err := b.SetParams(p); err != nil {
		return err
	}
	order := make([]int32, set.Len())
	Shuffle(order, r.Seed, e.Epoch-1)
	for at := from.Examples; at < len(order); at += r.Batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.Params(p); err != nil {
			return err
		}
		batch := order[at:min(at+r.Batch, len(order))]
		s, err := b.Step(batch, float32(e.LR))
		if err != nil {
			return err
		}
		if isFinite(s.LossSum) {
			continue
		}
		e.Step = at/r.Batch + 1
		if e.Where = unsound(p); e.Where != "" {
			return b.SetParams(p)
		}
		if err := b.SetParams(p); err != nil {
			return err
		}
		e.Where, err = firstUnsoundLayer(b, p.Config, set, batch)
		return err
	}
	if err := b.Params(p); err != nil {
		return err
	}
	e.Where = unsound(p)
	return nil
}

// unsound names the first tensor with a value that is not finite, or returns "".
func unsound(p *Params) string {
	name := p.FirstNonFinite()
	if name == "" {
		return ""
	}
	var layer int
	fmt.Sscanf(name, "%d.", &layer)
	return fmt.Sprintf("%s, of %s (%d),", name, p.Config.Layers()[layer].Kind, layer)
}

// firstUnsoundLayer finds the layer nearest to the input whose output is not
// finite for one of the examples; "" when all are.
func firstUnsoundLayer(t Tracer, c Config, set Set, examples []int32) (string, error) {
	layers := c.Layers()
	trace := NewTrace(c)
	first := len(layers)
	for _, i := range examples {
		if err := t.Trace(set.Images[int(i)*Pixels:][:Pixels], trace); err != nil {
			return "", err
		}
		for l := range first {
			for _, v := range trace.Layer(l) {
				if !isFinite(float64(v)) {
					first = min(first, l)
				}
			}
		}
	}
	if first == len(layers) {
		return "", nil
	}
	return fmt.Sprintf("the output of %s (%d)", layers[first].Kind, first), nil
}
