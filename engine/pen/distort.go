package pen

import (
	"math"
	"math/rand/v2"
)

// Distort changes an image after the pen's rule, to test the network with digits
// of another place and form than it expects. The zero value changes
// nothing.
type Distort struct {
	Rotate float64 // degrees, clockwise, about the image's middle
	X, Y   float64 // pixels to the right and down
	Noise  float64 // standard deviation, 1 from black to white; always the same pattern
}

// Apply returns the changed image. Pixels between others are interpolated
// linearly; beyond the edge there is paper.
func (d Distort) Apply(img [Pixels]byte) [Pixels]byte {
	if d.Rotate != 0 || d.X != 0 || d.Y != 0 {
		img = d.move(&img)
	}
	if d.Noise != 0 {
		rng := rand.New(rand.NewPCG(28, 28))
		for i, v := range img {
			img[i] = grey(float64(v) + 255*d.Noise*rng.NormFloat64())
		}
	}
	return img
}

func (d Distort) move(img *[Pixels]byte) (out [Pixels]byte) {
	sin, cos := math.Sincos(d.Rotate * math.Pi / 180)
	at := func(x, y int) float64 {
		if x < 0 || y < 0 || x >= Side || y >= Side {
			return 0
		}
		return float64(img[y*Side+x])
	}
	for i := range out {
		// Where the middle of pixel i comes from, turned back.
		x, y := float64(i%Side)+0.5-middle-d.X, float64(i/Side)+0.5-middle-d.Y
		x, y = cos*x+sin*y+middle-0.5, cos*y-sin*x+middle-0.5
		left, top := math.Floor(x), math.Floor(y)
		fx, fy := x-left, y-top
		l, t := int(left), int(top)
		out[i] = grey((1-fy)*((1-fx)*at(l, t)+fx*at(l+1, t)) + fy*((1-fx)*at(l, t+1)+fx*at(l+1, t+1)))
	}
	return out
}

// grey rounds to a grey value.
func grey(v float64) byte { return byte(math.Round(min(max(v, 0), 255))) }
