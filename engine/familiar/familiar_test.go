package familiar_test

import (
	"math"
	"os"
	"reflect"
	"slices"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/familiar"
	"lenet/engine/pen"
	"lenet/engine/safetensors"
)

// network returns the embedded network of that name.
func network(t testing.TB, name string) (*cpu.Backend, engine.Config) {
	t.Helper()
	file, err := assets.Weights(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := safetensors.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return backend(t, p), p.Config
}

func backend(t testing.TB, p *engine.Params) *cpu.Backend {
	t.Helper()
	b, err := cpu.New(p.Config, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := b.SetParams(p); err != nil {
		t.Fatal(err)
	}
	return b
}

func subset(t testing.TB, name string) (train, test engine.Set) {
	t.Helper()
	train, test, err := dataset.Subset(name)
	if err != nil {
		t.Fatal(err)
	}
	return train, test
}

func build(t testing.TB, b *cpu.Backend, c engine.Config, train, test engine.Set) *familiar.Measure {
	t.Helper()
	m, err := familiar.New(b, c, train, test, 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// answers measures every image.
func answers(t testing.TB, b *cpu.Backend, c engine.Config, m *familiar.Measure, images []byte) []familiar.Answer {
	t.Helper()
	trace := engine.NewTrace(c)
	var list []familiar.Answer
	for image := range slices.Chunk(images, engine.Pixels) {
		if err := b.Trace(image, trace); err != nil {
			t.Fatal(err)
		}
		list = append(list, m.Of(trace))
	}
	return list
}

// drawings renders a file of strokes as the page does.
func drawings(t testing.TB, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := pen.ParseNamed(file)
	if err != nil {
		t.Fatal(err)
	}
	var images []byte
	for _, s := range samples {
		image, ok := pen.Render(s.Drawing, pen.Options{})
		if !ok {
			t.Fatal("a drawing is blank")
		}
		images = append(images, image[:]...)
	}
	return images
}

// flagged returns the share of the images that are unfamiliar.
func flagged(list []familiar.Answer) float64 {
	n := 0
	for _, a := range list {
		if a.Unfamiliar {
			n++
		}
	}
	return float64(n) / float64(len(list))
}

// auroc returns how often an image of known is more familiar than one of others.
func auroc(known, others []familiar.Answer) float64 {
	wins := 0.0
	for _, o := range others {
		for _, k := range known {
			switch {
			case k.Familiarity > o.Familiarity:
				wins++
			case k.Familiarity == o.Familiarity:
				wins += 0.5
			}
		}
	}
	return wins / float64(len(known)*len(others))
}

// The embedded networks know their data set from the other one, and drawn digits
// from letters, shapes and scribbles. The bounds are a little below the measured
// values, which engine/README.md has.
func TestKnowsWhatItHasLearned(t *testing.T) {
	digits, others := drawings(t, "../pen/testdata/strokes_dev.json"), drawings(t, "testdata/others.json")
	_, mnist := subset(t, "mnist")
	_, fashion := subset(t, "fashion")
	for _, c := range []struct {
		network, name string
		known, others []byte
		auroc, caught float64
		flagged       float64 // of the known, at most
	}{
		{"mnist", "drawn digits and other drawings", digits, others, 0.985, 0.94, 0.05},
		{"mnist", "MNIST and Fashion-MNIST", mnist.Images, fashion.Images[:300*engine.Pixels], 0.995, 0.99, 0.051},
		{"fashion", "Fashion-MNIST and MNIST", fashion.Images, mnist.Images[:300*engine.Pixels], 0.985, 0.99, 0.051},
	} {
		b, config := network(t, c.network)
		train, test := subset(t, c.network)
		m := build(t, b, config, train, test)
		known, strange := answers(t, b, config, m, c.known), answers(t, b, config, m, c.others)
		area, caught, wrong := auroc(known, strange), flagged(strange), flagged(known)
		t.Logf("%s: AUROC %.4f, %.1f %% of the others caught, %.1f %% of the known flagged", c.name, area, 100*caught, 100*wrong)
		if area < c.auroc || caught < c.caught || wrong > c.flagged {
			t.Errorf("%s: want AUROC %.3f, %.0f %% caught, at most %.1f %% flagged", c.name, c.auroc, 100*c.caught, 100*c.flagged)
		}
	}
}

// tiny returns a network with random weights and the first images of MNIST.
func tiny(t testing.TB, train, test int) (*cpu.Backend, engine.Config, engine.Set, engine.Set) {
	t.Helper()
	c := engine.Classic()
	c.Activation = engine.Tanh
	p := engine.NewParams(c)
	p.Init(1)
	a, b := subset(t, "mnist")
	return backend(t, p), c,
		engine.Set{Images: a.Images[:train*engine.Pixels], Labels: a.Labels[:train]},
		engine.Set{Images: b.Images[:test*engine.Pixels], Labels: b.Labels[:test]}
}

// The neighbours are those of the definition, computed in float64 without a factor:
// the distance is sqrt(dᵀ(C + 0.3·tr(C)/n)⁻¹d), C the covariance within the classes.
func TestNearest(t *testing.T) {
	b, c, train, test := tiny(t, 300, 100)
	m := build(t, b, c, train, test)
	trace := engine.NewTrace(c)
	features := func(image []byte) []float64 {
		if err := b.Trace(image, trace); err != nil {
			t.Fatal(err)
		}
		var x []float64
		for _, v := range trace.Layer(familiar.Layer) {
			x = append(x, float64(v))
		}
		return x
	}
	var all [][]float64
	means, count := make([][]float64, 10), make([]float64, 10)
	for i := range train.Len() {
		x := features(train.Images[i*engine.Pixels:][:engine.Pixels])
		all = append(all, x)
		k := train.Labels[i]
		if means[k] == nil {
			means[k] = make([]float64, len(x))
		}
		for j, v := range x {
			means[k][j] += v
		}
		count[k]++
	}
	n := len(all[0])
	cov := make([][]float64, n)
	for j := range cov {
		cov[j] = make([]float64, n)
		for i, x := range all {
			k := train.Labels[i]
			for l := range n {
				cov[j][l] += (x[j] - means[k][j]/count[k]) * (x[l] - means[k][l]/count[k]) / float64(len(all))
			}
		}
	}
	trace0 := 0.0
	for j := range cov {
		trace0 += cov[j][j]
	}
	for j := range cov {
		cov[j][j] += 0.3 * trace0 / float64(n)
	}
	image := test.Images[7*engine.Pixels:][:engine.Pixels]
	x := features(image)
	got := answers(t, b, c, m, image)[0].Nearest
	type place struct {
		index    int
		distance float64
	}
	var want []place
	for i, y := range all {
		d := make([]float64, n)
		for j := range d {
			d[j] = x[j] - y[j]
		}
		s := solve(cov, d)
		sum := 0.0
		for j := range d {
			sum += d[j] * s[j]
		}
		want = append(want, place{i, math.Sqrt(sum)})
	}
	slices.SortFunc(want, func(a, b place) int {
		if a.distance < b.distance {
			return -1
		}
		return 1
	})
	for k, w := range want[:familiar.Near] {
		if g := got[k]; g.Index != w.index || g.Label != int(train.Labels[w.index]) || math.Abs(g.Distance/w.distance-1) > 1e-4 {
			t.Errorf("neighbour %d: %+v, want %+v", k, g, w)
		}
	}
}

// solve returns a⁻¹b by Gaussian elimination, without pivots: a is positive definite.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = append(slices.Clone(a[i]), b[i])
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			f := rows[j][i] / rows[i][i]
			for k := i; k <= n; k++ {
				rows[j][k] -= f * rows[i][k]
			}
		}
	}
	x := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		sum := rows[i][n]
		for k := i + 1; k < n; k++ {
			sum -= rows[i][k] * x[k]
		}
		x[i] = sum / rows[i][i]
	}
	return x
}

// Steps of any size give the same measure, and so does building it again.
func TestSteps(t *testing.T) {
	b, c, train, test := tiny(t, 200, 110)
	want := build(t, b, c, train, test)
	for _, images := range []int{1, 7, 100000} {
		s, err := familiar.Start(b, c, train, test, 1)
		if err != nil {
			t.Fatal(err)
		}
		steps := 0
		var m *familiar.Measure
		for m == nil {
			if m, err = s.Step(images); err != nil {
				t.Fatal(err)
			}
			steps++
		}
		if !reflect.DeepEqual(m, want) {
			t.Errorf("steps of %d images: another measure", images)
		}
		if most := (200+200+110)/images + 1; steps > most {
			t.Errorf("steps of %d images: %d of them, want at most %d", images, steps, most)
		}
	}
}

// A set of one's own may have a few images, and no test part; a network that has
// learned nothing, and one whose units are all the same, have an answer.
func TestFewImages(t *testing.T) {
	b, c, train, test := tiny(t, 30, 6)
	for name, held := range map[string]engine.Set{"six": test, "none": {}} {
		m := build(t, b, c, train, held)
		list := answers(t, b, c, m, train.Images)
		if share := flagged(list); share > 0.2 {
			t.Errorf("%s held out: %.0f %% of the training images are unfamiliar", name, 100*share)
		}
		for i, a := range list {
			if n := a.Nearest[0]; n.Index != i || n.Distance > 1e-3 || len(a.Nearest) != familiar.Near {
				t.Fatalf("%s held out: the nearest of image %d is %+v", name, i, n)
			}
		}
	}
	zero := backend(t, engine.NewParams(c))
	two := engine.Set{Images: train.Images[:2*engine.Pixels], Labels: train.Labels[:2]}
	for _, a := range answers(t, zero, c, build(t, zero, c, two, engine.Set{}), test.Images) {
		if a.Distance != 0 || len(a.Nearest) != 2 || a.Familiarity != 0 && a.Familiarity != 1 {
			t.Errorf("a network of zeros: %+v", a)
		}
	}
	one := engine.Set{Images: train.Images[:engine.Pixels], Labels: train.Labels[:1]}
	if _, err := familiar.New(b, c, one, test, 1); err == nil {
		t.Error("one training image is enough")
	}
	if _, err := familiar.New(b, c.WithClasses(5), train, test, 1); err == nil {
		t.Error("labels of 10 classes are good for a network of 5")
	}
}

// A network fits the few images that it has learned, so that they are nearer to each
// other than new ones are to them. New images are not unfamiliar for that.
func TestFitted(t *testing.T) {
	b, c, train, test := tiny(t, 80, 20)
	if err := b.SetData(train.Images, train.Labels); err != nil {
		t.Fatal(err)
	}
	order := make([]int32, train.Len())
	for i := range order {
		order[i] = int32(i)
	}
	for range 40 {
		if _, err := b.Epoch(order, 8, 0.1, nil); err != nil {
			t.Fatal(err)
		}
	}
	_, more := subset(t, "mnist")
	share := flagged(answers(t, b, c, build(t, b, c, train, test), more.Images[500*engine.Pixels:]))
	t.Logf("%.1f %% of 500 new images are unfamiliar", 100*share)
	if share > 0.1 {
		t.Errorf("%.1f %% of 500 new images are unfamiliar, want at most 10", 100*share)
	}
}

// BenchmarkOf measures one query among 6,000 training images, without the trace.
func BenchmarkOf(b *testing.B) {
	net, c := network(b, "mnist")
	train, test := subset(b, "mnist")
	m := build(b, net, c, train, test)
	trace := engine.NewTrace(c)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		if err := net.Trace(test.Images[i%1000*engine.Pixels:][:engine.Pixels], trace); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		m.Of(trace)
	}
}

// BenchmarkNew measures building a Measure from the embedded subset.
func BenchmarkNew(b *testing.B) {
	net, c := network(b, "mnist")
	train, test := subset(b, "mnist")
	for b.Loop() {
		build(b, net, c, train, test)
	}
}
