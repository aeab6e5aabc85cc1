package own

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"lenet/engine"
	"lenet/engine/idx"
	"lenet/engine/internal/zipfile"
	"lenet/engine/npy"
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
			} {
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

// KMNIST, EMNIST and QMNIST, as they are published, with two examples each.
func TestKnownSets(t *testing.T) {
	d := symbols([]string{"0", "1"}, 2, 1)
	files := exported(t, d, "idx", ".")
	numbers := func(labels ...byte) *fstest.MapFile {
		return &fstest.MapFile{Data: zip(idx.Append(nil, idx.Array{Shape: []int{len(labels)}, Data: labels}))}
	}

	// KMNIST has MNIST's file names. Names of classes lie beside it.
	kmnist := packed(files)
	kmnist["classes.txt"] = &fstest.MapFile{Data: []byte("o\nki\nsu\n")}
	got, err := read(kmnist, ".")
	if err != nil || !slices.Equal(got.Classes, []string{"o", "ki", "su"}) || got.Test.Len() != 2 {
		t.Errorf("KMNIST: %+v, %v", got, err)
	}

	// EMNIST has several sets in a folder, labels from 1, transposed images, and
	// the characters' codes in a mapping.
	emnist := packed(renamed(files, "train-", "emnist-letters-train-", "t10k-", "emnist-letters-test-"))
	maps.Copy(emnist, packed(renamed(files, "train-", "emnist-digits-train-", "t10k-", "emnist-digits-test-")))
	emnist["emnist-letters-train-labels-idx1-ubyte.gz"] = numbers(1, 2, 1, 2)
	emnist["emnist-letters-test-labels-idx1-ubyte.gz"] = numbers(2, 1)
	emnist["emnist-letters-mapping.txt"] = &fstest.MapFile{Data: []byte("1 65 97\n2 66 98\n")}
	for _, path := range []string{"emnist-letters", "emnist-letters-train-images-idx3-ubyte.gz"} {
		got, err = Read(Source{emnist, path}, Options{Transpose: true})
		if err != nil || !slices.Equal(got.Classes, []string{"A/a", "B/b"}) || !slices.Equal(got.Test.Labels, []byte{1, 0}) {
			t.Fatalf("EMNIST: %+v, %v", got, err)
		}
		for i := range engine.Pixels {
			if got.Train.Images[i] != d.Train.Images[i%28*28+i/28] {
				t.Fatal("EMNIST is not transposed")
			}
		}
	}
	if _, err := read(emnist, "."); err == nil || !strings.Contains(err.Error(), "emnist-digits, emnist-letters") {
		t.Errorf("two sets: %v", err)
	}

	// QMNIST's labels are int32, eight for each image.
	qmnist := packed(renamed(files, "train-", "qmnist-train-", "t10k-", "qmnist-test-"))
	for part, labels := range map[string][]uint32{"train": {0, 1, 0, 1}, "test": {1, 0}} {
		b := binary.BigEndian.AppendUint32([]byte{0, 0, 0x0c, 2}, uint32(len(labels)))
		b = binary.BigEndian.AppendUint32(b, 8)
		for _, l := range labels {
			b = append(binary.BigEndian.AppendUint32(b, l), make([]byte, 28)...)
		}
		delete(qmnist, "qmnist-"+part+"-labels-idx1-ubyte.gz")
		qmnist["qmnist-"+part+"-labels-idx2-int.gz"] = &fstest.MapFile{Data: zip(b)}
	}
	if got, err = read(qmnist, "."); err != nil || !slices.Equal(got.Classes, d.Classes) || !slices.Equal(got.Test.Labels, []byte{1, 0}) {
		t.Errorf("QMNIST: %+v, %v", got, err)
	}

	// Kuzushiji-49 has each array in a file of its own.
	k49 := fstest.MapFS{"k49_classmap.csv": {Data: []byte("index,codepoint,char\r\n0,U+3042,あ\r\n1,U+3044,い\r\n")}}
	for part, s := range map[string]engine.Set{"train": d.Train, "test": d.Test} {
		for kind, a := range map[string]*npy.Array{
			"imgs": {Shape: []int{s.Len(), 28, 28}, Data: s.Images}, "labels": {Shape: []int{s.Len()}, Data: s.Labels},
		} {
			b, err := npy.EncodeArchive(map[string]*npy.Array{"arr_0": a}, nil)
			if err != nil {
				t.Fatal(err)
			}
			k49["k49-"+part+"-"+kind+".npz"] = &fstest.MapFile{Data: b}
		}
	}
	if got, err = read(k49, "k49-train-imgs.npz"); err != nil || !slices.Equal(got.Classes, []string{"あ", "い"}) || got.Test.Len() != 2 {
		t.Errorf("Kuzushiji-49: %+v, %v", got, err)
	}

	// Kaggle's test.csv has no labels.
	csv := exported(t, symbols(d.Classes, 2, 0), "csv", "train.csv")
	csv["test.csv"] = &fstest.MapFile{Data: []byte(strings.Repeat("0,", 783) + "0\n")}
	if got, err = read(csv, "train.csv"); err != nil || got.Test.Len() != 0 || len(got.Notes) != 1 {
		t.Errorf("Kaggle: %+v, %v", got, err)
	}
}

// Arrays as Keras, NumPy and others have them.
func TestNPZ(t *testing.T) {
	d := symbols([]string{"0", "1", "2"}, 2, 1)
	float := func(b []byte, scale float32) []float32 {
		var v []float32
		for _, x := range b {
			v = append(v, float32(x)/scale)
		}
		return v
	}
	n := d.Train.Len()
	for name, images := range map[string]*npy.Array{
		"uint8":          {Shape: []int{n, 28, 28}, Data: d.Train.Images},
		"rows":           {Shape: []int{n, 784}, Data: d.Train.Images},
		"a channel":      {Shape: []int{n, 28, 28, 1}, Data: d.Train.Images},
		"floats to 1":    {Shape: []int{n, 28, 28}, Data: float(d.Train.Images, 255)},
		"floats to 255":  {Shape: []int{n, 784}, Data: float(d.Train.Images, 1)},
		"dark on light":  {Shape: []int{n, 784}, Data: inverted(d.Train.Images)},
		"zeros and ones": {Shape: []int{n, 784}, Data: binary01(d.Train.Images)},
	} {
		for _, names := range [][2]string{{"x_train", "y_train"}, {"X", "y"}, {"images", "labels"}, {"arr_0", "arr_1"}} {
			labels := &npy.Array{Shape: []int{n, 1}, Data: float(d.Train.Labels, 1)}
			b, err := npy.EncodeArchive(map[string]*npy.Array{names[0]: images, names[1]: labels}, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(fstest.MapFS{"a.npz": {Data: b}}, "a.npz")
			want := d.Train.Images
			if name == "zeros and ones" {
				want = binary01(want)
				for i := range want {
					want[i] *= 255
				}
			}
			if err != nil || !bytes.Equal(got.Train.Images, want) || !bytes.Equal(got.Train.Labels, d.Train.Labels) {
				t.Errorf("%s, %v: %v", name, names, err)
			}
		}
	}
}

func inverted(b []byte) []byte {
	b = slices.Clone(b)
	for i := range b {
		b[i] = 255 - b[i]
	}
	return b
}

func binary01(b []byte) []byte {
	b = slices.Clone(b)
	for i := range b {
		b[i] >>= 7
	}
	return b
}

// CSV with names for labels, in quotes, and with the label in another column.
func TestCSV(t *testing.T) {
	d := symbols([]string{"0", "1"}, 1, 0)
	row := func(i int) string {
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(d.Train.Images[i*784:][:784]), " ", ","), "[]")
	}
	for name, text := range map[string]string{
		"names":    "\xef\xbb\xbfa \"b\"," + row(0) + "\r\n\"a, \"\"c\"\"\"," + row(1) + "\r\n",
		"the last": "p0,p1" + strings.Repeat(",p", 782) + ",Class\n" + row(0) + ",\"a \"\"b\"\"\"\n\n" + row(1) + ",\"a, \"\"c\"\"\"\n",
		"floats":   "\"a \"\"b\"\"\"," + strings.ReplaceAll(row(0), ",", ".0, ") + "\n\"a, \"\"c\"\"\"," + row(1),
	} {
		got, err := read(fstest.MapFS{"a.csv": {Data: []byte(text)}}, "a.csv")
		if err != nil || !bytes.Equal(got.Train.Images, d.Train.Images) || !slices.Equal(got.Classes, []string{`a "b"`, `a, "c"`}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Pictures of any size and ground are brought to the form that predict gives
// them.
func TestPictures(t *testing.T) {
	files := fstest.MapFS{}
	var want []byte
	for i, class := range []string{"cross", "dash"} {
		img := image.NewGray(image.Rect(0, 0, 300, 200))
		for y := range 200 {
			for x := range 300 {
				ink := y > 90 && y < 110 && x > 50 && x < 250 || i == 0 && x > 140 && x < 160 && y > 20 && y < 180
				img.Set(x, y, color.Gray{map[bool]uint8{true: 20, false: 230}[ink]})
			}
		}
		var p, j bytes.Buffer
		if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil)); err != nil {
			t.Fatal(err)
		}
		for ending, b := range map[string][]byte{"png": p.Bytes(), "JPG": j.Bytes()} {
			files["set/"+class+"/1."+ending] = &fstest.MapFile{Data: b}
		}
		for _, b := range [][]byte{j.Bytes(), p.Bytes()} { // capitals come first
			pixels, err := decode.Read(b, true)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, pixels[:]...)
		}
	}
	files["set/.hidden/1.png"] = &fstest.MapFile{Data: []byte("no picture")}
	files["set/notes.txt"] = &fstest.MapFile{Data: []byte("no picture")}
	got, err := read(files, "set")
	if err != nil || !slices.Equal(got.Classes, []string{"cross", "dash"}) || !slices.Equal(got.Train.Labels, []byte{0, 1, 0, 1}) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, from := range []int{0, 2, 1, 3} {
		if !bytes.Equal(got.Train.Images[i*784:][:784], want[from*784:][:784]) {
			t.Errorf("picture %d is not as predict reads it", i)
		}
	}
	if _, err := Read(Source{files, "set"}, Options{}); err == nil {
		t.Error("pictures without a decoder")
	}
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

// What is refused, with the thing and the remedy.
func TestRefused(t *testing.T) {
	d := symbols([]string{"0", "1"}, 2, 0)
	x, y := exported(t, d, "idx", ".")["images-idx3-ubyte"], exported(t, d, "idx", ".")["labels-idx1-ubyte"]
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	array := func(arrays map[string]*npy.Array) *fstest.MapFile {
		b, err := npy.EncodeArchive(arrays, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b}
	}
	zeros := strings.Repeat(",0", 784) + "\n"
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"label": %d, "strokes": [[[1,1],[2,2]]]},`, 65), ",") + "]"
	numbers := make([]any, 65)
	for i := range numbers {
		numbers[i] = i
	}
	for name, c := range map[string]struct {
		files fstest.MapFS
		path  string
		want  string
	}{
		"missing":            {fstest.MapFS{}, "a.npz", "file does not exist"},
		"an empty folder":    {fstest.MapFS{"d/readme.txt": file("x")}, "d", "neither IDX files"},
		"empty":              {fstest.MapFS{"a.csv": file("")}, "a.csv", "it is empty; use IDX files"},
		"a web page":         {fstest.MapFS{"a.csv": file("<!doctype html>")}, "a.csv", "a web page"},
		"a picture":          {fstest.MapFS{"a.png": file("\x89PNG\r\n\x1a\n")}, "a.png", "a folder of pictures for each class"},
		"unknown":            {fstest.MapFS{"a": file("\x01\x02\x03\x04\x05\xff")}, "a", "its format is not known: use IDX"},
		"no labels":          {fstest.MapFS{"images-idx3-ubyte": x}, ".", "images-idx3-ubyte has no partner with labels"},
		"no images":          {fstest.MapFS{"labels-idx1-ubyte": y}, ".", "has no partner with images"},
		"fewer labels":       {fstest.MapFS{"images-idx3-ubyte": x, "labels-idx1-ubyte": {Data: idx.Append(nil, idx.Array{Shape: []int{1}, Data: []byte{1}})}}, ".", "1 labels for the 4 images"},
		"32×32":              {fstest.MapFS{"images-idx3-ubyte": {Data: idx.Append(nil, idx.Array{Shape: []int{1, 32, 32}, Data: make([]byte, 1024)})}, "labels-idx1-ubyte": y}, ".", "only 28×28"},
		"an odd name":        {fstest.MapFS{"a.bin": x}, "a.bin", "NAME-images-idx3-ubyte"},
		"one array":          {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: make([]byte, 784)}})}, "a.npz", "numpy.savez"},
		"other arrays":       {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"a": {Shape: []int{1}, Data: []byte{1}}, "b": {Shape: []int{1}, Data: []byte{1}}})}, "a.npz", "arrays a, b: call them x_train"},
		"one-hot labels":     {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: make([]byte, 784)}, "y": {Shape: []int{1, 10}, Data: make([]byte, 10)}})}, "a.npz", "argmax"},
		"colours":            {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 28, 28, 3}, Data: make([]byte, 3*784)}, "y": {Shape: []int{1}, Data: []byte{1}}})}, "a.npz", "only 28×28 grey"},
		"normalised":         {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: append(make([]float32, 783), -0.4)}, "y": {Shape: []int{1}, Data: []byte{1}}})}, "a.npz", "not normalised"},
		"a label of 1.5":     {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: make([]byte, 784)}, "y": {Shape: []int{1}, Data: []float32{1.5}}})}, "a.npz", "label 1.5"},
		"an .npy":            {fstest.MapFS{"a.npy": file("\x93NUMPY\x01\x00v\x00")}, "a.npy", "numpy.savez"},
		"CSV, no labels":     {fstest.MapFS{"a.csv": file(strings.Repeat("0,", 783) + "0\n")}, "a.csv", "line 1: it has no labels"},
		"CSV, 32×32":         {fstest.MapFS{"a.csv": file("1" + strings.Repeat(",0", 1024))}, "a.csv", "1025 columns rather than 785"},
		"CSV, a short line":  {fstest.MapFS{"a.csv": file("1" + zeros + "2,3,4\n")}, "a.csv", "line 2: it has 3 columns"},
		"CSV, 256":           {fstest.MapFS{"a.csv": file("1,256" + zeros)}, "a.csv", `pixel "256" in column 2`},
		"CSV, 0.5":           {fstest.MapFS{"a.csv": file("1,0.5" + zeros)}, "a.csv", "whole numbers from 0 to 255"},
		"CSV, a long line":   {fstest.MapFS{"a.csv": file(strings.Repeat("0", 1<<17))}, "a.csv", "line 1 has more than"},
		"CSV, an empty name": {fstest.MapFS{"a.csv": file("1" + zeros + zeros)}, "a.csv", "line 2: a label is empty"},
		"a broken gzip":      {fstest.MapFS{"a.csv.gz": {Data: zip([]byte("1" + zeros))[:30]}}, "a.csv.gz", "breaks off"},
		"no label":           {fstest.MapFS{"a.json": file(`[{"label": 1, "strokes": [[[1,1]]]}, {"strokes": []}]`)}, "a.json", "drawing 1 has no label"},
		"an odd label":       {fstest.MapFS{"a.json": file(`[{"label": [1], "strokes": [[[1,1]]]}]`)}, "a.json", "drawing 0: label [1]"},
		"65 classes":         {fstest.MapFS{"a.json": file(fmt.Sprintf(many, numbers...))}, "a.json", "more than 64 classes (0, 1, …, 64)"},
		"a long name":        {fstest.MapFS{"a.json": file(`[{"label": "` + strings.Repeat("x", 101) + `", "strokes": [[[1,1]]]}]`)}, "a.json", "shorten it"},
		"all blank":          {fstest.MapFS{"a.json": file(`[{"label": "a", "strokes": []}]`)}, "a.json", "no examples"},
		"too few names":      {fstest.MapFS{"images-idx3-ubyte": x, "labels-idx1-ubyte": y, "classes.txt": file("one")}, ".", "labels are 0 to 1, and the classes of classes.txt are 1"},
		"a name twice":       {fstest.MapFS{"images-idx3-ubyte": x, "labels-idx1-ubyte": y, "classes.txt": file("a\na")}, ".", `classes.txt: lines 1 and 2 are both "a"`},
		"no picture":         {fstest.MapFS{"d/a/1.png": file("x"), "d/b/1.png": file("x")}, "d", "a/1.png: it is text: neither a PNG"},
	} {
		_, err := read(c.files, c.path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	one := symbols([]string{"a"}, 3, 1)
	if err := one.Check(); err == nil || !strings.Contains(err.Error(), `the one class "a": add`) {
		t.Error(err)
	}
	if err := symbols([]string{"a", "b"}, 3, 0).Export("word", "x", nil); err == nil {
		t.Error("a form that there is not")
	}
	if _, err := Read(Source{exported(t, symbols([]string{"a", "b"}, 9, 0), "npz", "a.npz"), "a.npz"}, Options{Limit: 17}); err == nil || !strings.Contains(err.Error(), "at most 17") {
		t.Error(err)
	}
}

// fuzz feeds a file under a name, beside files that go with it. What is read is a
// whole data set, and reading takes no more than a few times the file.
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
		if d.Train.Len() == 0 || len(d.Classes) > MaxClasses || d.TrainDrawings != nil && len(d.TrainDrawings) != d.Train.Len() {
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
		if len(n.list) == 0 || len(n.list) > MaxClasses || n.labels != nil && len(n.labels) != len(n.list) {
			t.Fatalf("%+v", n)
		}
		for i, name := range n.list {
			if checkName(name) != nil || slices.Index(n.list, name) != i {
				t.Fatalf("%q", n.list)
			}
		}
	})
}
