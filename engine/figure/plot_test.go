package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/runlog"
)

// A confusion matrix has a row, a column and a name for each class, of any number.
func TestSaveConfusion(t *testing.T) {
	for _, n := range []int{2, 10, 26, 64} {
		var e engine.Evaluation
		var names []string
		for i := range n {
			row := make([]int, n)
			row[i] = 700 + i
			e.Confusion, names = append(e.Confusion, row), append(names, string(rune('a'+i)))
		}
		file := filepath.Join(t.TempDir(), "c.svg")
		if err := SaveConfusion(file, "confusion", names, e); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			if !strings.Contains(string(b), fmt.Sprintf(">%d<", 700+i)) || n <= 26 && strings.Count(string(b), ">"+name+"<") != 2 {
				t.Errorf("of %d classes, class %d is not there", n, i)
			}
		}
		if err := SaveConfusion(file, "", names[1:], e); err == nil {
			t.Error("a class without a name is drawn")
		}
	}
}

// plateau makes curves like those of d2l's LeNet.
func plateau(epochs int) Run {
	var c runlog.Curves
	for i := 1; i <= 5*epochs; i++ {
		e := float64(i) / 5
		c.TrainLoss = append(c.TrainLoss, runlog.Point{Epoch: e, Value: 0.45 + 1.85/(1+math.Exp(3*(e-2)))})
		c.TrainAcc = append(c.TrainAcc, runlog.Point{Epoch: e, Value: 0.83 - 0.73/(1+math.Exp(3*(e-2)))})
		if i%5 == 0 {
			c.TestAcc = append(c.TestAcc, runlog.Point{Epoch: e, Value: 0.81 - 0.71/(1+math.Exp(3*(e-1.9)))})
		}
	}
	return Run{Curves: c, Published: epochs == 10}
}

func TestSavePlot(t *testing.T) {
	dir := t.TempDir()
	svg := filepath.Join(dir, "a.svg")
	if err := SaveCurves(svg, Curves{"LeNet on Fashion-MNIST", []Run{plateau(10)}}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">epoch<", ">train loss<", ">train acc<", ">test acc<", ">LeNet on Fashion-MNIST<", ">10<", ">130 published runs<"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the figure has no text %s", want)
		}
	}
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}

	file := filepath.Join(dir, "b.PNG")
	if err := SaveCurves(file, Curves{Runs: []Run{plateau(1)}}); err != nil {
		t.Fatal(err)
	}
	b, err = os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	// Each curve leaves its colour, the single test point as a dot.
	seen := map[[3]uint32]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	for name, c := range map[string][3]uint32{"train loss": {0x1f, 0x77, 0xb4}, "train acc": {0xbf, 0, 0xbf}, "test acc": {0, 0x80, 0}} {
		if seen[c] < 50 {
			t.Errorf("%s: %d pixels of its colour", name, seen[c])
		}
	}
}

func TestSavePlotOfDivergedAndOfNothing(t *testing.T) {
	dir := t.TempDir()
	c := plateau(2)
	c.Curves.TrainLoss[3].Value, c.Curves.TrainLoss[4].Value = math.Inf(1), math.NaN()
	if err := SaveCurves(filepath.Join(dir, "a.svg"), Curves{Runs: []Run{c}}); err != nil {
		t.Error(err)
	}
	path := filepath.Join(dir, "b.svg")
	if err := SaveCurves(path, Curves{Runs: []Run{{}}}); err == nil {
		t.Error("no error for nothing to plot")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was left: %v", err)
	}
	for _, bad := range []string{"a.eps", "a", ""} {
		if err := CheckPath(bad); err == nil || !strings.Contains(err.Error(), ".svg, .png or .pdf") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

// A chart without a bar, or with a bar of no length, is refused.
func TestSaveBarsOfNothing(t *testing.T) {
	for _, bars := range [][]Bar{nil, {{Name: "a"}}, {{Name: "a", Value: math.NaN()}}, {{Name: "a", Value: -1}}, {{Name: "a", Value: math.Inf(1)}}} {
		file := filepath.Join(t.TempDir(), "bars.svg")
		if err := SaveBars(file, Bars{Bars: bars}); err == nil {
			t.Errorf("%v is drawn", bars)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%v leaves a file", bars)
		}
	}
}
