package inspect

import "math"

// Bins of a histogram.
const Bins = 41

// Histogram counts values in Bins bins of equal width from Low to High.
// Values outside count in the first or last bin; those that are not finite do not.
type Histogram struct {
	Low, High float64
	Counts    [Bins]int
	Mean, Std float64 // of the finite values; 0 without any
	Finite    int     // how many those are
}

// Count makes the histogram of values from low to high; where those are equal,
// from minus to plus the largest absolute value.
func Count(values []float32, low, high float64) Histogram {
	h := Histogram{Low: low, High: high}
	finite := func(v float64) bool { return v-v == 0 }
	var sum, squares, top float64
	for _, f := range values {
		if v := float64(f); finite(v) {
			h.Finite++
			sum += v
			squares += v * v
			top = max(top, math.Abs(v))
		}
	}
	if h.Finite > 0 {
		n := float64(h.Finite)
		h.Mean = sum / n
		h.Std = math.Sqrt(max(squares/n-h.Mean*h.Mean, 0))
	}
	if low == high {
		if top == 0 {
			top = 1
		}
		h.Low, h.High = -top, top
	}
	scale := Bins / (h.High - h.Low)
	for _, f := range values {
		if v := float64(f); finite(v) {
			h.Counts[min(max(int((v-h.Low)*scale), 0), Bins-1)]++
		}
	}
	return h
}
