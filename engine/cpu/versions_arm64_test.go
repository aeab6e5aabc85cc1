//go:build goexperiment.simd && arm64

package cpu

func vectorVersions() []versionTest {
	return []versionTest{{"split4", tableSplit4(), false}, {"fused4", tableFused4(), true}}
}
