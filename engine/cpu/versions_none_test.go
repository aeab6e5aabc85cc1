//go:build (!goexperiment.simd && !wasm) || !(amd64 || arm64 || wasm)

package cpu

func vectorVersions() []versionTest { return nil }
