package cpu

import "unsafe"

// peakScalar multiplies and adds as fast as the processor can, in ten sums
// that do not wait for each other, 4·10·n times for every lane of a vector:
// what the other kernels are measured against. It leaves the sums in d.
//
//go:noinline
func peakScalar(d unsafe.Pointer, n int) {
	a, b := loadScalar(d), loadScalar(unsafe.Add(d, cell))
	s0 := fillScalar(0)
	s1, s2, s3, s4, s5, s6, s7, s8, s9 := s0, s0, s0, s0, s0, s0, s0, s0, s0
	for {
		for k := 0; k < 4; k++ { // unroll
			s0, s1, s2, s3, s4 = mulAddScalar(a, b, s0), mulAddScalar(a, b, s1), mulAddScalar(a, b, s2), mulAddScalar(a, b, s3), mulAddScalar(a, b, s4)
			s5, s6, s7, s8, s9 = mulAddScalar(a, b, s5), mulAddScalar(a, b, s6), mulAddScalar(a, b, s7), mulAddScalar(a, b, s8), mulAddScalar(a, b, s9)
		}
		if n--; n == 0 {
			break
		}
	}
	storeScalar(d, s0.Add(s1).Add(s2.Add(s3)).Add(s4.Add(s5).Add(s6.Add(s7))).Add(s8.Add(s9)))
}
