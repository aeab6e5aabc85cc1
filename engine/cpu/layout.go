package cpu

import "lenet/engine"

const (
	lanes = 16        // examples in a block, innermost in every array of activations
	cell  = 4 * lanes // bytes of one value for a block: a cache line

	inputCols = 32 // columns (and rows) of an input image with its border of 2 zeros
	dz1Cols   = 30 // columns of the gradient of the first convolution's output: 28, 2 zeros
)

// shape holds the sizes of a network as the kernels have it, channels and
// units rounded up to whole tiles, and where the parameters are in the
// exchange layout. What is only there to fill a tile is zero and stays zero.
//
// The exchange layout is one float32 array:
//
//	conv1  [C1][26]           25 taps (ky, kx), bias
//	conv2  [C2][25·C1+1]      taps (ky, kx, ic), bias
//	fc1    [U1][s1]           inputs (y, x, c) of C2 channels, bias, padding
//	fc2    [U2][s2]           U1 inputs, bias, padding
//	fc3    [N][s3]            U2 inputs, bias, padding
//
// Each starts on a multiple of 16 floats.
type shape struct {
	c1, c2, u1, u2, n int // as configured; n classes
	C1, C2, U1, U2, N int // rounded up: C1 to 6, the others to 8
	F                 int // 25·C2
	s1, s2, s3        int // floats in a row of the linear layers' weights

	conv2, fc1, fc2, fc3, total int // places in the exchange layout, in floats; conv1 is at 0
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

func newShape(c engine.Config) shape {
	s := shape{c1: c.Channels[0], c2: c.Channels[1], u1: c.Units[0], u2: c.Units[1], n: c.NumClasses()}
	s.C1, s.C2, s.U1, s.U2, s.N = roundUp(s.c1, 6), roundUp(s.c2, 8), roundUp(s.u1, 8), roundUp(s.u2, 8), roundUp(s.n, 8)
	s.F = 25 * s.C2
	s.s1, s.s2, s.s3 = roundUp(s.F+1, 32), roundUp(s.U1+1, 32), roundUp(s.U2+1, 32)
	s.conv2 = roundUp(s.C1*26, lanes)
	s.fc1 = roundUp(s.conv2+s.C2*s.conv2Row(), lanes)
	s.fc2 = s.fc1 + s.U1*s.s1
	s.fc3 = s.fc2 + s.U2*s.s2
	s.total = s.fc3 + s.N*s.s3
	return s
}

// vPair and dmPair return the bytes from pair to pair of the second
// convolution's transformed input and of a point's gradient.
func (s *shape) vPair() int  { return 14 * s.C1 * cell }
func (s *shape) dmPair() int { return (10*s.C2 + 1) * cell }

// conv2Row returns the floats of one output channel of the second convolution.
func (s *shape) conv2Row() int { return 25*s.C1 + 1 }

// each calls f with the place of every parameter in Params.Data and in the exchange layout.
func (s *shape) each(f func(params, exchange int)) {
	i := 0
	next := func(at int) { f(i, at); i++ }
	for oc := range s.c1 {
		for k := range 25 {
			next(oc*26 + k)
		}
	}
	for oc := range s.c1 {
		next(oc*26 + 25)
	}
	row := s.conv2Row()
	for oc := range s.c2 {
		for ic := range s.c1 {
			for k := range 25 {
				next(s.conv2 + oc*row + k*s.C1 + ic)
			}
		}
	}
	for oc := range s.c2 {
		next(s.conv2 + oc*row + 25*s.C1)
	}
	for o := range s.u1 {
		for c := range s.c2 {
			for px := range 25 {
				next(s.fc1 + o*s.s1 + px*s.C2 + c)
			}
		}
	}
	for o := range s.u1 {
		next(s.fc1 + o*s.s1 + s.F)
	}
	linear := func(at, rows, n, stride, bias int) {
		for o := range rows {
			for k := range n {
				next(at + o*stride + k)
			}
		}
		for o := range rows {
			next(at + o*stride + bias)
		}
	}
	linear(s.fc2, s.u2, s.u1, s.s2, s.U1)
	linear(s.fc3, s.n, s.u2, s.s3, s.U2)
}
