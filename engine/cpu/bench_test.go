package cpu

import (
	"compress/gzip"
	"io"
	"os"
	"testing"
	"time"

	"lenet/engine"
)

// benchSet returns Fashion-MNIST's training set where Debian puts it, else random images.
func benchSet(b *testing.B) (images, labels []byte) {
	read := func(name string, head int) []byte {
		f, err := os.Open("/usr/share/datasets/fashion-mnist/" + name)
		if err != nil {
			return nil
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil
		}
		data, err := io.ReadAll(z)
		if err != nil {
			return nil
		}
		return data[head:]
	}
	images, labels = read("train-images-idx3-ubyte.gz", 16), read("train-labels-idx1-ubyte.gz", 8)
	if images == nil || labels == nil {
		return randomSet(6000, 1)
	}
	return images, labels
}

// benchmarkEpoch takes steps. The best step of all shows what the machine can
// do if it did nothing else.
func benchmarkEpoch(b *testing.B, threads, batch int, reproducible bool) {
	images, labels := benchSet(b)
	be := newBackend(b, engine.Classic(), Options{Threads: threads, Reproducible: reproducible})
	p := initial(engine.Classic(), 1)
	be.SetParams(p)
	be.SetData(images, labels)
	order := make([]int32, len(labels))
	engine.Shuffle(order, 1, 0)
	at, n := 0, 0
	best := time.Hour
	for b.Loop() {
		if at+batch > len(order) {
			at = 0
		}
		start := time.Now()
		if _, err := be.Step(order[at:at+batch], 0.9); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
		at += batch
		n += batch
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "examples/s")
	b.ReportMetric(float64(batch)/best.Seconds(), "best-examples/s")
}

func BenchmarkTrain(b *testing.B) {
	b.Run("threads=1", func(b *testing.B) { benchmarkEpoch(b, 1, 256, false) })
	b.Run("threads=2", func(b *testing.B) { benchmarkEpoch(b, 2, 256, false) })
	b.Run("reproducible", func(b *testing.B) { benchmarkEpoch(b, 1, 256, true) })
	b.Run("batch=32", func(b *testing.B) { benchmarkEpoch(b, 1, 32, false) })
}

func BenchmarkInfer(b *testing.B) {
	for _, threads := range []int{1, 2} {
		b.Run([]string{"", "threads=1", "threads=2"}[threads], func(b *testing.B) {
			images, labels := benchSet(b)
			be := newBackend(b, engine.Classic(), Options{Threads: threads})
			be.SetParams(initial(engine.Classic(), 1))
			const batch = 256
			out := make([]float32, batch*10)
			at, n := 0, 0
			for b.Loop() {
				if at+batch > len(labels) {
					at = 0
				}
				be.Logits(images[at*784:][:batch*784], out)
				at += batch
				n += batch
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "examples/s")
		})
	}
}

// BenchmarkTrace times a single image; best is the fastest run of ten.
func BenchmarkTrace(b *testing.B) {
	images, _ := randomSet(1, 1)
	be := newBackend(b, engine.Classic(), Options{Threads: 1})
	be.SetParams(initial(engine.Classic(), 1))
	t := engine.NewTrace(engine.Classic())
	best := time.Hour
	for b.Loop() {
		start := time.Now()
		for range 10 {
			be.Trace(images, t)
		}
		best = min(best, time.Since(start)/10)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(best)/1e6, "best-ms")
}
