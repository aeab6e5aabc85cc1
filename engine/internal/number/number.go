// Package number converts the types of number that files of weights have.
package number

import (
	"encoding/binary"
	"math"
)

// Type is a type of number, called as NumPy calls it.
type Type string

// The types that are read.
const (
	Bool     Type = "bool"
	Uint8    Type = "uint8"
	Int8     Type = "int8"
	Uint16   Type = "uint16"
	Int16    Type = "int16"
	Uint32   Type = "uint32"
	Int32    Type = "int32"
	Uint64   Type = "uint64"
	Int64    Type = "int64"
	Float16  Type = "float16"
	BFloat16 Type = "bfloat16"
	Float32  Type = "float32"
	Float64  Type = "float64"
)

// Size returns the bytes of a number, 0 for a type that is not read.
func (t Type) Size() int {
	switch t {
	case Bool, Uint8, Int8:
		return 1
	case Uint16, Int16, Float16, BFloat16:
		return 2
	case Uint32, Int32, Float32:
		return 4
	case Uint64, Int64, Float64:
		return 8
	}
	return 0
}

// Integer reports whether the type holds whole numbers.
func (t Type) Integer() bool {
	switch t {
	case Float16, BFloat16, Float32, Float64, "":
		return false
	}
	return t.Size() > 0
}

// Float32s returns the numbers of b, whose length is a multiple of the type's
// size, rounded to float32.
func Float32s(b []byte, t Type, order binary.ByteOrder) []float32 {
	size := t.Size()
	to := make([]float32, len(b)/size)
	for i := range to {
		to[i] = float32(value(b[i*size:], t, order))
	}
	return to
}

// Float64s is Float32s in float64, which rounds only whole numbers above 2^53.
func Float64s(b []byte, t Type, order binary.ByteOrder) []float64 {
	size := t.Size()
	to := make([]float64, len(b)/size)
	for i := range to {
		to[i] = value(b[i*size:], t, order)
	}
	return to
}

// value returns the number that b begins with.
func value(b []byte, t Type, order binary.ByteOrder) float64 {
	switch t {
	case Bool, Uint8:
		return float64(b[0])
	case Int8:
		return float64(int8(b[0]))
	case Uint16:
		return float64(order.Uint16(b))
	case Int16:
		return float64(int16(order.Uint16(b)))
	case Uint32:
		return float64(order.Uint32(b))
	case Int32:
		return float64(int32(order.Uint32(b)))
	case Uint64:
		return float64(order.Uint64(b))
	case Int64:
		return float64(int64(order.Uint64(b)))
	case Float16:
		return float64(half(order.Uint16(b)))
	case BFloat16:
		return float64(math.Float32frombits(uint32(order.Uint16(b)) << 16))
	case Float32:
		return float64(math.Float32frombits(order.Uint32(b)))
	case Float64:
		return math.Float64frombits(order.Uint64(b))
	}
	return math.NaN()
}

// half returns the value of a float16 (IEEE 754 binary16).
func half(h uint16) float32 {
	sign, exponent, mantissa := uint32(h>>15)<<31, int(h>>10&31), uint32(h&1023)
	switch exponent {
	case 31: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | mantissa<<13)
	case 0: // subnormal: multiples of 2^-24
		return math.Float32frombits(math.Float32bits(float32(mantissa)/(1<<24)) | sign)
	}
	return math.Float32frombits(sign | uint32(exponent-15+127)<<23 | mantissa<<13)
}
