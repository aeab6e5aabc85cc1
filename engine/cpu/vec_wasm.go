//go:build goexperiment.simd && wasm

package cpu

import (
	"simd/archsimd"
	"unsafe"
)

// vector is four examples. archsimd's loads through an array pointer cost one
// instruction in wasm, the portable ones a bounds check and a slice.
type vector = archsimd.Float32x4

const hasFused = false

func hasVectors() bool { return true }

func vectorBits() int { return 128 }

func laneBytesSplit(vector) int { return 16 }

func loadSplit(p unsafe.Pointer) vector     { return archsimd.LoadFloat32x4Array((*[4]float32)(p)) }
func storeSplit(p unsafe.Pointer, v vector) { v.StoreArray((*[4]float32)(p)) }
func spreadSplit(p unsafe.Pointer) vector   { return archsimd.BroadcastFloat32x4(*(*float32)(p)) }
func fillSplit(x float32) vector            { return archsimd.BroadcastFloat32x4(x) }

func mulAddSplit(x, y, z vector) vector { return x.Mul(y).Add(z) }

func clampSplit(x, lo, hi vector) vector {
	x = lo.IfElse(x.Less(lo), x)
	return hi.IfElse(x.Greater(hi), x)
}

func ifGreaterSplit(x, y, yes, no vector) vector { return yes.IfElse(x.Greater(y), no) }

func shiftExponentSplit(x vector) vector { return x.ToBits().ShiftAllLeft(23).BitsToFloat32() }
