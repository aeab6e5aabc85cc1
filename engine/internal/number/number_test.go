package number

import (
	"encoding/binary"
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		t    Type
		bits []byte // big-endian
		want float64
	}{
		{Bool, []byte{1}, 1}, {Uint8, []byte{255}, 255}, {Int8, []byte{255}, -1},
		{Uint16, []byte{255, 254}, 65534}, {Int16, []byte{255, 254}, -2},
		{Uint32, []byte{255, 255, 255, 254}, 1<<32 - 2}, {Int32, []byte{255, 255, 255, 254}, -2},
		{Uint64, []byte{0, 0, 0, 0, 0, 0, 1, 0}, 256}, {Int64, []byte{255, 255, 255, 255, 255, 255, 255, 254}, -2},
		{Float16, []byte{0x3c, 0}, 1}, {Float16, []byte{0xc0, 0}, -2}, {Float16, []byte{0x35, 0x55}, 0.333251953125},
		{Float16, []byte{0x7b, 0xff}, 65504}, {Float16, []byte{0, 1}, math.Ldexp(1, -24)}, {Float16, []byte{0x83, 0xff}, -1023 * math.Ldexp(1, -24)},
		{Float16, []byte{0x7c, 0}, math.Inf(1)}, {Float16, []byte{0xfc, 0}, math.Inf(-1)},
		{BFloat16, []byte{0x3f, 0x80}, 1}, {BFloat16, []byte{0xc0, 0x49}, -3.140625},
		{Float32, []byte{0x3f, 0x80, 0, 0}, 1}, {Float64, []byte{0x3f, 0xf0, 0, 0, 0, 0, 0, 0}, 1},
	} {
		little := make([]byte, len(c.bits))
		for i, b := range c.bits {
			little[len(little)-1-i] = b
		}
		if len(c.bits) != c.t.Size() {
			t.Errorf("%s takes %d bytes", c.t, c.t.Size())
		} else if big, small := Float64s(c.bits, c.t, binary.BigEndian)[0], Float32s(little, c.t, binary.LittleEndian)[0]; big != c.want || small != float32(c.want) {
			t.Errorf("%s % x: %v and %v, want %v", c.t, c.bits, big, small, c.want)
		}
	}
	if v := Float32s([]byte{0x7e, 0}, Float16, binary.BigEndian)[0]; v == v {
		t.Errorf("float16's NaN is %v", v)
	}
}
