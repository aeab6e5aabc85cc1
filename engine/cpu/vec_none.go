//go:build !goexperiment.simd

package cpu

func vectorBits() int { return 0 }
