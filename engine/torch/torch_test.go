package torch

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenet/engine/internal/naming"
	"lenet/engine/internal/zipfile"
)

// put makes an archive of files.
func put(t testing.TB, files map[string]string) *zipfile.Archive {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := zipfile.Open(b.Bytes(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// tensor is the pickle of {"a": a tensor of shape (2,)} with such a storage,
// offset and stride.
func tensor(storage string, offset, stride byte) string {
	return "\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\n" + storage +
		"\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK" + string([]byte{offset}) + "K\x02\x85K" + string([]byte{stride}) + "\x85\x89NtRs."
}

func read(z *zipfile.Archive) ([]naming.Array, []float32, error) {
	arrays, err := Tensors(z)
	if err != nil || len(arrays) == 0 {
		return arrays, nil, err
	}
	v, err := arrays[0].Read()
	return arrays, v, err
}

func TestTensors(t *testing.T) {
	const one, two = "\x00\x00\x80\x3f", "\x00\x00\x00\x40"
	for name, c := range map[string]struct {
		files map[string]string
		want  []float32
	}{
		"floats":     {map[string]string{"x/data.pkl": tensor("FloatStorage", 0, 1), "x/data/0": one + two}, []float32{1, 2}},
		"at the top": {map[string]string{"data.pkl": tensor("FloatStorage", 0, 1), "data/0": one + two}, []float32{1, 2}},
		"big-endian": {map[string]string{"x/data.pkl": tensor("ShortStorage", 0, 1), "x/data/0": "\x00\x01\xff\xfe", "x/byteorder": "big"}, []float32{1, -2}},
		"a stride":   {map[string]string{"x/data.pkl": tensor("ByteStorage", 1, 2), "x/data/0": "\x01\x02\x03\x04"}, []float32{2, 4}},
	} {
		arrays, v, err := read(put(t, c.files))
		if err != nil || len(arrays) != 1 || arrays[0].Name != "a" || len(v) != 2 || v[0] != c.want[0] || v[1] != c.want[1] {
			t.Errorf("%s: %v %v, %v", name, arrays, v, err)
		}
	}
}

// Nothing of a pickle is executed, and what is damaged or endless is refused.
func TestTensorsRefuses(t *testing.T) {
	good := tensor("FloatStorage", 0, 1)
	// A dictionary that holds itself, and one that holds another a hundred times, and so on.
	self := "\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s."
	many := "\x80\x02K\x01q\x00"
	for i := range 10 {
		many += "]q" + string([]byte{byte(i + 1)}) + "(" + strings.Repeat("h"+string([]byte{byte(i)}), 100) + "e"
	}
	for name, c := range map[string]struct {
		pickle, data, want string
	}{
		"a call":            {"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.", "", "no tensor"},
		"offset past":       {tensor("FloatStorage", 1, 1), "12345678", "its storage has 2"},
		"stride past":       {tensor("FloatStorage", 0, 255), "12345678", "its storage has 2"},
		"another type":      {tensor("QInt8\x1bStorage", 0, 1), "12345678", `"QInt8\x1bStorage"`},
		"cut":               {good[:len(good)-5], "12345678", "breaks off"},
		"no storage":        {good, "", `no "data/0"`},
		"empty":             {"", "", "breaks off"},
		"stack empty":       {"\x80\x02.", "", "stack is empty"},
		"no mark":           {"\x80\x02u.", "", "no mark"},
		"memo":              {"\x80\x02h\x01.", "", "no memo"},
		"protocol 9":        {"\x80\x09.", "", "protocol 9"},
		"unknown":           {"\x80\x02\xff.", "", "instruction 0xff"},
		"text of 4 GB":      {"\x80\x02X\xff\xff\xff\xff.", "", "breaks off"},
		"pushes":            {"\x80\x02" + strings.Repeat("N", maxItems+1) + ".", "", "items"},
		"holds itself":      {self, "", "nested too deep"},
		"a hundred times":   {many + ".", "", "nested too deep"},
		"too short a tuple": {"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n)Rs.", "", "too short"},
	} {
		files := map[string]string{"x/data.pkl": c.pickle}
		if c.data != "" {
			files["x/data/0"] = c.data
		}
		_, _, err := read(put(t, files))
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzUnpickle(f *testing.F) {
	names, err := filepath.Glob("../weights/testdata/*.pt")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		z, err := zipfile.Open(file, 100)
		if err != nil {
			f.Fatal(err)
		}
		at := slices.IndexFunc(z.Files, func(f zipfile.File) bool { return strings.HasSuffix(f.Name, "data.pkl") })
		b, err := z.Files[at].Read(z.Files[at].Size)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		arrays, err := Tensors(put(t, map[string]string{"data.pkl": string(b), "data/0": string(b)}))
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("error of another kind: %v", err)
		}
		for _, a := range arrays {
			n := 1
			for _, d := range a.Shape {
				if n *= d; n > 1000 || n < 0 {
					n = -1 // not one of the ten
					break
				}
			}
			if n < 0 {
				continue
			}
			if v, err := a.Read(); err == nil && len(v) != n {
				t.Fatalf("%d values for shape %v", len(v), a.Shape)
			}
		}
	})
}
