package cpu

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"testing"

	"lenet/engine"
)

// train takes steps on batches of several sizes and returns the weights' bits.
func train(t *testing.T, b *Backend, steps int) []float32 {
	t.Helper()
	p := initial(b.cfg, 21)
	if err := b.SetParams(p); err != nil {
		t.Fatal(err)
	}
	images, labels := byteSet(300)
	if err := b.SetData(images, labels); err != nil {
		t.Fatal(err)
	}
	sizes := []int{256, 32, 1, 131, 17, 300}
	for i := range steps {
		order := make([]int32, 300)
		engine.Shuffle(order, 5, i)
		if _, err := b.Step(order[:sizes[i%len(sizes)]], 0.3); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Params(p); err != nil {
		t.Fatal(err)
	}
	return p.Data
}

func hash(data []float32) string {
	h := sha256.New()
	for _, v := range data {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// reproducible lists what Reproducible training gives on every platform: native
// at every vector width, scalar, and wasm with and without SIMD.
var reproducible = map[string]string{
	"sigmoid-avg-6-16-120-84": "3e492ef4a4aa2701b5d497c76bd0e6ce",
	"relu-max-6-16-120-84":    "a5a0f01851b3e1cfe3ea47048cade17b",
	"tanh-avg-5-9-31-17":      "5f2935b485b6c69f95d315847e7fc6ee",
	"tanh-avg-5-9-31-17-26":   "20daf74a5491adbc3467002c010bd088",
}

// determinismConfigs lists networks to train; with -short, for emulated
// processors, the smallest only.
func determinismConfigs() []engine.Config {
	small := engine.Config{Activation: engine.Tanh, Pooling: engine.AvgPool, Channels: [2]int{5, 9}, Units: [2]int{31, 17}}
	if testing.Short() {
		return []engine.Config{small, small.WithClasses(26)}
	}
	c := engine.Classic()
	d := c
	d.Activation, d.Pooling = engine.ReLU, engine.MaxPool
	return []engine.Config{small, small.WithClasses(26), c, d}
}

// TestReproducibleBits trains with every version of the kernels that does not
// fuse and compares with the pinned hashes.
func TestReproducibleBits(t *testing.T) {
	for _, c := range determinismConfigs() {
		forVersions(t, func(t *testing.T, v versionTest) {
			if v.fused {
				return
			}
			b := newBackend(t, c, Options{Threads: 2, Reproducible: true})
			b.kernels = v.kernels
			if got, want := hash(train(t, b, 7)), reproducible[name(c)]; got != want {
				t.Errorf("%s: weights %s, want %s", name(c), got, want)
			}
		})
		b := newBackend(t, c, Options{Reproducible: true}) // as users get it
		if got, want := hash(train(t, b, 7)), reproducible[name(c)]; got != want {
			t.Errorf("%s: weights %s, want %s", name(c), got, want)
		}
	}
}

// TestFusedBits checks that the fused kernels give the same bits at every width.
func TestFusedBits(t *testing.T) {
	for _, c := range determinismConfigs() {
		var first []float32
		forVersions(t, func(t *testing.T, v versionTest) {
			if !v.fused {
				return
			}
			b := newBackend(t, c, Options{Threads: 1})
			b.kernels = v.kernels
			got := train(t, b, 7)
			if first == nil {
				first = got
			} else if !slices.Equal(got, first) {
				t.Errorf("%s: not the weights of 4 lanes", name(c))
			}
		})
	}
}

// TestThreadBits checks that threads, and running again, change no bit.
func TestThreadBits(t *testing.T) {
	steps := 8
	if testing.Short() { // under the race detector, which makes the kernels 30 times as slow
		steps = 2
	}
	for _, c := range determinismConfigs() {
		var first []float32
		for _, threads := range []int{1, 1, 2, 3, 5, 5} {
			got := train(t, newBackend(t, c, Options{Threads: threads}), steps)
			if first == nil {
				first = got
			} else if !slices.Equal(got, first) {
				t.Errorf("%s: other weights with %d threads", name(c), threads)
			}
		}
	}
}

// TestShardGradients checks that workers which compute ranges of shards and
// combine them as a tree take the steps that one backend takes, to the bit.
func TestShardGradients(t *testing.T) {
	c := engine.Classic()
	images, labels := byteSet(300)
	for _, size := range []int{1, 16, 33, 128, 300} {
		order := make([]int32, 300)
		engine.Shuffle(order, 6, 0)
		order = order[:size]
		alone := newBackend(t, c, Options{Threads: 2})
		p := initial(c, 4)
		alone.SetParams(p)
		alone.SetData(images, labels)
		want, err := alone.Step(order, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		pw := engine.NewParams(c)
		alone.Params(pw)
		for _, workers := range []int{1, 2, 4, 8} {
			t.Run(fmt.Sprint(size, "/", workers), func(t *testing.T) {
				sums := make([][]float32, workers)
				var stats engine.Stats
				var b *Backend
				for i := range sums {
					b = newBackend(t, c, Options{Threads: 1})
					b.SetParams(p)
					b.SetData(images, labels)
					sums[i] = make([]float32, b.ExchangeLen())
					s, err := b.ShardGradients(order, i*Shards/workers, (i+1)*Shards/workers, sums[i])
					if err != nil {
						t.Fatal(err)
					}
					stats.Add(s)
				}
				for n := workers; n > 1; n /= 2 {
					for i := range n / 2 {
						b.Combine(sums[2*i], sums[2*i+1])
						sums[i] = sums[2*i]
					}
				}
				b.Apply(sums[0], 0.5/float32(size))
				got := engine.NewParams(c)
				b.Params(got)
				if !slices.Equal(got.Data, pw.Data) {
					t.Error("other weights")
				}
				if stats.Examples != want.Examples || stats.Correct != want.Correct || math.Abs(stats.LossSum-want.LossSum) > 1e-9*want.LossSum {
					t.Errorf("statistics %+v, want %+v", stats, want)
				}
			})
		}
	}
}
