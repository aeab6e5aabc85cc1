package cpu

import "unsafe"

// The factors of sigmoid's and tanh's multiply-adds, a cell each. An instruction
// that multiplies and adds overwrites a factor, so a kernel that kept these in
// registers would copy them every time, and run out of registers.
var (
	sigmoidFactors = factors(-log2e, ln2Hi, ln2Lo, -expC3, -expC5, expC6)
	tanhFactors    = factors(log2e, -ln2Hi, -ln2Lo, expC3, expC5, expC6)
)

func factors(values ...float32) unsafe.Pointer {
	t := aligned(len(values) * lanes)
	for i := range t {
		t[i] = values[i/lanes]
	}
	return unsafe.Pointer(unsafe.SliceData(t))
}
