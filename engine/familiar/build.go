package familiar

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lenet/engine"
)

// Tracer runs the network in question on one image of 784 bytes. A backend is one;
// its parameters must not change while a Measure is built.
type Tracer interface {
	Trace(image []byte, t *engine.Trace) error
}

// New builds a Measure of a network from its training set and its test set. The
// labels are below the network's number of classes. Of a larger training set 6,000
// images count, and of a larger test set 1,000, drawn by the seed. Each image should
// be in train once: copies and changed copies are neighbours of each other. test may
// be small or empty: below 100 images, training images join them, each compared with
// the others, and get the mean and the standard deviation of the test images. The
// same network, sets and seed give the same Measure.
func New(net Tracer, c engine.Config, train, test engine.Set, seed uint64) (*Measure, error) {
	b, err := Start(net, c, train, test, seed)
	if err != nil {
		return nil, err
	}
	for {
		m, err := b.Step(1000)
		if m != nil || err != nil {
			return m, err
		}
	}
}

// Build is a Measure that is being built, for callers that have other work between
// its steps, such as a web worker.
type Build struct {
	net         Tracer
	train, test engine.Set
	m           *Measure
	trace       *engine.Trace
	todo        []stage

	moments [][]float64 // [class][1 + units]: number of images, sums of their outputs
	second  []float64   // [units][units] lower triangle: sums of products of outputs
	tests   []int32     // places of the test images that are measured
	loose   []int32     // images of the reference that are measured against the others
	answers []Answer    // of the calibration
}

// stage is work on images one after another.
type stage struct {
	left, total int
	do          func(i int) error
	end         func() error
}

// Start begins a Measure as [New] does.
func Start(net Tracer, c engine.Config, train, test engine.Set, seed uint64) (*Build, error) {
	if err := train.CheckFor(c.NumClasses()); err != nil {
		return nil, fmt.Errorf("training set: %w", err)
	}
	if test.Len() > 0 {
		if err := test.CheckFor(c.NumClasses()); err != nil {
			return nil, fmt.Errorf("test set: %w", err)
		}
	}
	if train.Len() < 2 {
		return nil, errors.New("training set: one image is too few to tell how far others are from it")
	}
	units := c.Layers()[Layer].Size()
	n := min(train.Len(), maxReference)
	m := &Measure{
		config: c, units: units, factor: make([]float32, units*units),
		places: choose(train.Len(), n, seed), labels: make([]byte, n), reference: make([]float32, n*units),
	}
	b := &Build{
		net: net, train: train, test: test, m: m, trace: engine.NewTrace(c),
		moments: make([][]float64, c.NumClasses()), second: make([]float64, units*units),
	}
	for k := range b.moments {
		b.moments[k] = make([]float64, 1+units)
	}
	tests := min(test.Len(), maxCalibration)
	b.tests = choose(test.Len(), tests, seed)
	b.loose = choose(n, min(n, max(fewHeldOut-tests, 0)), seed)
	out := make([]float32, units)
	b.todo = []stage{
		{n, n, b.learn, b.factorise},
		{n, n, func(i int) error {
			row := m.reference[i*units:][:units]
			m.whiten(out, row)
			copy(row, out)
			return nil
		}, nil},
		{tests, tests, b.calibrate, nil},
		{len(b.loose), len(b.loose), b.calibrateLoose, b.finish},
	}
	return b, nil
}

// choose returns n of the places 0 to all-1, ascending, drawn by the seed.
func choose(all, n int, seed uint64) []int32 {
	places := make([]int32, all)
	for i := range places {
		places[i] = int32(i)
	}
	if n < all {
		rng := rand.New(rand.NewPCG(seed, 0xfa3111a2))
		for i := range n {
			j := i + rng.IntN(all-i)
			places[i], places[j] = places[j], places[i]
		}
		places = slices.Clip(places[:n])
		slices.Sort(places)
	}
	return places
}

// Step works on that many more images. It returns the Measure once it is ready, and
// nil before.
func (b *Build) Step(images int) (*Measure, error) {
	for len(b.todo) > 0 {
		s := &b.todo[0]
		for ; s.left > 0; s.left-- {
			if images == 0 {
				return nil, nil
			}
			images--
			if err := s.do(s.total - s.left); err != nil {
				return nil, err
			}
		}
		if s.end != nil {
			if err := s.end(); err != nil {
				return nil, err
			}
		}
		b.todo = b.todo[1:]
	}
	return b.m, nil
}

// learn takes up image i of the reference.
func (b *Build) learn(i int) error {
	m, at := b.m, int(b.m.places[i])
	if err := b.net.Trace(b.train.Images[at*engine.Pixels:][:engine.Pixels], b.trace); err != nil {
		return err
	}
	x := m.reference[i*m.units:][:m.units]
	copy(x, b.trace.Layer(Layer))
	m.labels[i] = b.train.Labels[at]
	sums := b.moments[m.labels[i]]
	sums[0]++
	for j, v := range x {
		sums[1+j] += float64(v)
		row := b.second[j*m.units:][:j+1]
		for k := range row {
			row[k] += float64(float64(v) * float64(x[k]))
		}
	}
	return nil
}

// factorise computes the inverse of the Cholesky factor of the covariance within
// the classes, shrunk.
func (b *Build) factorise() error {
	n, c := b.m.units, b.second
	for _, sums := range b.moments {
		if count := sums[0]; count > 0 {
			for j := range n {
				for k := range j + 1 {
					c[j*n+k] -= float64(sums[1+j] * sums[1+k] / count)
				}
			}
		}
	}
	images, trace := float64(len(b.m.places)), 0.0
	for j := range n {
		trace += c[j*n+j] / images
	}
	// A network all of whose outputs are constant has a covariance of zeros.
	more := max(shrinkage*trace/float64(n), 1e-12)
	for j := range n {
		for k := range j + 1 {
			sum := c[j*n+k] / images
			if j == k {
				sum += more
			}
			for i := range k {
				sum -= float64(c[j*n+i] * c[k*n+i])
			}
			if j == k {
				c[j*n+j] = math.Sqrt(max(sum, more))
			} else {
				c[j*n+k] = sum / c[k*n+k]
			}
		}
	}
	// The inverse, column by column.
	inverse := make([]float64, n)
	for k := range n {
		for j := k; j < n; j++ {
			sum := 0.0
			if j == k {
				sum = 1
			}
			for i := k; i < j; i++ {
				sum -= float64(c[j*n+i] * inverse[i])
			}
			inverse[j] = sum / c[j*n+j]
			b.m.factor[j*n+k] = float32(inverse[j])
		}
	}
	b.second, b.moments = nil, nil
	return nil
}

// calibrate measures a test image.
func (b *Build) calibrate(i int) error {
	return b.add(b.test.Images[int(b.tests[i])*engine.Pixels:], -1)
}

// calibrateLoose measures an image of the reference against the others.
func (b *Build) calibrateLoose(i int) error {
	at := int(b.loose[i])
	return b.add(b.train.Images[int(b.m.places[at])*engine.Pixels:], at)
}

func (b *Build) add(image []byte, without int) error {
	if err := b.net.Trace(image[:engine.Pixels], b.trace); err != nil {
		return err
	}
	b.answers = append(b.answers, b.m.measure(b.trace, without))
	return nil
}

// finish sets the scales and the scores of the calibration.
func (b *Build) finish() error {
	m := b.m
	alignLoose(b.answers[:len(b.tests)], b.answers[len(b.tests):])
	m.distance = scaleOf(b.answers, func(a Answer) float64 { return a.Distance })
	m.energy = scaleOf(b.answers, func(a Answer) float64 { return a.Energy })
	for _, a := range b.answers {
		m.scores = append(m.scores, m.score(a))
	}
	slices.Sort(m.scores)
	b.answers = nil
	return nil
}

// alignLoose gives training images the mean and the standard deviation of the test
// images: a network fits what it has learned, so that training images are nearer to
// each other, and more alike, than others are to them.
func alignLoose(tests, loose []Answer) {
	if len(tests) < 2 {
		return
	}
	distance := func(a Answer) float64 { return a.Distance }
	energy := func(a Answer) float64 { return a.Energy }
	d, e := scaleOf(tests, distance), scaleOf(tests, energy)
	fromD, fromE := scaleOf(loose, distance), scaleOf(loose, energy)
	for i, a := range loose {
		loose[i].Distance = d.mean + d.sd*fromD.of(a.Distance)
		loose[i].Energy = e.mean + e.sd*fromE.of(a.Energy)
	}
}

// scaleOf returns the mean and the standard deviation of a number. That of equal
// numbers is taken as 1.
func scaleOf(answers []Answer, of func(Answer) float64) scale {
	n := float64(len(answers))
	var s scale
	for _, a := range answers {
		s.mean += of(a) / n
	}
	for _, a := range answers {
		d := of(a) - s.mean
		s.sd += d * d / n
	}
	if s.sd = math.Sqrt(s.sd); s.sd == 0 {
		s.sd = 1
	}
	return s
}
