package main

import (
	"errors"
	"fmt"

	"lenet/engine"
	"lenet/engine/dataset"
)

// imageFlags choose one image, and the names of the classes.
type imageFlags struct {
	File    string      `arg:"" optional:"" name:"image" help:"A PNG picture, a JSON file of strokes or an .npy file, of which the first is taken."`
	Image   *int        `placeholder:"N" help:"Image N of the embedded test set, or of --data's, instead, from 0."`
	Dataset datasetName `placeholder:"NAME" help:"${sets}; otherwise the one the weights were trained on."`
	ownFlags
}

var errNoImage = errors.New("give a picture or --image N, one of them")

// given reports whether there is an image.
func (c imageFlags) given() bool { return c.File != "" || c.Image != nil }

// check reports options that contradict each other. compared says that --data is
// compared with the picture.
func (c imageFlags) check(compared bool) error {
	if c.File != "" && c.Image != nil {
		return errNoImage
	}
	if c.Data != "" && c.File != "" && !compared {
		return errors.New("--data has many images: add --image N in place of a picture")
	}
	return c.ownFlags.check(c.Dataset, dataFlags{})
}

// set returns the names of a network's n classes, the images that Image counts in,
// none where they are not asked for, and what they are.
func (c imageFlags) set(e *env, w weightsFlag, n int, meta map[string]string, asked bool) (info dataset.Info, test engine.Set, which string, err error) {
	if c.Data != "" {
		return c.forTest(e, w, n, meta)
	}
	if info, err = classesOf(w.Weights, n, c.Dataset, meta); err == nil && asked {
		if _, err = trainedOn(w.Weights, info.Name, meta); err == nil {
			_, test, err = dataset.Subset(info.Name)
		}
	}
	return info, test, "the embedded test set", err
}

// pixels returns the image to show to a network of n classes, and their names.
func (c imageFlags) pixels(e *env, w weightsFlag, n int, meta map[string]string) (dataset.Info, []byte, error) {
	info, test, which, err := c.set(e, w, n, meta, c.Image != nil)
	if err != nil {
		return info, nil, err
	}
	image, err := c.from(info, test, which)
	return info, image, err
}

// from returns the image, of the set where it counts.
func (c imageFlags) from(info dataset.Info, test engine.Set, which string) ([]byte, error) {
	if c.Image != nil {
		if i := *c.Image; i < 0 || i >= test.Len() {
			return nil, fmt.Errorf("--image %d: %s has images 0 to %d", i, which, test.Len()-1)
		}
		return test.Images[*c.Image*engine.Pixels:][:engine.Pixels], nil
	}
	pictures, err := predictCmd{}.read(c.File, info.Digits)
	if err != nil {
		return nil, err
	}
	if len(pictures) == 0 {
		return nil, fmt.Errorf("%s: there is no picture in it", c.File)
	}
	return pictures[0].pixels[:], nil
}
