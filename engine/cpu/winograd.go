package cpu

// outputTransform is A of winograd_scalar.go.
var outputTransform = [points][2]float32{{1, 0}, {1, 1}, {1, -1}, {1, 2}, {1, -2}, {0, 1}}

// The conversions keep the compiler from fusing a product with a following sum.

// transformTaps returns G times five taps in a row.
func transformTaps(g0, g1, g2, g3, g4 float32) [points]float32 {
	s, t := g0+g2+g4, g1+g3
	p, q := g0+float32(4*g2)+float32(16*g4), float32(2*g1)+float32(8*g3)
	return [points]float32{0.25 * g0, (s + t) * (-1. / 6), (s - t) * (-1. / 6), (p + q) * (1. / 24), (p - q) * (1. / 24), g4}
}
