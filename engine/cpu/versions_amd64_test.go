//go:build goexperiment.simd && amd64

package cpu

import "simd/archsimd"

func vectorVersions() []versionTest {
	var v []versionTest
	add := func(name string, k kernels, fused bool) {
		k.foldCells = foldCellsSplit4
		v = append(v, versionTest{name, k, fused})
	}
	if archsimd.X86.AVX2() {
		add("split4", tableSplit4(), false)
		add("fused4", tableFused4(), true)
		add("split8", tableSplit8(), false)
		add("fused8", tableFused8(), true)
	}
	if archsimd.X86.AVX512() {
		add("split16", tableSplit16(), false)
		add("fused16", tableFused16(), true)
	}
	return v
}
