package cpu

import (
	"math"
	"unsafe"
)

// The kernels in *_scalar.go are written once, over the type lane and the few
// functions below. gen.go makes vector versions of them, vector_*.go, in which
// lane is a vector of 4, 8 or 16: fused ones (multiply and add in one rounding)
// and split ones (in two, as the scalar version does). Split and scalar kernels
// do the same IEEE operations on every example in the same order and so give
// the same bits; so do the fused kernels of all widths.

// lane is one lane of a kernel: here, one example.
type lane float32

// laneBytesScalar is the size of a lane.
const laneBytesScalar = 4

func loadScalar(p unsafe.Pointer) lane     { return *(*lane)(p) }
func storeScalar(p unsafe.Pointer, v lane) { *(*lane)(p) = v }

// spreadScalar fills every lane with the number at p.
func spreadScalar(p unsafe.Pointer) lane { return *(*lane)(p) }

// fillScalar fills every lane with x.
func fillScalar(x float32) lane { return lane(x) }

// The conversions keep the compiler from fusing a product with a following sum.

func (x lane) Add(y lane) lane { return lane(x + y) }
func (x lane) Sub(y lane) lane { return lane(x - y) }
func (x lane) Mul(y lane) lane { return lane(x * y) }
func (x lane) Div(y lane) lane { return lane(x / y) }

// mulAddScalar returns x·y + z.
func mulAddScalar(x, y, z lane) lane { return lane(x*y) + z }

// ifGreaterScalar returns yes where x > y, else no.
func ifGreaterScalar(x, y, yes, no lane) lane {
	if x > y {
		return yes
	}
	return no
}

// capScalar returns x where it is less than limit, else limit; both are
// positive, and what it makes of NaN is not defined.
func capScalar(x, limit lane) lane {
	return lane(math.Float32frombits(min(math.Float32bits(float32(x)), math.Float32bits(float32(limit)))))
}

// shiftExponentScalar moves the low bits of x's mantissa into the exponent.
func shiftExponentScalar(x lane) lane {
	return lane(math.Float32frombits(math.Float32bits(float32(x)) << 23))
}

// fence does nothing. In the vector kernels it becomes a branch that is never
// taken, on a number the compiler knows nothing of: it keeps the compiler from
// moving the loads of all unrolled steps to the front, where they would not
// fit into the registers.
func fence(int) {}

// narrowFence is a fence for vectors of 4 and 8 lanes, for which there are 15
// registers; for those of 16 lanes there are 30.
func narrowFence(int) {}
