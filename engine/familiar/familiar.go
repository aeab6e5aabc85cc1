// Package familiar measures how much an image looks, to a network, like the images
// that it has learned from, and finds the training images nearest to it.
//
// A network answers whatever it is shown: it reads the letter A as a 4, with 99.7 %.
// The measure needs no second network and no other images. Training images are the
// reference. Two numbers say how far an image is from them:
//
//   - The mean distance to the five nearest of them (Sun, Ming, Zhu and Li,
//     "Out-of-Distribution Detection with Deep Nearest Neighbors", 2022), in the
//     outputs of the first linear layer after its activation: 120 in the classic
//     network. Differences count by how little images of one class differ there
//     (Lee, Lee, Lee and Shin, "A Simple Unified Framework for Detecting
//     Out-of-Distribution Samples and Adversarial Attacks", 2018): the distance is
//     Mahalanobis', by the covariance within the classes.
//   - The energy, -log Σ exp(logit) (Liu, Wang, Owens and Li, "Energy-based
//     Out-of-distribution Detection", 2020).
//
// Each is counted in standard deviations of images that the network has not learned
// from, the test images, and added up. Familiarity is the share of those images that
// are farther from the training images than the one in question.
package familiar

import (
	"math"
	"slices"

	"lenet/engine"
)

const (
	// Layer is the module of engine.Config.Layers whose outputs are compared: the
	// activation after the first linear layer.
	Layer = 8
	// Mark is the familiarity below which an image is unfamiliar: 5 % of the test images are.
	Mark = 0.05
	// Near is the number of neighbours.
	Near = 5

	// Largest numbers of images that are kept and measured.
	maxReference   = 6000
	maxCalibration = 1000
	// fewHeldOut is the number of test images below which training images join them,
	// each compared with the others.
	fewHeldOut = 100

	shrinkage    = 0.3 // of the mean variance, added to each: directions in which the classes hardly vary
	energyWeight = 0.4 // of the energy beside the distance, both in standard deviations
)

// Neighbour is a training image near to the one in question.
type Neighbour struct {
	Index    int     `json:"index"` // its place in the training set
	Label    int     `json:"label"`
	Distance float64 `json:"distance"` // in the units of Answer.Distance
}

// Answer says how familiar an image is.
type Answer struct {
	// Familiarity is the share of the test images that are less familiar, 0 to 1.
	Familiarity float64
	// Unfamiliar is whether Familiarity is below Mark.
	Unfamiliar bool
	// Distance is the mean of the neighbours' distances. Images of one class are 1
	// from their class's mean, in root mean square, in each direction in which they vary much.
	Distance float64
	// Energy is -log Σ exp(logit).
	Energy float64
	// Nearest has the five nearest training images, the nearest first, or as many as there are.
	Nearest []Neighbour
}

// Measure is what a network made of its training and test images. It answers for
// images of the same network, and is safe for concurrent use.
type Measure struct {
	config    engine.Config
	units     int
	factor    []float32 // [units][units] lower triangle: the inverse of the covariance's Cholesky factor
	places    []int32   // of the reference's images in the training set, ascending
	labels    []byte    // of the reference's images
	reference []float32 // [images][units] their outputs, multiplied by factor

	distance, energy scale     // of the calibration
	scores           []float64 // of the calibration, ascending
}

// scale is the mean and the standard deviation of a number over images.
type scale struct{ mean, sd float64 }

func (s scale) of(v float64) float64 { return (v - s.mean) / s.sd }

// Of answers for the image whose trace that is. It panics when the trace is of
// another network.
func (m *Measure) Of(t *engine.Trace) Answer {
	if !t.Config.Equal(m.config) {
		panic("familiar: the trace is of another network")
	}
	a := m.measure(t, -1)
	s := m.score(a)
	farther := len(m.scores) - upper(m.scores, s)
	a.Familiarity = float64(farther) / float64(len(m.scores))
	a.Unfamiliar = a.Familiarity < Mark
	return a
}

// upper returns how many of the ascending values are at most v.
func upper(values []float64, v float64) int {
	i, _ := slices.BinarySearchFunc(values, v, func(a, v float64) int {
		if a <= v {
			return -1
		}
		return 1
	})
	return i
}

func (m *Measure) score(a Answer) float64 {
	return m.distance.of(a.Distance) + energyWeight*m.energy.of(a.Energy)
}

// measure fills in all but the familiarity. The reference's image number without,
// if there is one, does not count.
func (m *Measure) measure(t *engine.Trace, without int) Answer {
	x := make([]float32, m.units)
	m.whiten(x, t.Layer(Layer))
	a := Answer{Energy: energy(t.Logits()), Nearest: m.nearest(x, without)}
	for _, n := range a.Nearest {
		a.Distance += n.Distance / float64(len(a.Nearest))
	}
	return a
}

// whiten multiplies the outputs v by factor.
func (m *Measure) whiten(out, v []float32) {
	for i := range out {
		row := m.factor[i*m.units:][:i+1]
		var sum float32
		for j, f := range row {
			sum += float32(f * v[j])
		}
		out[i] = sum
	}
}

// nearest returns the neighbours of x.
func (m *Measure) nearest(x []float32, without int) []Neighbour {
	var at [Near]int
	var square [Near]float32
	found := 0
	for i := range m.places {
		if i == without {
			continue
		}
		most := float32(math.Inf(1))
		if found == Near {
			most = square[Near-1]
		}
		d := squared(x, m.reference[i*m.units:][:m.units], most)
		if d >= most {
			continue
		}
		if found < Near {
			found++
		}
		k := found - 1
		for ; k > 0 && square[k-1] > d; k-- {
			square[k], at[k] = square[k-1], at[k-1]
		}
		square[k], at[k] = d, i
	}
	list := make([]Neighbour, found)
	for k := range list {
		i := at[k]
		list[k] = Neighbour{Index: int(m.places[i]), Label: int(m.labels[i]), Distance: math.Sqrt(float64(square[k]))}
	}
	return list
}

// squared returns the squared distance of two vectors, or a number of at least
// most once it is that far. The conversions keep products from being fused with
// sums, which would be another number on ARM.
func squared(a, b []float32, most float32) float32 {
	var sum float32
	for len(a) >= 8 && len(b) >= 8 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		d4, d5, d6, d7 := a[4]-b[4], a[5]-b[5], a[6]-b[6], a[7]-b[7]
		sum += (float32(d0*d0) + float32(d1*d1)) + (float32(d2*d2) + float32(d3*d3)) +
			((float32(d4*d4) + float32(d5*d5)) + (float32(d6*d6) + float32(d7*d7)))
		if sum >= most {
			return sum
		}
		a, b = a[8:], b[8:]
	}
	for i, v := range a {
		d := v - b[i]
		sum += float32(d * d)
	}
	return sum
}

// energy returns -log Σ exp(z), computed in float64 with the largest logit subtracted first.
func energy(z []float32) float64 {
	top := float64(z[engine.Argmax(z)])
	var sum float64
	for _, v := range z {
		sum += math.Exp(float64(v) - top)
	}
	return -top - math.Log(sum)
}
