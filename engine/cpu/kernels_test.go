package cpu

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"lenet/engine"
)

// arrays is an arena for a test whose guards hold NaN: a kernel that reads
// past an array computes NaN, one that writes past it destroys the guard.
type arrays struct {
	t     *testing.T
	rng   *rand.Rand
	parts [][]float32
	arena []float32
}

// newArrays allocates arrays of random numbers within ±1.
func newArrays(t *testing.T, lengths ...int) *arrays {
	a := &arrays{t: t, rng: rand.New(rand.NewPCG(1, uint64(len(lengths))))}
	ps := make([]unsafe.Pointer, len(lengths))
	var parts []array
	for i, n := range lengths {
		parts = append(parts, array{&ps[i], n})
	}
	a.arena = newArena(parts)
	for i := range a.arena {
		a.arena[i] = guardValue
	}
	for i, p := range ps {
		a.parts = append(a.parts, floats(p, lengths[i]))
		for j := range a.parts[i] {
			a.parts[i][j] = 2*a.rng.Float32() - 1
		}
	}
	return a
}

var guardValue = math.Float32frombits(0x7fc0beef)

func (a *arrays) p(i int) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(a.parts[i])) }

// copy returns array i in float64.
func (a *arrays) copy(i int) []float64 {
	c := make([]float64, len(a.parts[i]))
	for j, v := range a.parts[i] {
		c[j] = float64(v)
	}
	return c
}

// check compares array i with the expected values, and all guards.
func (a *arrays) check(what string, i int, want []float64) {
	a.t.Helper()
	for j, w := range want {
		if d := math.Abs(float64(a.parts[i][j]) - w); !(d <= 2e-5*max(1, math.Abs(w))) {
			a.t.Fatalf("%s: [%d] is %v, want %v", what, j, a.parts[i][j], w)
		}
	}
	inside := make([]bool, len(a.arena))
	for _, p := range a.parts {
		first := (uintptr(unsafe.Pointer(unsafe.SliceData(p))) - uintptr(unsafe.Pointer(unsafe.SliceData(a.arena)))) / 4
		for j := range p {
			inside[int(first)+j] = true
		}
	}
	for j, v := range a.arena {
		if !inside[j] && math.Float32bits(v) != math.Float32bits(guardValue) {
			a.t.Fatalf("%s: guard at %d overwritten by %v", what, j, v)
		}
	}
}

func TestConvKernels(t *testing.T) {
	forVersions(t, func(t *testing.T, v versionTest) {
		for _, c1 := range []int{6, 12} {
			a := newArrays(t, 28*c1*lanes, 5*inputCols*lanes, c1*26)
			x, w, want := a.copy(1), a.copy(2), a.copy(0)
			for px := range 28 {
				for oc := range c1 {
					for l := range lanes {
						s := w[oc*26+25]
						for k := range 25 {
							s += w[oc*26+k] * x[(k/5*inputCols+px+k%5)*lanes+l]
						}
						want[(px*c1+oc)*lanes+l] = s
					}
				}
			}
			v.conv1Row(a.p(0), a.p(1), a.p(2), c1)
			a.check("conv1Row", 0, want)
		}
	})
}

func TestConvGradKernels(t *testing.T) {
	forVersions(t, func(t *testing.T, v versionTest) {
		for _, rows := range []int{1, 2, 10} {
			for _, cols := range []int{10, 30} {
				const zc, xc = 3, 2 // cells per pixel
				g := &gradShape{rows: rows, cols: cols, dzRow: zc * cell, dzCol: zc * cell, xRow: 4 * xc * cell, xCol: xc * cell, xStep: xc * cell, dOut: 7 * cell}
				a := newArrays(t, 12*lanes, (rows*(cols+1)*zc)*lanes, (rows*(cols+4)*xc)*lanes)
				want, dz, x := a.copy(0), a.copy(1), a.copy(2)
				for o := range 2 {
					for kx := range 5 {
						for l := range lanes {
							for y := range rows {
								for px := range cols {
									want[(o*7+kx)*lanes+l] += dz[((y*(cols+1)+px)*zc+o)*lanes+l] * x[(y*(cols+4)+px+kx)*xc*lanes+l]
								}
							}
						}
					}
				}
				v.convWeightGrad(a.p(0), a.p(1), a.p(2), g)
				a.check("convWeightGrad", 0, want)
			}
		}
	})
}

func TestLinearKernels(t *testing.T) {
	forVersions(t, func(t *testing.T, v versionTest) {
		for _, rows := range []int{8, 16, 24} {
			for _, n := range []int{8, 16, 40} {
				stride := roundUp(n+1, 32)
				// The kernels' pointers end up to a row past the weights.
				a := newArrays(t, rows*lanes, n*lanes, rows*stride)
				x, w, want := a.copy(1), a.copy(2), a.copy(0)
				for o := range rows {
					for l := range lanes {
						want[o*lanes+l] = w[o*stride+n]
						for k := range n {
							want[o*lanes+l] += w[o*stride+k] * x[k*lanes+l]
						}
					}
				}
				v.linear(a.p(0), a.p(1), a.p(2), rows, n, stride*4, n*4)
				a.check("linear", 0, want)

				a = newArrays(t, n*lanes, rows*lanes, rows*stride)
				dz, w, want := a.copy(1), a.copy(2), a.copy(0)
				for i := range n {
					for l := range lanes {
						want[i*lanes+l] = 0
						for o := range rows {
							want[i*lanes+l] += w[o*stride+i] * dz[o*lanes+l]
						}
					}
				}
				v.linearInputGrad(a.p(0), a.p(1), a.p(2), n, rows, stride*4)
				a.check("linearInputGrad", 0, want)

				for blocks := 1; blocks <= 3; blocks++ {
					for _, add := range []bool{false, true} {
						a := newArrays(t, rows*stride, blocks*rows*lanes, blocks*lanes*stride)
						want, dz, xt := a.copy(0), a.copy(1), a.copy(2)
						for o := range rows {
							for i := range stride {
								if !add {
									want[o*stride+i] = 0
								}
								for k := range blocks * lanes {
									want[o*stride+i] += dz[(k/lanes*rows+o)*lanes+k%lanes] * xt[k*stride+i]
								}
							}
						}
						v.linearWeightGrad(a.p(0), a.p(1), a.p(2), rows, stride, blocks, stride*4, stride*4, rows*cell, add)
						a.check("linearWeightGrad", 0, want)
					}
				}
			}
		}
	})
}

func TestPoolKernels(t *testing.T) {
	forVersions(t, func(t *testing.T, v versionTest) {
		for n := 1; n <= 3; n++ {
			for c := 1; c <= 3; c++ {
				for pool := engine.AvgPool; pool <= engine.MaxPool; pool++ {
					for act := engine.Sigmoid; act <= engine.ReLU; act++ {
						testPool(t, v, n, c, act, pool)
					}
				}
			}
		}
	})
}

// testPool compares a row of pooling and its gradient with the reference.
func testPool(t *testing.T, v versionTest, n, c int, act engine.Activation, pool engine.Pooling) {
	t.Helper()
	row := 2 * n * (c + 1) // one cell more per pixel than is used
	a := newArrays(t, n*c*lanes, 2*row*lanes, 2*row*lanes, c*lanes)
	for i := range 4 * lanes { // ties, and zeros for ReLU
		a.parts[1][i] = 0
	}
	dp, x, want, bias := a.copy(0), a.copy(1), a.copy(2), a.copy(3)
	wantPool := make([]float64, len(dp))
	for px := range n {
		for ch := range c {
			for l := range lanes {
				at := func(dy, dx int) int { return (dy*row+(2*px+dx)*(c+1)+ch)*lanes + l }
				window := [4]float64{x[at(0, 0)], x[at(0, 1)], x[at(1, 0)], x[at(1, 1)]}
				i := (px*c+ch)*lanes + l
				p, share := pooled(pool, window)
				wantPool[i] = p
				for j, v := range window {
					dz := dp[i] * share[j] * slope(act, v)
					want[at(j/2, j%2)] = dz
					bias[ch*lanes+l] += dz
				}
			}
		}
	}
	col := (c + 1) * cell
	g := &poolShape{bias: a.p(3), n: n, c: c, aCol: col, aRow: row * cell, pCol: c * cell, dzCol: col, dzRow: row * cell, act: act, pool: pool}
	v.poolGrad(a.p(2), a.p(0), a.p(1), g)
	a.check("poolGrad", 2, want)
	a.check("poolGrad's bias", 3, bias)
	v.pool(a.p(0), a.p(1), g)
	a.check("pool", 0, wantPool)
}

func TestCellKernels(t *testing.T) {
	forVersions(t, func(t *testing.T, v versionTest) {
		for n := 1; n <= 5; n++ {
			for act := engine.Sigmoid; act <= engine.ReLU; act++ {
				a := newArrays(t, n*lanes, n*lanes)
				want := a.copy(1)
				for i, x := range want {
					want[i] = activated(act, x)
				}
				v.activate(a.p(1), n, act)
				a.check("activate", 1, want)
				d := a.copy(0)
				for i := range d {
					d[i] *= slope(act, float64(a.parts[1][i]))
				}
				v.activationGrad(a.p(0), a.p(1), n, act)
				a.check("activationGrad", 0, d)
			}
			a := newArrays(t, n*lanes)
			x, want := a.copy(0), a.copy(0)
			for i := range n {
				for j := range 4 {
					want[i*4+j] = x[i*lanes+j] + x[i*lanes+j+4] + x[i*lanes+j+8] + x[i*lanes+j+12]
				}
			}
			v.foldCells(a.p(0), a.p(0), n)
			a.check("foldCells", 0, want[:n*4])
		}
		for _, n := range []int{2, 10, 26, 64} {
			a := newArrays(t, n*lanes, lanes, lanes)
			z := a.copy(0)
			v.softmax(a.p(0), a.p(1), a.p(2), n)
			want, top, sums := make([]float64, len(z)), make([]float64, lanes), make([]float64, lanes)
			for l := range lanes {
				top[l] = math.Inf(-1)
				for k := range n {
					top[l] = max(top[l], z[k*lanes+l])
				}
				for k := range n {
					sums[l] += math.Exp(z[k*lanes+l] - top[l])
				}
				for k := range n {
					want[k*lanes+l] = math.Exp(z[k*lanes+l]-top[l]) / sums[l]
				}
			}
			a.check("softmax", 0, want)
			a.check("softmax's top", 1, top)
			a.check("softmax's sum", 2, sums)
		}
	})
}

// What single values become, in float64; whole networks are held against
// package reference.

// activated returns the activation of x.
func activated(act engine.Activation, x float64) float64 {
	switch act {
	case engine.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case engine.Tanh:
		return math.Tanh(x)
	}
	return max(x, 0)
}

// slope returns the activation's derivative where its value is a.
func slope(act engine.Activation, a float64) float64 {
	switch act {
	case engine.Sigmoid:
		return a * (1 - a)
	case engine.Tanh:
		return 1 - a*a
	}
	if a > 0 {
		return 1
	}
	return 0
}

// pooled returns what a window becomes, and the share of each value in its
// gradient: of equal maxima, the first has all.
func pooled(pool engine.Pooling, window [4]float64) (p float64, share [4]float64) {
	if pool == engine.AvgPool {
		return (window[0] + window[1] + window[2] + window[3]) / 4, [4]float64{0.25, 0.25, 0.25, 0.25}
	}
	first := 0
	for i, v := range window {
		if v > window[first] {
			first = i
		}
	}
	share[first] = 1
	return window[first], share
}
