package interop

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"lenet/engine/internal/atomicfile"
)

// Point is a value at a time, in epochs since the start of training.
type Point struct{ Epoch, Value float64 }

// Curves are what d2l's Animator draws: how training went, against epochs.
type Curves struct {
	TrainLoss, TrainAcc []Point // running means over the epoch, a few points in each
	TestAcc             []Point // at the end of each epoch
}

// CheckPlotPath reports a file name whose ending is not that of a figure, so
// that a long training run does not end with it.
func CheckPlotPath(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg", ".png":
		return nil
	}
	return fmt.Errorf("plot file %q: use a name that ends in .svg or .png", path)
}

// SavePlot draws the curves into an .svg or .png file, in the colours and line
// styles of d2l's figures. Values that are not finite are left out.
func SavePlot(path, title string, c Curves) error {
	if err := CheckPlotPath(path); err != nil {
		return err
	}
	p, err := figure(title, c)
	if err != nil {
		return err
	}
	const width, height = 5.25 * vg.Inch, 3.75 * vg.Inch
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	if strings.EqualFold(filepath.Ext(path), ".svg") {
		canvas = vgsvg.New(width, height)
	} else {
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(200))}
	}
	p.Draw(draw.Crop(draw.New(canvas), 6, -10, 4, -6))
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := canvas.WriteTo(w)
		return err
	})
}

func figure(title string, c Curves) (*plot.Plot, error) {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = 6
	p.Title.TextStyle.Font.Size = 11
	p.X.Label.Text = "epoch"
	p.X.Min, p.Y.Min = 0, 0
	p.X.Tick.Marker = ticks(1, 11)
	p.Y.Tick.Marker = ticks(0.1, 7)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Size = 10
		a.Tick.Label.Font.Size = 9
		a.Padding = 0
		a.Width, a.Tick.Width = 0.7, 0.7
	}
	grid := plotter.NewGrid()
	grid.Horizontal = draw.LineStyle{Width: 0.5, Color: color.Gray{0xdd}}
	grid.Vertical = grid.Horizontal
	p.Add(grid)

	p.Legend.Top = true
	p.Legend.XOffs, p.Legend.YOffs = -8, -6
	p.Legend.Padding = 2
	p.Legend.ThumbnailWidth = 28
	p.Legend.TextStyle.Font.Size = 9.5
	drawn := 0
	for _, s := range []struct {
		name   string
		points []Point
		color  color.Color
		dashes []vg.Length
	}{
		{"train loss", c.TrainLoss, color.RGBA{0x1f, 0x77, 0xb4, 0xff}, nil},
		{"train acc", c.TrainAcc, color.RGBA{0xbf, 0x00, 0xbf, 0xff}, []vg.Length{5.5, 2.5}},
		{"test acc", c.TestAcc, color.RGBA{0x00, 0x80, 0x00, 0xff}, []vg.Length{7, 2.5, 1.5, 2.5}},
	} {
		var xy plotter.XYs
		for _, q := range s.points {
			if !math.IsNaN(q.Value) && !math.IsInf(q.Value, 0) {
				xy = append(xy, plotter.XY{X: q.Epoch, Y: q.Value})
			}
		}
		if len(xy) == 0 {
			continue
		}
		line, err := plotter.NewLine(xy)
		if err != nil {
			return nil, err
		}
		line.LineStyle = draw.LineStyle{Color: s.color, Width: 1.5, Dashes: s.dashes}
		p.Add(line)
		p.Legend.Add(s.name, line)
		if len(xy) == 1 { // a line of one point would not be seen
			dot, err := plotter.NewScatter(xy)
			if err != nil {
				return nil, err
			}
			dot.GlyphStyle = draw.GlyphStyle{Color: s.color, Radius: 2, Shape: draw.CircleGlyph{}}
			p.Add(dot)
		}
		drawn++
	}
	if drawn == 0 {
		return nil, errors.New("there is nothing to plot: no training step was finished")
	}
	p.X.Max = math.Ceil(p.X.Max)
	p.Y.Max *= 1.04
	return p, nil
}

// ticks labels multiples of smallest, or of 2, 5, 10, … times that, at most most of them.
func ticks(smallest float64, most int) plot.TickerFunc {
	return func(lo, hi float64) []plot.Tick {
		step := smallest
		for i := 0; (hi-lo)/step >= float64(most); i++ {
			step *= []float64{2, 2.5, 2}[i%3]
		}
		var ts []plot.Tick
		for i := math.Ceil(lo / step); i*step <= hi; i++ {
			ts = append(ts, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step, 'g', 4, 64)})
		}
		return ts
	}
}
