package cpu

import (
	"math"
	"math/rand/v2"

	"lenet/engine"
)

// randomSet returns n noisy images with labels. The noise keeps the values that
// a maximum is taken of apart: float32 and float64 then choose the same one.
func randomSet(n int, seed uint64) (images, labels []byte) {
	return randomSetOf(engine.DefaultClasses, n, seed)
}

// randomSetOf is randomSet with labels below classes.
func randomSetOf(classes, n int, seed uint64) (images, labels []byte) {
	rng := rand.New(rand.NewPCG(seed, 1))
	images, labels = make([]byte, n*784), make([]byte, n)
	for i := range labels {
		labels[i] = byte(rng.IntN(classes))
		cx, cy := 8+12*rng.Float64(), 8+12*rng.Float64()
		for p := range 784 {
			dx, dy := float64(p%28)-cx, float64(p/28)-cy
			v := 255 * math.Exp(-(dx*dx+dy*dy)/40) * (0.6 + 0.4*math.Cos(float64(labels[i])*dx))
			images[i*784+p] = byte(max(0, min(255, v+60*rng.NormFloat64())))
		}
	}
	return images, labels
}

// byteSet returns images and labels that are the same on every platform.
func byteSet(n int) (images, labels []byte) {
	rng := rand.New(rand.NewPCG(11, 12))
	images, labels = make([]byte, n*engine.Pixels), make([]byte, n)
	for i := range labels {
		labels[i] = byte(rng.IntN(engine.DefaultClasses))
		for p := range engine.Pixels { // a bright band; its place is the class
			if row := p / engine.Side; row/2 == int(labels[i])+2 || rng.IntN(4) == 0 {
				images[i*engine.Pixels+p] = byte(rng.IntN(256))
			}
		}
	}
	return images, labels
}
