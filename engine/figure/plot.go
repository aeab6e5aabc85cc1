// Package figure draws the figures of the command line with gonum/plot: curves
// of runs, grids of images and the confusion matrix, as SVG, PNG or PDF.
package figure

import (
	"bytes"
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
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"lenet/engine/internal/disk"
	"lenet/engine/runlog"
)

// Run is a training run in a figure.
type Run struct {
	Name      string // in the legend, when there are several
	Curves    runlog.Curves
	Published bool // it follows, to the end, the recipe whose published results are known
}

// Curves is d2l's figure: loss and accuracies of one run, or of several over each other.
type Curves struct {
	Title string
	Runs  []Run
}

// CheckPath returns an error for a file name without the ending of a figure:
// call it before a long training run.
func CheckPath(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg", ".png", ".pdf":
		return nil
	}
	return fmt.Errorf("plot file %q: use a name that ends in .svg, .png or .pdf", path)
}

// save draws into a file of that size, its format by the ending of its name.
func save(path string, width, height vg.Length, paint func(draw.Canvas)) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg":
		canvas = vgsvg.New(width, height)
	case ".pdf":
		canvas = pdfCanvas{vgpdf.New(width, height)}
	default:
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(200))}
	}
	paint(draw.New(canvas))
	var file bytes.Buffer
	if _, err := canvas.WriteTo(&file); err != nil {
		return err
	}
	b := file.Bytes()
	if _, ok := canvas.(*vgsvg.Canvas); ok { // the images are PNG, although vgsvg labels them JPEG, and fill their boxes
		b = bytes.ReplaceAll(b, []byte(`xlink:href="data:image/jpg;`), []byte(`preserveAspectRatio="none" xlink:href="data:image/png;`))
	}
	return disk.WriteFile(path, b)
}

// sans is the typeface of all figures. It comes with gonum's plot.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// quantities are the three curves, in the colours and line styles of d2l's figures.
var quantities = []struct {
	name   string
	of     func(runlog.Curves) []runlog.Point
	color  color.RGBA
	dashes []vg.Length
	lo, hi float64 // of 130 published runs of d2l's recipe, in the last epoch
}{
	{"train loss", func(c runlog.Curves) []runlog.Point { return c.TrainLoss }, color.RGBA{0x1f, 0x77, 0xb4, 0xff}, nil, 0.45, 0.49},
	{"train acc", func(c runlog.Curves) []runlog.Point { return c.TrainAcc }, color.RGBA{0xbf, 0x00, 0xbf, 0xff}, []vg.Length{5.5, 2.5}, 0.81, 0.835},
	{"test acc", func(c runlog.Curves) []runlog.Point { return c.TestAcc }, color.RGBA{0x00, 0x80, 0x00, 0xff}, []vg.Length{7, 2.5, 1.5, 2.5}, 0.77, 0.835},
}

// several are the colours of runs over each other: Okabe and Ito's, which the
// colour-blind can tell apart.
var several = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
	{0x56, 0xb4, 0xe9, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0x55, 0x55, 0x55, 0xff}, {0x8a, 0x6d, 0x00, 0xff},
}

// MaxRuns is how many runs a figure can show.
const MaxRuns = 8

// SaveCurves draws the figure into an .svg, .png or .pdf file. Values that are
// not finite are left out.
func SaveCurves(path string, f Curves) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	if len(f.Runs) > MaxRuns {
		return fmt.Errorf("%d runs in one figure: use at most %d", len(f.Runs), MaxRuns)
	}
	p, legend, err := f.plot()
	if err != nil {
		return err
	}
	const width, height = 5.25 * vg.Inch, 3.75 * vg.Inch
	var beside vg.Length // what the legend takes beside the plot
	if !legend.fitsInto(p, f.Runs) {
		beside = legend.Rectangle(draw.Canvas{}).Size().X + 16
	}
	return save(path, width+beside, height, func(c draw.Canvas) {
		plotted := draw.Crop(c, 6, -10-beside, 4, -6)
		p.Draw(plotted)
		if beside > 0 {
			legend.Left = true
			legend.Draw(draw.Crop(c, width, 0, 0, -28))
			return
		}
		legend.Draw(draw.Crop(p.DataCanvas(plotted), 0, -8, 0, -6))
	})
}

// legend explains the lines.
type legend struct {
	plot.Legend
	entries int
}

func (l *legend) add(name string, thumbs ...plot.Thumbnailer) {
	l.Add(name, thumbs...)
	l.entries++
}

// fitsInto reports whether the plot's upper right corner is free.
func (l *legend) fitsInto(p *plot.Plot, runs []Run) bool {
	below := p.Y.Max * (0.93 - 0.07*float64(l.entries))
	for _, r := range runs {
		for _, q := range quantities {
			for _, pt := range q.of(r.Curves) {
				if pt.Epoch > 0.55*p.X.Max && pt.Value > below {
					return false
				}
			}
		}
	}
	return true
}

// highest bounds the axis: a loss far above chance, 2.3, would flatten all other curves.
const highest = 5

// plot makes the figure without its legend.
func (f Curves) plot() (*plot.Plot, *legend, error) {
	p := newPlot(f.Title)
	p.X.Label.Text = "epoch"
	p.X.Min, p.Y.Min = 0, 0
	p.X.Tick.Marker = ticks(1, 11)
	p.Y.Tick.Marker = ticks(0.1, 7)
	grid := plotter.NewGrid()
	grid.Horizontal = draw.LineStyle{Width: 0.5, Color: color.Gray{0xdd}}
	grid.Vertical = grid.Horizontal
	p.Add(grid)
	bands := &published{grey: len(f.Runs) > 1}
	for _, r := range f.Runs {
		if n := len(r.Curves.TestAcc); r.Published && n > 0 {
			bands.last = max(bands.last, r.Curves.TestAcc[n-1].Epoch)
		}
	}
	p.Add(bands)

	l := &legend{Legend: plot.NewLegend()}
	l.Top, l.Padding, l.ThumbnailWidth = true, 3, 28
	l.TextStyle.Font = sans
	l.TextStyle.Font.Size = 9.5
	last, top := 0.0, 0.0
	for i, r := range f.Runs {
		for k, q := range quantities {
			style := draw.LineStyle{Color: q.color, Width: 1.5, Dashes: q.dashes}
			if len(f.Runs) > 1 {
				style.Color, style.Width = several[i], 1.3
			}
			points := finite(q.of(r.Curves))
			if len(points) == 0 {
				continue
			}
			line, err := plotter.NewLine(points)
			if err != nil {
				return nil, nil, err
			}
			line.LineStyle = style
			p.Add(line)
			if len(points) == 1 { // a line of one point would not be seen
				p.Add(dot{points[0], style.Color})
			}
			if len(f.Runs) == 1 {
				l.add(q.name, line)
			} else if k == 0 {
				l.add(r.Name, line)
			}
			for _, pt := range points {
				last, top = max(last, pt.X), max(top, pt.Y)
			}
		}
	}
	if last == 0 {
		return nil, nil, errors.New("there is nothing to plot: no training step was finished")
	}
	p.X.Max = math.Ceil(last - 1e-9)
	p.Y.Max = 1.04 * min(top, highest)
	if len(f.Runs) > 1 {
		for _, q := range quantities {
			l.add(q.name, thumb{Color: color.Gray{0x44}, Width: 1.3, Dashes: q.dashes})
		}
	}
	if bands.last > 0 {
		l.add("130 published runs", bands)
	}
	return p, l, nil
}

// newPlot returns an empty plot in the style of all figures.
func newPlot(title string) *plot.Plot {
	plot.DefaultFont = sans
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = 6
	p.Title.TextStyle.Font.Size = 11
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Size = 10
		a.Tick.Label.Font.Size = 9
		a.Padding = 0
		a.Width, a.Tick.Width = 0.7, 0.7
	}
	return p
}

// finite returns the points that a line can go through, without the one before any training.
func finite(points []runlog.Point) (xy plotter.XYs) {
	for _, q := range points {
		if !math.IsNaN(q.Value) && !math.IsInf(q.Value, 0) && q.Epoch > 0 {
			xy = append(xy, plotter.XY{X: q.Epoch, Y: q.Value})
		}
	}
	return xy
}

// dot is a single point.
type dot struct {
	at    plotter.XY
	color color.Color
}

func (d dot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.DrawGlyph(draw.GlyphStyle{Color: d.color, Radius: 2, Shape: draw.CircleGlyph{}}, vg.Point{X: x(d.at.X), Y: y(d.at.Y)})
}

// thumb is a line in a legend.
type thumb draw.LineStyle

func (t thumb) Thumbnail(c *draw.Canvas) {
	y := (c.Min.Y + c.Max.Y) / 2
	c.StrokeLine2(draw.LineStyle(t), c.Min.X, y, c.Max.X, y)
}

// published shows where 130 published runs of d2l's recipe ended: a bar before
// the end of the last epoch for each curve, none when there is no such epoch.
type published struct {
	last float64
	grey bool // the colours are the runs'
}

func (b *published) color(quantity int) color.RGBA {
	if b.grey {
		return color.RGBA{0x77, 0x77, 0x77, 0xff}
	}
	return quantities[quantity].color
}

func (b *published) Plot(c draw.Canvas, p *plot.Plot) {
	if b.last == 0 {
		return
	}
	x, y := p.Transforms(&c)
	for i, q := range quantities {
		lo := x(b.last - 0.5)
		if i == 2 { // the last two overlap
			lo = (lo + x(b.last)) / 2
		}
		band(&c, b.color(i), lo, x(b.last), y(q.lo), y(q.hi))
	}
}

func (b *published) Thumbnail(c *draw.Canvas) {
	for i := range quantities {
		w := c.Size().X / vg.Length(len(quantities))
		lo := c.Min.X + vg.Length(i)*w
		band(c, b.color(i), lo+1, lo+w-1, c.Min.Y, c.Max.Y)
	}
}

// band fills a box with a light tone of the colour, and draws its outline.
func band(c *draw.Canvas, k color.RGBA, x0, x1, y0, y1 vg.Length) {
	corners := rectangle(x0, y0, x1, y1)
	c.FillPolygon(color.NRGBA{k.R, k.G, k.B, 0x48}, corners)
	c.StrokeLines(draw.LineStyle{Color: k, Width: 0.5}, append(corners, corners[0]))
}

// rectangle returns the corners of a box, around it.
func rectangle(x0, y0, x1, y1 vg.Length) []vg.Point {
	return []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

// ticks labels at most most multiples of smallest, or of 2, 5, 10, … times smallest.
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
