//go:build js && goexperiment.simd

package protocol

const readsFiles = false
