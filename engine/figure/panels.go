package figure

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"lenet/engine/figure/palette"
)

// Panels is a figure of large pictures with words below, in rows.
type Panels struct {
	Title string
	Rows  []PanelRow
}

// PanelRow is a row of pictures.
type PanelRow struct {
	Label  string // above the row, may be empty
	Panels []Panel
	Height float64 // of a picture at most, in points
	// Scale, when not 0, is the end of the scale of the row's Over, drawn at its
	// right; High and Low say what its ends mean.
	Scale     float32
	High, Low string
}

// Panel is a square picture: ink on white, and signed values over it.
type Panel struct {
	Side  int       // pixels of a side
	Image []float32 // ink from 0 to 1, Side·Side, nil for none
	Over  []float32 // red above 0 and blue below, Side·Side, nil for none
	Most  float32   // of Over, where the colour is full
	Box   *image.Rectangle
	// Before stands between this picture and the one before it: "+", "=".
	Before     string
	Name, Note string // below, black and grey
}

// Measures of panels, in points.
const (
	panelGap   = 8
	panelSign  = 22 // gap with a sign in it
	panelText  = 26 // below a picture
	panelLabel = 18
	panelRow   = 6
	panelSide  = 10 // margin
)

// SavePanels draws the figure into an .svg, .png or .pdf file.
func SavePanels(path string, p Panels) error {
	height := vg.Length(gridTitle + 4)
	for _, r := range p.Rows {
		height += r.height()
	}
	return save(path, gridWidth, height, func(c draw.Canvas) {
		w := writer{&c}
		w.text(fit(12, gridWidth-2*panelSide, p.Title), gridWidth/2, height-8, text.XCenter, text.YTop, color.Black, p.Title)
		y := height - gridTitle - 4
		for _, r := range p.Rows {
			r.draw(w, y)
			y -= r.height()
		}
	})
}

// gaps returns the room between the row's pictures.
func (r PanelRow) gaps() (sum vg.Length) {
	for _, p := range r.Panels[1:] {
		sum += p.gap()
	}
	return sum
}

func (p Panel) gap() vg.Length {
	if p.Before != "" {
		return panelSign
	}
	return panelGap
}

// scaleRoom returns the room for the colour scale.
func (r PanelRow) scaleRoom() vg.Length {
	if r.Scale == 0 {
		return 0
	}
	return gridScale
}

// side returns the side of the row's pictures.
func (r PanelRow) side() vg.Length {
	return min(vg.Length(r.Height), (gridWidth-2*panelSide-r.scaleRoom()-r.gaps())/vg.Length(len(r.Panels)))
}

func (r PanelRow) height() vg.Length {
	h := r.side() + panelText + panelRow
	if r.Label != "" {
		h += panelLabel
	}
	return h
}

// draw draws the row with its upper edge at y.
func (r PanelRow) draw(w writer, y vg.Length) {
	side := r.side()
	x := (gridWidth - side*vg.Length(len(r.Panels)) - r.gaps() - r.scaleRoom()) / 2
	if r.Label != "" {
		w.text(fit(9.5, gridWidth-x, r.Label), x, y, text.XLeft, text.YTop, color.Black, r.Label)
		y -= panelLabel
	}
	for i, p := range r.Panels {
		if i > 0 {
			w.text(14, x+p.gap()/2, y-side/2, text.XCenter, text.YCenter, color.Black, p.Before)
			x += p.gap()
		}
		p.draw(w, x, y, side)
		x += side
	}
	if r.Scale == 0 {
		return
	}
	r.drawScale(w, x+12, y-side/2)
}

// drawScale draws the colour scale, its ends and what they mean, with its middle at y.
func (r PanelRow) drawScale(w writer, x, y vg.Length) {
	const steps, half = 64, 22
	bar := image.NewRGBA(image.Rect(0, 0, 6, steps))
	for i := range steps {
		for px := range 6 {
			bar.SetRGBA(px, i, over(color.RGBA{255, 255, 255, 255}, 1-2*(float32(i)+0.5)/steps))
		}
	}
	w.c.DrawImage(vg.Rectangle{Min: vg.Point{X: x, Y: y - half}, Max: vg.Point{X: x + 6, Y: y + half}}, bar)
	grey := color.Gray{0x44}
	w.text(7, x+10, y+half, text.XLeft, text.YTop, grey, fmt.Sprintf("%.3g", r.Scale))
	w.text(7, x+10, y, text.XLeft, text.YCenter, grey, "0")
	w.text(7, x+10, y-half, text.XLeft, text.YBottom, grey, fmt.Sprintf("−%.3g", r.Scale))
	const room = gridScale - 14
	w.text(fit(7.5, room, r.High), x, y+half+4, text.XLeft, text.YBottom, grey, r.High)
	w.text(fit(7.5, room, r.Low), x, y-half-4, text.XLeft, text.YTop, grey, r.Low)
}

// draw draws the picture with its upper left corner at (x, y), and the words below.
func (p Panel) draw(w writer, x, y, side vg.Length) {
	// Every value becomes a block of pixels, so that no program smooths the picture.
	block := max(1, int(side*4)/p.Side)
	img := image.NewRGBA(image.Rect(0, 0, p.Side*block, p.Side*block))
	for py := range p.Side * block {
		for px := range p.Side * block {
			img.SetRGBA(px, py, p.colour(py/block*p.Side+px/block))
		}
	}
	w.c.DrawImage(vg.Rectangle{Min: vg.Point{X: x, Y: y - side}, Max: vg.Point{X: x + side, Y: y}}, img)
	frame := rectangle(x, y-side, x+side, y)
	w.c.StrokeLines(draw.LineStyle{Color: color.Gray{0xbb}, Width: 0.5}, append(frame, frame[0]))
	if b := p.Box; b != nil {
		at := func(v int) vg.Length { return side * vg.Length(v) / vg.Length(p.Side) }
		box := rectangle(x+at(b.Min.X), y-at(b.Max.Y), x+at(b.Max.X), y-at(b.Min.Y))
		w.c.StrokeLines(draw.LineStyle{Color: quantities[0].color, Width: 1}, append(box, box[0]))
	}
	size := min(9, side/7)
	w.text(fit(size, side+4, p.Name), x+side/2, y-side-3, text.XCenter, text.YTop, color.Black, p.Name)
	w.text(fit(size-1, side+4, p.Note), x+side/2, y-side-4-size, text.XCenter, text.YTop, color.Gray{0x55}, p.Note)
}

// fit returns the size, or a smaller one in which the text is not wider than the room.
func fit(size, room vg.Length, s string) vg.Length {
	f := sans
	f.Size = size
	if width := (text.Style{Font: f, Handler: plot.DefaultTextHandler}).Width(s); width > room {
		size *= room / width
	}
	return size
}

// colour returns that of pixel i: ink, covered the more the larger the value over it.
func (p Panel) colour(i int) color.RGBA {
	ground := color.RGBA{255, 255, 255, 255}
	if p.Image != nil {
		ink := color.RGBA{28, 30, 38, 255}
		ground = blend(ground, ink, max(0, min(1, float64(p.Image[i]))))
	}
	if p.Over == nil {
		return ground
	}
	return over(ground, p.Over[i]/p.Most)
}

var redBlue = palette.RedBlue(false)

// over returns the colour of a value, full at -1 and 1, over a ground: as much
// of it shows as is far from 0, and dark ink stays darker.
func over(ground color.RGBA, v float32) color.RGBA {
	if v != v {
		return palette.NaN
	}
	full := float32(0.75)
	if v < 0 {
		full = -full
	}
	return blend(ground, redBlue.At(full), 0.9*math.Pow(min(1, math.Abs(float64(v))), 0.7))
}

// blend returns the colour share of the way from a to b.
func blend(a, b color.RGBA, share float64) color.RGBA {
	m := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + (float64(y)-float64(x))*share)) }
	return color.RGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 255}
}
