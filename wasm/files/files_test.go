package files

import (
	"bytes"
	"compress/gzip"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"lenet/engine"
	"lenet/engine/dataset/own"
	"lenet/engine/pen"
	"lenet/engine/picture/decode"
	"lenet/wasm/protocol"
)

// drawings is a set of n drawings of each class and tests of each at the end.
// Points are float32s, as the page has them, where short is false.
func drawings(t testing.TB, classes []string, n, tests int, short bool) protocol.Examples {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	e := protocol.Examples{Classes: classes, Tests: tests * len(classes)}
	coordinate := func() float64 {
		if short {
			return float64(rng.IntN(2800)) / 100
		}
		return float64(28 * rng.Float32())
	}
	for i := range (n + tests) * len(classes) {
		d := pen.Drawing{}
		for range 2 {
			s := pen.Stroke{}
			for range 3 {
				s = append(s, pen.Point{X: coordinate(), Y: coordinate()})
			}
			d = append(d, s)
		}
		pixels, ok := pen.Render(d, pen.Options{})
		if !ok {
			t.Fatal("a blank drawing")
		}
		e.Images, e.Labels, e.Drawings = append(e.Images, pixels[:]...), append(e.Labels, byte(i%len(classes))), append(e.Drawings, d)
	}
	return e
}

// exported returns the files that the program writes of a set.
func exported(t testing.TB, e protocol.Examples, form, name string) memory {
	t.Helper()
	d, err := data(e, name)
	if err != nil {
		t.Fatal(err)
	}
	all := memory{}
	if err := d.Export(form, name, func(path string, b []byte) error { all[path] = b; return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// handle asks for what does not fail.
func handle[R protocol.Reply](t testing.TB, f *Files, req protocol.Request) R {
	t.Helper()
	reply, err := f.Handle(req)
	if err != nil {
		t.Fatal(err)
	}
	return reply.(R)
}

func dropped(t testing.TB, all memory) (protocol.Dataset, error) {
	t.Helper()
	f := &Files{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		handle[protocol.Files](t, f, protocol.Put{Path: name, Data: all[name]})
	}
	reply, err := f.Handle(protocol.Read{})
	if err != nil {
		return protocol.Dataset{}, err
	}
	return reply.(protocol.Dataset), nil
}

func packed(all memory) memory {
	z := memory{}
	for name, b := range all {
		var buf bytes.Buffer
		w := gzip.NewWriter(&buf)
		w.Write(b)
		w.Close()
		if !strings.HasSuffix(name, ".txt") {
			name, b = name+".gz", buf.Bytes()
		}
		z[name] = b
	}
	return z
}

// loose takes the files out of their folder.
func loose(all memory) memory {
	out := memory{}
	for name, b := range all {
		_, rest, _ := strings.Cut(name, "/")
		out[rest] = b
	}
	return out
}

// pictures are pictures of any size, in every format that is read.
func pictures(t testing.TB) memory {
	all := memory{}
	for i, class := range []string{"cross", "dash"} {
		img := image.NewGray(image.Rect(0, 0, 300, 200))
		for y := range 200 {
			for x := range 300 {
				ink := y > 90 && y < 110 && x > 50 && x < 250 || i == 0 && x > 140 && x < 160 && y > 20 && y < 180
				img.Set(x, y, color.Gray{map[bool]uint8{true: 20, false: 230}[ink]})
			}
		}
		var p, j, g, b bytes.Buffer
		if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil), gif.Encode(&g, img, nil), bmp.Encode(&b, img)); err != nil {
			t.Fatal(err)
		}
		maps.Copy(all, memory{
			"set/" + class + "/1.png": p.Bytes(), "set/" + class + "/2.jpg": j.Bytes(), "set/" + class + "/3.gif": g.Bytes(), "set/" + class + "/4.BMP": b.Bytes(),
		})
	}
	return all
}

// What is dropped on the page is the data set that the program reads from the disk.
func TestReadsAsTheProgram(t *testing.T) {
	digits := drawings(t, []string{"0", "1", "2"}, 4, 1, true)
	names := drawings(t, []string{"house", "✓", "K"}, 3, 0, true)
	for _, c := range []struct {
		name  string
		files memory
		path  string // of the program
	}{
		{"strokes", exported(t, digits, "strokes", "a.json"), "a.json"},
		{"strokes with names beside", exported(t, names, "strokes", "a.json"), "a.json"},
		{".npz", exported(t, names, "npz", "a.npz"), "a.npz"},
		{"CSV", exported(t, digits, "csv", "a.csv"), "a-train.csv"},
		{"CSV, packed", packed(exported(t, names, "csv", "a.csv")), "a.csv.gz"},
		{"a folder of IDX files", exported(t, digits, "idx", "set"), "set"},
		{"IDX files, packed", packed(exported(t, names, "idx", "set")), "set"},
		{"IDX files, loose", loose(exported(t, digits, "idx", "set")), "."},
		{"a folder of pictures", exported(t, digits, "png", "set"), "set"},
		{"folders of pictures", loose(exported(t, names, "png", "set")), "."},
		{"pictures of any size", pictures(t), "set"},
		{"a folder with one file", memory{"set/x/a.json": exported(t, digits, "strokes", "a.json")["a.json"], "set/readme.md": []byte("x")}, "set"},
	} {
		dir := t.TempDir()
		for name, b := range c.files {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, b, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		want, err := own.Read(own.Source{FS: os.DirFS(dir), Path: c.path}, own.Options{Picture: decode.RGBA})
		if err != nil {
			t.Errorf("%s: the program: %v", c.name, err)
			continue
		}
		got, err := dropped(t, c.files)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		tests := want.Test.Len()
		want.Join()
		if got.SHA256 != want.SHA256 || got.SHA256 != want.Sum() || got.Tests != tests || got.Format != want.Format ||
			!slices.Equal(got.Classes, want.Classes) || !slices.Equal(got.Labels, want.Train.Labels) || !slices.Equal(got.Images, want.Train.Images) ||
			len(got.Drawings) != len(want.TrainDrawings) || !slices.Equal(got.Notes, want.Notes) {
			t.Errorf("%s: %d examples of %q, %q; the program: %d of %q", c.name, len(got.Labels), got.Classes, got.Notes, want.Train.Len(), want.Classes)
		}
		if !strings.ContainsAny(strings.TrimPrefix(got.Name, "./"), "./*") {
			t.Errorf("%s: its name is %q", c.name, got.Name)
		}
	}
}

// EMNIST's images are transposed, in its own files.
func TestEMNIST(t *testing.T) {
	e := drawings(t, []string{"0", "1"}, 3, 0, true)
	all := memory{}
	for name, b := range loose(exported(t, e, "idx", "set")) {
		all["emnist-letters-train-"+name] = b
	}
	got, err := dropped(t, all)
	if err != nil || len(got.Notes) != 1 {
		t.Fatalf("%q, %v", got.Notes, err)
	}
	for i := range engine.Pixels {
		if got.Images[i] != e.Images[i%28*28+i/28] {
			t.Fatal("it is not transposed")
		}
	}
}

// What is written is read back, as one file.
func TestWritesWhatItReads(t *testing.T) {
	for _, short := range []bool{true, false} {
		for _, tests := range []int{0, 2} {
			e := drawings(t, []string{"house", "✓", "K"}, 3, tests, short)
			sum := ""
			for _, form := range own.Forms() {
				w := handle[protocol.Written](t, &Files{}, protocol.Write{Form: form, Name: "mine", Examples: e})
				got, err := dropped(t, memory{w.Name: w.Data})
				if err != nil {
					t.Errorf("%s: %v", form, err)
					continue
				}
				if sum == "" {
					sum = got.SHA256
				}
				same := got.SHA256 == sum && bytes.Equal(got.Images, e.Images) && got.Tests == e.Tests && len(got.Labels) == len(e.Labels)
				for i := 0; same && i < len(e.Labels); i++ {
					same = got.Classes[got.Labels[i]] == e.Classes[e.Labels[i]]
				}
				if !same || form != "strokes" && !slices.Equal(got.Classes, e.Classes) || (form == "strokes") != (got.Drawings != nil) {
					t.Errorf("%s is read as %d and %d examples of %q", w.Name, len(got.Labels), got.Tests, got.Classes)
				}
				if form == "strokes" && (w.Name != "mine.json" || short && len(w.Data) > 120*len(e.Labels)) {
					t.Errorf("%s has %d bytes", w.Name, len(w.Data))
				}
			}
		}
	}
}

// What cannot be used is refused, with what it is and what to do.
func TestRefused(t *testing.T) {
	e := drawings(t, []string{"a", "b"}, 3, 0, true)
	f := &Files{}
	big := make([]byte, protocol.MaxFile)
	for i := range protocol.MaxDropped / protocol.MaxFile {
		handle[protocol.Files](t, f, protocol.Put{Path: "big" + string(rune('a'+i)), Data: big})
	}
	with := func(change func(e *protocol.Examples)) protocol.Examples {
		e := e
		change(&e)
		return e
	}
	none := protocol.Examples{Classes: []string{"a", "a"}, Images: e.Images, Labels: e.Labels}
	for _, c := range []struct {
		on   *Files
		req  protocol.Request
		want string
	}{
		{f, protocol.Put{Path: "more", Data: []byte{1}}, "more than 256 MiB of files: take fewer"},
		{f, protocol.Put{Path: "biga"}, "biga: two files have this name"},
		{f, protocol.Put{Path: "../a"}, "is no path of a file"},
		{nil, protocol.Read{}, "there are no files"},
		{nil, protocol.Write{Form: "strokes", Name: "x", Examples: with(func(e *protocol.Examples) { e.Drawings = nil })}, "has images and no strokes"},
		{nil, protocol.Write{Form: "word", Name: "x", Examples: e}, "use one of idx"},
		{nil, protocol.Write{Form: "idx", Name: "x", Examples: none}, `both called "a"`},
		{nil, protocol.Prepare{Examples: with(func(e *protocol.Examples) { e.Classes = []string{"a", ""} }), Share: 0.2}, "a label is empty"},
		{nil, protocol.Prepare{Examples: e}, "no example to test on"},
		{nil, protocol.Prepare{Examples: e, Share: 1}, "between 0 and 1"},
		{nil, protocol.Prepare{Examples: with(func(e *protocol.Examples) { e.Tests = len(e.Labels) })}, "add some to learn from"},
		{nil, protocol.Prepare{Examples: protocol.Examples{Classes: []string{"a"}, Images: e.Images, Labels: make([]byte, 6)}, Share: 0.5}, `the one class "a": add`},
		{nil, protocol.Prepare{Examples: e, Share: 0.5, Each: 40_000}, "that makes"},
		{nil, protocol.Prepare{Examples: e, Share: 0.5, Mix: &protocol.Mix{Classes: []string{"0"}, Images: []byte{1}}}, "not a valid IDX file"},
	} {
		if c.on == nil {
			c.on = &Files{}
		}
		if _, err := c.on.Handle(c.req); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: %v, want %q", c.req, err, c.want)
		}
	}
	for want, all := range map[string]memory{
		`the one class "a": add`:                                             exported(t, protocol.Examples{Classes: []string{"a"}, Images: e.Images, Labels: make([]byte, 6)}, "png", "set"),
		"several data sets, a.csv, b.npz: name":                              {"set/a.csv": {1}, "set/b.npz": {1}},
		"nor folders of pictures":                                            {"set/readme.md": {1}},
		"it is text: neither a PNG":                                          {"a/1.png": []byte("x"), "b/1.png": []byte("y")},
		"name the folder that has a folder":                                  {"a.png": []byte("\x89PNG\r\n\x1a\n")},
		"has no partner with labels":                                         {"images-idx3-ubyte": exported(t, e, "idx", ".")["images-idx3-ubyte"]},
		"67108864 bytes: take fewer examples; lenet train --data reads more": {"set/a.csv": make([]byte, protocol.MaxFile+1)},
	} {
		if _, err := dropped(t, all); err == nil || !strings.Contains(err.Error(), want) || strings.HasPrefix(err.Error(), ".") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
