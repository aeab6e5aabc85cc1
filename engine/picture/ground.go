package picture

// maxSide is the longest side of a drawing in the steps between: fine enough for
// any pen, and small enough for any picture to take a second at most.
const maxSide = 1024

// solid returns the picture without transparency, three bytes a pixel. Where ink
// of one colour was drawn on nothing, its alpha is the ink, black on white; else
// transparent places get the paper's colour.
func solid(rgba []byte, digit bool) []byte {
	clear, solid := 0, 0
	var greys [256]int
	for i := 0; i < len(rgba); i += 4 {
		switch a := rgba[i+3]; {
		case a < 26:
			clear++
		case a >= 128:
			solid++
			greys[Grey(rgba[i:])]++
		}
	}
	rgb := make([]byte, 0, len(rgba)/4*3)
	if clear > 0 && !paper(greys[:], solid, clear, digit) {
		for i := 3; i < len(rgba); i += 4 {
			v := 255 - rgba[i]
			rgb = append(rgb, v, v, v)
		}
		return rgb
	}
	under := 255
	if clear > 0 && digit {
		under = percentile(greys[:], solid, 0.5)
	}
	for i := 0; i < len(rgba); i += 4 {
		a := int(rgba[i+3])
		for _, v := range rgba[i : i+3] {
			rgb = append(rgb, byte((int(v)*a+under*(255-a)+127)/255))
		}
	}
	return rgb
}

// paper reports whether what is solid of a picture has ink on it, instead of
// being the ink: its greys differ, and most of them are one side's.
func paper(greys []int, solid, clear int, digit bool) bool {
	if solid == 0 {
		return false
	}
	lo, hi := percentile(greys, solid, 0.02), percentile(greys, solid, 0.98)
	return hi-lo > 50 && (!digit || solid > clear/2)
}

// percentile returns the grey below which a share of n pixels lies.
func percentile(greys []int, n int, share float64) int {
	left := int(share * float64(n))
	for v, count := range greys {
		if left -= count; left < 0 {
			return v
		}
	}
	return 255
}

// Grey returns the brightness of a pixel, whose bytes are red, green and blue.
func Grey(rgb []byte) byte {
	return byte((299*int(rgb[0]) + 587*int(rgb[1]) + 114*int(rgb[2]) + 500) / 1000)
}

// colours is a picture of three bytes a pixel.
type colours struct {
	width, height int
	at            []byte
}

func (c colours) pixel(x, y int) []byte { return c.at[3*(y*c.width+x):][:3] }

// apart returns the largest difference of a channel.
func apart(a, b []byte) int {
	most := 0
	for i := range 3 {
		d := int(a[i]) - int(b[i])
		most = max(most, d, -d)
	}
	return most
}

// shrunk returns the picture with no side above maxSide. Of the pixels that
// become one, the farthest from the most frequent colour stays, so that the
// thinnest line does.
func (c colours) shrunk() colours {
	k := (max(c.width, c.height) + maxSide - 1) / maxSide
	if k <= 1 {
		return c
	}
	most := c.frequent()
	s := colours{(c.width + k - 1) / k, (c.height + k - 1) / k, nil}
	for y := range s.height {
		for x := range s.width {
			best, far := c.pixel(x*k, y*k), -1
			for j := y * k; j < min((y+1)*k, c.height); j++ {
				for i := x * k; i < min((x+1)*k, c.width); i++ {
					if p := c.pixel(i, j); apart(p, most) > far {
						best, far = p, apart(p, most)
					}
				}
			}
			s.at = append(s.at, best...)
		}
	}
	return s
}

// frequent returns the most frequent colour, to 16 levels a channel.
func (c colours) frequent() []byte {
	counts := make([]int, 1<<12)
	for i := 0; i < len(c.at); i += 3 {
		counts[int(c.at[i]>>4)<<8|int(c.at[i+1]>>4)<<4|int(c.at[i+2]>>4)]++
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return []byte{byte(best>>8)<<4 | 8, byte(best>>4)<<4 | 8, byte(best)<<4 | 8}
}

// ground returns the median colour of the border.
func (c colours) ground() []byte {
	var counts [3][256]int
	n := 0
	for y := range c.height {
		step := 1
		if y > 0 && y < c.height-1 {
			step = max(c.width-1, 1)
		}
		for x := 0; x < c.width; x += step {
			n++
			for i, v := range c.pixel(x, y) {
				counts[i][v]++
			}
		}
	}
	g := make([]byte, 3)
	for i := range g {
		g[i] = byte(percentile(counts[i][:], n, 0.5))
	}
	return g
}

// ink returns how far each pixel is from the ground: towards dark or towards
// light, whichever is more, in the channel that differs most. The farthest is 1.
func (c colours) ink() (plane, error) {
	g := c.ground()
	sides := [2]plane{{c.width, c.height, make([]float64, 0, c.width*c.height)}, {c.width, c.height, make([]float64, 0, c.width*c.height)}}
	var weight, most [2]float64
	for i := 0; i < len(c.at); i += 3 {
		var v [2]float64
		for k := range 3 {
			d := (float64(g[k]) - float64(c.at[i+k])) / 255
			v[0], v[1] = max(v[0], d), max(v[1], -d)
		}
		for s := range v {
			sides[s].at = append(sides[s].at, v[s])
			weight[s] += v[s] * v[s]
			most[s] = max(most[s], v[s])
		}
	}
	s := 0
	if weight[1] > weight[0] {
		s = 1
	}
	if most[s] < 0.05 {
		return plane{}, ErrBlank
	}
	for i := range sides[s].at {
		sides[s].at[i] /= most[s]
	}
	return sides[s], nil
}

// unframed returns the inside of a frame along the border: when what has the
// border's colour and hangs together lies along the border alone, fills what is
// between a rectangle and the border, and the rectangle has something in it.
func (c colours) unframed() colours {
	const alike = 48
	for range 4 { // frames in frames
		g := c.ground()
		outside := c.flood(func(x, y int) bool { return apart(c.pixel(x, y), g) <= alike })
		x0, y0, x1, y1 := c.width, c.height, 0, 0
		inside := 0
		for y := range c.height {
			for x := range c.width {
				if !outside[y*c.width+x] {
					inside++
					x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x+1), max(y1, y+1)
				}
			}
		}
		w, h := x1-x0, y1-y0
		if inside < c.width*c.height/3 || w < c.width/2 || h < c.height/2 || inside*100 < w*h*88 {
			return c
		}
		const soft = 2 // pixels between two colours
		if w <= 4*soft || h <= 4*soft {
			return c
		}
		in := c.crop(x0+soft, y0+soft, w-2*soft, h-2*soft)
		// Something of another colour must be in it, and not at its border alone.
		g = in.ground()
		marks := 0
		for y := in.height / 8; y < in.height-in.height/8; y++ {
			for x := in.width / 8; x < in.width-in.width/8; x++ {
				if apart(in.pixel(x, y), g) > alike {
					marks++
				}
			}
		}
		if marks*400 < in.width*in.height || marks*100 > in.width*in.height*45 || apart(g, c.ground()) <= alike {
			return c
		}
		c = in
	}
	return c
}

func (c colours) crop(x0, y0, w, h int) colours {
	s := colours{w, h, make([]byte, 0, 3*w*h)}
	for y := y0; y < y0+h; y++ {
		s.at = append(s.at, c.at[3*(y*c.width+x0):][:3*w]...)
	}
	return s
}

// flood marks what can be reached from the border over pixels that are open.
func (c colours) flood(open func(x, y int) bool) []bool {
	return flood(c.width, c.height, open)
}

func flood(width, height int, open func(x, y int) bool) []bool {
	seen := make([]bool, width*height)
	var next []int32
	visit := func(x, y int) {
		if x >= 0 && y >= 0 && x < width && y < height && !seen[y*width+x] && open(x, y) {
			seen[y*width+x] = true
			next = append(next, int32(y*width+x))
		}
	}
	for x := range width {
		visit(x, 0)
		visit(x, height-1)
	}
	for y := range height {
		visit(0, y)
		visit(width-1, y)
	}
	for len(next) > 0 {
		i := int(next[len(next)-1])
		next = next[:len(next)-1]
		x, y := i%width, i/width
		visit(x-1, y)
		visit(x+1, y)
		visit(x, y-1)
		visit(x, y+1)
	}
	return seen
}
