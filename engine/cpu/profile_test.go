package cpu

import (
	"testing"
	"time"

	"lenet/engine"
)

// TestProfile checks that the parts make up all of a step's work, and that none
// is faster than the processor, of which the second convolution needs 6 products
// for 10.
func TestProfile(t *testing.T) {
	const most = 1.1 * 10 / 6
	p, err := NewProfile(engine.Classic(), Options{}, 20*time.Millisecond)
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
	if forward != 833040 || backward != 2*833040-235200 {
		t.Errorf("%v FLOP forward, %v backward", forward, backward)
	}
}
