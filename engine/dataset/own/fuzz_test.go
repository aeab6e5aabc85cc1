package own

import (
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"lenet/engine"
	"lenet/engine/picture/decode"
)

// fuzz feeds a file under a name, beside files that go with it. What is read is a
// whole data set.
func fuzz(f *testing.F, name string, beside func(t testing.TB) fstest.MapFS, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		files := fstest.MapFS{}
		if beside != nil {
			files = beside(t)
		}
		files[name] = &fstest.MapFile{Data: b}
		d, err := Read(Source{files, name}, Options{Picture: decode.RGBA, Limit: 1000})
		if err != nil {
			return
		}
		for _, s := range []engine.Set{d.Train, d.Test} {
			if len(s.Images) != s.Len()*engine.Pixels || s.Len() > 1000 {
				t.Fatalf("%d bytes for %d labels", len(s.Images), s.Len())
			}
			for _, l := range s.Labels {
				if int(l) >= len(d.Classes) {
					t.Fatalf("label %d of %d classes", l, len(d.Classes))
				}
			}
		}
		if d.Train.Len() == 0 || len(d.Classes) > engine.MaxClasses || d.TrainDrawings != nil && len(d.TrainDrawings) != d.Train.Len() {
			t.Fatalf("%d examples, %d drawings, %d classes", d.Train.Len(), len(d.TrainDrawings), len(d.Classes))
		}
		if d.Test.Len() == 0 {
			if err := d.HoldOut(0.3, 1); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func small(f *testing.F, form, name string) []byte {
	return exported(f, symbols([]string{"0", "1"}, 2, 0), form, name)[name].Data
}

func FuzzFile(f *testing.F) {
	csv := small(f, "csv", "a.csv")
	fuzz(f, "a", nil, csv, zip(csv), small(f, "npz", "a.npz"), small(f, "strokes", "a.json"),
		archived(f, exported(f, symbols([]string{"0", "1"}, 1, 0), "png", "a"), "a.zip")["a.zip"].Data,
		archived(f, exported(f, symbols([]string{"0", "1"}, 1, 0), "idx", "a"), "a.zip")["a.zip"].Data)
}

func FuzzIDX(f *testing.F) {
	x := exported(f, symbols([]string{"0", "1"}, 2, 0), "idx", ".")["images-idx3-ubyte"].Data
	fuzz(f, "images-idx3-ubyte", func(t testing.TB) fstest.MapFS {
		return exported(t, symbols([]string{"0", "1"}, 2, 0), "idx", ".")
	}, x, zip(x))
}

func FuzzPicture(f *testing.F) {
	pictures := exported(f, symbols([]string{"0", "1"}, 1, 0), "png", ".")
	f.Add(pictures["0/0000000.png"].Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		files := maps.Clone(pictures)
		files["1/9.png"] = &fstest.MapFile{Data: b}
		if d, err := read(files, "."); err == nil && (d.Train.Len() != 3 || len(d.Train.Images) != 3*engine.Pixels) {
			t.Fatalf("%d pictures", d.Train.Len())
		}
	})
}

func FuzzNames(f *testing.F) {
	for _, text := range []string{"a\nb\n", "0 48\n1 49\n", "index,codepoint,char\n0,U+3042,あ\n", "1 65 97\r\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parseNames(b)
		if err != nil {
			return
		}
		if len(n.list) == 0 || len(n.list) > engine.MaxClasses || n.labels != nil && len(n.labels) != len(n.list) {
			t.Fatalf("%+v", n)
		}
		for i, name := range n.list {
			if checkName(name) != nil || slices.Index(n.list, name) != i {
				t.Fatalf("%q", n.list)
			}
		}
	})
}
