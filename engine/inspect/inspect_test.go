package inspect

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/cpu"
)

// traced returns a network of random parameters and its trace of a random image.
func traced(t *testing.T, c engine.Config) (*engine.Params, *engine.Trace) {
	t.Helper()
	b, err := cpu.New(c, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p := engine.NewParams(c)
	p.Init(7)
	if err := b.SetParams(p); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	image := make([]byte, engine.Pixels)
	for i := range image {
		image[i] = byte(rng.IntN(256))
	}
	tr := engine.NewTrace(c)
	if err := b.Trace(image, tr); err != nil {
		t.Fatal(err)
	}
	return p, tr
}

func configs() []engine.Config {
	tanh, relu, odd := engine.Classic(), engine.Classic(), engine.Classic()
	tanh.Activation = engine.Tanh
	relu.Activation, relu.Pooling = engine.ReLU, engine.MaxPool
	odd.Channels, odd.Units, odd.Classes = [2]int{3, 5}, [2]int{7, 9}, 26
	return []engine.Config{engine.Classic(), tanh, relu, odd}
}

// Every unit's sum is what the engine computed.
func TestSumIsTheEngines(t *testing.T) {
	for _, c := range configs() {
		p, tr := traced(t, c)
		for _, l := range append(c.Layers(), engine.Layer{Index: Input, Shape: []int{1, engine.Side, engine.Side}}) {
			if l.Kind == "Flatten" {
				continue
			}
			h, w := 1, 1
			if len(l.Shape) == 3 {
				h, w = l.Shape[1], l.Shape[2]
			}
			worst := 0.0
			for i := range l.Shape[0] * h * w {
				u := Unit{l.Index, i / (h * w), i / w % h, i % w}
				s, err := Take(p, tr, u)
				if err != nil {
					t.Fatal(err)
				}
				values := tr.Input()
				if l.Index != Input {
					values = tr.Layer(l.Index)
				}
				if s.Engine != float64(values[i]) {
					t.Fatalf("%+v: the engine's value is given as %v, it is %v", u, s.Engine, values[i])
				}
				worst = max(worst, math.Abs(s.Value-s.Engine))
				adds(t, s)
			}
			if !(worst <= 1e-5) {
				t.Errorf("%v: layer %d is off by %g", c, l.Index, worst)
			}
		}
	}
}

// adds checks that the listed parts add up to the total.
func adds(t *testing.T, s *Sum) {
	t.Helper()
	z := s.Bias
	switch s.Kind {
	case Conv:
		for i, v := range s.Sums {
			var sum float64
			for k := range 25 {
				sum += float64(s.Inputs[25*i+k]) * float64(s.Weights[25*i+k])
			}
			if math.Abs(sum-float64(v)) > 1e-6 {
				t.Fatalf("%+v: map %d sums to %v, told as %v", s.Unit, i, sum, v)
			}
			z += float64(v)
		}
	case Linear:
		for _, list := range [][]Term{s.For, s.Against} {
			last := math.Inf(1)
			for _, term := range list {
				if math.Abs(term.P) > last {
					t.Fatalf("%+v: contributions are not in order", s.Unit)
				}
				last = math.Abs(term.P)
				z += term.P
			}
		}
		if s.Others+len(s.For)+len(s.Against) != len(s.Inputs) {
			t.Fatalf("%+v: %d others", s.Unit, s.Others)
		}
		z += s.Rest
	default:
		return
	}
	if math.Abs(z-s.Z) > 1e-6 {
		t.Fatalf("%+v: the parts add up to %v, the sum is %v", s.Unit, z, s.Z)
	}
}

// The strongest contributions come from where they say.
func TestTermsNameTheirUnits(t *testing.T) {
	p, tr := traced(t, engine.Classic())
	s, err := Take(p, tr, Unit{Layer: 8, C: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, term := range append(s.For, s.Against...) {
		from, err := Take(p, tr, term.From)
		if err != nil || from.Kind != Pool || from.Engine != term.X {
			t.Errorf("input %d is said to come from %+v, whose value is not %v (%v)", term.Index, term.From, term.X, err)
		}
		if term.P != term.X*term.W || term.W != float64(p.Tensor("7.weight").Data[3*400+term.Index]) {
			t.Errorf("term %+v", term)
		}
	}
	if len(s.For) != Strongest || len(s.Against) != Strongest {
		t.Errorf("%d for, %d against", len(s.For), len(s.Against))
	}
}

func TestRefuses(t *testing.T) {
	p, tr := traced(t, engine.Classic())
	for _, u := range []Unit{{6, 0, 0, 0}, {12, 0, 0, 0}, {-2, 0, 0, 0}, {1, 6, 0, 0}, {1, 0, 28, 0}, {8, 0, 1, 0}, {8, 120, 0, 0}, {Input, 1, 0, 0}, {2, 0, 0, -1}} {
		if _, err := Take(p, tr, u); err == nil {
			t.Errorf("%+v is taken apart", u)
		}
	}
}

// The lines of PyTorch, as they were run against the engine's values.
func TestTorch(t *testing.T) {
	relu := engine.Classic()
	relu.Activation, relu.Pooling = engine.ReLU, engine.MaxPool
	for _, c := range []struct {
		config engine.Config
		unit   Unit
		torch  string
		says   string // in the formula
	}{
		{engine.Classic(), Unit{Input, 0, 7, 9}, "x[0, 0, 7, 9]", "pixel / 255"},
		{engine.Classic(), Unit{1, 3, 7, 9}, "torch.sigmoid(F.conv2d(x, net[0].weight, net[0].bias, padding=2))[0, 3, 7, 9]", "σ(Σ w[3,i,u,v]·x[i,5+u,7+v] + b[3])"},
		{engine.Classic(), Unit{1, 3, 0, 9}, "torch.sigmoid(F.conv2d(x, net[0].weight, net[0].bias, padding=2))[0, 3, 0, 9]", "x[i,u−2,7+v]"},
		{engine.Classic(), Unit{2, 3, 7, 4}, "F.avg_pool2d(net[:2](x), 2)[0, 3, 7, 4]", "mean of x[3, 14:16, 8:10]"},
		{relu, Unit{5, 3, 1, 4}, "F.max_pool2d(net[:5](x), 2)[0, 3, 1, 4]", "max of"},
		{relu, Unit{4, 5, 4, 5}, "torch.relu(F.conv2d(net[:3](x), net[3].weight, net[3].bias))[0, 5, 4, 5]", "max(0, Σ"},
		{engine.Classic(), Unit{3, 5, 4, 5}, "F.conv2d(net[:3](x), net[3].weight, net[3].bias)[0, 5, 4, 5]", "Σ"},
		{engine.Classic(), Unit{8, 17, 0, 0}, "torch.sigmoid(F.linear(net[:7](x), net[7].weight, net[7].bias))[0, 17]", "σ(Σ w[17,i]·x[i] + b[17])"},
		{engine.Classic(), Unit{11, 5, 0, 0}, "F.linear(net[:11](x), net[11].weight, net[11].bias)[0, 5]", "Σ w[5,i]·x[i] + b[5]"},
	} {
		p, tr := traced(t, c.config)
		s, err := Take(p, tr, c.unit)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Torch(); got != c.torch {
			t.Errorf("%+v: %s, want %s", c.unit, got, c.torch)
		}
		if got := s.Formula(); !strings.Contains(got, c.says) {
			t.Errorf("%+v: %s, want %s in it", c.unit, got, c.says)
		}
	}
}

func TestCount(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	h := Count([]float32{-2, -1, 0, 0, 1, nan, inf}, 0, 0)
	if h.Low != -2 || h.High != 2 || h.Finite != 5 || h.Counts[0] != 1 || h.Counts[Bins/2] != 2 {
		t.Errorf("%+v", h)
	}
	if h.Mean != -0.4 || math.Abs(h.Std-math.Sqrt(1.2-0.16)) > 1e-12 {
		t.Errorf("mean %v, std %v", h.Mean, h.Std)
	}
	h = Count([]float32{-5, 0.5, 1, 9}, 0, 1)
	if h.Counts[0] != 1 || h.Counts[Bins/2] != 1 || h.Counts[Bins-1] != 2 {
		t.Errorf("%+v", h.Counts)
	}
	if h = Count(nil, 0, 0); h.Low != -1 || h.High != 1 || h.Finite != 0 || h.Mean != 0 {
		t.Errorf("of nothing: %+v", h)
	}
}
