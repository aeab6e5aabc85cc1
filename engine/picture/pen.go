package picture

import (
	"math"

	"lenet/engine/pen"
)

// Pens between these are left as they are, in pixels of the image; MNIST's own
// vary as much. Others are brought to penWidth.
const (
	thinPen  = 1.7
	thickPen = 3.4
	penWidth = pen.DefaultPen
)

// penned returns the drawing with a pen as wide as MNIST's, where it is much
// thinner or thicker.
func (p plane) penned() plane {
	x0, y0, x1, y1 := p.box()
	longest := float64(max(x1-x0, y1-y0))
	w := p.penWidth()
	if !(longest > 0 && w > 0) {
		return p
	}
	switch width := w * boxSide / longest; {
	case width < thinPen:
		// Grown by r on each side, the pen is to be penWidth of the box, which
		// grows too: (w+2r)·boxSide = penWidth·(longest+2r).
		r := (penWidth*longest - w*boxSide) / (2 * (boxSide - penWidth))
		return p.grown(r)
	case width > thickPen:
		r := (w*boxSide - penWidth*longest) / (2 * (boxSide - penWidth))
		return p.shrunk(min(r, w*0.4))
	}
	return p
}

// penWidth estimates the width of the strokes by the area and the outline of the
// ink. An outline along pixels is longer than the line, by 4/π on average.
func (p plane) penWidth() float64 {
	area, outline := 0.0, 0.0
	at := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < p.width && y < p.height && p.at[y*p.width+x] >= seen
	}
	for y := range p.height {
		for x := range p.width {
			if !at(x, y) {
				continue
			}
			area++
			for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				if !at(x+d[0], y+d[1]) {
					outline++
				}
			}
		}
	}
	return 2 * area / (outline * math.Pi / 4)
}

// grown draws the ink r pixels wider on each side.
func (p plane) grown(r float64) plane {
	pad := int(math.Ceil(r)) + 2
	out := plane{p.width + 2*pad, p.height + 2*pad, nil}
	ink := make([]bool, out.width*out.height)
	for i, v := range p.at {
		ink[(i/p.width+pad)*out.width+i%p.width+pad] = v >= seen
	}
	for _, d := range distances(ink, out.width, out.height) {
		out.at = append(out.at, min(max(r+1-d, 0), 1))
	}
	return out
}

// shrunk draws the ink r pixels narrower on each side.
func (p plane) shrunk(r float64) plane {
	out := plane{p.width + 2, p.height + 2, nil} // with ground around
	ground := make([]bool, out.width*out.height)
	for i := range ground {
		x, y := i%out.width-1, i/out.width-1
		ground[i] = x < 0 || y < 0 || x >= p.width || y >= p.height || p.at[y*p.width+x] < seen
	}
	for _, d := range distances(ground, out.width, out.height) {
		out.at = append(out.at, min(max(d-r, 0), 1))
	}
	return out
}

// distances returns how far each pixel is from the nearest one that is set, in
// pixels (Felzenszwalb and Huttenlocher 2012).
func distances(set []bool, width, height int) []float64 {
	const far = 1e12
	d := make([]float64, len(set))
	for i, s := range set {
		if !s {
			d[i] = far
		}
	}
	n := max(width, height)
	f, v, z := make([]float64, n), make([]int, n), make([]float64, n+1)
	along := func(first, step, n int) {
		for i := range n {
			f[i] = d[first+i*step]
		}
		k := 0
		v[0], z[0], z[1] = 0, math.Inf(-1), math.Inf(1)
		for q := 1; q < n; q++ {
			for {
				s := (f[q] + float64(q*q) - f[v[k]] - float64(v[k]*v[k])) / float64(2*(q-v[k]))
				if s > z[k] {
					k++
					v[k], z[k], z[k+1] = q, s, math.Inf(1)
					break
				}
				k--
			}
		}
		k = 0
		for q := range n {
			for z[k+1] < float64(q) {
				k++
			}
			d[first+q*step] = float64((q-v[k])*(q-v[k])) + f[v[k]]
		}
	}
	for x := range width {
		along(x, width, height)
	}
	for y := range height {
		along(y*width, 1, width)
	}
	for i := range d {
		d[i] = math.Sqrt(d[i])
	}
	return d
}
