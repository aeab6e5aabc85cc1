package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/dataset/fetch"
	"lenet/engine/dataset/own"
	"lenet/engine/internal/disk"
)

// datasetName is the name of a data set on the command line.
type datasetName string

// UnmarshalText implements [encoding.TextUnmarshaler]: names that there are.
func (n *datasetName) UnmarshalText(text []byte) error {
	d, err := dataset.Lookup(string(text))
	*n = datasetName(d.Name)
	return err
}

// dataFlags choose a data set's files.
type dataFlags struct {
	Subset  *bool  `negatable:"" help:"Use the embedded subset, 6,000 training and 1,000 test images, which needs no files."`
	DataDir string `placeholder:"DIR" type:"existingdir" help:"Where the data set's four files lie, compressed or not, or torchvision's root. Otherwise see lenet data list."`
}

// load finds the data set, downloads it when it is nowhere, and tells where it
// came from.
func (d dataFlags) load(e *env, name string) (train, test engine.Set, source string, err error) {
	if d.Subset != nil && *d.Subset {
		train, test, err = dataset.Subset(name)
		return train, test, "the embedded subset", err
	}
	train, test, source, err = dataset.Load(name, dataset.Options{Dir: d.DataDir, Note: func(text string) { fmt.Fprintln(e.err, text) }})
	if d.DataDir != "" || !errors.Is(err, dataset.ErrNotFound) {
		return train, test, source, err
	}
	info, err := dataset.Lookup(name)
	if err != nil {
		return train, test, "", err
	}
	fmt.Fprintf(e.err, "%s is not on this machine: downloading it\n", info.Title)
	if err := download(e, info); err != nil {
		return train, test, "", fmt.Errorf("%w\nWithout it, --subset trains on the embedded 6,000 images", err)
	}
	return dataset.Load(name, dataset.Options{})
}

// download fetches a data set and shows how far it is.
func download(e *env, info dataset.Info) error {
	last := ""
	dir, err := fetch.Fetch(e.ctx, info, func(file string, done, total int64) {
		if e.terminal && total > 0 {
			fmt.Fprintf(e.err, "\r%-26s %5.1f of %.1f MB", file, float64(done)/1e6, float64(total)/1e6)
		}
		if last != "" && last != file && e.terminal {
			fmt.Fprintln(e.err)
		}
		last = file
	})
	if e.terminal && last != "" {
		fmt.Fprintln(e.err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%s is in %s\n", info.Title, dir)
	return nil
}

type dataCmd struct {
	List   dataListCmd   `cmd:"" default:"withargs" help:"Show the data sets and where each is found."`
	Fetch  dataFetchCmd  `cmd:"" help:"Download data sets into the cache directory."`
	Verify dataVerifyCmd `cmd:"" help:"Check every file found against the published SHA-256."`
	Export dataExportCmd `cmd:"" help:"Write a data set in another format, for NumPy for example."`
	Subset dataSubsetCmd `cmd:"" help:"Make the embedded subset's files from the whole data sets."`
}

func (dataCmd) Help() string {
	return `A data set is four files: training and test images and labels, in IDX format, compressed or not. They are looked for in
the cache directory, in the system's data directory (as Debian's packages of data sets fill it) and, where a Go module carries them, in
the Go module cache, and always checked by SHA-256. The cache directory is your user cache directory, or $LENET_DATA.

  lenet data                      where the data sets are
  lenet data fetch fashion        download Fashion-MNIST, 31 MB
  lenet data verify               check every file
  lenet data export fashion fashion.npz`
}

type dataListCmd struct{}

func (dataListCmd) Run(e *env) error {
	for _, d := range dataset.All() {
		fmt.Fprintf(e.out, "%s (--dataset %s)\n", d.Title, d.Name)
		fmt.Fprintf(e.out, "  embedded subset: %s training and %s test images\n", thousands(dataset.SubsetTrain), thousands(dataset.SubsetTest))
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, p := range d.Places() {
			fmt.Fprintf(w, "  %s:\t%s\t%s\n", p.Kind, p.Dir, status(d, p.Dir))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// status tells in a few words how many of the four files a directory has.
func status(d dataset.Info, dir string) string {
	found := 0
	for _, f := range d.Files {
		for _, name := range f.Names() {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
				found++
				break
			}
		}
	}
	if found == 0 {
		return "not there"
	}
	return fmt.Sprintf("%d of 4 files", found)
}

type dataFetchCmd struct {
	Names []datasetName `arg:"" optional:"" name:"dataset" help:"${sets}; all when none is given."`
}

func (c dataFetchCmd) Run(e *env) error {
	infos, err := lookupAll(c.Names)
	if err != nil {
		return err
	}
	for _, d := range infos {
		if err := download(e, d); err != nil {
			return err
		}
	}
	return nil
}

// lookupAll returns the data sets of those names, all for none.
func lookupAll(names []datasetName) ([]dataset.Info, error) {
	if len(names) == 0 {
		return dataset.All(), nil
	}
	var infos []dataset.Info
	for _, n := range names {
		d, err := dataset.Lookup(string(n))
		if err != nil {
			return nil, err
		}
		infos = append(infos, d)
	}
	return infos, nil
}

type dataVerifyCmd struct {
	Names []datasetName `arg:"" optional:"" name:"dataset" help:"${sets}; all when none is given."`
}

// Run checks every place that has files. It fails when a file is damaged and
// when a data set is nowhere whole.
func (c dataVerifyCmd) Run(e *env) error {
	infos, err := lookupAll(c.Names)
	if err != nil {
		return err
	}
	var bad []string
	for _, d := range infos {
		whole := false
		for _, p := range d.Places() {
			_, _, err := d.LoadDir(p.Dir)
			switch {
			case err == nil:
				fmt.Fprintf(e.out, "%s: %s: ok\n", d.Title, p.Dir)
				whole = true
			case errors.Is(err, os.ErrNotExist):
				fmt.Fprintf(e.out, "%s: %s: %s\n", d.Title, p.Dir, status(d, p.Dir))
			default:
				fmt.Fprintf(e.out, "%s: DAMAGED: %v\n", d.Title, err)
				bad = append(bad, p.Dir)
			}
		}
		if !whole {
			bad = append(bad, d.Title+", which is nowhere whole (lenet data fetch "+d.Name+")")
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("data sets: not right: %s", strings.Join(bad, ", "))
	}
	return nil
}

type dataExportCmd struct {
	Name string `arg:"" name:"dataset" help:"${sets}; leave it out with --data."`
	Out  string `arg:"" optional:"" name:"out" help:"The file to write: .npz, .csv or .json; with --as a folder, too."`
	As   string `enum:"idx,npz,csv,png,strokes," default:"" placeholder:"idx|npz|csv|png|strokes" help:"The format, where the name of the file does not tell: IDX files or PNG pictures in a folder, .npz, .csv, strokes in .json."`
	ownFlags
	dataFlags
}

func (dataExportCmd) Help() string {
	return `In .npz the arrays are train_images, train_labels, test_images and test_labels, uint8 of shape (n, 28, 28), 0 to 255, and (n), or
images and labels without a test part. Of two parts a .csv becomes NAME-train.csv and NAME-test.csv. Where labels do not say it all, NAME-classes.txt
or classes.txt has the names of the classes. --data reads all of it back: the same pixels, whose SHA-256 is printed.

  lenet data export fashion fashion.npz
  lenet data export mnist mnist.npz --subset
  lenet data export mnist digits --as png --subset
  lenet data export --data letters.json letters.csv

` + ownHelp
}

// Validate is called by kong. It puts the arguments in their places.
func (c *dataExportCmd) Validate() error {
	asked := datasetName("")
	switch {
	case c.Data == "":
		if err := asked.UnmarshalText([]byte(c.Name)); err != nil {
			return err
		}
		if c.Out == "" {
			return errors.New("give the name of a file to write after that of the data set")
		}
	case c.Out != "":
		return errors.New("--data takes a data set of your own: leave out the name of another")
	default:
		c.Name, c.Out = "", c.Name
	}
	form, err := c.form()
	if err != nil {
		return err
	}
	err = errors.Join(c.dataFlags.check(), c.ownFlags.check("", c.dataFlags))
	if form == "idx" || form == "png" {
		if info, statErr := os.Stat(c.Out); statErr == nil && !info.IsDir() {
			err = errors.Join(err, fmt.Errorf("%s is a file: give the name of a folder", c.Out))
		} else if left, _ := filepath.Glob(filepath.Join(c.Out, "*")); len(left) > 0 {
			err = errors.Join(err, fmt.Errorf("%s has files in it: give the name of a new folder", c.Out))
		}
		return err
	}
	return errors.Join(err, checkOutputs([]named{{"", c.Out}}, c.inputs()...))
}

// form returns the format to write.
func (c *dataExportCmd) form() (string, error) {
	if c.As != "" {
		return c.As, nil
	}
	if form := map[string]string{".npz": "npz", ".csv": "csv", ".json": "strokes"}[filepath.Ext(c.Out)]; form != "" {
		return form, nil
	}
	return "", fmt.Errorf("%q: use a name that ends in .npz, .csv or .json, or say the format with --as %s", c.Out, strings.Join(own.Forms(), ", --as "))
}

func (c *dataExportCmd) Run(e *env) error {
	d, source, err := c.read(e)
	if err != nil {
		return err
	}
	form, err := c.form()
	if err != nil {
		return err
	}
	folders := map[string]bool{}
	err = d.Export(form, filepath.ToSlash(c.Out), func(path string, content []byte) error {
		path = filepath.FromSlash(path)
		if dir := filepath.Dir(path); (form == "idx" || form == "png") && !folders[dir] {
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
			folders[dir] = true
		}
		if form == "png" {
			return disk.WriteNew(path, content)
		}
		return disk.WriteFile(path, content)
	})
	if err != nil {
		return err
	}
	if d.Test.Len() == 0 {
		_, err = fmt.Fprintf(e.out, "wrote %s: %s images of %d classes from %s\n", c.Out, thousands(d.Train.Len()), len(d.Classes), source)
	} else {
		_, err = fmt.Fprintf(e.out, "wrote %s: %s training and %s test images from %s\n", c.Out, thousands(d.Train.Len()), thousands(d.Test.Len()), source)
	}
	if err == nil {
		_, err = fmt.Fprintf(e.out, "pixels' SHA-256 %s\n", d.Sum())
	}
	return err
}

// read returns the data set to write.
func (c *dataExportCmd) read(e *env) (*own.Data, string, error) {
	if c.Data != "" {
		d, err := c.ownFlags.read(e, nil)
		if err == nil && c.TestShare != nil {
			err = holdOut(e, d, *c.TestShare, 0)
		}
		return d, c.Data, err
	}
	info, err := dataset.Lookup(c.Name)
	if err != nil {
		return nil, "", err
	}
	d := &own.Data{Name: info.Name, Classes: info.Classes}
	var source string
	d.Train, d.Test, source, err = c.load(e, info.Name)
	return d, source, err
}

type dataSubsetCmd struct {
	Dir string `default:"assets/data" type:"existingdir" help:"Directory with a directory for each data set."`
}

func (dataSubsetCmd) Help() string {
	return `Writes the first 6,000 training and 1,000 test examples of each data set, as they are embedded in the program and
served to the page. One release of Go always gives the same bytes; a test compares them.

  lenet data subset               from the top of the source tree`
}

func (c dataSubsetCmd) Run(e *env) error {
	for _, d := range dataset.All() {
		train, test, _, err := dataFlags{}.load(e, d.Name)
		if err != nil {
			return err
		}
		files, err := dataset.SubsetFiles(train, test)
		if err != nil {
			return err
		}
		for name, b := range files {
			path := filepath.Join(c.Dir, d.Name, name)
			if err := disk.WriteFile(path, b); err != nil {
				return err
			}
			fmt.Fprintf(e.out, "%s  %d bytes\n", path, len(b))
		}
	}
	return nil
}
