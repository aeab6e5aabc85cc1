// Package speed measures how fast a backend trains and infers.
package speed

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"lenet/engine"
	"lenet/engine/cpu"
)

// now is the clock; tests have their own.
var now = time.Now

// Options configure a measurement.
type Options struct {
	engine.Config
	Batch        int
	LR           float32
	Seconds      float64 // for each measurement
	Threads      int     // of the CPU backend; only repeated in the result
	Reproducible bool
	Layers       bool // the parts of a step, too
}

// check reports options that cannot be measured with n images.
func (o Options) check(n int) error {
	if o.Batch < 1 || !(o.Seconds > 0) {
		return errors.New("the batch size and the seconds must be above 0")
	}
	if o.Batch > n {
		return fmt.Errorf("a batch of %d: the training set has %d images", o.Batch, n)
	}
	return nil
}

// Result is a measurement. Rates are of examples per second and medians of
// slices of the time; the slowest and the fastest slice tell how quiet the
// machine was.
type Result struct {
	Device       string        `json:"device"`
	Threads      int           `json:"threads"`
	VectorBits   int           `json:"vector_bits,omitempty"` // on a CPU; 32 without vectors
	Reproducible bool          `json:"reproducible"`
	Config       engine.Config `json:"config"`
	Images       int           `json:"images"` // in the training set
	Batch        int           `json:"batch"`
	Train        float64       `json:"train_examples_per_sec"`
	TrainSpan    [2]float64    `json:"train_slowest_fastest"`
	Infer        float64       `json:"infer_examples_per_sec"`
	InferSpan    [2]float64    `json:"infer_slowest_fastest"`
	LatencyUs    float64       `json:"single_image_us"` // with the output of every layer
	LatencyP99   float64       `json:"single_image_p99_us"`
	Profile      *cpu.Profile  `json:"profile,omitempty"` // of one thread
}

// Measure measures training steps on the shuffled set, inference on batches,
// and one image after another. The parameters are random at the start and train along.
func Measure(b engine.Backend, set engine.Set, o Options) (Result, error) {
	r := Result{Device: b.Name(), Threads: o.Threads, Reproducible: o.Reproducible, Config: o.Config, Images: set.Len(), Batch: o.Batch}
	if err := o.check(set.Len()); err != nil {
		return r, err
	}
	p := engine.NewParams(o.Config)
	p.Init(0)
	if err := b.SetParams(p); err != nil {
		return r, err
	}
	if err := b.SetData(set.Images, set.Labels); err != nil {
		return r, err
	}
	if c, ok := b.(*cpu.Backend); ok {
		r.VectorBits = c.VectorBits()
	}

	order := make([]int32, set.Len())
	at, epoch := len(order), 0
	var err error
	r.Train, r.TrainSpan, err = rate(o.Seconds, func() (int, error) {
		if at+o.Batch > len(order) {
			engine.Shuffle(order, 0, epoch)
			at, epoch = 0, epoch+1
		}
		// One epoch of a few steps: a GPU need not wait for each.
		n := min(len(order)-at, o.Batch*stepsAtOnce)
		n -= n % o.Batch
		_, err := b.Epoch(order[at:at+n], o.Batch, o.LR, nil)
		at += n
		return n, err
	})
	if err != nil {
		return r, err
	}

	from := 0
	r.Infer, r.InferSpan, err = rate(o.Seconds, func() (int, error) {
		n := o.Batch
		if from+n > set.Len() {
			from = 0
		}
		_, err := b.Evaluate(set.Images[from*engine.Pixels:(from+n)*engine.Pixels], set.Labels[from:from+n])
		from += n
		return n, err
	})
	if err != nil {
		return r, err
	}

	one := func(image, label []byte) error {
		_, err := b.Evaluate(image, label)
		return err
	}
	if t, ok := b.(engine.Tracer); ok { // a single image has a path of its own
		trace := engine.NewTrace(o.Config)
		one = func(image, _ []byte) error { return t.Trace(image, trace) }
	}
	r.LatencyUs, r.LatencyP99, err = latency(o.Seconds/4, func(i int) error {
		i %= set.Len()
		return one(set.Images[i*engine.Pixels:(i+1)*engine.Pixels], set.Labels[i:i+1])
	})
	if err != nil {
		return r, err
	}
	if o.Layers && r.VectorBits > 0 {
		profile, err := cpu.NewProfile(o.Config, cpu.Options{Reproducible: o.Reproducible}, time.Duration(o.Seconds/10*float64(time.Second)))
		r.Profile = &profile
		return r, err
	}
	return r, nil
}

// stepsAtOnce is how many steps of training are taken between looks at the
// clock: 2.5 ms each on two processors, 25 in a browser.
const stepsAtOnce = 2

// rate runs f for so many seconds, after a tenth of it for getting warm, in
// slices, and returns the slices' median, slowest and fastest rate.
func rate(seconds float64, f func() (int, error)) (median float64, span [2]float64, err error) {
	const parts = 8
	if _, _, err = slice(seconds/10, f); err != nil {
		return 0, span, err
	}
	var rates []float64
	for range parts {
		n, took, err := slice(seconds/parts, f)
		if err != nil {
			return 0, span, err
		}
		rates = append(rates, float64(n)/took)
	}
	slices.Sort(rates)
	return (rates[parts/2-1] + rates[parts/2]) / 2, [2]float64{rates[0], rates[parts-1]}, nil
}

// slice runs f until so many seconds are over, at least once.
func slice(seconds float64, f func() (int, error)) (n int, took float64, err error) {
	for start := now(); n == 0 || took < seconds; took = now().Sub(start).Seconds() {
		k, err := f()
		if err != nil {
			return 0, 0, err
		}
		n += k
	}
	return n, took, nil
}

// latency runs f for so many seconds and returns how many microseconds half
// and 99 % of the runs stay below.
func latency(seconds float64, f func(i int) error) (median, p99 float64, err error) {
	var took []time.Duration
	for begin := now(); len(took) < 20 || now().Sub(begin).Seconds() < seconds; {
		start := now()
		if err := f(len(took)); err != nil {
			return 0, 0, err
		}
		took = append(took, now().Sub(start))
	}
	slices.Sort(took)
	us := func(i int) float64 { return took[i].Seconds() * 1e6 }
	return us(len(took) / 2), us(len(took) * 99 / 100), nil
}
