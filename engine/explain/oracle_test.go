package explain

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/internal/difftest"
	"lenet/engine/npy"
)

// oracle is a network and PyTorch's values for it, see ../testdata/oracle/explain/make.py.
type oracle struct {
	*npy.Archive
	t *testing.T
	p *engine.Params

	largest *float64 // error so far
}

func (o oracle) array(name string) []float32 {
	o.t.Helper()
	a, err := o.Array(name)
	if err != nil {
		o.t.Fatal(err)
	}
	v, err := a.Float32s()
	if err != nil {
		o.t.Fatal(err)
	}
	return v
}

func (o oracle) shape(name string) []int {
	o.t.Helper()
	s, err := o.Shape(name)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

func (o oracle) image() []byte {
	var image []byte
	for _, v := range o.array("image") {
		image = append(image, byte(v))
	}
	return image
}

// check reports values that differ from PyTorch's by more than 1e-5 of their norm.
func (o oracle) check(name string, got []float32) {
	o.t.Helper()
	var want []float64
	for _, v := range o.array(name) {
		want = append(want, float64(v))
	}
	e := difftest.Relative(got, want, 1e-30)
	if !(e < 1e-5) {
		o.t.Errorf("%s: error %.2g", name, e)
	}
	*o.largest = max(*o.largest, e)
}

func readOracle(t *testing.T, act engine.Activation, pool engine.Pooling) oracle {
	file, err := os.ReadFile(filepath.Join("../testdata/oracle/explain", fmt.Sprintf("%v_%v.npz", act, pool)))
	if err != nil {
		t.Fatal(err)
	}
	z, err := npy.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	o := oracle{z, t, nil, new(float64)}
	n := func(tensor string) int { return o.shape("init." + tensor + ".bias")[0] }
	o.p = engine.NewParams(engine.Config{Activation: act, Pooling: pool,
		Channels: [2]int{n("0"), n("3")}, Units: [2]int{n("7"), n("9")}}.WithClasses(n("11")))
	for _, tensor := range o.p.Tensors() {
		copy(tensor.Data, o.array("init."+tensor.Name))
	}
	return o
}

func explainer(t *testing.T, p *engine.Params) *Explainer {
	t.Helper()
	net, err := cpu.New(p.Config, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { net.Close() })
	if err := net.SetParams(p); err != nil {
		t.Fatal(err)
	}
	return New(net)
}

// Gradients, occlusion and ascent are PyTorch's, for every activation and pooling.
func TestAgainstPyTorch(t *testing.T) {
	for act := engine.Sigmoid; act <= engine.ReLU; act++ {
		for pool := engine.AvgPool; pool <= engine.MaxPool; pool++ {
			t.Run(fmt.Sprintf("%v-%v", act, pool), func(t *testing.T) { againstPyTorch(t, readOracle(t, act, pool)) })
		}
	}
}

func againstPyTorch(t *testing.T, o oracle) {
	e, image, g := explainer(t, o.p), o.image(), make([]float32, engine.Pixels)
	tr, err := e.Read(image)
	if err != nil {
		t.Fatal(err)
	}
	o.check("logits", tr.Logits())
	a, b := int(o.array("classes")[0]), int(o.array("classes")[1])
	difference := Logit(len(tr.Logits()), a)
	difference.By[b] = -1
	gradient := func(name string, target Target) {
		t.Helper()
		if _, err := e.Gradient(image, target, g); err != nil {
			t.Fatal(err)
		}
		o.check(name, g)
	}
	gradient("margin", difference)
	gradient("loss", CrossEntropy(tr.Logits(), a))
	units, patches, climbs := 0, 0, 0
	for _, name := range o.Names {
		kind, rest, _ := strings.Cut(name, ".")
		switch kind {
		case "unit":
			units++
			layer, i := twoNumbers(rest)
			gradient(name, output(o.p.Config, layer, i))
		case "occluded":
			patches++
			var p Occlusion
			fmt.Sscanf(rest, "%d.%d.%d", &p.Size, &p.Stride, &p.Fill)
			lost := make([]float32, p.Side()*p.Side())
			if err := e.Occlude(image, a, p, lost); err != nil {
				t.Fatal(err)
			}
			for i, v := range o.array(name) {
				d := math.Abs(float64(lost[i] - v))
				if !(d < 1e-5) {
					t.Fatalf("%s: place %d differs by %.2g", name, i, d)
				}
				*o.largest = max(*o.largest, d)
			}
		case "climbed":
			climbs++
			layer, i := twoNumbers(rest)
			frames, err := e.Ascend(Ascent{Target: output(o.p.Config, layer, i), Start: o.array("start"), Steps: 5, Rate: 1, Decay: 0.05, Blur: 0.3})
			if err != nil {
				t.Fatal(err)
			}
			o.check("value."+rest, []float32{float32(frames[0].Value)})
			o.check(name, frames[1].Input)
		}
	}
	t.Logf("largest error %.2g", *o.largest)
	if units != 9 || patches != 2 || climbs != 3 {
		t.Errorf("%d units, %d patches, %d climbs", units, patches, climbs)
	}
}

func twoNumbers(text string) (a, b int) {
	fmt.Sscanf(text, "%d.%d", &a, &b)
	return a, b
}

// output is output i of a module, flat.
func output(c engine.Config, layer, i int) Target {
	t := Target{layer, make([]float32, c.Layers()[layer].Size())}
	t.By[i] = 1
	return t
}
