package picture_test

import (
	"errors"
	"image"
	"image/color"
	"math"
	"os"
	"testing"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/pen"
	"lenet/engine/picture"
	"lenet/engine/safetensors"
)

// sheet is how a digit is drawn on a picture.
type sheet struct {
	side   int     // of the picture, pixels
	pen    float64 // width, pixels
	margin float64 // of the side, around the digit
	ground color.NRGBA
	ink    color.NRGBA
	over   func(x, y int) (color.NRGBA, bool) // what lies over it, as a frame
	noise  int                                // added, up to so many levels
}

var (
	white = color.NRGBA{255, 255, 255, 255}
	black = color.NRGBA{0, 0, 0, 255}
	none  = color.NRGBA{}
)

// draw returns the picture of a drawing.
func draw(d pen.Drawing, s sheet) *image.NRGBA {
	lo, hi := pen.Point{X: math.Inf(1), Y: math.Inf(1)}, pen.Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, stroke := range d {
		for _, p := range stroke {
			lo.X, lo.Y, hi.X, hi.Y = min(lo.X, p.X), min(lo.Y, p.Y), max(hi.X, p.X), max(hi.Y, p.Y)
		}
	}
	side := float64(s.side)
	scale := (side*(1-2*s.margin) - s.pen) / max(hi.X-lo.X, hi.Y-lo.Y)
	place := func(p pen.Point) pen.Point {
		return pen.Point{X: (p.X-(lo.X+hi.X)/2)*scale + side/2, Y: (p.Y-(lo.Y+hi.Y)/2)*scale + side/2}
	}
	cover := make([]float64, s.side*s.side) // by the ink
	for _, stroke := range d {
		for i, p := range stroke {
			a, b := place(p), place(stroke[max(i-1, 0)])
			r := s.pen/2 + 1
			for y := int(max(min(a.Y, b.Y)-r, 0)); y <= int(min(max(a.Y, b.Y)+r, side-1)); y++ {
				for x := int(max(min(a.X, b.X)-r, 0)); x <= int(min(max(a.X, b.X)+r, side-1)); x++ {
					px, py := float64(x)+0.5, float64(y)+0.5
					dx, dy := b.X-a.X, b.Y-a.Y
					t := 0.0
					if l := dx*dx + dy*dy; l > 0 {
						t = min(max(((px-a.X)*dx+(py-a.Y)*dy)/l, 0), 1)
					}
					far := math.Hypot(px-a.X-t*dx, py-a.Y-t*dy)
					at := &cover[y*s.side+x]
					*at = max(*at, min(max(s.pen/2+0.5-far, 0), 1))
				}
			}
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, s.side, s.side))
	seed := uint32(1)
	for i, c := range cover {
		x, y := i%s.side, i/s.side
		mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-c) + float64(b)*c)) }
		at := color.NRGBA{mix(s.ground.R, s.ink.R), mix(s.ground.G, s.ink.G), mix(s.ground.B, s.ink.B), mix(s.ground.A, s.ink.A)}
		if s.ground.A == 0 && c > 0 { // straight alpha: the ink's colour everywhere
			at = color.NRGBA{s.ink.R, s.ink.G, s.ink.B, at.A}
		}
		if s.over != nil {
			if v, ok := s.over(x, y); ok {
				at = v
			}
		}
		if s.noise > 0 {
			for _, v := range []*uint8{&at.R, &at.G, &at.B} {
				seed = seed*1664525 + 1013904223
				*v = uint8(min(max(int(*v)+int(seed>>16)%(2*s.noise+1)-s.noise, 0), 255))
			}
		}
		img.SetNRGBA(x, y, at)
	}
	return img
}

// frame is a line of that width, so far from the border, along the sides named
// by the letters t, b, l and r.
func frame(side, from, width int, sides string, c color.NRGBA) func(x, y int) (color.NRGBA, bool) {
	return func(x, y int) (color.NRGBA, bool) {
		for _, s := range sides {
			d, along := y, x
			switch s {
			case 'b':
				d = side - 1 - y
			case 'l':
				d, along = x, y
			case 'r':
				d, along = side-1-x, y
			}
			if d >= from && d < from+width && along >= from && along < side-from {
				return c, true
			}
		}
		return c, false
	}
}

func both(a, b func(x, y int) (color.NRGBA, bool)) func(x, y int) (color.NRGBA, bool) {
	return func(x, y int) (color.NRGBA, bool) {
		if c, ok := a(x, y); ok {
			return c, ok
		}
		return b(x, y)
	}
}

// ten returns a drawing of each digit.
func ten(t *testing.T) []pen.Sample {
	t.Helper()
	b, err := os.ReadFile("../pen/testdata/strokes_dev.json")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pen.ParseJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	var some []pen.Sample
	var count [10]int
	for _, s := range all {
		if count[s.Label]++; count[s.Label] == 1 {
			some = append(some, s)
		}
	}
	return some
}

// Digits are read however they were drawn: with any pen, in any colour, on
// paper of any colour or none, and within frames. Of ten digits each kind has
// nine read at least.
func TestReadDigits(t *testing.T) {
	file, err := assets.Weights("mnist")
	if err != nil {
		t.Fatal(err)
	}
	p, err := safetensors.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	net, err := cpu.New(p.Config, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if err := net.SetParams(p); err != nil {
		t.Fatal(err)
	}
	digits := ten(t)
	plain := sheet{side: 300, pen: 14, margin: 0.2, ground: white, ink: black}
	with := func(change func(s *sheet)) sheet {
		s := plain
		change(&s)
		return s
	}
	grey := func(v uint8) color.NRGBA { return color.NRGBA{v, v, v, 255} }
	for _, c := range []struct {
		name string
		want int // of 10
		s    sheet
	}{
		{"plain", 9, plain},
		{"pen 2 of 100", 9, with(func(s *sheet) { s.side, s.pen = 100, 2 })},
		{"pen 2 of 400", 9, with(func(s *sheet) { s.side, s.pen = 400, 2 })},
		{"pen 2 of 1000", 9, with(func(s *sheet) { s.side, s.pen = 1000, 2 })},
		{"pen 2 of 1500", 9, with(func(s *sheet) { s.side, s.pen = 1500, 2 })},
		{"pen 3 of 2000", 9, with(func(s *sheet) { s.side, s.pen = 2000, 3 })},
		{"pen 5 of 500", 9, with(func(s *sheet) { s.side, s.pen = 500, 5 })},
		{"pen 10 of 1000", 9, with(func(s *sheet) { s.side, s.pen = 1000, 10 })},
		{"pen 20 of 300", 9, with(func(s *sheet) { s.pen = 20 })},
		{"pen 30 of 300", 9, with(func(s *sheet) { s.pen = 30 })},
		{"pen 40 of 300", 9, with(func(s *sheet) { s.pen = 40 })},
		{"pen 40 of 800", 9, with(func(s *sheet) { s.side, s.pen = 800, 40 })},
		{"cropped to the ink", 9, with(func(s *sheet) { s.margin = 0 })},
		{"cropped to a thick pen", 9, with(func(s *sheet) { s.margin, s.pen = 0, 30 })},
		{"small on a large sheet", 9, with(func(s *sheet) { s.margin, s.side, s.pen = 0.42, 800, 6 })},
		{"40 pixels", 9, with(func(s *sheet) { s.side, s.pen, s.margin = 40, 3, 0.1 })},
		{"inverted", 9, with(func(s *sheet) { s.ground, s.ink = black, white })},
		{"grey paper", 9, with(func(s *sheet) { s.ground, s.ink = grey(150), grey(60) })},
		{"pencil on grey", 9, with(func(s *sheet) { s.ground, s.ink, s.pen = grey(200), grey(150), 4 })},
		{"chalk on slate", 9, with(func(s *sheet) { s.ground, s.ink = color.NRGBA{40, 60, 50, 255}, grey(220) })},
		{"yellow on white", 9, with(func(s *sheet) { s.ink = color.NRGBA{255, 235, 0, 255} })},
		{"red on green", 9, with(func(s *sheet) { s.ground, s.ink = color.NRGBA{40, 120, 40, 255}, color.NRGBA{200, 40, 40, 255} })},
		{"blue hairline", 9, with(func(s *sheet) { s.side, s.pen, s.ink = 600, 2, color.NRGBA{20, 40, 200, 255} })},
		{"noise", 9, with(func(s *sheet) { s.noise = 20 })},
		{"noise, hairline", 9, with(func(s *sheet) { s.noise, s.side, s.pen = 15, 600, 3 })},
		{"white on transparent", 9, with(func(s *sheet) { s.ground, s.ink = none, white })},
		{"black on transparent", 9, with(func(s *sheet) { s.ground, s.ink = none, black })},
		{"grey on transparent, hairline", 9, with(func(s *sheet) { s.ground, s.ink, s.pen, s.side = none, grey(128), 2, 700 })},
		{"faint on transparent", 9, with(func(s *sheet) { s.ground, s.ink = none, color.NRGBA{255, 255, 255, 90} })},
		{"white paper, transparent border", 9, with(func(s *sheet) { s.over = frame(300, 0, 20, "tblr", none) })},
		{"frame of 1", 9, with(func(s *sheet) { s.over = frame(300, 0, 1, "tblr", black) })},
		{"frame of 4", 9, with(func(s *sheet) { s.over = frame(300, 0, 4, "tblr", black) })},
		{"frame of 12", 9, with(func(s *sheet) { s.over = frame(300, 0, 12, "tblr", black) })},
		{"frame of 40", 9, with(func(s *sheet) { s.over = frame(300, 0, 40, "tblr", black) })},
		{"grey frame", 9, with(func(s *sheet) { s.over = frame(300, 0, 10, "tblr", grey(120)) })},
		{"frame set off", 9, with(func(s *sheet) { s.over = frame(300, 15, 4, "tblr", black) })},
		{"frame far in", 9, with(func(s *sheet) { s.over = frame(300, 40, 5, "tblr", black) })},
		{"two frames", 9, with(func(s *sheet) { s.over = both(frame(300, 0, 6, "tblr", black), frame(300, 14, 3, "tblr", black)) })},
		{"two frames set off", 9, with(func(s *sheet) { s.over = both(frame(300, 8, 4, "tblr", black), frame(300, 20, 3, "tblr", black)) })},
		{"three sides", 9, with(func(s *sheet) { s.over = frame(300, 0, 6, "tbl", black) })},
		{"two sides", 9, with(func(s *sheet) { s.over = frame(300, 0, 6, "bl", black) })},
		{"opposite sides", 9, with(func(s *sheet) { s.over = frame(300, 10, 6, "tb", black) })},
		{"one side", 9, with(func(s *sheet) { s.over = frame(300, 0, 8, "t", black) })},
		{"one side set off", 9, with(func(s *sheet) { s.over = frame(300, 12, 3, "b", black) })},
		{"frame, inverted", 9, with(func(s *sheet) { s.ground, s.ink, s.over = black, white, frame(300, 0, 8, "tblr", white) })},
		{"frame, hairline", 9, with(func(s *sheet) { s.side, s.pen, s.over = 800, 3, frame(800, 0, 6, "tblr", black) })},
		{"frame that the digit touches", 8, with(func(s *sheet) { s.margin, s.over = 0.02, frame(300, 0, 8, "tblr", black) })},
		{"frames of unlike widths", 9, with(func(s *sheet) { s.over = both(frame(300, 0, 5, "tl", black), frame(300, 0, 20, "br", black)) })},
	} {
		right := 0
		for _, d := range digits {
			img := draw(d.Drawing, c.s)
			pixels, err := picture.Read(img.Pix, c.s.side, c.s.side, true)
			if err != nil {
				t.Errorf("%s: a %d: %v", c.name, d.Label, err)
				continue
			}
			z := make([]float32, engine.DefaultClasses)
			if err := net.Logits(pixels[:], z); err != nil {
				t.Fatal(err)
			}
			if engine.Argmax(z) == d.Label {
				right++
			}
		}
		t.Logf("%2d of 10 %s", right, c.name)
		if right < c.want {
			t.Errorf("%s: %d of 10 read, want %d", c.name, right, c.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	flat := make([]byte, 4*50*50)
	for i := range flat {
		flat[i] = 130 | byte(i%4/3*255)
	}
	if _, err := picture.Read(flat, 50, 50, true); !errors.Is(err, picture.ErrBlank) {
		t.Errorf("a grey picture: %v", err)
	}
	if _, err := picture.Read(make([]byte, 4*50*50), 50, 50, true); !errors.Is(err, picture.ErrBlank) {
		t.Errorf("a transparent picture: %v", err)
	}
	for _, size := range [][2]int{{0, 1}, {1, -1}, {8000, 8000}, {1 << 40, 1 << 40}, {3, 3}} {
		if _, err := picture.Read(nil, size[0], size[1], true); err == nil {
			t.Errorf("%v passes", size)
		}
	}
}
