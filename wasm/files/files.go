// Package files answers the page's requests about data sets of somebody's own:
// it reads the files that were dropped, writes files to keep, and makes of a few
// examples a training and a test set. The readers, writers and the recipe are
// package own's, which the program has, too: the same files give the same pixels.
//
// Only the worker without SIMD links it. It is loaded when it is needed.
package files

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"

	"lenet/engine"
	"lenet/engine/dataset/own"
	"lenet/engine/pen"
	"lenet/engine/picture/decode"
	"lenet/wasm/protocol"
)

// maxPart is the most examples of a training or a test set, which is what the
// workers that train take.
const maxPart = 60_000

// Files has the files that are to be read.
type Files struct {
	// Progress, when not nil, is told how much of a request is done, 0 to 1.
	Progress func(share float64)

	memory memory
	total  int // bytes
}

// Handle answers a request of package protocol, an error for one that is not
// about files.
func (f *Files) Handle(req protocol.Request) (protocol.Reply, error) {
	switch r := req.(type) {
	case protocol.Put:
		return f.put(r)
	case protocol.Read:
		return f.read()
	case protocol.Write:
		return write(r)
	case protocol.Prepare:
		return f.prepare(r)
	}
	return nil, fmt.Errorf("%T is not about files", req)
}

// progress tells each whole percent.
func (f *Files) progress(done, total int) {
	if f.Progress != nil && 100*done/total != 100*(done-1)/total {
		f.Progress(float64(done) / float64(total))
	}
}

// put takes a file.
func (f *Files) put(r protocol.Put) (protocol.Reply, error) {
	_, twice := f.memory[r.Path]
	var err error
	switch {
	case !fs.ValidPath(r.Path) || r.Path == ".":
		err = fmt.Errorf("%q is no path of a file: rename it", r.Path)
	case twice:
		err = fmt.Errorf("%s: two files have this name: drop one folder, or one data set at a time", r.Path)
	case f.total+len(r.Data) > protocol.MaxDropped:
		err = fmt.Errorf("more than %d MiB of files: take fewer here; lenet train --data reads more", protocol.MaxDropped>>20)
	case len(f.memory) == protocol.MaxFiles:
		err = fmt.Errorf("more than %d files: take fewer here; lenet train --data reads more", protocol.MaxFiles)
	}
	if err != nil {
		return nil, err
	}
	if f.memory == nil {
		f.memory = memory{}
	}
	f.memory[r.Path] = r.Data
	f.total += len(r.Data)
	reply := protocol.Files{Count: len(f.memory)}
	if r.Sum {
		reply.SHA256 = own.Sum(r.Data)
	}
	return reply, nil
}

// read reads the data set that the files are.
func (f *Files) read() (protocol.Reply, error) {
	m := f.memory
	f.memory, f.total = nil, 0
	if len(m) == 0 {
		return nil, errors.New("there are no files to read")
	}
	from, transposed := source(m)
	o := own.Options{Limit: maxPart, File: protocol.MaxFile, Transpose: transposed}
	done := 0
	o.Picture = func(file []byte) ([]byte, int, int, error) {
		done++
		f.progress(min(done, len(m)), len(m))
		return decode.RGBA(file)
	}
	d, err := own.Read(own.Source{FS: m, Path: from}, o)
	if err != nil {
		text := strings.TrimPrefix(err.Error(), ".: ") // the name of no file
		if strings.Contains(text, "take fewer") {
			text += "; lenet train --data reads more"
		}
		return nil, errors.New(text)
	}
	if len(d.Classes) < engine.MinClasses {
		return nil, d.Check()
	}
	if n := d.Train.Len() + d.Test.Len(); n > protocol.MaxFile/engine.Pixels {
		return nil, fmt.Errorf("%s: it has %d images: take fewer here; lenet train --data reads more", d.Name, n)
	}
	if transposed {
		d.Notes = append(d.Notes, "rows and columns were exchanged, as EMNIST's files have them exchanged")
	}
	if d.Name == "./" {
		d.Name = "dropped/"
	}
	tests := d.Test.Len()
	d.Join()
	if len(d.TrainDrawings) != d.Train.Len() {
		d.TrainDrawings = nil
	}
	return protocol.Dataset{
		Name: d.Name, Format: d.Format, SHA256: d.SHA256, Notes: d.Notes,
		Examples: protocol.Examples{Classes: d.Classes, Images: d.Train.Images, Labels: d.Train.Labels, Tests: tests, Drawings: d.TrainDrawings},
	}, nil
}

// source returns the file or the folder that is the data set, and whether the
// files are EMNIST's, whose images are transposed.
func source(m memory) (from string, transposed bool) {
	var top string
	loose := false // files or pictures that are in no folder together
	for name := range m {
		first, rest, nested := strings.Cut(name, "/")
		loose = loose || !nested || top != "" && top != first ||
			!strings.Contains(rest, "/") && slices.Contains(own.PictureEndings, strings.ToLower(path.Ext(rest)))
		top = first
		transposed = transposed || strings.HasPrefix(path.Base(name), "emnist-") && strings.Contains(name, "idx3")
	}
	switch {
	case len(m) == 1 && m[top] != nil:
		return top, transposed
	case loose:
		return ".", transposed
	}
	return top, transposed
}

// data returns examples as a data set.
func data(e protocol.Examples, name string) (*own.Data, error) {
	if err := own.CheckClasses(e.Classes); err != nil {
		return nil, err
	}
	n := len(e.Labels) - e.Tests
	d := &own.Data{
		Name: name, Classes: slices.Clone(e.Classes),
		Train: engine.Set{Images: e.Images[:n*engine.Pixels], Labels: e.Labels[:n]},
		Test:  engine.Set{Images: e.Images[n*engine.Pixels:], Labels: e.Labels[n:]},
	}
	if e.Drawings != nil {
		d.TrainDrawings, d.TestDrawings = e.Drawings[:n], e.Drawings[n:]
	}
	return d, nil
}

// write makes a file of examples. The classes of strokes are in the order in which
// they are read back, so that one file without a list of their names is enough.
func write(r protocol.Write) (protocol.Reply, error) {
	d, err := data(r.Examples, r.Name)
	if err != nil {
		return nil, err
	}
	if d.Train.Len() == 0 {
		d.Train, d.Test, d.TrainDrawings, d.TestDrawings = d.Test, d.Train, d.TestDrawings, d.TrainDrawings
	}
	if r.Form == "strokes" {
		d.Sort()
		shorten(d.Train.Images, d.TrainDrawings)
		shorten(d.Test.Images, d.TestDrawings)
	}
	name, file, err := d.Pack(r.Form, r.Name)
	return protocol.Written{Name: name, Data: file}, err
}

// shorten rounds the points of drawings to hundredths of a unit where that gives
// the same pixels. The page draws with float32s: where they give the pixels, they
// are taken.
func shorten(images []byte, drawings []pen.Drawing) {
	for i, d := range drawings {
		for _, round := range []func(float64) float64{
			func(v float64) float64 { return math.Round(100*v) / 100 },
			func(v float64) float64 { return v },
			func(v float64) float64 { return float64(float32(v)) },
		} {
			rounded := make(pen.Drawing, len(d))
			for k, s := range d {
				for _, p := range s {
					rounded[k] = append(rounded[k], pen.Point{X: round(p.X), Y: round(p.Y)})
				}
			}
			if pixels, ok := pen.Render(rounded, pen.Options{}); ok && slices.Equal(pixels[:], images[i*engine.Pixels:][:engine.Pixels]) {
				drawings[i] = rounded
				break
			}
		}
	}
}
