package reference

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"lenet/engine"
)

// With max pooling, a float32 implementation may take another value of a window
// for the largest than float64 does, when the two are as good as equal. No
// number of float32 steps can tell such values apart, and the choice moves the
// whole gradient of the window elsewhere. So Net can follow an implementation:
// Follow gives what that made of the two activated convolutions for an example
// of the training set, [c][i][j], and where the two largest values of a window
// differ by less than float32 resolves, Net sends the gradient where that
// implementation does.

// FollowTracer sets Follow to the choices that b makes, with its weights as they
// are when an example is computed.
func (r *Net) FollowTracer(b engine.Tracer, images []byte) {
	t := engine.NewTrace(r.cfg)
	r.Follow = func(example int) (a1, a2 []float32) {
		if err := b.Trace(images[example*engine.Pixels:][:engine.Pixels], t); err != nil {
			return nil, nil // follow nothing: the comparison will tell
		}
		return t.Layer(1), t.Layer(4)
	}
}

// resolution is the relative difference below which float32 arithmetic cannot
// order two sums of some hundred terms: 2^-20, 16 roundings.
const resolution = 1.0 / (1 << 20)

// follow returns the place of the largest value of the window at a[at], or of
// another one as good as equal that like, if it is not nil, has for the largest.
func (r *Net) follow(a []float64, like []float32, at, n int) int {
	best := largest(a, at, n)
	if like == nil {
		return best
	}
	other := largest(like, at, n)
	if other == best || a[best]-a[other] >= resolution*math.Abs(a[best]) {
		return best
	}
	r.Followed++
	return other
}

// Near returns the network with every weight, and every gradient on its way back,
// a millionth larger or smaller, as seed has it. What changes a lot by that is
// nothing that float32 can tell.
func (r *Net) Near(seed uint64) *Net {
	n := &Net{Weights: map[string][]float64{}, Gradient: map[string][]float64{}, Follow: r.Follow, cfg: r.cfg}
	n.rng = rand.New(rand.NewPCG(seed, 0))
	for _, name := range slices.Sorted(maps.Keys(r.Weights)) {
		w := slices.Clone(r.Weights[name])
		for i := range w {
			w[i] *= n.noise()
		}
		n.Weights[name], n.Gradient[name] = w, make([]float64, len(w))
	}
	return n
}

// noise returns 1, near 1 for networks of Near.
func (r *Net) noise() float64 {
	if r.rng == nil {
		return 1
	}
	return 1 + 1e-6*float64(2*r.rng.IntN(2)-1)
}
