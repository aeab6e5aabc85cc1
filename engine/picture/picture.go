// Package picture brings a picture of any size into the form of the data sets:
// 28×28, light on black. It knows no file format: package decode reads files,
// the page takes a browser's decoded pixels.
package picture

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"lenet/engine"
)

// MaxPixels is the most pixels of a picture: 16 megapixels.
const MaxPixels = 16 << 20

// ErrBlank is returned for a picture of one colour.
var ErrBlank = errors.New("the picture is blank: nothing stands out from its ground")

// CheckSize refuses a width and a height that no picture has, and pictures of
// more than [MaxPixels].
func CheckSize(width, height int) error {
	switch {
	case width < 1 || height < 1:
		return fmt.Errorf("a picture of %d×%d pixels is none", width, height)
	case width > MaxPixels/height:
		return fmt.Errorf("%d×%d pixels are more than %d: scale the picture down", width, height, MaxPixels)
	}
	return nil
}

// plane is a grey picture, row by row, 0 for the ground and 1 for full ink.
type plane struct {
	width, height int
	at            []float64
}

// Read returns the 784 grey values that the network takes, row by row. rgba has
// four bytes a pixel, row by row: red, green, blue and alpha, the colours not
// multiplied by alpha, as image.NRGBA and a browser's ImageData hold them. As a
// digit, a picture of another size than 28×28 is cropped to its ink, scaled to 20 pixels and
// placed by its centre of mass; otherwise it is padded to a square and scaled.
func Read(rgba []byte, width, height int, digit bool) (pixels [engine.Pixels]byte, err error) {
	if err := CheckSize(width, height); err != nil {
		return pixels, err
	}
	if len(rgba) != 4*width*height {
		return pixels, fmt.Errorf("%d bytes for %d×%d pixels of 4", len(rgba), width, height)
	}
	rgb := colours{width, height, solid(rgba, digit)}
	var p plane
	if digit && (width != engine.Side || height != engine.Side) {
		if p, err = rgb.shrunk().unframed().ink(); err != nil {
			return pixels, err
		}
		p = asDigit(p.drawing().penned())
	} else {
		if p, err = rgb.greys(); err != nil {
			return pixels, err
		}
		if side := max(width, height); width != engine.Side || height != engine.Side {
			p = p.scaled(float64(engine.Side)/float64(side), engine.Side/2, engine.Side/2, float64(p.width)/2, float64(p.height)/2)
		}
	}
	for i, v := range p.at {
		pixels[i] = byte(math.Round(255 * min(max(v, 0), 1)))
	}
	return pixels, nil
}

// greys turns dark ink on a light ground around, and sets the ground, the
// median of the border, to 0. A picture of one grey has no ink.
func (c colours) greys() (plane, error) {
	p := plane{c.width, c.height, make([]float64, 0, c.width*c.height)}
	var border []float64
	lo, hi := 1.0, 0.0
	for y := range c.height {
		for x := range c.width {
			rgb := c.pixel(x, y)
			v := (0.299*float64(rgb[0]) + 0.587*float64(rgb[1]) + 0.114*float64(rgb[2])) / 0xff
			p.at = append(p.at, v)
			lo, hi = min(lo, v), max(hi, v)
			if x == 0 || y == 0 || x == c.width-1 || y == c.height-1 {
				border = append(border, v)
			}
		}
	}
	if hi-lo < 0.05 {
		return p, ErrBlank
	}
	slices.Sort(border)
	ground := border[len(border)/2]
	for i, v := range p.at {
		if ground > (lo+hi)/2 {
			p.at[i] = max(ground-v, 0) / (ground - lo)
		} else if ground > 0 || hi < 1 {
			p.at[i] = max(v-ground, 0) / (hi - ground)
		}
	}
	return p, nil
}

// boxSide is the longest side of a digit in the image, pixels.
const boxSide = 20

// box returns the corners of the ink.
func (p plane) box() (x0, y0, x1, y1 int) {
	const faint = 0.2 // what is fainter does not count as ink
	x0, y0 = p.width, p.height
	for i, v := range p.at {
		if v > faint {
			x, y := i%p.width, i/p.width
			x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x+1), max(y1, y+1)
		}
	}
	return x0, y0, x1, y1
}

// asDigit follows MNIST's rule.
func asDigit(p plane) plane {
	x0, y0, x1, y1 := p.box()
	scale := boxSide / float64(max(x1-x0, y1-y0))
	centreX, centreY := float64(x0+x1)/2, float64(y0+y1)/2
	// Once by the middle of the box, to see where the centre of mass comes to
	// lie, then by that: on the middle of pixel 14, counted from 0.
	boxed := p.scaled(scale, engine.Side/2, engine.Side/2, centreX, centreY)
	var sum, sx, sy float64
	for i, v := range boxed.at {
		sum += v
		sx += v * (float64(i%engine.Side) + 0.5)
		sy += v * (float64(i/engine.Side) + 0.5)
	}
	return p.scaled(scale, engine.Side+0.5-sx/sum, engine.Side+0.5-sy/sum, centreX, centreY)
}

// scaled returns 28×28 pixels of the plane, scaled so that its point (cx,cy)
// lies at (x,y), each the mean over the area it covers. The ground around the
// plane is 0.
func (p plane) scaled(scale, x, y, cx, cy float64) plane {
	out := plane{engine.Side, engine.Side, make([]float64, engine.Pixels)}
	columns := make([][]share, engine.Side)
	for i := range columns {
		columns[i] = shares((float64(i)-x)/scale+cx, (float64(i+1)-x)/scale+cx, p.width)
	}
	for j := range engine.Side {
		for _, row := range shares((float64(j)-y)/scale+cy, (float64(j+1)-y)/scale+cy, p.height) {
			line := p.at[row.index*p.width:][:p.width]
			for i, column := range columns {
				sum := 0.0
				for _, c := range column {
					sum += c.weight * line[c.index]
				}
				out.at[j*engine.Side+i] += row.weight * sum
			}
		}
	}
	return out
}

// share is how much of an interval falls on a pixel.
type share struct {
	index  int
	weight float64
}

// shares splits the interval from lo to hi over pixels 0 to n-1, pixel i
// covering i to i+1. Weights add up to 1 where nothing falls outside.
func shares(lo, hi float64, n int) []share {
	var s []share
	for i := max(int(math.Floor(lo)), 0); i < min(int(math.Ceil(hi)), n); i++ {
		w := min(hi, float64(i+1)) - max(lo, float64(i))
		if w > 0 {
			s = append(s, share{i, w / (hi - lo)})
		}
	}
	return s
}
