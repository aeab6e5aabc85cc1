package own

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"lenet/engine"
	"lenet/engine/idx"
)

// named is what the name of a file says.
type named struct {
	set  string // what is left of it: "emnist-letters"
	part string // "train", "test" or ""
	kind string // "images", "labels" or ""
	idx  bool
}

// parse takes a file's name apart: train-images-idx3-ubyte.gz, with dots or
// underscores in place of dashes, is the "images" of "train".
func parse(name string) named {
	var n named
	var rest []string
	name = strings.TrimSuffix(strings.ToLower(path.Base(name)), ".gz")
	for _, word := range strings.FieldsFunc(name, func(c rune) bool { return c == '-' || c == '.' || c == '_' }) {
		switch word {
		case "train", "training":
			n.part = "train"
		case "test", "testing", "t10k":
			n.part = "test"
		case "images", "image", "imgs":
			n.kind = "images"
		case "labels", "label":
			n.kind = "labels"
		case "idx", "idx1", "idx2", "idx3", "ubyte", "int":
			n.idx = true
		default:
			rest = append(rest, word)
		}
	}
	n.set = strings.Join(rest, "-")
	return n
}

// idxSet are the IDX files of a data set by part and kind: "train images", " labels".
type idxSet struct {
	dir   string
	name  string
	files map[string]*file
}

// idxSets returns the data sets that there are in IDX files, of those that are
// asked for. Of a file that is there twice, packed and not, the first counts.
func (r *reader) idxSets() []idxSet {
	var sets []idxSet
	for i := range r.files {
		f := &r.files[i]
		n := parse(f.path)
		if !n.idx || n.kind == "" || !strings.HasPrefix(path.Base(f.path), r.prefix) {
			continue
		}
		dir := path.Dir(f.path)
		if path.Base(dir) == path.Base(f.path) { // as Kaggle unpacks them
			dir = path.Dir(dir)
		}
		at := slices.IndexFunc(sets, func(s idxSet) bool { return s.name == n.set && s.dir == dir })
		if at < 0 {
			at = len(sets)
			sets = append(sets, idxSet{dir, n.set, map[string]*file{}})
		}
		if key := n.part + " " + n.kind; sets[at].files[key] == nil {
			sets[at].files[key] = f
		}
	}
	return sets
}

// readIDX reads two IDX files, or four. Of a file that is named its partner
// belongs to it, and the test part to the training part.
func (r *reader) readIDX() error {
	r.format = "IDX files"
	sets := r.idxSets()
	if r.main != "" {
		main := parse(r.main)
		sets = slices.DeleteFunc(sets, func(s idxSet) bool { return s.name != main.set || s.files[main.part+" "+main.kind] == nil })
		if len(sets) == 1 && main.part != "train" {
			for key := range sets[0].files {
				if !strings.HasPrefix(key, main.part+" ") {
					delete(sets[0].files, key)
				}
			}
		}
	}
	switch len(sets) {
	case 0:
		return errors.New("its name does not tell whether it has images or labels: call the files NAME-images-idx3-ubyte and NAME-labels-idx1-ubyte")
	case 1:
	default:
		var all []string
		for _, s := range sets {
			all = append(all, path.Join(s.dir, s.name))
		}
		return fmt.Errorf("it has several data sets, %s: add the name of one, as in FOLDER/%s, and unpack an archive first", few(all), path.Base(all[0]))
	}
	s := sets[0]
	for _, name := range []string{"train", "", "test"} {
		images, labels := s.files[name+" images"], s.files[name+" labels"]
		if images == nil && labels == nil {
			continue
		}
		if images == nil {
			return fmt.Errorf("%s has no partner with images: put the -images-idx3-ubyte file beside it", labels.path)
		}
		if labels == nil {
			return fmt.Errorf("%s has no partner with labels: put the -labels-idx1-ubyte file beside it", images.path)
		}
		p, err := r.readPair(images, labels)
		if err != nil {
			return err
		}
		if name == "test" && r.train.set.Len() > 0 {
			r.test = p
		} else {
			r.train.add(p)
		}
	}
	return r.findNames(s.dir, s.name)
}

// readPair reads a file of images and one of labels.
func (r *reader) readPair(images, labels *file) (p part, err error) {
	b, err := images.read()
	if err != nil {
		return p, fmt.Errorf("%s: %w", images.path, err)
	}
	x, err := idx.Decode(b, r.limit*engine.Pixels)
	if err == nil && !(len(x.Shape) == 3 && x.Shape[1] == engine.Side && x.Shape[2] == engine.Side) {
		err = sizeError(x.Shape)
	}
	if errors.Is(err, idx.ErrMore) {
		err = fmt.Errorf("it has more than %d images of 28×28 pixels: take fewer", r.limit)
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", images.path, err)
	}
	if b, err = labels.read(); err != nil {
		return p, fmt.Errorf("%s: %w", labels.path, err)
	}
	y, err := idx.DecodeLabels(b, r.limit)
	if err == nil && len(y) != x.Shape[0] {
		err = fmt.Errorf("it has %d labels for the %d images in %s", len(y), x.Shape[0], images.path)
	}
	for i := 0; i < len(y) && err == nil; i++ {
		var at byte
		at, err = r.labels.addInt(int(y[i]))
		p.set.Labels = append(p.set.Labels, at)
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", labels.path, err)
	}
	p.set.Images = x.Data
	return p, nil
}

// sizeError is the error for images of another size.
func sizeError(shape []int) error {
	return fmt.Errorf("images of shape %v: only 28×28 grey pixels are read; scale them to [n %d %d], or save them as PNG files in a folder for each class, which are scaled", shape, engine.Side, engine.Side)
}
