package own

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"lenet/engine"
	"lenet/engine/idx"
	"lenet/engine/internal/jsonlite"
	"lenet/engine/internal/zipfile"
	"lenet/engine/npy"
	"lenet/engine/pen"
)

// Forms are the formats that [Data.Export] writes: IDX files, .npz, CSV, PNG
// files in a folder for each class, and strokes.
func Forms() []string { return []string{"idx", "npz", "csv", "png", "strokes"} }

// Export writes the data set in a form. Write gets each file: its path is name,
// or begins with name's, and for idx and png lies in the folder name. Read gives
// the same pixels, labels and classes for them.
func (d *Data) Export(form, name string, write func(path string, content []byte) error) error {
	switch form {
	case "idx":
		return d.exportIDX(name, write)
	case "npz":
		return d.exportNPZ(name, write)
	case "csv":
		return d.exportCSV(name, write)
	case "png":
		return d.exportPNG(name, write)
	case "strokes":
		return d.exportStrokes(name, write)
	}
	return fmt.Errorf("unknown form %q: use one of %s", form, strings.Join(Forms(), ", "))
}

// Pack returns the data set in a form as one file, and its name, which begins with
// stem: several files, as idx and png have them, are put into a zip archive. Read
// gives the same for it as for the files.
func (d *Data) Pack(form, stem string) (name string, content []byte, err error) {
	name = stem + map[string]string{"npz": ".npz", "csv": ".csv", "strokes": ".json"}[form]
	var w zipfile.Writer
	files := 0
	if err := d.Export(form, name, func(path string, b []byte) error {
		content = b
		w.Add(path, b)
		files++
		return nil
	}); err != nil {
		return "", nil, err
	}
	if files == 1 && name != stem {
		return name, content, nil
	}
	if content, err = w.Close(""); err != nil {
		err = fmt.Errorf("%w: export it as npz", err)
	}
	return joined(stem, form) + ".zip", content, err
}

// piece is a part with its name.
type piece struct {
	name     string // "train" or "test"; "" for all
	set      engine.Set
	drawings []pen.Drawing
}

func (d *Data) pieces() []piece {
	if d.Test.Len() == 0 {
		return []piece{{"", d.Train, d.TrainDrawings}}
	}
	return []piece{{"train", d.Train, d.TrainDrawings}, {"test", d.Test, d.TestDrawings}}
}

// joined puts a dash between words, of which the first may be empty.
func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), "-")
}

// numbered returns the number that stands for each class: its own, where all
// classes are numbers that a byte holds, otherwise its place. List reports
// whether a list of names must say more.
func (d *Data) numbered() (of []byte, list bool) {
	least, most, ok := numbers(d.Classes)
	own := ok && least >= 0 && most <= 255
	for i, c := range d.Classes {
		if own {
			i = number(c)
		}
		of = append(of, byte(i))
	}
	return of, !own || !d.complete()
}

// complete reports whether the labels alone give the classes in their order.
func (d *Data) complete() bool {
	l := labels{texts: d.Classes}
	used := make([]bool, len(d.Classes))
	for _, p := range d.pieces() {
		for _, label := range p.set.Labels {
			used[label] = true
		}
	}
	return !slices.Contains(used, false) && slices.Equal(l.sorted(), d.Classes)
}

func (d *Data) list() []byte { return []byte(strings.Join(d.Classes, "\n") + "\n") }

func (d *Data) exportIDX(dir string, write func(string, []byte) error) error {
	of, list := d.numbered()
	for _, p := range d.pieces() {
		prefix := map[string]string{"test": "t10k"}[p.name]
		if prefix == "" {
			prefix = p.name
		}
		n := p.set.Len()
		y := slices.Clone(p.set.Labels)
		relabel(y, of)
		x := idx.Append(nil, idx.Array{Shape: []int{n, engine.Side, engine.Side}, Data: p.set.Images})
		if err := errors.Join(
			write(path.Join(dir, joined(prefix, "images-idx3-ubyte")), x),
			write(path.Join(dir, joined(prefix, "labels-idx1-ubyte")), idx.Append(nil, idx.Array{Shape: []int{n}, Data: y})),
		); err != nil {
			return err
		}
	}
	if !list {
		return nil
	}
	return write(path.Join(dir, "classes.txt"), d.list())
}

func (d *Data) exportNPZ(name string, write func(string, []byte) error) error {
	of, list := d.numbered()
	arrays := map[string]*npy.Array{}
	for _, p := range d.pieces() {
		prefix := p.name
		if prefix != "" {
			prefix += "_"
		}
		y := slices.Clone(p.set.Labels)
		relabel(y, of)
		arrays[prefix+"images"] = &npy.Array{Shape: []int{p.set.Len(), engine.Side, engine.Side}, Data: p.set.Images}
		arrays[prefix+"labels"] = &npy.Array{Shape: []int{p.set.Len()}, Data: y}
	}
	var meta map[string]string
	if list {
		meta = map[string]string{"classes": string(d.list())}
	}
	file, err := npy.EncodeArchive(arrays, meta)
	if err != nil {
		return err
	}
	return write(name, file)
}

func (d *Data) exportCSV(name string, write func(string, []byte) error) error {
	of, list := d.numbered()
	ending := path.Ext(name)
	stem := strings.TrimSuffix(name, ending)
	for _, p := range d.pieces() {
		b := []byte("label")
		for i := range engine.Pixels {
			b = fmt.Appendf(b, ",pixel%d", i)
		}
		b = append(b, '\n')
		for i, label := range p.set.Labels {
			b = strconv.AppendInt(b, int64(of[label]), 10)
			for _, v := range p.set.Images[i*engine.Pixels:][:engine.Pixels] {
				b = strconv.AppendInt(append(b, ','), int64(v), 10)
			}
			b = append(b, '\n')
		}
		if err := write(joined(stem, p.name)+ending, b); err != nil {
			return err
		}
	}
	if !list {
		return nil
	}
	return write(stem+"-classes.txt", d.list())
}

func (d *Data) exportPNG(dir string, write func(string, []byte) error) error {
	folders := folders(d.Classes)
	for _, p := range d.pieces() {
		for i, label := range p.set.Labels {
			file := appendPNG(nil, p.set.Images[i*engine.Pixels:][:engine.Pixels])
			if err := write(path.Join(dir, p.name, folders[label], fmt.Sprintf("%07d.png", i)), file); err != nil {
				return err
			}
		}
	}
	if slices.Equal(folders, d.Classes) && d.complete() {
		return nil
	}
	return write(path.Join(dir, "classes.txt"), d.list())
}

// folders returns a folder's name for each class: the class's own, or numbers
// where a system may not take one.
func folders(classes []string) []string {
	seen := map[string]bool{"train": true, "test": true, "con": true, "nul": true, "aux": true, "prn": true}
	numbers := make([]string, len(classes))
	bad := false
	for i, c := range classes {
		small := strings.ToLower(c)
		bad = bad || seen[small] || strings.ContainsAny(c, `/\:*?"<>|`) || strings.HasPrefix(c, ".") || strings.HasSuffix(c, ".") || hidden(c)
		seen[small] = true
		numbers[i] = strconv.Itoa(i)
	}
	if bad {
		return numbers
	}
	return classes
}

func (d *Data) exportStrokes(name string, write func(string, []byte) error) error {
	if d.TrainDrawings == nil {
		return fmt.Errorf("%s has images and no strokes: export it as idx, npz, csv or png", d.Name)
	}
	var b []byte
	for _, p := range d.pieces() {
		for i, label := range p.set.Labels {
			b = append(b, map[bool]string{true: "[", false: ",\n"}[b == nil]+`{"label":`...)
			b = jsonlite.AppendText(b, d.Classes[label])
			if p.name == "test" {
				b = append(b, `,"test":true`...)
			}
			b = append(b, `,"strokes":`...)
			b = append(appendStrokes(b, p.drawings[i]), '}')
		}
	}
	b = append(b, "]\n"...)
	if err := write(name, b); err != nil || d.complete() {
		return err
	}
	return write(strings.TrimSuffix(name, path.Ext(name))+"-classes.txt", d.list())
}

// appendStrokes appends strokes as a list of lists of [x, y].
func appendStrokes(b []byte, d pen.Drawing) []byte {
	b = append(b, '[')
	for i, s := range d {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for k, at := range s {
			if k > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendFloat(append(b, '['), at.X, 'f', -1, 64)
			b = strconv.AppendFloat(append(b, ','), at.Y, 'f', -1, 64)
			b = append(b, ']')
		}
		b = append(b, ']')
	}
	return append(b, ']')
}
