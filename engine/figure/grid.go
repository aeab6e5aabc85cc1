package figure

import (
	"fmt"
	"image"
	"image/color"
	"lenet/engine/figure/palette"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Grid is a figure of images in rows, each row on a colour scale of its own.
type Grid struct {
	Title string
	Rows  []GridRow
}

// GridRow is a row of images of one size.
type GridRow struct {
	Label, Detail string // "Conv2d (0)", "6×28×28"
	Columns, Rows int    // pixels of an image
	Images        [][]float32
	Names         []string // below the images, where there are any
	Signed        bool     // the scale goes from -Most to Most, otherwise from 0 to Most
	Most          float32  // 0 for the largest absolute value of the row
	Colours       *palette.Scale
	Height        float64 // of the images, in points
}

// Measures of a grid, in points.
const (
	gridWidth  = 7 * 72
	gridLabels = 92 // column of the labels
	gridScale  = 62 // column of the colour scales
	gridGap    = 2  // at most, between images
	gridRow    = 10 // between rows
	gridTitle  = 26
	lowRow     = 20 // below it there is room for one line only
	gridNames  = 9
)

// SaveGrid draws the figure into an .svg, .png or .pdf file.
func SaveGrid(path string, g Grid) error {
	height := vg.Length(gridTitle)
	for _, r := range g.Rows {
		height += r.height() + gridRow
	}
	return save(path, gridWidth, height, func(c draw.Canvas) {
		write := writer{&c}
		write.text(11, gridWidth/2, height-8, text.XCenter, text.YTop, color.Black, g.Title)
		y := height - gridTitle
		for _, r := range g.Rows {
			r.draw(write, y)
			y -= r.height() + gridRow
		}
	})
}

func (r GridRow) height() vg.Length {
	h := vg.Length(r.Height)
	if len(r.Names) > 0 {
		h += gridNames
	}
	return h
}

// most returns the end of the scale.
func (r GridRow) most() float32 {
	m := r.Most
	if m > 0 {
		return m
	}
	for _, img := range r.Images {
		for _, v := range img {
			if a := float32(math.Abs(float64(v))); a > m && !math.IsInf(float64(a), 0) {
				m = a
			}
		}
	}
	if m == 0 {
		m = 1
	}
	return m
}

// draw draws the row with its upper edge at y.
func (r GridRow) draw(w writer, y vg.Length) {
	h := vg.Length(r.Height)
	if h < lowRow {
		w.text(9, 6, y-h/2, text.XLeft, text.YCenter, color.Black, r.Label)
		w.text(8, gridLabels-8, y-h/2, text.XRight, text.YCenter, color.Gray{0x66}, r.Detail)
	} else {
		w.text(9, 6, y-h/2+1, text.XLeft, text.YBottom, color.Black, r.Label)
		w.text(8, 6, y-h/2-1, text.XLeft, text.YTop, color.Gray{0x66}, r.Detail)
	}
	room := vg.Length(gridWidth - gridLabels - gridScale)
	n := vg.Length(len(r.Images))
	gap := min(gridGap, room/n/8)
	width := min(h*vg.Length(r.Columns)/vg.Length(r.Rows), (room-gap*(n-1))/n)
	if r.Rows == 1 {
		width = (room - gap*(n-1)) / n
	}
	tall := min(h, width*vg.Length(r.Rows)/vg.Length(r.Columns))
	if r.Rows == 1 {
		tall = h
	}
	most := r.most()
	for i, img := range r.Images {
		x := gridLabels + vg.Length(i)*(width+gap)
		top := y - (h-tall)/2
		r.drawImage(w, x, top, width, tall, img, most)
		if i < len(r.Names) {
			w.text(7, x+width/2, y-h-1.5, text.XCenter, text.YTop, color.Gray{0x44}, r.Names[i])
		}
	}
	r.drawScale(w, gridWidth-gridScale+12, y, most)
}

// drawScale draws the colour scale and its ends.
func (r GridRow) drawScale(w writer, x, y vg.Length, most float32) {
	h := min(vg.Length(r.Height), 44)
	top := y - (vg.Length(r.Height)-h)/2
	const steps = 64
	bar := GridRow{Columns: 1, Rows: steps, Signed: r.Signed, Colours: r.Colours}
	values := make([]float32, steps)
	for i := range values {
		values[i] = 1 - float32(i)/(steps-1)
		if r.Signed {
			values[i] = 2*values[i] - 1
		}
	}
	bar.drawImage(w, x, top, 5, h, values, 1)
	low, both := "0", fmt.Sprintf("0 … %.3g", most)
	if r.Signed {
		low, both = fmt.Sprintf("−%.3g", most), fmt.Sprintf("±%.3g", most)
	}
	if h < lowRow {
		w.text(7, x+8, top-h/2, text.XLeft, text.YCenter, color.Gray{0x44}, both)
		return
	}
	w.text(7, x+8, top-1, text.XLeft, text.YTop, color.Gray{0x44}, fmt.Sprintf("%.3g", most))
	w.text(7, x+8, top-h+1, text.XLeft, text.YBottom, color.Gray{0x44}, low)
}

// drawImage draws values with the upper left corner at (x, y). Every value
// becomes a block of pixels, so that no program smooths the picture.
func (r GridRow) drawImage(w writer, x, y, width, height vg.Length, values []float32, most float32) {
	const perPoint = 4
	dx, dy := max(1, int(width*perPoint)/r.Columns), max(1, int(height*perPoint)/r.Rows)
	img := image.NewRGBA(image.Rect(0, 0, r.Columns*dx, r.Rows*dy))
	for py := range r.Rows * dy {
		for px := range r.Columns * dx {
			img.SetRGBA(px, py, r.Colours.At(values[py/dy*r.Columns+px/dx]/most))
		}
	}
	w.c.DrawImage(vg.Rectangle{Min: vg.Point{X: x, Y: y - height}, Max: vg.Point{X: x + width, Y: y}}, img)
}

// writer writes text in the style of all figures.
type writer struct{ c *draw.Canvas }

func (w writer) text(size, x, y vg.Length, xAlign text.XAlignment, yAlign text.YAlignment, k color.Color, s string) {
	f := sans
	f.Size = size
	w.c.FillText(text.Style{Color: k, Font: f, XAlign: xAlign, YAlign: yAlign, Handler: plot.DefaultTextHandler}, vg.Point{X: x, Y: y}, s)
}
