package figure

import (
	"fmt"
	"image/color"
	"math"
	"unicode/utf8"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"lenet/engine"
)

// SaveConfusion draws a confusion matrix as a heat map into an .svg, .png or
// .pdf file: rows are the true classes, columns the answers. A cell has the
// number of images and the colour of their share in the row. classes has a name
// for each class.
func SaveConfusion(path, title string, classes []string, e engine.Evaluation) error {
	n := len(e.Confusion)
	if n == 0 || n != len(classes) {
		return fmt.Errorf("a confusion matrix of %d classes with %d names: give as many", n, len(classes))
	}
	const (
		above = 30
		scale = 64
	)
	cell := max(16, min(30, vg.Length(600/n))) // 30 for up to 20 classes
	side := cell * vg.Length(n)
	names, numbers := min(8.5, cell/2), 8*cell/30 // sizes of the text
	left, under := vg.Length(44), vg.Length(34)
	longest := 0
	for _, name := range classes {
		longest = max(longest, utf8.RuneCountInString(name))
	}
	long := longest > 3
	if long {
		more := vg.Length(max(0, longest-len("T-shirt/top")))
		left, under = 92+5*more, 62+3.6*more
	}
	return save(path, left+side+scale, under+side+above, func(c draw.Canvas) {
		w := writer{&c}
		w.text(11, left+side/2, under+side+above-8, text.XCenter, text.YTop, color.Black, title)
		for i, row := range e.Confusion {
			total := 0
			for _, n := range row {
				total += n
			}
			y := under + side - vg.Length(i+1)*cell
			for j, n := range row {
				share := 0.0
				if total > 0 {
					share = float64(n) / float64(total)
				}
				x := left + vg.Length(j)*cell
				fill(&c, heat(share), x, y, x+cell, y+cell)
				if n > 0 {
					ink := color.Color(color.Gray{0x22})
					if share > 0.5 {
						ink = color.White
					}
					w.text(numbers, x+cell/2, y+cell/2, text.XCenter, text.YCenter, ink, fmt.Sprint(n))
				}
			}
			w.text(names, left-6, y+cell/2, text.XRight, text.YCenter, color.Black, classes[i])
			if x := left + vg.Length(i)*cell + cell/2; long {
				slanted(&c, names, x, under-6, classes[i])
			} else {
				w.text(names, x, under-6, text.XCenter, text.YTop, color.Black, classes[i])
			}
		}
		grid := draw.LineStyle{Color: color.White, Width: 0.75}
		for i := 1; i < n; i++ {
			at := vg.Length(i) * cell
			c.StrokeLine2(grid, left+at, under, left+at, under+side)
			c.StrokeLine2(grid, left, under+at, left+side, under+at)
		}
		w.text(9.5, left+side/2, 4, text.XCenter, text.YBottom, color.Black, "answer")
		c.Push()
		c.Translate(vg.Point{X: 10, Y: under + side/2})
		c.Rotate(math.Pi / 2)
		w.text(9.5, 0, 0, text.XCenter, text.YCenter, color.Black, "true class")
		c.Pop()
		const steps = 50
		x := left + side + 16
		for i := range steps {
			y := under + vg.Length(i)*side/steps
			fill(&c, heat((float64(i)+0.5)/steps), x, y, x+9, y+side/steps+0.3)
		}
		for i := 0; i <= 100; i += 25 {
			w.text(8, x+13, under+vg.Length(i)*side/100, text.XLeft, text.YCenter, color.Gray{0x44}, fmt.Sprintf("%d %%", i))
		}
	})
}

// slanted writes a class below its column.
func slanted(c *draw.Canvas, size, x, y vg.Length, name string) {
	c.Push()
	c.Translate(vg.Point{X: x + 3, Y: y})
	c.Rotate(math.Pi / 4)
	writer{c}.text(size, 0, 0, text.XRight, text.YCenter, color.Black, name)
	c.Pop()
}

// heat is white for 0 and dark blue for 1. Small shares, the mistakes, take more
// than their part of the scale.
func heat(share float64) color.Color {
	stops := [...][3]float64{{255, 255, 255}, {222, 235, 247}, {158, 202, 225}, {66, 146, 198}, {8, 81, 156}, {8, 48, 107}}
	at := math.Sqrt(share) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	t := at - float64(i)
	mix := func(k int) uint8 { return uint8(math.Round(stops[i][k]*(1-t) + stops[i+1][k]*t)) }
	return color.RGBA{mix(0), mix(1), mix(2), 0xff}
}

// fill fills a box.
func fill(c *draw.Canvas, k color.Color, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(k, rectangle(x0, y0, x1, y1))
}
