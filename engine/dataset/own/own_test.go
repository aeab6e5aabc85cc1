package own

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"lenet/engine/internal/zipfile"
	"lenet/engine/pen"
	"lenet/engine/picture/decode"
)

// symbols is a set of drawings with these classes, n of each and a test part of
// m of each. Classes come in turn.
func symbols(classes []string, n, m int) *Data {
	rng := rand.New(rand.NewPCG(1, 2))
	d := &Data{Name: "symbols.json", Classes: classes}
	for i := range (n + m) * len(classes) {
		s := pen.Stroke{}
		for range 4 {
			s = append(s, pen.Point{X: 28 * rng.Float64(), Y: 28 * rng.Float64()})
		}
		pixels, _ := pen.Render(pen.Drawing{s}, pen.Options{})
		set, drawings := &d.Train, &d.TrainDrawings
		if i >= n*len(classes) {
			set, drawings = &d.Test, &d.TestDrawings
		}
		set.Images, set.Labels = append(set.Images, pixels[:]...), append(set.Labels, byte(i%len(classes)))
		*drawings = append(*drawings, pen.Drawing{s})
	}
	return d
}

// exported returns the files that a set is exported to.
func exported(t testing.TB, d *Data, form, name string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	if err := d.Export(form, name, func(path string, b []byte) error {
		files[path] = &fstest.MapFile{Data: b}
		return nil
	}); err != nil {
		t.Fatal(form, err)
	}
	return files
}

func read(fsys fs.FS, path string) (*Data, error) {
	return Read(Source{fsys, path}, Options{Picture: decode.RGBA})
}

// packed compresses every file.
func packed(files fstest.MapFS) fstest.MapFS {
	all := fstest.MapFS{}
	for name, f := range files {
		if !strings.HasSuffix(name, ".txt") {
			name, f = name+".gz", &fstest.MapFile{Data: zip(f.Data)}
		}
		all[name] = f
	}
	return all
}

func zip(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write(b)
	z.Close()
	return buf.Bytes()
}

// archived puts the files into a zip archive.
func archived(t testing.TB, files fstest.MapFS, name string) fstest.MapFS {
	var w zipfile.Writer
	for _, path := range slices.Sorted(maps.Keys(files)) {
		w.Add(path, files[path].Data)
	}
	b, err := w.Close("")
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{name: {Data: b}}
}

// one returns the file that a set is packed into.
func one(t testing.TB, d *Data, form string) fstest.MapFS {
	name, b, err := d.Pack(form, "set")
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{name: {Data: b}}
}

// renamed changes the files' names.
func renamed(files fstest.MapFS, pairs ...string) fstest.MapFS {
	all := fstest.MapFS{}
	for name, f := range files {
		all[strings.NewReplacer(pairs...).Replace(name)] = f
	}
	return all
}

// One set, written in every format and read back, is the same set: its pixels'
// SHA-256, its labels, its classes.
func TestOneSetInAllFormats(t *testing.T) {
	for _, classes := range [][]string{
		{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
		{"1", "2", "26"},
		{"house", "✓", "a b, \"c\"", "K"}, // not in the order of their letters
		{"T-shirt/top", "Trouser"},        // not a folder's name
	} {
		for _, tests := range []int{0, 2} {
			d := symbols(classes, 5, tests)
			d.level()
			if slices.Max(d.Train.Images) != 255 {
				t.Fatal("the drawings are faint")
			}
			files, csv := exported(t, d, "idx", "set"), exported(t, d, "csv", "set.csv")
			main := map[bool]string{false: "set.csv", true: "set-train.csv"}[tests > 0]
			pictures := exported(t, d, "png", "set")
			first := map[bool]string{false: "images", true: "train-images"}[tests > 0]
			var sum string
			for _, c := range []struct {
				name  string
				files fstest.MapFS
				path  string
			}{
				{"strokes", exported(t, d, "strokes", "set.json"), "set.json"},
				{"IDX", files, "set"},
				{"IDX, a file", files, "set/" + first + "-idx3-ubyte"},
				{"IDX, packed", packed(files), "set"},
				{"IDX, a packed file", packed(files), "set/" + first + "-idx3-ubyte.gz"},
				{"IDX, dots", renamed(files, "-idx", ".idx"), "set"},
				{"IDX in a zip archive", archived(t, files, "set.zip"), "set.zip"},
				{".npz", exported(t, d, "npz", "set.npz"), "set.npz"},
				{"CSV", csv, main},
				{"CSV, packed", packed(csv), main + ".gz"},
				{"CSV, semicolons, no header", semicolons(csv), main},
				{"pictures", pictures, "set"},
				{"pictures in a zip archive", archived(t, pictures, "x.zip"), "x.zip"},
				{"CSV in a folder", renamed(csv, "set", "folder/set"), "folder"},
				{"IDX as one file", one(t, d, "idx"), "set-idx.zip"},
				{"pictures as one file", one(t, d, "png"), "set-png.zip"},
				{".npz as one file", one(t, d, "npz"), "set.npz"},
				{"CSV as one file", one(t, d, "csv"), ""},
				{"strokes as one file", one(t, d, "strokes"), ""},
			} {
				if c.path == "" {
					c.path = slices.Collect(maps.Keys(c.files))[0]
				}
				got, err := read(c.files, c.path)
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
					continue
				}
				if sum == "" {
					sum = got.SHA256
				}
				if got.SHA256 != sum || !slices.Equal(got.Classes, classes) || got.Notes != nil ||
					!bytes.Equal(got.Train.Images, d.Train.Images) || !bytes.Equal(got.Train.Labels, d.Train.Labels) ||
					!bytes.Equal(got.Test.Images, d.Test.Images) || !bytes.Equal(got.Test.Labels, d.Test.Labels) {
					t.Errorf("%s: %d and %d examples of %q, %q", c.name, got.Train.Len(), got.Test.Len(), got.Classes, got.Notes)
				}
				if lookup := strings.ContainsAny(got.Name, "./*"); !lookup {
					t.Errorf("%s: its name is %q, as a built-in data set's", c.name, got.Name)
				}
			}
		}
	}
}

func semicolons(files fstest.MapFS) fstest.MapFS {
	all := fstest.MapFS{}
	for name, f := range files {
		if strings.HasSuffix(name, ".csv") {
			_, body, _ := bytes.Cut(f.Data, []byte("\n"))
			f = &fstest.MapFile{Data: bytes.ReplaceAll(body, []byte(","), []byte(";"))}
		}
		all[name] = f
	}
	return all
}

// A test part comes from another source, by the names of the classes; a network's
// classes give the labels.
func TestClassesOfAnother(t *testing.T) {
	all := exported(t, symbols([]string{"house", "K", "star"}, 3, 0), "strokes", "all.json")
	maps.Copy(all, exported(t, symbols([]string{"K", "star"}, 2, 0), "strokes", "some.json"))
	maps.Copy(all, exported(t, symbols([]string{"cat", "star"}, 2, 0), "strokes", "others.json"))
	d, err := Read(Source{all, "all.json"}, Options{Test: Source{all, "some.json"}})
	if err != nil || !slices.Equal(d.Test.Labels, []byte{1, 2, 1, 2}) || d.Test.Len() != 4 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := Read(Source{all, "all.json"}, Options{Test: Source{all, "others.json"}}); err == nil || !strings.Contains(err.Error(), `"cat" is none of those of all.json: house, K, star`) {
		t.Error(err)
	}
	d, err = Read(Source{all, "some.json"}, Options{Classes: []string{"star", "K", "house"}})
	if err != nil || !slices.Equal(d.Train.Labels, []byte{1, 0, 1, 0}) || len(d.Classes) != 3 {
		t.Errorf("%+v, %v", d, err)
	}
}

// A seeded share of each class is held out.
func TestHoldOut(t *testing.T) {
	classes := []string{"a", "b", "c"}
	for share, want := range map[float64]int{0.2: 6, 0.667: 20, 0.9: 27, 0.001: 1, 0.999: 29} {
		d := symbols(classes, 30, 0)
		if err := d.HoldOut(share, 1); err != nil {
			t.Fatal(err)
		}
		var count [3]int
		for _, l := range d.Test.Labels {
			count[l]++
		}
		if count != [3]int{want, want, want} || d.Train.Len()+d.Test.Len() != 90 || len(d.TestDrawings) != d.Test.Len() {
			t.Errorf("%v: %v", share, count)
		}
		again, other := symbols(classes, 30, 0), symbols(classes, 30, 0)
		if err := errors.Join(again.HoldOut(share, 1), other.HoldOut(share, 2)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Test.Images, d.Test.Images) || bytes.Equal(other.Test.Images, d.Test.Images) {
			t.Errorf("%v: the seed does not choose the examples", share)
		}
		if err := d.HoldOut(share, 1); err == nil {
			t.Error("held out twice")
		}
	}
	for _, share := range []float64{0, 1, -1, 2} {
		if err := symbols(classes, 2, 0).HoldOut(share, 1); err == nil {
			t.Errorf("%v is a share", share)
		}
	}
	lone := symbols(classes, 1, 0)
	if err := lone.HoldOut(0.5, 1); err != nil || lone.Train.Len() != 3 || len(lone.Notes) != 3 || lone.Check() == nil {
		t.Errorf("%+v, %v", lone, err)
	}
}
