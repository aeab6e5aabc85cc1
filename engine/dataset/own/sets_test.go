package own

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"lenet/engine"
	"lenet/engine/idx"
	"lenet/engine/npy"
	"lenet/engine/picture/decode"
)

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
