package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lenet/engine/internal/disk"
)

// named is a file and the option or argument that names it.
type named struct{ option, path string }

func (n named) String() string { return strings.TrimSpace(n.option + " " + n.path) }

// checkOutputs reports, before any work, an output that cannot be written: one that
// is a directory, one in a place where nothing can be written, and one that is the
// same file as another output or as an input, by whatever name. An option that was
// not given has an empty path and is passed over.
func checkOutputs(outputs []named, inputs ...named) error {
	out := named{"the standard output", ""}
	stdout, err := os.Stdout.Stat()
	regular := err == nil && stdout.Mode().IsRegular()
	for i, o := range outputs {
		if o.path == "" {
			continue
		}
		if dir, err := os.Stat(filepath.Dir(o.path)); err != nil || !dir.IsDir() {
			return fmt.Errorf("cannot write %s: there is no directory %s", o.path, filepath.Dir(o.path))
		}
		if there, err := os.Stat(o.path); err == nil && there.IsDir() {
			return fmt.Errorf("%v is a directory: give the name of a file in it", o)
		} else if err == nil && regular && os.SameFile(there, stdout) {
			return fmt.Errorf("%v and %v are the same file: give another name", o, out)
		}
		if err := disk.Check(o.path); err != nil {
			return fmt.Errorf("cannot write %v: %w", o, err)
		}
		for _, other := range append(outputs[:i:i], inputs...) {
			if other.path != "" && disk.Same(o.path, other.path) {
				return fmt.Errorf("%v and %v are the same file: give another name", o, other)
			}
		}
	}
	return nil
}

// unfinished returns the file in which an interrupted run saves the result for path:
// path when there is no file yet, otherwise to NAME.unfinished and the ending
// beside it.
func unfinished(path string) string {
	if info, err := os.Stat(path); err != nil || info.Mode()&fs.ModeType != 0 {
		return path // nothing yet, or a pipe
	}
	ending := filepath.Ext(path)
	return strings.TrimSuffix(path, ending) + ".unfinished" + ending
}

// check reports options that contradict each other.
func (d dataFlags) check() error {
	if d.Subset != nil && *d.Subset && d.DataDir != "" {
		return errors.New("--subset takes the embedded images and --data-dir those of a directory: leave one of them out")
	}
	return nil
}
