package interop

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
)

// What is written into a view is written into the network, the batch and the
// trace, and the other way round.
func TestViewsShareMemory(t *testing.T) {
	p := engine.NewParams(engine.Classic())
	p.Init(1)
	ws := Weights(p)
	if len(ws) != 10 {
		t.Fatalf("%d arrays", len(ws))
	}
	w := ws["3.weight"]
	if !slices.Equal(w.Shape(), []int{16, 6, 5, 5}) {
		t.Errorf("shape %v", w.Shape())
	}
	if err := w.SetAt(float32(7), 2, 1, 4, 3); err != nil {
		t.Fatal(err)
	}
	if got := p.Tensor("3.weight").Data[((2*6+1)*5+4)*5+3]; got != 7 {
		t.Errorf("the network has %v", got)
	}
	p.Tensor("11.bias").Data[9] = -3
	if got, err := ws["11.bias"].At(9); err != nil || got != float32(-3) {
		t.Errorf("the view has %v, %v", got, err)
	}

	s := engine.Set{Images: make([]byte, 2*engine.Pixels), Labels: []byte{4, 5}}
	images, labels := Batch(s)
	s.Images[engine.Pixels+29] = 200
	if got, err := images.At(1, 1, 1); err != nil || got != uint8(200) {
		t.Errorf("the batch has %v, %v", got, err)
	}
	if got, err := labels.At(1); err != nil || got != uint8(5) {
		t.Errorf("the labels have %v, %v", got, err)
	}
	trace := engine.NewTrace(p.Config)
	as := Activations(trace)
	trace.Layer(5)[399] = 0.25
	if got, err := as[6].At(399); err != nil || got != float32(0.25) || !slices.Equal(as[5].Shape(), []int{16, 5, 5}) {
		t.Errorf("Flatten has %v of shape %v, %v", got, as[6].Shape(), err)
	}
}

// Weights come back from an .npz file bit for bit, under all three kinds of names.
func TestParamsThroughNPZ(t *testing.T) {
	p := engine.NewParams(engine.Config{Activation: engine.ReLU, Channels: [2]int{3, 4}, Units: [2]int{20, 12}})
	p.Init(5)
	for _, prefix := range []string{"", "net."} {
		arrays := map[string]*tensor.Dense{}
		for name, w := range Weights(p) {
			arrays[prefix+name] = w
		}
		file, err := EncodeNPZ(arrays)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeNPZ(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Params(back, map[string]string{"activation": "relu"})
		if err != nil || got.Config != p.Config || !slices.Equal(got.Data, p.Data) {
			t.Errorf("prefix %q: %v", prefix, err)
		}
		back[prefix+"0.bias"] = tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{1, 2, 3}))
		if got, err := Params(back, nil); err != nil || got.Tensor("0.bias").Data[2] != 3 {
			t.Errorf("float64: %v", err)
		}
	}
}

func TestSet(t *testing.T) {
	bytes, floats, doubles := make([]uint8, 2*784), make([]float32, 2*784), make([]float64, 2*784)
	for i := range bytes {
		bytes[i] = uint8(i)
		floats[i] = float32(uint8(i)) / 255
		doubles[i] = float64(uint8(i)) / 255
	}
	for name, d := range map[string]*tensor.Dense{
		"bytes":   view(bytes, 2, 28, 28),
		"floats":  view(floats, 2, 1, 28, 28),
		"doubles": tensor.New(tensor.WithShape(2, 784), tensor.WithBacking(doubles)),
	} {
		s, err := Set(d)
		if err != nil || s.Len() != 2 || !slices.Equal(s.Images, bytes) {
			t.Errorf("%s: %v", name, err)
		}
	}
	floats[900] = 0.5
	for message, d := range map[string]*tensor.Dense{
		"value 0.5 in image 1": view(floats, 2, 1, 28, 28),
		"shape [2 28]":         view(bytes[:56], 2, 28),
		"shape [1568]":         view(bytes, 1568),
	} {
		if _, err := Set(d); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("error %v, want one with %q", err, message)
		}
	}
	floats[900] = float32(math.NaN())
	if _, err := Set(view(floats, 2, 28, 28)); err == nil {
		t.Error("NaN passes")
	}
}

// Arrays of numbers come as tensors of their types, a single number as a scalar.
func TestNPYThroughTensors(t *testing.T) {
	for _, d := range []*tensor.Dense{
		view([]uint8{1, 2, 3, 4, 5, 6}, 2, 3), view([]float32{-1, 2}, 2),
		tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{3, 4})), tensor.New(tensor.FromScalar(float32(7))),
	} {
		file, err := EncodeNPY(d)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeNPY(file); err != nil || !got.Eq(d) || !got.Shape().Eq(d.Shape()) {
			t.Errorf("%v of shape %v came back as %v, %v", d, d.Shape(), got, err)
		}
	}
	if _, err := DecodeNPY([]byte("junk")); !errors.Is(err, ErrFormat) {
		t.Errorf("error %v", err)
	}
	w := view([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	if err := w.T(); err != nil {
		t.Fatal(err)
	}
	if _, err := EncodeNPY(w); err == nil || !strings.Contains(err.Error(), "transposed") {
		t.Errorf("error %v for a transposed tensor", err)
	}
}

// tensorNet is a LeNet of gorgonia.org/tensor's operations: every layer with
// weights is one MatMul, convolutions of unfolded images. An oracle that shares
// nothing with the engine but the weights.
type tensorNet struct {
	config  engine.Config
	weights map[string]*tensor.Dense
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// forward returns the logits (10, n) of images (n·784 values from 0 to 1), and
// the outputs of the modules with weights.
func (net tensorNet) forward(images []float32, n int) (logits *tensor.Dense, outputs []*tensor.Dense) {
	x, channels, side := images, 1, 28 // [n][c][y][x]
	for _, l := range []struct {
		name         string
		padding, out int
	}{{"0", 2, net.config.Channels[0]}, {"3", 0, net.config.Channels[1]}} {
		rows := side + 2*l.padding - 4
		columns := unfold(x, n, channels, side, l.padding) // (c·25, n·rows·rows)
		w := net.weights[l.name+".weight"].Clone().(*tensor.Dense)
		if err := w.Reshape(l.out, channels*25); err != nil {
			panic(err)
		}
		z := must(w.MatMul(columns))
		addBias(z, net.weights[l.name+".bias"])
		outputs = append(outputs, z.Clone().(*tensor.Dense))
		net.activate(z.Float32s())
		x, channels, side = net.pool(z.Float32s(), n, l.out, rows), l.out, rows/2
	}
	a := transposed(x, n, channels*side*side)
	for _, name := range []string{"7", "9", "11"} {
		a = must(net.weights[name+".weight"].MatMul(a))
		addBias(a, net.weights[name+".bias"])
		outputs = append(outputs, a.Clone().(*tensor.Dense))
		if name != "11" {
			net.activate(a.Float32s())
		}
	}
	return a, outputs
}

// unfold lays out what each place of a 5×5 kernel sees, (c·25, n·rows·rows).
func unfold(x []float32, n, channels, side, padding int) *tensor.Dense {
	rows := side + 2*padding - 4
	out := make([]float32, channels*25*n*rows*rows)
	i := 0
	for c := range channels {
		for ky := range 5 {
			for kx := range 5 {
				for e := range n {
					image := x[(e*channels+c)*side*side:][:side*side]
					for y := range rows {
						sy := y + ky - padding
						for xx := range rows {
							sx := xx + kx - padding
							if sy >= 0 && sy < side && sx >= 0 && sx < side {
								out[i] = image[sy*side+sx]
							}
							i++
						}
					}
				}
			}
		}
	}
	return view(out, channels*25, n*rows*rows)
}

func addBias(z, bias *tensor.Dense) {
	values, b := z.Float32s(), bias.Float32s()
	columns := len(values) / len(b)
	for i := range values {
		values[i] += b[i/columns]
	}
}

func (net tensorNet) activate(v []float32) {
	for i, x := range v {
		switch net.config.Activation {
		case engine.Sigmoid:
			v[i] = float32(1 / (1 + math.Exp(-float64(x))))
		case engine.Tanh:
			v[i] = float32(math.Tanh(float64(x)))
		case engine.ReLU:
			v[i] = max(x, 0)
		}
	}
}

// pool turns [c][n][y][x] into [n][c][y/2][x/2].
func (net tensorNet) pool(a []float32, n, channels, side int) []float32 {
	half := side / 2
	out := make([]float32, n*channels*half*half)
	for c := range channels {
		for e := range n {
			plane := a[(c*n+e)*side*side:]
			to := out[(e*channels+c)*half*half:]
			for y := range half {
				for x := range half {
					at := 2*y*side + 2*x
					v := []float32{plane[at], plane[at+1], plane[at+side], plane[at+side+1]}
					if net.config.Pooling == engine.MaxPool {
						to[y*half+x] = slices.Max(v)
					} else {
						to[y*half+x] = (v[0] + v[1] + v[2] + v[3]) / 4
					}
				}
			}
		}
	}
	return out
}

// transposed turns [n][features] into a tensor (features, n).
func transposed(x []float32, n, features int) *tensor.Dense {
	out := make([]float32, len(x))
	for e := range n {
		for f := range features {
			out[f*n+e] = x[e*features+f]
		}
	}
	return view(out, features, n)
}

// subset returns the first test images of MNIST, also as floats.
func subset(t testing.TB, n int) ([]byte, []float32) {
	t.Helper()
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	images := test.Images[:n*engine.Pixels]
	x := make([]float32, len(images))
	for i, b := range images {
		x[i] = float32(b) / 255
	}
	return images, x
}

func newNet(t testing.TB, c engine.Config, threads int) (tensorNet, *cpu.Backend) {
	t.Helper()
	p := engine.NewParams(c)
	p.Init(3)
	b, err := cpu.New(c, cpu.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := b.SetParams(p); err != nil {
		t.Fatal(err)
	}
	return tensorNet{c, Weights(p)}, b
}

// gorgonia.org/tensor's MatMul gives the engine's logits and activations.
func TestMatMulAgrees(t *testing.T) {
	relu := engine.Config{Activation: engine.ReLU, Pooling: engine.MaxPool, Channels: [2]int{5, 7}, Units: [2]int{30, 21}}
	tanh := engine.Classic()
	tanh.Activation = engine.Tanh
	for _, c := range []engine.Config{engine.Classic(), tanh, relu, tanh.WithClasses(26)} {
		net, b := newNet(t, c, 1)
		const n = 20
		images, x := subset(t, n)
		want, outputs := net.forward(x, n)
		classes := c.NumClasses()
		got := make([]float32, n*classes)
		if err := b.Logits(images, got); err != nil {
			t.Fatal(err)
		}
		var worst float64
		for e := range n {
			for k := range classes {
				worst = max(worst, math.Abs(float64(got[e*classes+k]-want.Float32s()[k*n+e])))
			}
		}
		trace := engine.NewTrace(c)
		if err := b.Trace(images[:engine.Pixels], trace); err != nil {
			t.Fatal(err)
		}
		var inside float64
		for i, module := range []int{0, 3, 7, 9, 11} {
			a := Activations(trace)[module].Float32s()
			channels := outputs[i].Shape()[0]
			area := len(a) / channels
			for j, v := range a { // the first image's part of [c][n][y][x]
				inside = max(inside, math.Abs(float64(v-outputs[i].Float32s()[j/area*area*n+j%area])))
			}
		}
		t.Logf("%v, %v pooling: logits differ by %.1e, a single image's activations by %.1e", c.Activation, c.Pooling, worst, inside)
		if !(worst < 1e-5 && inside < 1e-5) {
			t.Error("too far")
		}
	}
}

// BenchmarkInference measures the network of gorgonia.org/tensor's operations
// beside the engine's, on one thread each, and reports the ratio:
//
//	go test -run ^$ -bench Inference -cpu 1 ./engine/interop
func BenchmarkInference(b *testing.B) {
	const n = 256
	net, cpu := newNet(b, engine.Classic(), 1)
	images, x := subset(b, n)
	logits := make([]float32, n*engine.DefaultClasses)
	var theirs float64
	b.Run("tensor", func(b *testing.B) {
		for b.Loop() {
			net.forward(x, n)
		}
		theirs = float64(n*b.N) / b.Elapsed().Seconds()
		b.ReportMetric(theirs, "images/s")
	})
	b.Run("engine", func(b *testing.B) {
		for b.Loop() {
			cpu.Logits(images, logits)
		}
		ours := float64(n*b.N) / b.Elapsed().Seconds()
		b.ReportMetric(ours, "images/s")
		if theirs > 0 {
			b.ReportMetric(ours/theirs, "×tensor")
		}
	})
}
