package explain

import (
	"errors"
	"fmt"
	"math"

	"lenet/engine"
)

// Nudge is a way to change an image little by little until the network reads
// another class. Each step goes down the loss -log p[Class], whose gradient is
// taken anew, and pixels stay within 0 to 1.
type Nudge struct {
	Class  int     // the class that it shall become
	Signed bool    // every pixel moves as far, by the gradient's sign; otherwise along the gradient
	Step   float64 // length of a step in pixel/255: of each pixel's move if Signed, otherwise √Σ(moves)²
	Steps  int     // at most. One step with Signed is the fast gradient sign method
}

// DefaultNudge takes steps so small that the change found is near the smallest.
func DefaultNudge(class int, signed bool) Nudge {
	if signed {
		return Nudge{Class: class, Signed: true, Step: 0.004, Steps: 250}
	}
	return Nudge{Class: class, Step: 0.05, Steps: 400}
}

// Fooled is what came of a nudge.
type Fooled struct {
	Image       [engine.Pixels]byte // the changed image, in whole grey levels
	Answer      int                 // what the network reads in it
	Probability float32             // of Answer
	Success     bool                // Answer is the class asked for
	Steps       int
	// The change, in pixel/255: the largest of a pixel, and √Σ(changes)².
	LInf, L2 float64
}

// Fool changes the image step by step until the network reads the class in it,
// then goes back between the last two steps as far as it does. What counts is
// the image in whole grey levels, as a file can keep it. Without success, after
// all steps or where the gradient is 0 or not finite, it returns the last image.
func (e *Explainer) Fool(image []byte, n Nudge) (*Fooled, error) {
	if err := e.checkClass(n.Class); err != nil {
		return nil, err
	}
	if !(n.Step > 0) || n.Steps < 1 {
		return nil, errors.New("a nudge needs steps longer than 0, and one or more")
	}
	if len(image) != engine.Pixels {
		return nil, fmt.Errorf("an image of %d bytes: use %d", len(image), engine.Pixels)
	}
	f := &Fooled{}
	var x, before, try [engine.Pixels]float32
	for i, v := range image {
		x[i] = float32(v) / 255
	}
	g := e.gradient[:]
	for {
		if err := e.judge(f, x[:], n.Class); err != nil {
			return nil, err
		}
		if f.Success || f.Steps == n.Steps {
			break
		}
		loss := CrossEntropy(e.trace.Logits(), n.Class)
		if err := e.net.InputGradient(e.trace, loss.Layer, loss.By, g); err != nil {
			return nil, err
		}
		before = x
		if !n.move(x[:], g) {
			break
		}
		f.Steps++
	}
	if f.Success && f.Steps > 0 {
		lo, hi := float32(0), float32(1) // shares of the last step: too small, enough
		for range 8 {
			mid := (lo + hi) / 2
			between(&try, &before, &x, mid)
			if err := e.judge(f, try[:], n.Class); err != nil {
				return nil, err
			}
			if f.Success {
				hi = mid
			} else {
				lo = mid
			}
		}
		between(&try, &before, &x, hi)
		if err := e.judge(f, try[:], n.Class); err != nil {
			return nil, err
		}
	}
	for i, v := range image {
		d := math.Abs(float64(f.Image[i])-float64(v)) / 255
		f.LInf = max(f.LInf, d)
		f.L2 += d * d
	}
	f.L2 = math.Sqrt(f.L2)
	return f, nil
}

// between writes to z what lies a share of the way from x to y.
func between(z, x, y *[engine.Pixels]float32, share float32) {
	for i := range z {
		z[i] = x[i] + float32(share*(y[i]-x[i]))
	}
}

// move takes one step down g, which loses what would leave 0 to 1, and reports
// whether there is a way down.
func (n Nudge) move(x, g []float32) bool {
	for i, d := range g {
		if d > 0 && x[i] == 0 || d < 0 && x[i] == 1 {
			g[i] = 0
		}
	}
	length := norm(g)
	if !(length > 0 && length <= math.MaxFloat64) {
		return false
	}
	for i, d := range g {
		switch {
		case !n.Signed:
			x[i] = inside(x[i] - float32(n.Step/length*float64(d)))
		case d > 0:
			x[i] = inside(x[i] - float32(n.Step))
		case d < 0:
			x[i] = inside(x[i] + float32(n.Step))
		}
	}
	return true
}

// judge writes the image of x in whole grey levels to f, and what the network
// reads in it.
func (e *Explainer) judge(f *Fooled, x []float32, class int) error {
	for i, v := range x {
		f.Image[i] = byte(v*255 + 0.5)
	}
	tr, err := e.Read(f.Image[:])
	if err != nil {
		return err
	}
	f.Answer = engine.Argmax(tr.Logits())
	f.Success = f.Answer == class
	f.Probability = probability(tr.Logits(), f.Answer)
	return nil
}

// probability returns that of class k.
func probability(logits []float32, k int) float32 {
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v) - float64(logits[k]))
	}
	return float32(1 / sum)
}
