package own

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"lenet/engine"
	"lenet/engine/npy"
)

// pairs are the names that images and labels have in .npz files, in small
// letters: Keras's, lenet data export's, and simpler ones.
var pairs = []struct{ images, labels, part string }{
	{"x_train", "y_train", "train"}, {"train_images", "train_labels", "train"}, {"train_x", "train_y", "train"},
	{"x_test", "y_test", "test"}, {"test_images", "test_labels", "test"}, {"test_x", "test_y", "test"},
	{"images", "labels", ""}, {"x", "y", ""}, {"data", "labels", ""}, {"data", "target", ""}, {"arr_0", "arr_1", ""},
}

// readNPZ returns the training part of an .npz file and sets the test part.
func (r *reader) readNPZ(name string, b []byte) (train part, err error) {
	r.format = "NumPy arrays"
	a, err := npy.Open(b)
	if err != nil {
		return train, err
	}
	if len(a.Names) == 1 { // Kuzushiji-49 has its images and its labels in files of one array
		return r.readSplit(name, a)
	}
	find := func(name string) string {
		i := slices.IndexFunc(a.Names, func(n string) bool { return strings.ToLower(n) == name })
		if i < 0 {
			return ""
		}
		return a.Names[i]
	}
	for _, pair := range pairs {
		images, labels := find(pair.images), find(pair.labels)
		if images == "" || labels == "" || pair.part != "test" && train.set.Len() > 0 || pair.part == "test" && r.test.set.Len() > 0 {
			continue
		}
		p, err := r.arrays(a, images, a, labels)
		if err != nil {
			return train, err
		}
		if pair.part == "test" {
			r.test = p
		} else {
			train = p
		}
	}
	if train.set.Len() == 0 {
		train, r.test = r.test, part{}
	}
	if train.set.Len() == 0 {
		return train, fmt.Errorf("it has the arrays %s: call them x_train, y_train, x_test and y_test, or images and labels", few(a.Names))
	}
	if text, ok := a.Meta["classes"]; ok {
		n, err := parseNames([]byte(text))
		if err != nil {
			return train, fmt.Errorf("the names of its classes: %w", err)
		}
		n.from = "its list of classes"
		r.names = n
		return train, nil
	}
	return train, r.findFileNames(name)
}

// readSplit reads images of an archive with one array, and labels of the one
// beside it.
func (r *reader) readSplit(name string, images *npy.Archive) (p part, err error) {
	var beside *file
	for _, to := range []string{"labels", "label"} {
		for _, from := range []string{"images", "imgs", "image"} {
			if partner := strings.Replace(name, from, to, 1); partner != name && r.find(partner) != nil {
				beside = r.find(partner)
			}
		}
	}
	if beside == nil {
		return p, fmt.Errorf("it has the one array %q: save images and labels together, with numpy.savez(…, images=x, labels=y)", images.Names[0])
	}
	b, err := beside.read()
	if err == nil {
		var labels *npy.Archive
		if labels, err = npy.Open(b); err == nil && len(labels.Names) == 1 {
			if p, err = r.arrays(images, images.Names[0], labels, labels.Names[0]); err == nil {
				return p, r.findFileNames(name)
			}
			return p, err
		}
	}
	if err == nil {
		err = errors.New("it has several arrays")
	}
	return p, fmt.Errorf("%s: %w", beside.path, err)
}

// arrays makes a part of an array of images and one of labels.
func (r *reader) arrays(x *npy.Archive, images string, y *npy.Archive, labels string) (p part, err error) {
	shape, err := x.Shape(images)
	if err != nil {
		return p, fmt.Errorf("%w; save images as uint8", err)
	}
	n, ok := npy.CountImages(shape)
	switch {
	case !ok:
		return p, fmt.Errorf("%q: %w", images, sizeError(shape))
	case n > r.limit:
		return p, fmt.Errorf("%q has %d images: take fewer, at most %d are read", images, n, r.limit)
	}
	if shape, err = y.Shape(labels); err != nil {
		return p, err
	}
	if size := product(shape); size != n || len(shape) > 0 && shape[0] != n {
		remedy := "save one label for each image"
		if len(shape) == 2 && shape[0] == n {
			remedy = "of one column for each class take the largest, with labels.argmax(axis=1)"
		}
		return p, fmt.Errorf("%q has shape %v for %d images: %s", labels, shape, n, remedy)
	}
	a, err := x.Array(images)
	if err == nil {
		if p.set.Images, err = greys(a); err != nil {
			err = fmt.Errorf("%q: %w", images, err)
		}
	}
	if err != nil {
		return p, err
	}
	if a, err = y.Array(labels); err == nil {
		if p.set.Labels, err = r.arrayLabels(a); err != nil {
			err = fmt.Errorf("%q: %w", labels, err)
		}
	}
	return p, err
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// arrayLabels reads labels: whole numbers, of any type, or texts.
func (r *reader) arrayLabels(a *npy.Array) ([]byte, error) {
	texts, isText := a.Data.([]string)
	var numbers []float64
	if !isText {
		var err error
		if numbers, err = a.Float64s(); err != nil {
			return nil, err
		}
	}
	var all []byte
	for i := range max(len(texts), len(numbers)) {
		var at byte
		var err error
		if isText {
			at, err = r.labels.add(texts[i])
		} else if v := numbers[i]; v != math.Trunc(v) || math.Abs(v) > 1<<30 {
			err = fmt.Errorf("label %v of image %d: labels are whole numbers or names", v, i)
		} else {
			at, err = r.labels.addInt(int(v))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, at)
	}
	return all, nil
}

// greys returns images as bytes: numbers from 0 to 255, or floats from 0 to 1,
// which are rounded to 255 steps.
func greys(a *npy.Array) ([]byte, error) {
	if b, ok := a.Data.([]uint8); ok {
		return b, nil
	}
	switch v := a.Data.(type) {
	case []float32:
		return rounded(v, a.Integer)
	case []float64:
		return rounded(v, a.Integer)
	}
	return nil, errors.New("it has texts where images are due")
}

func rounded[F float32 | float64](values []F, integer bool) ([]byte, error) {
	scale := 255.0
	if integer || slices.Max(values) > 1 {
		scale = 1
	}
	b := make([]byte, len(values))
	for i, v := range values {
		if !(v >= 0 && float64(v)*scale <= 255) {
			return nil, fmt.Errorf("value %v in image %d: give numbers from 0 to 255, or from 0 to 1, and not normalised further", v, i/engine.Pixels)
		}
		b[i] = byte(float64(v)*scale + 0.5)
	}
	return b, nil
}
