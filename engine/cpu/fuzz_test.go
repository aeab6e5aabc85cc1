package cpu

import (
	"math"
	"slices"
	"testing"

	"lenet/engine"
	"lenet/engine/internal/difftest"
	"lenet/engine/internal/reference"
)

// FuzzAgainstReference holds every version of the kernels against the
// reference on networks of any sizes, activation and pooling, and batches of
// any size and number of classes: the outputs of the layers and, where no kink makes rounding decide,
// the gradients. Versions that round alike give the same bits.
func FuzzAgainstReference(f *testing.F) {
	f.Add(uint64(1), byte(0), byte(0), byte(5), byte(15), byte(119), byte(83), byte(8), byte(15))
	f.Add(uint64(2), byte(1), byte(1), byte(0), byte(0), byte(0), byte(0), byte(0), byte(0))
	f.Add(uint64(3), byte(2), byte(1), byte(6), byte(8), byte(30), byte(16), byte(24), byte(6))
	f.Add(uint64(4), byte(1), byte(0), byte(19), byte(29), byte(159), byte(119), byte(62), byte(39))
	f.Fuzz(func(t *testing.T, seed uint64, act, pool, c1, c2, u1, u2, classes, batch byte) {
		c := engine.Config{Activation: engine.Activation(act % 3), Pooling: engine.Pooling(pool % 2),
			Channels: [2]int{1 + int(c1)%20, 1 + int(c2)%30}, Units: [2]int{1 + int(u1)%160, 1 + int(u2)%120}}.WithClasses(difftest.Classes(classes))
		n := 1 + int(batch)%40
		images, labels := randomSetOf(c.NumClasses(), n, seed)
		p, order := initial(c, seed), seq(0, int32(n))
		smooth := c.Activation != engine.ReLU && c.Pooling == engine.AvgPool
		first := map[bool][]float32{} // gradients of the first version that fuses, and of the first that does not
		for _, v := range append(vectorVersions(), versionTest{"scalar", tableScalar(), false}) {
			b := newBackend(t, c, Options{Threads: 1 + int(seed%3), Reproducible: !v.fused})
			b.kernels = v.kernels
			if err := b.SetParams(p); err != nil {
				t.Fatal(err)
			}
			if err := b.SetData(images, labels); err != nil {
				t.Fatal(err)
			}
			g := engine.NewParams(c)
			if _, err := b.Gradient(order, g); err != nil {
				t.Fatal(err)
			}
			if want := first[v.fused]; want != nil {
				if i := differ(g.Data, want); i >= 0 {
					t.Errorf("%s, %s, batch of %d: gradient %d is %v, of another version %v", v.name, name(c), n, i, g.Data[i], want[i])
				}
				continue
			}
			first[v.fused] = g.Data
			compareLayers(t, b, reference.New(p), images[:engine.Pixels], true)
			if smooth {
				compareGradient(t, b, reference.New(p), images, labels, order, true)
			}
			if t.Failed() {
				t.Logf("%s, %s, batch of %d", v.name, name(c), n)
			}
		}
	})
}

// differ returns the first place at which two slices' bits differ, -1 for none.
func differ(a, b []float32) int {
	return slices.IndexFunc(seq(0, int32(len(a))), func(i int32) bool { return math.Float32bits(a[i]) != math.Float32bits(b[i]) })
}
