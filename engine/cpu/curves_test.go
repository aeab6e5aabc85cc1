package cpu

import (
	"math"
	"testing"
	"unsafe"

	"lenet/engine"
)

// TestCurves holds the activations and e^x to 3e-7 relative error against
// float64, over numbers of all sizes.
func TestCurves(t *testing.T) {
	const tolerance = 3e-7
	forVersions(t, func(t *testing.T, v versionTest) {
		curve := func(name string, from, to float64, f func(float64) float64, apply func(p unsafe.Pointer)) {
			worst, at := 0.0, float32(0)
			buf := aligned(10 * lanes)
			test := func(xs []float32) {
				copy(buf, xs)
				apply(unsafe.Pointer(&buf[0]))
				for i, x := range xs {
					want := f(float64(x))
					if e := math.Abs(float64(buf[i])-want) / math.Abs(want); want != 0 && !(e <= worst) {
						worst, at = e, x
					}
				}
			}
			const steps = 20000
			var xs [lanes]float32
			for i := 0; i < steps; i += lanes {
				for j := range xs {
					xs[j] = float32(from + (to-from)*float64(i+j)/steps)
				}
				test(xs[:])
				for j := range xs { // and close to zero
					xs[j] *= float32(math.Exp2(-float64((i+j)%60) / 2))
				}
				test(xs[:])
			}
			t.Logf("%s: largest error %.2g at %v", name, worst, at)
			if !(worst <= tolerance) {
				t.Errorf("%s(%v): error %g", name, at, worst)
			}
		}
		// Below -87.3 a sigmoid would be less than the smallest normal number.
		curve("sigmoid", -87, 100, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
			func(p unsafe.Pointer) { v.activate(p, 1, engine.Sigmoid) })
		curve("tanh", -50, 50, math.Tanh, func(p unsafe.Pointer) { v.activate(p, 1, engine.Tanh) })
	})
}

// TestSpecialValues checks that NaN and infinities pass through.
func TestSpecialValues(t *testing.T) {
	inf := math.Inf(1)
	nan := math.NaN()
	forVersions(t, func(t *testing.T, v versionTest) {
		for act, want := range map[engine.Activation][]float64{
			engine.Sigmoid: {nan, 1, 0, 1, 0, 1, 0, 0.5, nan, 0, 0, 1},
			engine.Tanh:    {nan, 1, -1, 1, -1, 1, -1, 0, nan, -1, -1, 1},
			engine.ReLU:    {nan, inf, 0, 1 << 127, 0, 200, 0, 0, nan, 0, 0, 1e6},
		} {
			buf := aligned(lanes)
			for i, x := range []float32{float32(nan), float32(inf), float32(-inf), 1 << 127, -1 << 127, 200, -200, 0, math.Float32frombits(0xffc00000), -1e6, -1e12, 1e6} {
				buf[i] = x
			}
			v.activate(unsafe.Pointer(&buf[0]), 1, act)
			for i, w := range want {
				got := float64(buf[i])
				if same := got == w || math.IsNaN(got) && math.IsNaN(w) || math.Abs(got-w) < 1e-30; !same {
					t.Errorf("%v: value %d is %v, want %v", act, i, got, w)
				}
			}
		}
	})
}

// TestSoftmaxExp holds e^x for x ≤ 0 to the same error, through softmax.
func TestSoftmaxExp(t *testing.T) {
	forVersions(t, func(t *testing.T, v versionTest) {
		buf, top, sum := aligned(10*lanes), aligned(lanes), aligned(lanes)
		for i := 0; i < 8400; i += lanes {
			for l := range lanes {
				x := -float32(i+l) / 100
				for k := range 10 {
					buf[k*lanes+l] = 0
				}
				buf[l] = x // the others are 0: the sum is 9 + e^x, and the quotient not yet subnormal
			}
			v.softmax(unsafe.Pointer(&buf[0]), unsafe.Pointer(&top[0]), unsafe.Pointer(&sum[0]), 10)
			for l := range lanes {
				x := float64(-float32(i+l) / 100)
				want := math.Exp(x) / (9 + math.Exp(x))
				if e := math.Abs(float64(buf[l])-want) / want; !(e <= 3e-7) {
					t.Fatalf("e^%v: error %g", x, e)
				}
			}
		}
	})
}
