package cpu

import (
	"math"
	"testing"
)

// The matrices of winograd_scalar.go.
var (
	inputMatrix = [points][6]float64{
		{4, 0, -5, 0, 1, 0},
		{0, -4, -4, 1, 1, 0},
		{0, 4, -4, -1, 1, 0},
		{0, -2, -1, 2, 1, 0},
		{0, 2, -1, -2, 1, 0},
		{0, 4, 0, -5, 0, 1},
	}
	tapMatrix = [points][5]float64{
		{1. / 4, 0, 0, 0, 0},
		{-1. / 6, -1. / 6, -1. / 6, -1. / 6, -1. / 6},
		{-1. / 6, 1. / 6, -1. / 6, 1. / 6, -1. / 6},
		{1. / 24, 1. / 12, 1. / 6, 1. / 3, 2. / 3},
		{1. / 24, -1. / 12, 1. / 6, -1. / 3, 2. / 3},
		{0, 0, 0, 0, 1},
	}
)

// TestTaps holds the transform of taps against its matrix, and the three
// matrices together against the convolution.
func TestTaps(t *testing.T) {
	taps := [5]float32{0.5, -2, 3, 0.25, 7}
	u := transformTaps(taps[0], taps[1], taps[2], taps[3], taps[4])
	x := [6]float64{3, -1, 4, 1, -5, 9}
	var out [2]float64
	for j := range points {
		want, v := 0.0, 0.0
		for k, tap := range taps {
			want += tapMatrix[j][k] * float64(tap)
		}
		for k := range x {
			v += inputMatrix[j][k] * x[k]
		}
		if math.Abs(float64(u[j])-want) > 1e-6 {
			t.Errorf("taps at point %d: %v, want %v", j, u[j], want)
		}
		for e := range out {
			out[e] += float64(outputTransform[j][e]) * want * v
		}
	}
	for e := range out {
		want := 0.0
		for k, tap := range taps {
			want += float64(tap) * x[k+e]
		}
		if math.Abs(out[e]-want) > 1e-12 {
			t.Errorf("output %d: %v, want %v", e, out[e], want)
		}
	}
}

func TestWinogradKernels(t *testing.T) {
	forVersions(t, func(t *testing.T, v versionTest) {
		for _, c := range []int{1, 2, 6} {
			pair := 3 * c // cells, with room for other rows
			point := pairs * pair
			a := newArrays(t, points*point*lanes, 14*c*lanes)
			want, p := a.copy(0), a.copy(1)
			for j := range points {
				for i := range pairs {
					for ch := range c * lanes {
						s := 0.0
						for k := range 6 {
							s += inputMatrix[j][k] * p[(2*i+k)*c*lanes+ch]
						}
						want[(j*point+i*pair)*lanes+ch] = s
					}
				}
			}
			v.transformRow(a.p(0), a.p(1), c, pair*cell)
			a.check("transformRow", 0, want)

			a = newArrays(t, 14*c*lanes, points*point*lanes)
			want, dv := make([]float64, 14*c*lanes), a.copy(1)
			for j := range points {
				for i := range pairs {
					for ch := range c * lanes {
						for k := range 6 {
							want[(2*i+k)*c*lanes+ch] += inputMatrix[j][k] * dv[(j*point+i*pair)*lanes+ch]
						}
					}
				}
			}
			v.transformRowGrad(a.p(0), a.p(1), c, pair*cell)
			a.check("transformRowGrad", 0, want)
		}
		for _, c := range []int{2, 6, 8} {
			for n := 2; n <= 18; n += 2 {
				x, w, z := n+1, n+3, c+1 // from pair to pair and from channel to channel
				a := newArrays(t, pairs*z*lanes, pairs*x*lanes, c*w)
				want, in, taps := a.copy(0), a.copy(1), a.copy(2)
				for i := range pairs {
					for o := range c {
						for l := range lanes {
							s := 0.0
							for k := range n {
								s += taps[o*w+k] * in[(i*x+k)*lanes+l]
							}
							want[(i*z+o)*lanes+l] = s
						}
					}
				}
				v.pairsRow(a.p(0), a.p(1), a.p(2), c, n, x*cell, w*4, z*cell)
				a.check("pairsRow", 0, want)
			}
		}
		for n := 1; n <= 5; n++ {
			a := newArrays(t, points*n*lanes)
			d, want := a.copy(0), a.copy(0)
			for k := range 5 {
				for i := range n * lanes {
					s := 0.0
					for j := range points {
						s += tapMatrix[j][k] * d[j*n*lanes+i]
					}
					want[k*n*lanes+i] = s
				}
			}
			v.tapGrads(a.p(0), n)
			a.check("tapGrads", 0, want)
		}
		for _, c := range []int{1, 3, 8} {
			a := newArrays(t, 10*c*lanes, points*pairs*c*lanes, c*5)
			want, m, bias := a.copy(0), a.copy(1), a.copy(2)
			for i := range pairs {
				for e := range 2 {
					for oc := range c {
						for l := range lanes {
							s := bias[oc*5]
							for j := range points {
								s += float64(outputTransform[j][e]) * m[((j*pairs+i)*c+oc)*lanes+l]
							}
							want[((2*i+e)*c+oc)*lanes+l] = s
						}
					}
				}
			}
			v.outputRow(a.p(0), a.p(1), a.p(2), c, 20)
			a.check("outputRow", 0, want)

			for _, f := range outputTransform {
				a := newArrays(t, pairs*(10*c+1)*lanes, 10*10*c*lanes)
				want, dz := a.copy(0), a.copy(1)
				for i := range pairs {
					for y := range 10 {
						for oc := range c {
							for l := range lanes {
								at := func(e int) float64 { return dz[((y*10+2*i+e)*c+oc)*lanes+l] }
								want[(i*(10*c+1)+y*c+oc)*lanes+l] = float64(f[0])*at(0) + float64(f[1])*at(1)
							}
						}
					}
				}
				v.outputGrad(a.p(0), a.p(1), c, f[0], f[1])
				a.check("outputGrad", 0, want)
			}
		}
	})
}
