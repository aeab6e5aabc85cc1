package cpu

import (
	"math"
	"math/rand/v2"

	"lenet/engine"
)

// randomSet returns n noisy images with labels. The noise keeps the values that
// a maximum is taken of apart: float32 and float64 then choose the same one.
func randomSet(n int, seed uint64) (images, labels []byte) {
	rng := rand.New(rand.NewPCG(seed, 1))
	images, labels = make([]byte, n*784), make([]byte, n)
	for i := range labels {
		labels[i] = byte(rng.IntN(10))
		cx, cy := 8+12*rng.Float64(), 8+12*rng.Float64()
		for p := range 784 {
			dx, dy := float64(p%28)-cx, float64(p/28)-cy
			v := 255 * math.Exp(-(dx*dx+dy*dy)/40) * (0.6 + 0.4*math.Cos(float64(labels[i])*dx))
			images[i*784+p] = byte(max(0, min(255, v+60*rng.NormFloat64())))
		}
	}
	return images, labels
}

// What single values become, in float64, for the tests of kernels; whole
// networks are held against package reference.

// activated returns the activation of x.
func activated(act engine.Activation, x float64) float64 {
	switch act {
	case engine.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case engine.Tanh:
		return math.Tanh(x)
	}
	return max(x, 0)
}

// slope returns the activation's derivative where its value is a.
func slope(act engine.Activation, a float64) float64 {
	switch act {
	case engine.Sigmoid:
		return a * (1 - a)
	case engine.Tanh:
		return 1 - a*a
	}
	if a > 0 {
		return 1
	}
	return 0
}

// pooled returns what a window becomes, and the share of each value in its
// gradient: of equal maxima, the first has all.
func pooled(pool engine.Pooling, window [4]float64) (p float64, share [4]float64) {
	if pool == engine.AvgPool {
		return (window[0] + window[1] + window[2] + window[3]) / 4, [4]float64{0.25, 0.25, 0.25, 0.25}
	}
	first := 0
	for i, v := range window {
		if v > window[first] {
			first = i
		}
	}
	share[first] = 1
	return window[first], share
}
