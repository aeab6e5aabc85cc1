package cpu

import (
	"testing"
	"time"

	"lenet/engine"
)

// flop returns the floating-point operations that a network's weights take part
// in, forward, counted from the layers' shapes; first are those of the first layer.
func flop(c engine.Config) (all, first float64) {
	for _, l := range c.Layers() {
		if l.Params == 0 {
			continue
		}
		positions := l.Size() / l.Shape[0] // of a map; 1 for a linear layer
		weights := l.Params - l.Shape[0]   // without biases
		all += 2 * float64(weights*positions)
		if l.Index == 0 {
			first = all
		}
	}
	return all, first
}

// TestProfile checks that the parts make up all of a step's work: forward once,
// backward twice but for the first layer, whose input needs no gradient. None is
// faster than the processor, of which the second convolution needs 6 products for 10.
func TestProfile(t *testing.T) {
	const most = 1.1 * 10 / 6
	odd := engine.Config{Activation: engine.ReLU, Pooling: engine.MaxPool, Channels: [2]int{5, 9}, Units: [2]int{31, 17}, Classes: 26}
	for _, c := range []engine.Config{engine.Classic(), odd} {
		p, err := NewProfile(c, Options{}, 10*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d bits, peak %.1f GFLOP/s", p.Bits, p.Peak/1e9)
		var forward, backward, seconds float64
		for _, part := range p.Parts {
			rate := part.FLOP / part.Seconds
			t.Logf("%-45s %-5v %6.2f µs %6.1f GFLOP/s %3.0f %%", part.Layer, part.Backward, part.Seconds*1e6, rate/1e9, 100*rate/p.Peak)
			if part.Seconds <= 0 || rate > most*p.Peak {
				t.Errorf("%+v is not possible with a peak of %g", part, p.Peak)
			}
			seconds += part.Seconds
			if part.Backward {
				backward += part.FLOP
			} else {
				forward += part.FLOP
			}
		}
		t.Logf("%.1f µs: %.0f examples/s", seconds*1e6, 1/seconds)
		if all, first := flop(c); forward != all || backward != 2*all-first {
			t.Errorf("%v FLOP forward, %v backward: want %v, %v", forward, backward, all, 2*all-first)
		}
	}
}
