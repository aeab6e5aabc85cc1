package speed

import (
	"errors"
	"math"
	"testing"
	"time"

	"lenet/engine"
	"lenet/engine/cpu"
)

// counter is a backend that takes a known time for each example, by a clock of
// its own.
type counter struct {
	engine.Backend
	clock           time.Time
	perExample      time.Duration
	trained, judged int
}

func (c *counter) Name() string                   { return "counter" }
func (c *counter) SetParams(*engine.Params) error { return nil }
func (c *counter) SetData(_, _ []byte) error      { return nil }

func (c *counter) Epoch(order []int32, batch int, _ float32, _ func(engine.Stats) bool) (engine.Stats, error) {
	if len(order)%batch != 0 {
		return engine.Stats{}, errors.New("not whole batches")
	}
	c.trained += len(order)
	c.clock = c.clock.Add(time.Duration(len(order)) * c.perExample)
	return engine.Stats{}, nil
}

func (c *counter) Evaluate(_, labels []byte) (engine.Evaluation, error) {
	c.judged += len(labels)
	c.clock = c.clock.Add(time.Duration(len(labels)) * c.perExample / 2)
	return engine.Evaluation{}, nil
}

func set(n int) engine.Set {
	return engine.Set{Images: make([]byte, n*engine.Pixels), Labels: make([]byte, n)}
}

// TestRates measures what takes a known time.
func TestRates(t *testing.T) {
	c := &counter{perExample: 20 * time.Microsecond}
	now = func() time.Time { return c.clock }
	defer func() { now = time.Now }()
	r, err := Measure(c, set(1000), Options{Config: engine.Classic(), Batch: 100, LR: 1, Seconds: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []struct{ got, want float64 }{
		{r.Train, 50_000}, {r.TrainSpan[0], 50_000}, {r.TrainSpan[1], 50_000}, {r.Infer, 100_000}, {r.LatencyUs, 10}, {r.LatencyP99, 10},
	} {
		if math.Abs(rate.got/rate.want-1) > 1e-9 {
			t.Errorf("measured %v, want %v: %+v", rate.got, rate.want, r)
		}
	}
	if c.trained < 1000 || c.judged < 1000 || r.Device != "counter" || r.Images != 1000 || r.VectorBits != 0 || r.Profile != nil {
		t.Errorf("%d examples trained, %d judged, %+v", c.trained, c.judged, r)
	}
}

// TestMeasureCPU measures the CPU backend, its layers too, by the time of the
// processor, which other programs do not change: training costs more than
// inference.
func TestMeasureCPU(t *testing.T) {
	now = processorTime
	defer func() { now = time.Now }()
	b, err := cpu.New(engine.Classic(), cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	o := Options{Config: engine.Classic(), Batch: 64, LR: 0.1, Seconds: 0.05, Threads: 1, Layers: true}
	r, err := Measure(b, set(200), o)
	if err != nil || r.Train <= 0 || r.Infer <= r.Train || r.VectorBits != b.VectorBits() || r.Profile == nil || len(r.Profile.Parts) < 15 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, o := range []Options{{Config: o.Config, Batch: 201, Seconds: 1}, {Config: o.Config, Batch: 1}, {Config: o.Config, Seconds: 1}} {
		if _, err := Measure(b, set(200), o); err == nil {
			t.Errorf("%+v was measured", o)
		}
	}
}
