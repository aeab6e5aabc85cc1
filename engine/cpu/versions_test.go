package cpu

import "testing"

// versionTest is one version of the kernels that this machine can run.
type versionTest struct {
	name string
	kernels
	fused bool // multiplies and adds in one rounding
}

// forVersions runs a test for every version of the kernels.
func forVersions(t *testing.T, f func(t *testing.T, v versionTest)) {
	for _, v := range append(vectorVersions(), versionTest{"scalar", tableScalar(), false}) {
		t.Run(v.name, func(t *testing.T) { f(t, v) })
	}
}
