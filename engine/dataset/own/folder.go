package own

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"lenet/engine"
	"lenet/engine/picture"
)

// PictureEndings are the endings of pictures.
var PictureEndings = []string{".png", ".jpg", ".jpeg", ".bmp", ".gif"}

// shown is a picture of a class.
type shown struct {
	class, part string // part is "train", "test" or ""
	file        *file
}

// classFolders returns the pictures in folders with the class's name, below
// folders train and test or without them, in the order of the files' names. A
// single folder around all is passed over.
func (r *reader) classFolders() []shown {
	var all []shown
	for i := range r.files {
		f := &r.files[i]
		dir, class := path.Split(path.Dir(f.path))
		if !slices.Contains(PictureEndings, strings.ToLower(path.Ext(f.path))) || class == "." {
			continue
		}
		s := shown{class, "", f}
		switch strings.ToLower(path.Base(dir)) {
		case "train", "training":
			s.part = "train"
		case "test", "testing", "val", "valid", "validation":
			s.part = "test"
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b shown) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(path.Base(a.file.path), path.Base(b.file.path)), cmp.Compare(a.class, b.class))
	})
	return all
}

// readFolder reads pictures, PNG and JPEG among others, in a folder for each
// class. Pictures of 28×28 pixels are taken as they are when all are; otherwise
// each is brought to that size as `lenet predict` does.
func (r *reader) readFolder() error {
	r.format = "pictures"
	if r.picture == nil {
		return errors.New("pictures are not read here: use IDX files, an .npz or a .csv")
	}
	all := r.classFolders()
	if len(all) > r.limit {
		return fmt.Errorf("it has %d pictures: take fewer, at most %d are read", len(all), r.limit)
	}
	exact := true // so far
	for again := true; again; {
		again = false
		r.train, r.test = part{}, part{}
		for _, s := range all {
			pixels, small, err := r.readPicture(s.file, exact)
			if err != nil {
				return fmt.Errorf("%s: %w", s.file.path, err)
			}
			if exact && !small {
				exact, again = false, true // the others are to be read in the same way
				break
			}
			label, err := r.labels.add(s.class)
			if err != nil {
				return err
			}
			to := &r.train
			if s.part == "test" {
				to = &r.test
			}
			to.set.Images, to.set.Labels = append(to.set.Images, pixels[:]...), append(to.set.Labels, label)
		}
	}
	if r.train.set.Len() == 0 {
		r.train, r.test = r.test, part{}
	}
	above := path.Dir(path.Dir(all[0].file.path))
	if err := r.findNames(above); err != nil || r.names != nil {
		return err
	}
	return r.findNames(path.Dir(above))
}

// readPicture reads a picture as it is, or else as the data sets have theirs.
// Small reports whether it can be taken as it is.
func (r *reader) readPicture(f *file, exact bool) (pixels [engine.Pixels]byte, small bool, err error) {
	b, err := f.read()
	if err != nil {
		return pixels, false, err
	}
	rgba, width, height, err := r.picture(b)
	if err != nil {
		return pixels, false, err
	}
	if !exact {
		pixels, err = picture.Read(rgba, width, height, true)
		return pixels, false, err
	}
	if width != engine.Side || height != engine.Side {
		return pixels, false, nil
	}
	for i := range pixels {
		c := rgba[4*i:][:4]
		if c[3] != 255 {
			return pixels, false, nil
		}
		pixels[i] = picture.Grey(c)
	}
	return pixels, true, nil
}
