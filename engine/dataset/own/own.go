// Package own reads data sets that people bring: IDX files, NumPy's .npz, CSV,
// folders of pictures, and strokes. One file here reads each of them.
//
// A data set has 2 to 64 classes of 28×28 grey images, light on dark. Labels are
// whole numbers or names; the names of the classes come from the data, or from a
// text file beside it. Whichever format the same images come in, they give the
// same bytes: a set that is dark on light is turned around as a whole, and one of
// zeros and ones is stretched to 255.
//
// The readers take an [fs.FS], so that the page can hand them files that were
// dropped on it. They refuse what they cannot read, naming the thing and the
// remedy, and set aside no memory before a file is known to fill it.
package own

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"lenet/engine"
	"lenet/engine/internal/digest"
	"lenet/engine/pen"
)

// Limits of a data set.
const (
	MaxExamples = 1 << 20 // EMNIST ByClass, the largest of its kind, has 814,255
	maxFile     = 1 << 30 // bytes
)

// Source is where a data set lies: a file, a folder, or the beginning of the
// names of IDX files, as emnist-letters is of EMNIST's.
type Source struct {
	FS   fs.FS
	Path string // slash-separated
}

// Options says how to read.
type Options struct {
	// Test, when its FS is not nil, holds the test part: its own test part where it
	// has one, otherwise all of it.
	Test Source
	// Transpose exchanges rows and columns, in which EMNIST has its images.
	Transpose bool
	// Classes, when not nil, are the classes that the labels must be of, by name or
	// by number, as the network that reads the images has them.
	Classes []string
	// Limit is the most examples read, [MaxExamples] for 0; File is the most bytes
	// of a file, 1 GiB for 0.
	Limit, File int
	// Picture decodes a picture file: decode.RGBA, or another with its results.
	// Without it pictures are refused.
	Picture func(file []byte) (rgba []byte, width, height int, err error)
}

// Data is a data set.
type Data struct {
	Name    string   // "letters.npz", "letters/" for a folder, "emnist-letters*" for IDX files
	Format  string   // "IDX files", for example
	Classes []string // names, by label
	Train   engine.Set
	Test    engine.Set // empty when there is none
	// Drawings are the strokes that the examples were drawn from, nil for images.
	TrainDrawings, TestDrawings []pen.Drawing
	SHA256                      string   // Sum of the set as it was read
	Notes                       []string // what was done that a person should know
}

// part is a part of a data set as a reader returns it. Labels are places in the
// reader's table of labels.
type part struct {
	set      engine.Set
	drawings []pen.Drawing
}

func (p *part) add(q part) {
	if p.set.Len() == 0 {
		*p = q
		return
	}
	p.set.Images = append(p.set.Images, q.set.Images...)
	p.set.Labels = append(p.set.Labels, q.set.Labels...)
	p.drawings = append(p.drawings, q.drawings...)
}

// reader reads one source.
type reader struct {
	files   []file // in the folder, or beside the file
	main    string // the file's path, "" for a folder
	prefix  string // of the names of the files that are asked for
	limit   int    // examples
	most    int    // bytes of a file
	inside  bool   // a zip archive
	picture func([]byte) ([]byte, int, int, error)

	format      string
	labels      labels
	names       *names // of the classes, nil without
	train, test part
	notes       []string
}

// Read reads a data set. Errors name the file.
func Read(src Source, o Options) (*Data, error) {
	r, err := load(src, o)
	if err != nil {
		return nil, err
	}
	classes, err := r.classes(nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Path, err)
	}
	d := &Data{Name: r.name(src.Path), Format: r.format, Classes: classes, Notes: r.notes}
	if o.Test.FS != nil {
		t, err := load(o.Test, o)
		if err != nil {
			return nil, err
		}
		if _, err := t.classes(&names{list: classes, from: src.Path}); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Test.Path, err)
		}
		if t.test.set.Len() == 0 {
			t.test = t.train
		}
		r.test = t.test
		d.Notes = append(d.Notes, t.notes...)
	}
	if o.Classes != nil {
		was := labels{texts: d.Classes}
		order, err := was.order(&names{list: o.Classes, from: "the weights"})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", src.Path, err)
		}
		relabel(r.train.set.Labels, order)
		relabel(r.test.set.Labels, order)
		d.Classes = o.Classes
	}
	d.Train, d.Test = r.train.set, r.test.set
	d.TrainDrawings, d.TestDrawings = r.train.drawings, r.test.drawings
	if len(d.TrainDrawings) != d.Train.Len() || len(d.TestDrawings) != d.Test.Len() {
		d.TrainDrawings, d.TestDrawings = nil, nil // one part is of images
	}
	if o.Transpose {
		if d.TrainDrawings != nil {
			return nil, fmt.Errorf("%s: strokes are never transposed: leave out --transpose", src.Path)
		}
		transpose(d.Train.Images)
		transpose(d.Test.Images)
	}
	d.level()
	d.SHA256 = d.Sum()
	return d, nil
}

// Sum returns the SHA-256 of all images' pixels as they are now, the training set's
// and then the test set's, in hexadecimal.
func (d *Data) Sum() string {
	return Sum(d.Train.Images, d.Test.Images)
}

// Sum returns the SHA-256 of the parts, one after the other, in hexadecimal.
func Sum(parts ...[]byte) string { return fmt.Sprintf("%x", digest.Sum(parts...)) }

// Check reports a data set that no network can learn: of too few or too many
// classes, or one without a test set.
func (d *Data) Check() error {
	switch n := len(d.Classes); {
	case n < engine.MinClasses:
		return fmt.Errorf("%s: it has the one class %q: add examples of another", d.Name, d.Classes[0])
	case n > engine.MaxClasses:
		return fmt.Errorf("%s: it has %d classes: leave out some, at most %d are learned", d.Name, n, engine.MaxClasses)
	case d.Test.Len() == 0:
		return fmt.Errorf("%s: it has no test part", d.Name)
	}
	return nil
}

// load reads a source with the reader for its format.
func load(src Source, o Options) (*reader, error) {
	r := &reader{limit: cmp.Or(o.Limit, MaxExamples), most: cmp.Or(o.File, maxFile), picture: o.Picture}
	info, err := fs.Stat(src.FS, src.Path)
	dir, base := path.Dir(src.Path), path.Base(src.Path)
	switch {
	case err == nil && info.IsDir():
		r.files, err = list(src.FS, src.Path, depth, r.most)
	case err == nil:
		r.main = base
		r.files, err = list(src.FS, dir, 1, r.most)
	case errors.Is(err, fs.ErrNotExist):
		missing := err
		if r.files, err = list(src.FS, dir, 1, r.most); err != nil {
			return nil, missing
		}
		r.prefix = base
		if len(r.idxSets()) == 0 {
			return nil, missing
		}
	}
	if err == nil {
		err = r.read()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Path, err)
	}
	for _, p := range []part{r.train, r.test} {
		if n := p.set.Len(); len(p.set.Images) != n*engine.Pixels || p.drawings != nil && len(p.drawings) != n {
			return nil, fmt.Errorf("%s: %d images, %d labels", src.Path, len(p.set.Images)/engine.Pixels, n)
		}
	}
	if r.train.set.Len() == 0 {
		return nil, fmt.Errorf("%s: there are no examples in it", src.Path)
	}
	return r, nil
}

// forms says what is read, for errors.
const forms = "use IDX files, an .npz, a .csv, strokes in .json, or a folder with a folder of pictures for each class"

// read reads the files in the format that they have.
func (r *reader) read() error {
	if r.main == "" {
		switch {
		case len(r.idxSets()) > 0:
			return r.readIDX()
		case len(r.classFolders()) > 0:
			return r.readFolder()
		}
		var err error
		if r.main, err = r.only(); err != nil {
			return err
		}
	}
	p, err := r.readFile(r.main)
	if err != nil {
		return err
	}
	if r.train.set.Len() == 0 {
		r.train = p
	}
	if r.test.set.Len() > 0 {
		return nil
	}
	// Of letters-train.csv the file letters-test.csv is the test part.
	for _, word := range []string{"test", "t10k"} {
		for _, train := range []string{"training", "train"} {
			name := strings.Replace(r.main, train, word, 1)
			if name == r.main || r.find(name) == nil {
				continue
			}
			r.test, err = r.readFile(name)
			if errors.Is(err, errNoLabels) { // as Kaggle's
				r.notes = append(r.notes, name+" has no labels: it is no test part")
				err = nil
			}
			if err != nil {
				err = fmt.Errorf("its test part %s: %w", name, err)
			}
			return err
		}
	}
	return nil
}

// relabel writes the new label for each.
func relabel(labels, order []byte) {
	for i, l := range labels {
		labels[i] = order[l]
	}
}

// classes brings the labels into the order of the classes, and returns their
// names. Those of known come first where it is not nil.
func (r *reader) classes(known *names) ([]string, error) {
	n := r.names
	if n == nil {
		n = known
	}
	order, err := r.labels.order(n)
	if err != nil {
		return nil, err
	}
	classes := r.labels.sorted()
	if n != nil {
		classes = n.list
	}
	if n != known && known != nil {
		named := labels{texts: classes}
		second, err := named.order(known)
		if err != nil {
			return nil, err
		}
		relabel(order, second)
		classes = known.list
	}
	relabel(r.train.set.Labels, order)
	relabel(r.test.set.Labels, order)
	return classes, nil
}

// name returns the data set's name, which is never that of a built-in one: it
// has a dot, a slash or a star.
func (r *reader) name(source string) string {
	base := path.Base(source)
	switch {
	case r.prefix != "":
		return base + "*"
	case r.main == "":
		return base + "/"
	case path.Base(r.main) != base: // the one in a folder
		return path.Base(r.main)
	case path.Ext(base) == "":
		return "./" + base
	}
	return base
}
