package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// raw puts an .npy file together, its header padded as NumPy pads it.
func raw(dict string, values any) []byte {
	n := (10+len(dict)+1+63)/64*64 - 11
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(n+1))
	b = fmt.Appendf(b, "%-*s\n", n, dict)
	if values == nil {
		return b
	}
	b, err := binary.Append(b, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

func dict(descr, shape string) string {
	return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }"
}

func values(t testing.TB, a *Array) []float64 {
	t.Helper()
	if a == nil {
		return nil
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDecode(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		descr, shape string
		values       any
		wantShape    []int
		want         []float64
	}{
		{"|u1", "(2, 3)", []uint8{0, 1, 2, 253, 254, 255}, []int{2, 3}, []float64{0, 1, 2, 253, 254, 255}},
		{"<f4", "()", []float32{0.1}, nil, []float64{float64(float32(0.1))}},
		{"<f4", "(1, 1, 1, 1)", []float32{-2.5}, []int{1, 1, 1, 1}, []float64{-2.5}},
		{"<f8", "(3,)", []float64{math.Inf(-1), 5e-324, nan}, []int{3}, []float64{math.Inf(-1), 5e-324, nan}},
		{"<f8", "()", []float64{7}, nil, []float64{7}},
	} {
		a, err := Decode(raw(dict(c.descr, c.shape), c.values))
		if err != nil {
			t.Errorf("%s %s: %v", c.descr, c.shape, err)
			continue
		}
		same := slices.EqualFunc(values(t, a), c.want, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
		if !slices.Equal(a.Shape, c.wantShape) || !same {
			t.Errorf("%s %s: got %v %v", c.descr, c.shape, a.Shape, a)
		}
		file, err := Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		if want := raw(dict(c.descr, c.shape), c.values); !bytes.Equal(file, want) {
			t.Errorf("%s %s: written as %.120q, NumPy writes %.120q", c.descr, c.shape, file, want)
		}
	}
	// Versions 2 and 3 have a longer length.
	v1 := raw(dict("<f4", "(1,)"), []float32{3})
	v2 := slices.Concat([]byte("\x93NUMPY\x02\x00"), v1[8:10], []byte{0, 0}, v1[10:])
	if a, err := Decode(v2); err != nil || !slices.Equal(values(t, a), []float64{3}) {
		t.Errorf("version 2: %v, %v", a, err)
	}
	// A single dimension is the same in both orders.
	fortran := raw(strings.Replace(dict("<f4", "(2,)"), "False", "True", 1), []float32{3, 4})
	if a, err := Decode(fortran); err != nil || !slices.Equal(values(t, a), []float64{3, 4}) {
		t.Errorf("one dimension in Fortran's order: %v, %v", a, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	four := []float32{1, 2, 3, 4}
	good := raw(dict("<f4", "(2, 2)"), four)
	long := slices.Clone(good)
	long[8], long[9] = 0xff, 0xff
	version := slices.Clone(good)
	version[6] = 4
	for name, c := range map[string]struct {
		message string
		file    []byte
	}{
		"empty":               {"it is empty", nil},
		"magic":               {"does not start", append([]byte("x"), good[1:]...)},
		"version":             {"version 4", version},
		"header past the end": {"breaks off", long},
		"header cut":          {"breaks off", good[:40]},
		"value missing":       {"15 are there", good[:len(good)-1]},
		"trailing byte":       {"17 are there", append(slices.Clone(good), 0)},
		"objects":             {`type "|O"`, raw(dict("|O", "(4,)"), four)},
		"a long text":         {`type "<U1000000"`, raw(dict("<U1000000", "(4,)"), four)},
		"terminal escapes":    {`type "<\x1b[31m"`, raw(dict("<\x1b[31m", "(4,)"), four)},
		"structure":           {"header", raw("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", four)},
		"negative dimension":  {"header", raw(dict("<f4", "(-1,)"), four)},
		"zero dimension":      {"dimension 0", raw(dict("<f4", "(0,)"), nil)},
		"huge dimension":      {"dimension 9999999999", raw(dict("<f4", "(9999999999,)"), four)},
		"product overflows":   {"dimension", raw(dict("<f4", "(65536, 65536, 65536, 65536)"), four)},
		"nine dimensions":     {"9 dimensions", raw(dict("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 4)"), four)},
		"no shape":            {"header", raw("{'descr': '<f4', 'fortran_order': False, }", four)},
		"two shapes":          {"header", raw("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'shape': (1,), }", four)},
		"code in the header":  {"header", raw(dict("<f4", "(4,)")+"+1", four)},
		"no line end":         {"header", append(append([]byte("\x93NUMPY\x01\x00"), byte(len(dict("<f4", "(4,)"))), 0), dict("<f4", "(4,)")...)},
		"complex numbers":     {`type "<c8"`, raw(dict("<c8", "(2,)"), four)},
	} {
		a, err := Decode(c.file)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.message)
		}
		if a != nil {
			t.Errorf("%s: values came with the error", name)
		}
	}
}

// Numbers of every size, byte order and order of indices are the same numbers.
func TestDecodeTurns(t *testing.T) {
	big := func(v any) []byte {
		b, err := binary.Append(nil, binary.BigEndian, v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	want := []float64{0, 1, 2, 3, 4, 5}
	columns := []float32{0, 3, 1, 4, 2, 5} // of 2 rows and 3 columns
	for name, file := range map[string][]byte{
		"big-endian float32":  raw(dict(">f4", "(2, 3)"), big([]float32{0, 1, 2, 3, 4, 5})),
		"big-endian int64":    raw(dict(">i8", "(2, 3)"), big([]int64{0, 1, 2, 3, 4, 5})),
		"int64":               raw(dict("<i8", "(2, 3)"), []int64{0, 1, 2, 3, 4, 5}),
		"uint16":              raw(dict("<u2", "(2, 3)"), []uint16{0, 1, 2, 3, 4, 5}),
		"int8":                raw(dict("|i1", "(2, 3)"), []int8{0, 1, 2, 3, 4, 5}),
		"float16":             raw(dict("<f2", "(2, 3)"), []uint16{0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500}),
		"Fortran's order":     raw(strings.Replace(dict("<f4", "(2, 3)"), "False", "True", 1), columns),
		"Fortran, big-endian": raw(strings.Replace(dict(">f4", "(2, 3)"), "False", "True", 1), big(columns)),
	} {
		a, err := Decode(file)
		if err != nil || !slices.Equal(values(t, a), want) || !slices.Equal(a.Shape, []int{2, 3}) {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
	// Three dimensions, of which no two are the same.
	fortran := make([]float32, 24)
	for i := range fortran {
		x, y, z := i%2, i/2%3, i/6
		fortran[i] = float32((x*3+y)*4 + z)
	}
	a, err := Decode(raw(strings.Replace(dict("<f4", "(2, 3, 4)"), "False", "True", 1), fortran))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values(t, a) {
		if v != float64(i) {
			t.Fatalf("value %d is %v", i, v)
		}
	}
}

// Images come in the shapes and types that NumPy, Keras and PyTorch have.
func TestImages(t *testing.T) {
	pixels := make([]uint8, 2*784)
	floats, doubles, wide := make([]float32, 2*784), make([]float64, 2*784), make([]float64, 2*784)
	for i := range pixels {
		pixels[i] = uint8(i)
		floats[i] = float32(uint8(i)) / 255
		doubles[i] = float64(uint8(i)) / 255
		wide[i] = float64(uint8(i))
	}
	for _, shape := range [][]int{{2, 28, 28}, {2, 1, 28, 28}, {2, 28, 28, 1}, {2, 784}} {
		for name, a := range map[string]Array{
			"uint8": {shape, pixels, true}, "float32": {shape, floats, false}, "float64": {shape, doubles, false},
			"int64": {shape, wide, true}, "float64, 0 to 255": {shape, wide, false},
		} {
			if s, err := a.Images(); err != nil || s.Len() != 2 || !slices.Equal(s.Images, pixels) {
				t.Errorf("%s %v: %v", name, shape, err)
			}
		}
	}
	for _, shape := range [][]int{{28, 28}, {1, 28, 28}, {28, 28, 1}, {784}} {
		if s, err := (&Array{shape, pixels[:784], true}).Images(); err != nil || s.Len() != 1 {
			t.Errorf("%v: %v", shape, err)
		}
	}
	floats[900] = float32(math.NaN())
	for _, a := range []Array{
		{[]int{2, 28}, pixels[:56], true}, {[]int{1568}, pixels, true}, {[]int{28, 28, 2}, pixels, true},
		{[]int{2, 28, 28}, floats, false}, {[]int{784}, append([]float64{-1}, wide[1:784]...), true},
		{[]int{784}, append([]float64{0.5, 256}, wide[2:784]...), false}, {[]int{784}, make([]string, 784), false},
	} {
		if _, err := a.Images(); err == nil {
			t.Errorf("%v passes", a.Shape)
		}
	}
}

func npz(t testing.TB, names []string, files ...[]byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i, n := range names {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestArchive(t *testing.T) {
	one := raw(dict("<f4", "(1,)"), []float32{1})
	bits := raw(dict("|u1", "(2,)"), []uint8{8, 9})
	object := raw(dict("|O", "(1,)"), []float64{0})
	relu := raw(dict("<U4", "()"), []int32{'r', 'e', 'l', 'u'})
	z, err := Open(npz(t, []string{"init.0.weight.npy", "b.npy", "state.npy", "activation.npy"}, one, bits, object, relu))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(z.Names, []string{"init.0.weight", "b", "state", "activation"}) || z.Meta["activation"] != "relu" {
		t.Errorf("it holds %v and says %v", z.Names, z.Meta)
	}
	if a, err := z.Array("init.0.weight"); err != nil || values(t, a)[0] != 1 {
		t.Errorf("%v, %v", a, err)
	}
	if a, err := z.Array("b"); err != nil || !slices.Equal(values(t, a), []float64{8, 9}) {
		t.Errorf("%v, %v", a, err)
	}
	// What cannot be read is an error of that array alone.
	if _, err := z.Array("state"); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `"state": `) {
		t.Errorf("error %v for objects", err)
	}
	if _, err := z.Array("c"); err == nil {
		t.Error("an array that is not there")
	}

	// What is said about the arrays comes back, and NumPy passes over it.
	file, err := EncodeArchive(map[string]*Array{"a": {[]int{2}, []float32{1, 2}, false}}, map[string]string{"pooling": "max"})
	if err != nil {
		t.Fatal(err)
	}
	if z, err := Open(file); err != nil || z.Meta["pooling"] != "max" || len(z.Names) != 1 {
		t.Errorf("%v, %v", z, err)
	}

	damaged := npz(t, []string{"a.npy"}, one)
	damaged[bytes.Index(damaged, []byte("a.npy"))+40] ^= 0xff
	for name, c := range map[string]struct {
		message string
		file    []byte
	}{
		"no zip":      {"zip", []byte("junk")},
		"same name":   {"unexpected file", npz(t, []string{"a.npy", "a.npy"}, one, one)},
		"other file":  {"unexpected file", npz(t, []string{"a.txt"}, one)},
		"broken .npy": {`"b": `, npz(t, []string{"a.npy", "b.npy"}, one, one[:60])},
		"damaged":     {`"a": `, damaged},
	} {
		z, err := Open(c.file)
		for i := 0; err == nil && i < len(z.Names); i++ {
			_, err = z.Array(z.Names[i])
		}
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.message)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(raw(dict("<f4", "(2, 2)"), []float32{1, 2, 3, 4}))
	f.Add(raw(dict("|u1", "()"), []uint8{1}))
	f.Add(raw(dict("<f4", "(9999999999,)"), nil))
	f.Add(raw(dict("<f8", "(1,)"), []float64{-5}))
	f.Add(raw(strings.Replace(dict(">i2", "(2, 2)"), "False", "True", 1), []int16{1, 2, 3, 4}))
	f.Add(raw(dict("<U2", "(2,)"), []int32{'a', 0, 'b', 'c'}))
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := Decode(file)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if _, texts := a.Data.([]string); texts {
			return
		}
		n := 1
		for _, d := range a.Shape {
			n *= d
		}
		if n != len(values(t, a)) {
			t.Fatalf("%d values of shape %v", len(values(t, a)), a.Shape)
		}
		if again, err := Encode(a); err != nil {
			t.Fatal(err)
		} else if b, err := Decode(again); err != nil || !slices.Equal(b.Shape, a.Shape) {
			t.Fatalf("written again: %v", err)
		}
	})
}
