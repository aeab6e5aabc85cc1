package interop

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// npy puts an .npy file together, its header padded as NumPy pads it.
func npy(dict string, values any) []byte {
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

func values(t testing.TB, a *tensor.Dense) []float64 {
	t.Helper()
	if a == nil {
		return nil
	}
	v, err := Floats(a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDecodeNPY(t *testing.T) {
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
		a, err := DecodeNPY(npy(dict(c.descr, c.shape), c.values))
		if err != nil {
			t.Errorf("%s %s: %v", c.descr, c.shape, err)
			continue
		}
		same := slices.EqualFunc(values(t, a), c.want, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
		if !slices.Equal(a.Shape(), c.wantShape) || !same {
			t.Errorf("%s %s: got %v %v", c.descr, c.shape, a.Shape(), a)
		}
		file, err := EncodeNPY(a)
		if err != nil {
			t.Fatal(err)
		}
		if want := npy(dict(c.descr, c.shape), c.values); !bytes.Equal(file, want) {
			t.Errorf("%s %s: written as %.120q, NumPy writes %.120q", c.descr, c.shape, file, want)
		}
	}
	// Versions 2 and 3 have a longer length.
	v1 := npy(dict("<f4", "(1,)"), []float32{3})
	v2 := slices.Concat([]byte("\x93NUMPY\x02\x00"), v1[8:10], []byte{0, 0}, v1[10:])
	if a, err := DecodeNPY(v2); err != nil || !slices.Equal(values(t, a), []float64{3}) {
		t.Errorf("version 2: %v, %v", a, err)
	}
	// A single dimension is the same in both orders.
	fortran := npy(strings.Replace(dict("<f4", "(2,)"), "False", "True", 1), []float32{3, 4})
	if a, err := DecodeNPY(fortran); err != nil || !slices.Equal(values(t, a), []float64{3, 4}) {
		t.Errorf("one dimension in Fortran's order: %v, %v", a, err)
	}
}

func TestDecodeNPYRefuses(t *testing.T) {
	four := []float32{1, 2, 3, 4}
	good := npy(dict("<f4", "(2, 2)"), four)
	long := slices.Clone(good)
	long[8], long[9] = 0xff, 0xff
	version := slices.Clone(good)
	version[6] = 4
	for name, c := range map[string]struct {
		message string
		file    []byte
	}{
		"empty":               {"does not start", nil},
		"magic":               {"does not start", append([]byte("x"), good[1:]...)},
		"version":             {"version 4", version},
		"header past the end": {"breaks off", long},
		"header cut":          {"breaks off", good[:40]},
		"value missing":       {"15 are there", good[:len(good)-1]},
		"trailing byte":       {"17 are there", append(slices.Clone(good), 0)},
		"big-endian":          {`type ">f4"`, npy(dict(">f4", "(4,)"), four)},
		"64-bit integers":     {`type "<i8"`, npy(dict("<i8", "(2,)"), four)},
		"half precision":      {`type "<f2"`, npy(dict("<f2", "(8,)"), four)},
		"objects":             {"header", npy(dict("|O", "(4,)"), four)},
		"structure":           {"header", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", four)},
		"Fortran's order":     {"Fortran", npy(strings.Replace(dict("<f4", "(2, 2)"), "False", "True", 1), four)},
		"negative dimension":  {"header", npy(dict("<f4", "(-1,)"), four)},
		"zero dimension":      {"dimension 0", npy(dict("<f4", "(0,)"), nil)},
		"huge dimension":      {"dimension 9999999999", npy(dict("<f4", "(9999999999,)"), four)},
		"product overflows":   {"dimension", npy(dict("<f4", "(65536, 65536, 65536, 65536)"), four)},
		"nine dimensions":     {"9 dimensions", npy(dict("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 4)"), four)},
		"no shape":            {"header", npy("{'descr': '<f4', 'fortran_order': False, }", four)},
		"two shapes":          {"header", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'shape': (1,), }", four)},
		"code in the header":  {"header", npy(dict("<f4", "(4,)")+"+1", four)},
		"no line end":         {"header", append(append([]byte("\x93NUMPY\x01\x00"), byte(len(dict("<f4", "(4,)"))), 0), dict("<f4", "(4,)")...)},
		"complex numbers":     {`type "<c8"`, npy(dict("<c8", "(2,)"), four)},
	} {
		a, err := DecodeNPY(c.file)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.message)
		}
		if a != nil {
			t.Errorf("%s: values came with the error", name)
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

func TestReadNPZ(t *testing.T) {
	one := npy(dict("<f4", "(1,)"), []float32{1})
	bits := npy(dict("|u1", "(2,)"), []uint8{8, 9})
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, npz(t, []string{"init.0.weight.npy", "b.npy"}, one, bits), 0o644); err != nil {
		t.Fatal(err)
	}
	arrays, err := ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(arrays) != 2 || values(t, arrays["init.0.weight"])[0] != 1 || !slices.Equal(values(t, arrays["b"]), []float64{8, 9}) {
		t.Errorf("read %v", arrays)
	}
	if _, err := ReadNPZ(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a missing file", err)
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
		"broken .npy": {"b: ", npz(t, []string{"a.npy", "b.npy"}, one, one[:60])},
		"damaged":     {"a: ", damaged},
	} {
		_, err := DecodeNPZ(bytes.NewReader(c.file), int64(len(c.file)))
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.message)
		}
	}
}

func FuzzDecodeNPY(f *testing.F) {
	f.Add(npy(dict("<f4", "(2, 2)"), []float32{1, 2, 3, 4}))
	f.Add(npy(dict("|u1", "()"), []uint8{1}))
	f.Add(npy(dict("<f4", "(9999999999,)"), nil))
	f.Add(npy(dict("<f8", "(1,)"), []float64{-5}))
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := DecodeNPY(file)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if n := a.Shape().TotalSize(); n != len(values(t, a)) {
			t.Fatalf("%d values of shape %v", len(values(t, a)), a.Shape())
		}
		if again, err := EncodeNPY(a); err != nil {
			t.Fatal(err)
		} else if b, err := DecodeNPY(again); err != nil || !slices.Equal(b.Shape(), a.Shape()) {
			t.Fatalf("written again: %v", err)
		}
	})
}
