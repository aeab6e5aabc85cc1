package augment

// Grid of redraw: up samples for each pixel's side.
const (
	up   = 4
	grid = side * up
)

// redraw draws a digit again with a pen of constant width: it thins the ink to
// lines one sample wide and goes over them with a round pen of 2.25 pixels,
// full black. That is what a drawing on a screen looks like.
func redraw(dst, src *image) {
	var ink plane
	enlarge(&ink, src)
	thin(&ink)
	var drawn plane
	for i, b := range ink {
		if b {
			for _, d := range penSamples {
				drawn[i+d] = true
			}
		}
	}
	for y := range side {
		for x := range side {
			n := 0
			for sy := range up {
				for sx := range up {
					if drawn[(y*up+sy)*grid+x*up+sx] {
						n++
					}
				}
			}
			dst[y*side+x] = byte(n * 255 / (up * up))
		}
	}
}

// penSamples are the samples under the pen, counted from the one at its centre.
var penSamples = func() (samples []int) {
	const radius = 2.25 * up / 2
	for dy := -up; dy <= up; dy++ {
		for dx := -up; dx <= up; dx++ {
			if float64(dx*dx+dy*dy) <= radius*radius {
				samples = append(samples, dy*grid+dx)
			}
		}
	}
	return samples
}()

// plane is a black and white picture, up times as large as an image each way.
type plane [grid * grid]bool

// enlarge marks the samples where the image, bilinear between its pixels'
// centres, is above 0.4. A frame of two pixels, wider than the pen, stays free.
func enlarge(ink *plane, src *image) {
	const frame = 2 * up
	for y := frame; y < grid-frame; y++ {
		// In units of 1/(2·up) of a pixel, from the centre of pixel 0.
		v := 2*y + 1 - up
		iy, fy := v/(2*up), v%(2*up)
		for x := frame; x < grid-frame; x++ {
			u := 2*x + 1 - up
			ix, fx := u/(2*up), u%(2*up)
			at := src[iy*side+ix:]
			top := int(at[0])*(2*up-fx) + int(at[1])*fx
			bottom := int(at[side])*(2*up-fx) + int(at[side+1])*fx
			ink[y*grid+x] = top*(2*up-fy)+bottom*fy > 102*4*up*up
		}
	}
}

// thin removes ink from both sides of every line until it is one sample wide,
// without breaking it (Zhang and Suen, "A fast parallel algorithm for thinning
// digital patterns", Communications of the ACM 27(3), 1984).
func thin(ink *plane) {
	var left, gone []int
	for i, b := range ink {
		if b {
			left = append(left, i)
		}
	}
	for pass, idle := 0, 0; idle < 2; pass++ {
		gone = gone[:0]
		for _, i := range left {
			// The eight neighbours, clockwise from above.
			n := [8]bool{ink[i-grid], ink[i-grid+1], ink[i+1], ink[i+grid+1], ink[i+grid], ink[i+grid-1], ink[i-1], ink[i-grid-1]}
			neighbours, rises := 0, 0
			for k := range n {
				if n[k] {
					neighbours++
				} else if n[(k+1)%8] {
					rises++
				}
			}
			above, right, below, west := n[0], n[2], n[4], n[6]
			if pass%2 == 1 {
				above, right, below, west = below, west, above, right
			}
			if neighbours >= 2 && neighbours <= 6 && rises == 1 && !(above && right && below) && !(right && below && west) {
				gone = append(gone, i)
			}
		}
		idle++
		if len(gone) > 0 {
			idle = 0
		}
		for _, i := range gone {
			ink[i] = false
		}
		kept := left[:0]
		for _, i := range left {
			if ink[i] {
				kept = append(kept, i)
			}
		}
		left = kept
	}
}
