package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/dataset/own"
	"lenet/engine/internal/disk"
	"lenet/engine/picture/decode"
)

// ownFlags choose a data set of one's own.
type ownFlags struct {
	Data      string   `placeholder:"PATH" help:"A data set of your own: IDX files (their folder, or the beginning of their names), an .npz, a .csv, strokes in .json, or a folder with a folder of pictures for each class."`
	TestData  string   `placeholder:"PATH" help:"The test part of --data, where that has none."`
	TestShare *float64 `placeholder:"X" help:"The share of each class to hold out for the test, where --data has no test part and there is no --test-data; otherwise 0.2."`
	Transpose bool     `help:"Exchange rows and columns of --data's images, which EMNIST has exchanged."`
}

// ownHelp explains --data in the help of commands.
const ownHelp = `With --data the images are your own, of 2 to 64 classes: MNIST's kind of files as KMNIST, EMNIST and QMNIST have them, compressed
or not; an .npz with x_train, y_train, x_test and y_test, or with images and labels; a .csv with label,pixel0,…,pixel783; strokes,
[{"label": "house", "strokes": [[[x, y], …], …]}, …]; or pictures in a folder for each class. Labels are numbers or names. A text
file beside, NAME-classes.txt or classes.txt, has the names of the classes, one a line. Pictures may have any size; other images
have 28×28 pixels.`

// defaultShare is held out of a data set without a test part.
const defaultShare = 0.2

// check reports options that contradict each other.
func (o ownFlags) check(asked datasetName, d dataFlags) error {
	switch {
	case o.Data == "" && o.TestData != "":
		return errors.New("--test-data is the test part of --data: give that too, or use --data in its place")
	case o.Data == "" && (o.TestShare != nil || o.Transpose):
		return errors.New("--test-share and --transpose are for a data set of your own: add --data PATH")
	case o.Data != "" && (asked != "" || d != dataFlags{}):
		return errors.New("--data takes a data set of your own: leave out --dataset, --subset and --data-dir")
	case o.TestShare != nil && o.TestData != "":
		return errors.New("--test-data is the whole test part: leave out --test-share")
	case o.TestShare != nil && !(*o.TestShare > 0 && *o.TestShare < 1):
		return fmt.Errorf("--test-share %v: use a number between 0 and 1, such as 0.2", *o.TestShare)
	}
	return nil
}

// inputs are the files that outputs must not replace.
func (o ownFlags) inputs() []named {
	return []named{{"--data", o.Data}, {"--test-data", o.TestData}}
}

// source returns where a path lies.
func source(path string) (own.Source, error) {
	if path == "" {
		return own.Source{}, nil
	}
	path = filepath.Clean(path)
	if base := filepath.Base(path); base == "." || base == ".." {
		var err error
		if path, err = filepath.Abs(path); err != nil {
			return own.Source{}, err
		}
	}
	return own.Source{FS: disk.FS(filepath.Dir(path)), Path: filepath.Base(path)}, nil
}

// read reads the data set and says what was done with it. Classes, when not nil,
// are those that its labels are of.
func (o ownFlags) read(e *env, classes []string) (*own.Data, error) {
	data, err := source(o.Data)
	if err != nil {
		return nil, err
	}
	test, err := source(o.TestData)
	if err != nil {
		return nil, err
	}
	if o.TestData == "" {
		test.FS = nil
	}
	d, err := own.Read(data, own.Options{Test: test, Transpose: o.Transpose, Classes: classes, Picture: decode.RGBA})
	if err != nil {
		return nil, err
	}
	if o.TestShare != nil && d.Test.Len() > 0 {
		return nil, fmt.Errorf("%s has a test part: leave out --test-share", o.Data)
	}
	for _, note := range d.Notes {
		fmt.Fprintln(e.err, note)
	}
	d.Notes = nil
	return d, nil
}

// holdOut makes a test part where there is none.
func holdOut(e *env, d *own.Data, share float64, seed uint64) error {
	if err := d.HoldOut(share, seed); err != nil {
		return err
	}
	for _, note := range d.Notes {
		fmt.Fprintln(e.err, note)
	}
	return nil
}

// forTraining reads the data set with a test part, and how a recipe names it.
func (o ownFlags) forTraining(e *env, seed uint64) (*own.Data, engine.Own, error) {
	d, err := o.read(e, nil)
	if err != nil {
		return nil, engine.Own{}, err
	}
	is := engine.Own{SHA256: d.SHA256}
	if d.Test.Len() == 0 {
		is.TestShare = defaultShare
		if o.TestShare != nil {
			is.TestShare = *o.TestShare
		}
		if err := holdOut(e, d, is.TestShare, seed); err != nil {
			return nil, is, err
		}
	}
	return d, is, d.Check()
}

// from says where a data set came from.
func (o ownFlags) from(d *own.Data, is engine.Own) string {
	text := fmt.Sprintf("%s: %s of %d classes", o.Data, d.Format, len(d.Classes))
	if o.TestData != "" {
		text += ", tested on " + o.TestData
	} else if is.TestShare > 0 {
		text += fmt.Sprintf(", %.4g %% held out", 100*is.TestShare)
	}
	if is.Repeat > 1 {
		text += fmt.Sprintf(", each training image %d times in an epoch", is.Repeat)
	}
	return text
}

// The metadata of weights that were trained on a data set of one's own: the
// SHA-256 of its pixels, and the share that the seed held out for the test.
const (
	pixelsKey = "data_sha256"
	shareKey  = "test_share"
)

// ownMeta adds what weights tell about their data set.
func ownMeta(m map[string]string, is engine.Own, classes []string) {
	list, _ := json.Marshal(classes) // texts
	m[classesKey], m[pixelsKey] = string(list), is.SHA256
	if is.TestShare > 0 {
		m[shareKey] = strconv.FormatFloat(is.TestShare, 'g', -1, 64)
	}
}

// forTest reads the images that weights are tested on: the test part, or what was
// held out when the weights were trained on this very data set, or the share
// asked for, or else all. The labels are of the weights' classes. on names them.
func (o ownFlags) forTest(e *env, w weightsFlag, n int, meta map[string]string) (info dataset.Info, test engine.Set, on string, err error) {
	names := namesIn(meta, n)
	d, err := o.read(e, names)
	if err != nil {
		return info, test, "", err
	}
	info = ownInfo(d.Name, d.Classes)
	if err := checkClasses(w.Weights, n, info); err != nil {
		return info, test, "", err
	}
	share, seed := 0.0, uint64(0)
	if meta[pixelsKey] == d.SHA256 {
		share, _ = strconv.ParseFloat(meta[shareKey], 64)
		seed, _ = strconv.ParseUint(meta["seed"], 10, 64)
	}
	on = o.Data + ", test part"
	switch {
	case d.Test.Len() > 0:
		return info, d.Test, on, nil
	case o.TestShare != nil:
		on = fmt.Sprintf("%s, %.4g %% of it", o.Data, 100**o.TestShare)
		share = *o.TestShare
	case share > 0 && share < 1:
		on = o.Data + ", held out in training"
	default:
		return info, d.Train, o.Data, nil
	}
	err = holdOut(e, d, share, seed)
	return info, d.Test, on, err
}

// trainedOn returns the built-in data set of that name, which is asked for or the
// one that weights were trained on.
func trainedOn(weights, name string, meta map[string]string) (dataset.Info, error) {
	info, err := dataset.Lookup(name)
	if err != nil && meta[pixelsKey] != "" && name == meta["dataset"] {
		err = fmt.Errorf("%s was trained on %s: add --data PATH to that, or --dataset %s", weights, name, strings.Join(dataset.Names(), " or --dataset "))
	}
	return info, err
}

// namesIn returns the names of n classes that weights bring, or those of the data
// set that they were trained on, nil when they are not known.
func namesIn(meta map[string]string, n int) []string {
	if names := classNames(meta, n); names != nil {
		return names
	}
	if info, err := dataset.Lookup(meta["dataset"]); err == nil && len(info.Classes) == n {
		return info.Classes
	}
	return nil
}

// ownInfo describes a data set of one's own as the table describes the built-in ones.
func ownInfo(name string, classes []string) dataset.Info {
	return dataset.Info{Name: name, Title: ownTitle(name), Classes: classes, Digits: true}
}

// ownTitle returns the name without its ending.
func ownTitle(name string) string {
	title := strings.Trim(name, "./*")
	for _, ending := range []string{".gz", ".npz", ".csv", ".json", ".zip"} {
		title = strings.TrimSuffix(title, ending)
	}
	return title
}

// titleOf returns the title of a data set by its name.
func titleOf(name string) string {
	if info, err := dataset.Lookup(name); err == nil {
		return info.Title
	}
	return ownTitle(name)
}

// besideOwn are the options for a data set of one's own that a resumed run may
// have: they say where it lies.
var besideOwn = []string{"data", "test-data", "transpose"}

// resumed reads the data set that a checkpoint was made with.
func (o ownFlags) resumed(e *env, r engine.Recipe) (*own.Data, error) {
	switch {
	case r.Own == engine.Own{} && o.Data == "":
		return nil, nil
	case r.Own == engine.Own{}:
		return nil, fmt.Errorf("it was trained on %s: leave out --data", r.Dataset)
	case o.Data == "":
		return nil, fmt.Errorf("it was trained on %s: add --data PATH to that", r.Dataset)
	}
	if r.Own.TestShare > 0 {
		o.TestShare = &r.Own.TestShare
	}
	d, is, err := o.forTraining(e, r.Seed)
	if err != nil {
		return nil, err
	}
	if is.Repeat = r.Own.Repeat; is != r.Own {
		return nil, fmt.Errorf("--data %s: its images are not those of %s, which it was trained on: give that, with the same --test-data and --transpose", o.Data, r.Dataset)
	}
	d.Repeat(is.Repeat)
	return d, nil
}

// args returns the options that name the data set again.
func (o ownFlags) args() []string {
	var args []string
	for _, in := range o.inputs() {
		if in.path != "" {
			args = append(args, in.option, in.path)
		}
	}
	if o.Transpose {
		args = append(args, "--transpose")
	}
	return slices.Clip(args)
}
