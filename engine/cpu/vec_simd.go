//go:build goexperiment.simd && !wasm

package cpu

import (
	"simd"
	"unsafe"
)

// vector is as many examples as the machine's vectors hold: 4, 8 or 16.
type vector = simd.Float32s

// hasFused tells that this machine multiplies and adds in one instruction.
const hasFused = true

// hasVectors tells that vectors are hardware, not emulated.
func hasVectors() bool { return !simd.Emulated() && simd.VectorBitSize() <= 32*lanes }

func vectorBits() int { return simd.VectorBitSize() }

func laneBytesFused(v vector) int { return 4 * v.Len() }
func laneBytesSplit(v vector) int { return 4 * v.Len() }

// A pointer to an array makes the cheapest slice: its length is a constant.

func loadFused(p unsafe.Pointer) vector     { return simd.LoadFloat32s((*[16]float32)(p)[:]) }
func loadSplit(p unsafe.Pointer) vector     { return simd.LoadFloat32s((*[16]float32)(p)[:]) }
func storeFused(p unsafe.Pointer, v vector) { v.Store((*[16]float32)(p)[:]) }
func storeSplit(p unsafe.Pointer, v vector) { v.Store((*[16]float32)(p)[:]) }
func spreadFused(p unsafe.Pointer) vector   { return simd.BroadcastFloat32s(*(*float32)(p)) }
func spreadSplit(p unsafe.Pointer) vector   { return simd.BroadcastFloat32s(*(*float32)(p)) }
func fillFused(x float32) vector            { return simd.BroadcastFloat32s(x) }
func fillSplit(x float32) vector            { return simd.BroadcastFloat32s(x) }

func mulAddFused(x, y, z vector) vector { return x.MulAdd(y, z) }
func mulAddSplit(x, y, z vector) vector { return x.Mul(y).Add(z) }

func clampFused(x, lo, hi vector) vector { return clampSplit(x, lo, hi) }
func clampSplit(x, lo, hi vector) vector {
	x = lo.IfElse(x.Less(lo), x)
	return hi.IfElse(x.Greater(hi), x)
}

func ifGreaterFused(x, y, yes, no vector) vector { return yes.IfElse(x.Greater(y), no) }
func ifGreaterSplit(x, y, yes, no vector) vector { return yes.IfElse(x.Greater(y), no) }

func shiftExponentFused(x vector) vector { return x.ToBits().ShiftAllLeft(23).BitsToFloat32() }
func shiftExponentSplit(x vector) vector { return x.ToBits().ShiftAllLeft(23).BitsToFloat32() }
