//go:build goexperiment.simd && wasm

package cpu

func vectorVersions() []versionTest { return []versionTest{{"wasm", tableWasm4(), false}} }
