package explain

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lenet/engine"
)

// Ascent looks for an input that drives a target high, by gradient ascent. A
// step goes up the gradient, by a length that does not depend on its size; then
// every pixel shrinks a little, so that those that matter little become dark, is
// blurred a little, and is kept within 0 to 1. Without that the input becomes
// noise that no eye can read (Yosinski et al., "Understanding Neural Networks
// Through Deep Visualization", 2015).
type Ascent struct {
	// Target is what is to be high. An output of an activation is taken before
	// the activation: it is highest at the same input, and never flat.
	Target Target
	Start  []float32 // 784 numbers, 0 to 1; nil for noise
	Seed   uint64    // of the noise
	Steps  int       // how many
	Rate   float64   // length of a step: √Σ(change of a pixel)²
	Decay  float64   // 0 to 1, how much of each pixel a step takes away
	Blur   float64   // 0 to 1, how much of each pixel the mean of its 3×3 neighbourhood replaces in a step
	Every  int       // a frame every so many steps; 0 for the first and the last only
}

// DefaultAscent has settings that make readable pictures in all layers.
func DefaultAscent(t Target, seed uint64) Ascent {
	return Ascent{Target: t, Seed: seed, Steps: 80, Rate: 1, Decay: 0.05, Blur: 0.3, Every: 2}
}

// Frame is a moment of an ascent.
type Frame struct {
	Step  int       // steps before it
	Value float64   // of the target
	Input []float32 // 784 numbers, 0 to 1
}

// beforeActivation returns the target with an activation's outputs replaced by its inputs.
func beforeActivation(t Target) Target {
	switch t.Layer {
	case 1, 4, 8, 10:
		t.Layer--
	}
	return t
}

// Ascend climbs and returns the moments asked for, first and last among them.
// The same settings give the same frames. It ends early where the gradient is 0 or not finite.
func (e *Explainer) Ascend(a Ascent) ([]Frame, error) {
	switch {
	case a.Steps < 0 || a.Every < 0:
		return nil, errors.New("an ascent of less than 0 steps: use 0 or more")
	case !(a.Rate > 0) || !(a.Decay >= 0 && a.Decay <= 1) || !(a.Blur >= 0 && a.Blur <= 1):
		return nil, fmt.Errorf("rate %v, decay %v, blur %v: use a rate above 0, and decay and blur from 0 to 1", a.Rate, a.Decay, a.Blur)
	}
	x := a.start()
	if err := checkInput(x); err != nil {
		return nil, err
	}
	target, g, keep := beforeActivation(a.Target), e.gradient[:], float32(1-a.Decay)
	blurred := make([]float32, engine.Pixels)
	var frames []Frame
	for step := 0; ; step++ {
		if _, err := e.GradientInput(x, target, g); err != nil {
			return nil, err
		}
		n := norm(g)
		last := step == a.Steps || !(n > 0 && n <= math.MaxFloat64)
		if step == 0 || last || a.Every > 0 && step%a.Every == 0 {
			frames = append(frames, Frame{step, a.Target.Value(e.trace), slices.Clone(x)})
		}
		if last {
			return frames, nil
		}
		for i, d := range g {
			x[i] = inside(float32(keep * (x[i] + float32(a.Rate/n*float64(d)))))
		}
		blur(blurred, x, float32(a.Blur))
		x, blurred = blurred, x
	}
}

// start returns the first input. Noise is uniform, from 0 to 0.2.
func (a Ascent) start() []float32 {
	if a.Start != nil {
		return slices.Clone(a.Start)
	}
	rng := rand.New(rand.NewPCG(a.Seed, 0xa5ce17))
	x := make([]float32, engine.Pixels)
	for i := range x {
		x[i] = 0.2 * rng.Float32()
	}
	return x
}

// blur writes to y the pixels of x, a share of each replaced by the mean of its
// 3×3 neighbourhood. Outside the image is 0.
func blur(y, x []float32, share float32) {
	for i := range y {
		r, c := i/engine.Side, i%engine.Side
		var sum float32
		for dr := max(r-1, 0); dr <= min(r+1, engine.Side-1); dr++ {
			for dc := max(c-1, 0); dc <= min(c+1, engine.Side-1); dc++ {
				sum += x[dr*engine.Side+dc]
			}
		}
		y[i] = float32((1-share)*x[i]) + float32(share*sum/9)
	}
}

// inside returns v moved into 0 to 1.
func inside(v float32) float32 { return max(0, min(1, v)) }

// norm returns √Σv².
func norm(v []float32) float64 {
	var s float64
	for _, x := range v {
		s += float64(float64(x) * float64(x))
	}
	return math.Sqrt(s)
}
