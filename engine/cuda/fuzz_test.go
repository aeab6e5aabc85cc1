//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"lenet/engine"
	"lenet/engine/internal/difftest"
)

// FuzzAgainstReference has the GPU's kernels train networks of the classical
// sizes a few steps, with any batch, schedule and grid, and holds them against
// the float64 reference.
func FuzzAgainstReference(f *testing.F) {
	f.Add(uint64(1), byte(0), byte(0), byte(15), byte(1), byte(5), byte(0))
	f.Add(uint64(2), byte(1), byte(1), byte(0), byte(2), byte(24), byte(7))
	f.Add(uint64(3), byte(2), byte(0), byte(6), byte(0), byte(9), byte(18))
	f.Add(uint64(4), byte(1), byte(0), byte(10), byte(3), byte(0), byte(29))
	f.Fuzz(func(t *testing.T, seed uint64, activation, pooling, batch, steps, rate, how byte) {
		c := difftest.Draw(seed, activation, pooling, 0, 0, 0, 0, 8, batch, steps, rate)
		classic := engine.Classic()
		c.Config.Channels, c.Config.Units = classic.Channels, classic.Units
		o := Options{Schedule: Cooperative + Schedule(how%2), PerBlock: 1 + int(how/2%2), Blocks: int(how / 4 % 8)}
		b, err := open(c.Config, o)
		must(t, err)
		got, err := c.Run(b)
		must(t, err)
		must(t, b.Close())
		if err := c.Check(got); err != nil {
			t.Errorf("%+v, %+v: %v", c, o, err)
		}
	})
}
