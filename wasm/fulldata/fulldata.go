// Package fulldata finds the full-size training sets for the page's presets
// that train on all 60,000 images.
package fulldata

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"lenet/engine/dataset"
)

const (
	// Prefix is the path, below the page, that the files are served from.
	Prefix = "data/full/"
	// Index is the path of the list of what is served from there, see [AppendIndex].
	Index = Prefix + "index.json"
)

// AppendIndex appends the list of the data sets that are offered in full, as
// the page reads it: {"sets": ["fashion", "mnist"]}. It lets the page ask
// without a request that fails.
func AppendIndex(b []byte, sets []string) []byte {
	list, err := json.Marshal(map[string][]string{"sets": append([]string{}, sets...)})
	if err != nil {
		panic(err) // plain strings
	}
	return append(b, list...)
}

// Files returns where the four gzip files of the data set lie, by their path
// below the page ("data/full/mnist/train-images-idx3-ubyte.gz"). dir, when not
// empty, is a directory with one directory for each data set, the only place
// looked in; otherwise those are that the command line uses too. The content
// has been checked, which takes about half a second.
func Files(name, dir string) (map[string]string, error) {
	d, err := dataset.Lookup(name)
	if err != nil {
		return nil, err
	}
	var o dataset.Options
	if dir != "" {
		o.Dir = filepath.Join(dir, d.Name)
	}
	_, _, found, err := dataset.Load(d.Name, o)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, f := range d.Files {
		file := filepath.Join(found, f.Name+".gz")
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("%s: the page needs the gzip form of the data: run gzip -k %s", d.Title, filepath.Join(found, "*-ubyte"))
		}
		files[path.Join(Prefix, d.Name, f.Name+".gz")] = file
	}
	return files, nil
}
