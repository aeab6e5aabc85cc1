//go:build !goexperiment.simd && wasm

package cpu

func vectorVersions() []versionTest { return []versionTest{{"unrolled", tableWasm1(), false}} }
