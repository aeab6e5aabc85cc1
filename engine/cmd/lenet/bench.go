package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/verify"
)

type benchCmd struct {
	Batch   int     `default:"256" help:"Examples in a training step."`
	Seconds float64 `default:"2" help:"Time for each measurement."`
	networkFlags
	deviceFlags
	JSON bool `help:"Print JSON."`
}

func (benchCmd) Help() string {
	return `Measures training steps, inference on many images and the latency of one image, on the embedded subset. Each number is the
median of rounds; the rounds' spread tells how quiet the machine was.

  lenet bench
  lenet bench --threads 1 --json
  lenet bench --activation relu --pool max`
}

// Validate is called by kong.
func (c benchCmd) Validate() error {
	if c.Batch < 1 || !(c.Seconds > 0) {
		return errors.New("--batch and --seconds take numbers above 0")
	}
	if _, err := c.apply(engine.Classic()); err != nil {
		return err
	}
	return c.deviceFlags.Validate()
}

// benchResult is the measurement, as JSON has it.
type benchResult struct {
	Device     string        `json:"device"`
	Threads    int           `json:"threads"`
	GOOS       string        `json:"goos"`
	GOARCH     string        `json:"goarch"`
	Config     engine.Config `json:"config"`
	Batch      int           `json:"batch"`
	Train      float64       `json:"train_examples_per_sec"`
	TrainSpan  [2]float64    `json:"train_slowest_fastest"`
	Infer      float64       `json:"infer_examples_per_sec"`
	InferSpan  [2]float64    `json:"infer_slowest_fastest"`
	LatencyUs  float64       `json:"single_image_us"`
	LatencyP99 float64       `json:"single_image_p99_us"`
}

func (c benchCmd) Run(e *env) error {
	config, err := c.apply(engine.Classic())
	if err != nil {
		return err
	}
	train, _, err := dataset.Subset("fashion")
	if err != nil {
		return err
	}
	if c.Batch > train.Len() {
		return fmt.Errorf("--batch %d: the embedded subset has %d images", c.Batch, train.Len())
	}
	p := engine.NewParams(config)
	p.Init(0)
	b, err := c.openWith(p)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.SetData(train.Images, train.Labels); err != nil {
		return err
	}
	threads := c.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	r := benchResult{Device: b.Name(), Threads: threads, GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Config: config, Batch: c.Batch}

	// A round of training is the whole subset, small enough for a span of them.
	order := make([]int32, train.Len()/c.Batch*c.Batch)
	rounds, err := c.measure(func(i int) error {
		engine.Shuffle(order, 0, i)
		_, err := b.Epoch(order, c.Batch, 0.1, nil)
		return err
	})
	if err != nil {
		return err
	}
	r.Train, r.TrainSpan = perSecond(len(order), rounds)

	rounds, err = c.measure(func(int) error {
		_, err := b.Evaluate(train.Images, train.Labels)
		return err
	})
	if err != nil {
		return err
	}
	r.Infer, r.InferSpan = perSecond(train.Len(), rounds)

	one := func(image, label []byte) error {
		_, err := b.Evaluate(image, label)
		return err
	}
	if v, ok := b.(verify.Backend); ok { // a single image has a path of its own
		t := engine.NewTrace(config)
		one = func(image, _ []byte) error { return v.Trace(image, t) }
	}
	rounds, err = c.measure(func(i int) error {
		i %= train.Len()
		return one(train.Images[i*engine.Pixels:][:engine.Pixels], train.Labels[i:i+1])
	})
	if err != nil {
		return err
	}
	r.LatencyUs = rounds[len(rounds)/2].Seconds() * 1e6
	r.LatencyP99 = rounds[len(rounds)*99/100].Seconds() * 1e6

	if c.JSON {
		return json.NewEncoder(e.out).Encode(r)
	}
	fmt.Fprintf(e.out, "%v, %v pooling, batch %d, %d threads, on %s %s/%s\n", config.Activation, config.Pooling, c.Batch, threads, r.Device, r.GOOS, r.GOARCH)
	fmt.Fprintf(e.out, "training   %9.0f examples/sec  (%.0f to %.0f)\n", r.Train, r.TrainSpan[0], r.TrainSpan[1])
	fmt.Fprintf(e.out, "inference  %9.0f examples/sec  (%.0f to %.0f)\n", r.Infer, r.InferSpan[0], r.InferSpan[1])
	fmt.Fprintf(e.out, "one image  %9.1f µs            (99 %% below %.1f)\n", r.LatencyUs, r.LatencyP99)
	return nil
}

// measure runs rounds for the time given, at least five of them after one that
// does not count, and returns how long each took, shortest first.
func (c benchCmd) measure(round func(i int) error) ([]time.Duration, error) {
	if err := round(0); err != nil {
		return nil, err
	}
	var took []time.Duration
	for begin := time.Now(); len(took) < 5 || time.Since(begin).Seconds() < c.Seconds; {
		start := time.Now()
		if err := round(len(took) + 1); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took, nil
}

// perSecond returns the median rate and the slowest and fastest.
func perSecond(n int, took []time.Duration) (median float64, span [2]float64) {
	rate := func(d time.Duration) float64 { return float64(n) / d.Seconds() }
	return rate(took[len(took)/2]), [2]float64{rate(took[len(took)-1]), rate(took[0])}
}
