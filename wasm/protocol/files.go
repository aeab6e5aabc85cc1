package protocol

import (
	"encoding/binary"
	"math"

	"lenet/engine"
	"lenet/engine/pen"
)

// Limits of the files that somebody drops on the page.
const (
	MaxDropped = 256 << 20 // bytes of all files together; one has at most MaxFile
	MaxFiles   = 1 << 16   // with the folders that they lie in
	MaxPath    = 1024      // bytes of a path
	MaxEach    = 10_000    // copies of an example
)

type (
	// Examples are those of a data set of somebody's own.
	Examples struct {
		Classes  []string
		Images   []byte        // 784 bytes each: the training set's, then the test set's
		Labels   []byte        // classes
		Tests    int           // how many at the end are the test set's
		Drawings []pen.Drawing // of each example, nil for images
	}

	// Put adds a file to those to read. Answer: [Files].
	Put struct {
		Path string // slash-separated
		Data []byte
		Sum  bool // whether its SHA-256 is wanted
	}

	// Read reads the data set that the files are, and lets go of them. Answer: [Dataset].
	Read struct{}

	// Write makes a file of a data set, in one of own's forms. Its name begins
	// with Name. Answer: [Written].
	Write struct {
		Form, Name string
		Examples
	}

	// Prepare makes the sets to train with and to test on. Answer: [Prepared].
	Prepare struct {
		Examples
		Share float64 // of each class to hold out for the test, where there are no tests; 0 for none
		Seed  uint64  // of what is held out, and of the copies
		Each  int     // copies of each training example; 0 for as many as suit it
		Mix   *Mix    // nil for none
	}

	// Mix is a built-in data set to mix in, as IDX files, plain or gzip.
	Mix struct {
		Classes                []string
		Images, Labels         []byte // of its training set
		TestImages, TestLabels []byte
		Take                   int // how many training examples, chosen by the seed; -1 for all
	}
)

func (Put) kind() string     { return "put" }
func (Read) kind() string    { return "read" }
func (Write) kind() string   { return "write" }
func (Prepare) kind() string { return "prepare" }

type (
	// Files is how many files there are to read.
	Files struct {
		Count  int
		SHA256 string // of the last one's bytes, in hexadecimal digits; empty where it was not wanted
	}

	// Dataset is a data set that was read.
	Dataset struct {
		Name, Format string // as own.Data has them
		Examples
		SHA256 string
		Notes  []string
	}

	// Written is a file.
	Written struct {
		Name string
		Data []byte
	}

	// Prepared are sets as IDX files, and how to train with them.
	Prepared struct {
		Classes                []string
		Images, Labels         []byte // of the training set
		TestImages, TestLabels []byte // the data set's own come first
		Held                   []int  // the examples that are in the test set
		Recipe                 engine.Recipe
		Rates                  map[string]float64 // learning rates by activation
		Notes                  []string
	}
)

// Map implements [Reply].
func (f Files) Map() map[string]any {
	m := map[string]any{"count": f.Count}
	if f.SHA256 != "" {
		m["sha256"] = f.SHA256
	}
	return m
}

// Map implements [Reply].
func (d Dataset) Map() map[string]any {
	m := map[string]any{
		"name": d.Name, "format": d.Format, "classes": texts(d.Classes), "images": d.Images, "labels": d.Labels, "tests": d.Tests,
		"sha256": d.SHA256, "notes": texts(d.Notes),
	}
	if d.Drawings != nil {
		var points []byte
		var lengths []float32
		for _, drawing := range d.Drawings {
			lengths = append(lengths, float32(len(drawing)))
			for _, s := range drawing {
				lengths = append(lengths, float32(len(s)))
				for _, p := range s {
					points = binary.LittleEndian.AppendUint64(points, math.Float64bits(p.X))
					points = binary.LittleEndian.AppendUint64(points, math.Float64bits(p.Y))
				}
			}
		}
		m["points"], m["lengths"] = points, lengths
	}
	return m
}

// Map implements [Reply].
func (w Written) Map() map[string]any { return map[string]any{"name": w.Name, "data": w.Data} }

// Map implements [Reply].
func (p Prepared) Map() map[string]any {
	held := make([]float32, len(p.Held)) // below 2^24, and so exact
	for i, n := range p.Held {
		held[i] = float32(n)
	}
	rates := map[string]any{}
	for name, v := range p.Rates {
		rates[name] = v
	}
	return map[string]any{
		"classes": texts(p.Classes), "images": p.Images, "labels": p.Labels, "testImages": p.TestImages, "testLabels": p.TestLabels,
		"held": held, "notes": texts(p.Notes), "recipe": map[string]any{
			"activation": p.Recipe.Activation.String(), "lr": p.Recipe.LR, "batch": p.Recipe.Batch, "epochs": p.Recipe.Epochs,
			"decay": p.Recipe.Decay.String(), "rates": rates,
		},
	}
}

func texts(list []string) []any {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}
