package cpu

import "unsafe"

// peakScalar multiplies and adds as fast as the processor can, 4·10·n times
// for every lane of a vector: what the other kernels are measured against. Its
// ten sums do not wait for each other. They start with ten cells of d and are
// multiplied by the next and increased by the one after, again and again; the
// sum of all is left in d.
//
//go:noinline
func peakScalar(d unsafe.Pointer, n int) {
	s0, s1, s2 := loadScalar(d), loadScalar(unsafe.Add(d, cell)), loadScalar(unsafe.Add(d, 2*cell)) // equal sums would be computed once
	s3, s4, s5 := loadScalar(unsafe.Add(d, 3*cell)), loadScalar(unsafe.Add(d, 4*cell)), loadScalar(unsafe.Add(d, 5*cell))
	s6, s7, s8 := loadScalar(unsafe.Add(d, 6*cell)), loadScalar(unsafe.Add(d, 7*cell)), loadScalar(unsafe.Add(d, 8*cell))
	s9, a, b := loadScalar(unsafe.Add(d, 9*cell)), loadScalar(unsafe.Add(d, 10*cell)), loadScalar(unsafe.Add(d, 11*cell))
	for {
		for k := 0; k < 4; k++ { // unroll
			s0, s1, s2, s3, s4 = mulAddScalar(s0, a, b), mulAddScalar(s1, a, b), mulAddScalar(s2, a, b), mulAddScalar(s3, a, b), mulAddScalar(s4, a, b)
			s5, s6, s7, s8, s9 = mulAddScalar(s5, a, b), mulAddScalar(s6, a, b), mulAddScalar(s7, a, b), mulAddScalar(s8, a, b), mulAddScalar(s9, a, b)
		}
		if n--; n == 0 {
			break
		}
	}
	storeScalar(d, s0.Add(s1).Add(s2.Add(s3)).Add(s4.Add(s5).Add(s6.Add(s7))).Add(s8.Add(s9)))
}
