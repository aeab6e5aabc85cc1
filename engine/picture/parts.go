package picture

// seen is the share of full ink from which a pixel counts as ink.
const seen = 0.4

// part is ink that hangs together.
type part struct {
	x0, y0, x1, y1 int // its box
	area           int
	inner          int  // pixels of it away from the picture's border
	edge           bool // it touches the border
}

func (p part) width() int  { return p.x1 - p.x0 }
func (p part) height() int { return p.y1 - p.y0 }

// zone is how much of each side counts as along the border, of 100.
const zone = 18

// parts returns the number of the part that each pixel belongs to, -1 for none.
func (p plane) parts() ([]int32, []part) {
	label := make([]int32, len(p.at))
	for i := range label {
		label[i] = -1
	}
	var all []part
	var next []int32
	zx, zy := p.width*zone/100, p.height*zone/100
	for start, v := range p.at {
		if v < seen || label[start] >= 0 {
			continue
		}
		n := int32(len(all))
		one := part{x0: p.width, y0: p.height}
		label[start] = n
		next = append(next[:0], int32(start))
		for len(next) > 0 {
			i := int(next[len(next)-1])
			next = next[:len(next)-1]
			x, y := i%p.width, i/p.width
			one.area++
			one.x0, one.y0, one.x1, one.y1 = min(one.x0, x), min(one.y0, y), max(one.x1, x+1), max(one.y1, y+1)
			if x >= zx && y >= zy && x < p.width-zx && y < p.height-zy {
				one.inner++
			}
			one.edge = one.edge || x == 0 || y == 0 || x == p.width-1 || y == p.height-1
			for b := max(y-1, 0); b <= min(y+1, p.height-1); b++ {
				for a := max(x-1, 0); a <= min(x+1, p.width-1); a++ {
					if j := b*p.width + a; label[j] < 0 && p.at[j] >= seen {
						label[j] = n
						next = append(next, int32(j))
					}
				}
			}
		}
		all = append(all, one)
	}
	return label, all
}

// drawing returns the plane without frames and specks: lines along the border,
// what goes around the rest, and what is too small to be a stroke. When nothing
// would be left, all is.
func (p plane) drawing() plane {
	p = p.detached()
	label, all := p.parts()
	drop := make([]bool, len(all))
	ink := 0
	for i, one := range all {
		long := one.width()*4 >= p.width*3 || one.height()*4 >= p.height*3 || one.width()*2 >= p.width && one.height()*2 >= p.height
		drop[i] = one.inner == 0 && (one.edge || long)
		if !drop[i] {
			ink += one.area
		}
	}
	if p.touches(all, drop) { // it is cropped to its ink: what is along the border is of the digit
		ink = 0
		for i, one := range all {
			drop[i] = false
			ink += one.area
		}
	}
	for i, one := range all {
		if !drop[i] && p.around(label, int32(i), one, all, drop) {
			drop[i] = true
			ink -= one.area
		}
	}
	for i, one := range all {
		drop[i] = drop[i] || one.area*200 < ink
	}
	left := 0
	for i, one := range all {
		if !drop[i] {
			left += one.area
		}
	}
	if left == 0 {
		return p
	}
	return p.without(label, drop)
}

// touches reports whether what is kept touches the border.
func (p plane) touches(all []part, drop []bool) bool {
	for i, one := range all {
		if !drop[i] && one.edge {
			return true
		}
	}
	return false
}

// around reports whether a part goes around others that are a drawing.
func (p plane) around(label []int32, n int32, one part, all []part, drop []bool) bool {
	if one.width()*2 < p.width && one.height()*2 < p.height {
		return false
	}
	outside := flood(p.width, p.height, func(x, y int) bool { return label[y*p.width+x] != n })
	// A part is inside when its first pixel is.
	done := make([]bool, len(all))
	for i, k := range label {
		if k < 0 || k == n || done[k] || drop[k] {
			continue
		}
		done[k] = true
		in := all[k]
		if !outside[i] && 4*max(in.width(), in.height()) > max(one.width(), one.height()) {
			return true
		}
	}
	return false
}

// without clears parts, with the soft edge around them.
func (p plane) without(label []int32, drop []bool) plane {
	out := plane{p.width, p.height, append([]float64(nil), p.at...)}
	const soft = 2
	for i, k := range label {
		if k < 0 || !drop[k] {
			continue
		}
		x, y := i%p.width, i/p.width
		for b := max(y-soft, 0); b <= min(y+soft, p.height-1); b++ {
			for a := max(x-soft, 0); a <= min(x+soft, p.width-1); a++ {
				if j := b*p.width + a; label[j] < 0 || drop[label[j]] {
					out.at[j] = 0
				}
			}
		}
	}
	return out
}

// detached cuts a drawing off a frame that it touches: of a part with straight
// lines along three or four sides of its box those lines are cleared.
func (p plane) detached() plane {
	label, all := p.parts()
	for n, one := range all {
		w, h := one.width(), one.height()
		if w*10 < p.width*7 || h*10 < p.height*7 {
			continue
		}
		covered := func(x0, y0, dx, dy, length int) bool {
			count := 0
			for i := range length {
				if label[(y0+i*dy)*p.width+x0+i*dx] == int32(n) {
					count++
				}
			}
			return count*100 >= length*85
		}
		// How many lines of each side are covered, from the box inwards.
		depth := func(line func(i int) bool, most int) int {
			d := 0
			for d < most && line(d) {
				d++
			}
			return d
		}
		top := depth(func(i int) bool { return covered(one.x0, one.y0+i, 1, 0, w) }, h*zone/100)
		bottom := depth(func(i int) bool { return covered(one.x0, one.y1-1-i, 1, 0, w) }, h*zone/100)
		left := depth(func(i int) bool { return covered(one.x0+i, one.y0, 0, 1, h) }, w*zone/100)
		right := depth(func(i int) bool { return covered(one.x1-1-i, one.y0, 0, 1, h) }, w*zone/100)
		sides := 0
		for _, d := range []int{top, bottom, left, right} {
			if d > 0 {
				sides++
			}
		}
		if sides < 3 {
			continue
		}
		const soft = 2
		out := plane{p.width, p.height, append([]float64(nil), p.at...)}
		rest, x0, x1, y0, y1 := 0, p.width, 0, p.height, 0
		for i, k := range label {
			x, y := i%p.width, i/p.width
			frame := top > 0 && y < one.y0+top+soft || bottom > 0 && y >= one.y1-bottom-soft || left > 0 && x < one.x0+left+soft || right > 0 && x >= one.x1-right-soft
			if frame {
				out.at[i] = 0
			} else if k == int32(n) {
				rest++
				x0, x1, y0, y1 = min(x0, x), max(x1, x+1), min(y0, y), max(y1, y+1)
			}
		}
		if rest > 0 && 4*max(x1-x0, y1-y0) > max(w, h) {
			return out
		}
	}
	return p
}
