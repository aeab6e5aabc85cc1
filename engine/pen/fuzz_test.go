package pen

import (
	"encoding/binary"
	"math"
	"testing"
)

// FuzzRender reads bytes as strokes of float64 pairs, a NaN abscissa with the
// payload of "next" starting a new stroke, and checks what holds for every drawing.
func FuzzRender(f *testing.F) {
	add := func(width float64, raw bool, v ...float64) {
		var b []byte
		for _, x := range v {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
		f.Add(b, width, raw)
	}
	nan, inf := math.NaN(), math.Inf(1)
	add(0, false)
	add(2, false, 14, 14)
	add(2.5, true, 3, 3, 20, 25, 3, 25)
	add(nan, false, nan, 3, 4, inf, 5, 5, -inf, 6)
	add(inf, false, 1e308, -1e308, -1e308, 1e308)
	add(-3, true, -5, 14, 40, 14, 14, -5, 14, 40)
	add(5e-324, false, 5e-324, 5e-324, 28, 28)
	f.Fuzz(func(t *testing.T, data []byte, width float64, raw bool) {
		d := Drawing{nil}
		for ; len(data) >= 16; data = data[16:] {
			p := Point{math.Float64frombits(binary.LittleEndian.Uint64(data)), math.Float64frombits(binary.LittleEndian.Uint64(data[8:]))}
			if p.X != p.X {
				d = append(d, nil)
			}
			d[len(d)-1] = append(d[len(d)-1], p)
		}
		o := Options{Pen: width, Raw: raw}
		img, s, ok := RenderStages(d, o)
		if again, _ := Render(d, o); again != img {
			t.Fatal("the same drawing gives two images")
		}
		visible := false
		for _, l := range clean(d) {
			for _, p := range [2]Point{l.a, l.b} {
				if !(p.X >= 0 && p.X <= Side && p.Y >= 0 && p.Y <= Side) {
					t.Fatalf("point %v is not on the pad", p)
				}
			}
			visible = true
		}
		if ok != visible {
			t.Fatalf("ok %v, but lines on the pad: %v", ok, visible)
		}
		for _, v := range []float64{s.Min.X, s.Min.Y, s.Max.X, s.Max.Y, s.Scale, s.Shift.X, s.Shift.Y, s.Offset.X, s.Offset.Y} {
			if v-v != 0 {
				t.Fatalf("stages %+v", s)
			}
		}
		if ok && img == [Pixels]byte{} {
			t.Fatal("ok, but there is no ink")
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`[[[1,2],[3,4]]]`))
	f.Add([]byte(`[{"label":3,"strokes":[[[1,2],[3,4]]]}]`))
	f.Add([]byte(`[{"label":-1,"strokes":null},[]]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		samples, err := ParseJSON(data)
		if (err == nil) != (len(samples) > 0) {
			t.Fatalf("%d drawings, error %v", len(samples), err)
		}
		for _, s := range samples {
			if s.Label < -1 || s.Label > 9 {
				t.Fatalf("label %d", s.Label)
			}
			Render(s.Drawing, Options{})
		}
	})
}
