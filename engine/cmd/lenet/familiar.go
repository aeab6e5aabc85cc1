package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/familiar"
	"lenet/engine/figure"
)

// lessons are the images that a network has learned from, and those that it is
// tested on. There are none where they are not known.
type lessons struct {
	train, test engine.Set
	embedded    string // the built-in data set that load takes them from; "" when they are there
}

// known reports whether there are any.
func (l *lessons) known() bool { return l.embedded != "" || l.train.Len() > 1 }

// load reads the images of a built-in data set.
func (l *lessons) load() (err error) {
	if l.embedded != "" {
		l.train, l.test, err = dataset.Subset(l.embedded)
		l.embedded = ""
	}
	return err
}

// measure returns how familiar images are to the network.
func (l *lessons) measure(net familiar.Tracer, c engine.Config) (*familiar.Measure, error) {
	if err := l.load(); err != nil {
		return nil, err
	}
	return familiar.New(net, c, l.train, l.test, 0)
}

// lessons returns what weights of n classes have learned from: --data where it is
// given, or the embedded images of the built-in data set asked for or in the
// weights' metadata; and the names of the classes.
func (o ownFlags) lessons(e *env, w weightsFlag, n int, asked datasetName, meta map[string]string) (info dataset.Info, l lessons, err error) {
	if o.Data == "" {
		if info, err = classesOf(w.Weights, n, asked, meta); err != nil {
			return info, l, err
		}
		name := datasetOf(asked, meta)
		if d, err := dataset.Lookup(name); err != nil || len(d.Classes) != n || asked == "" && meta[pixelsKey] != "" {
			return info, l, nil
		}
		l.embedded = name
		return info, l, nil
	}
	d, err := o.read(e, classNames(meta, n))
	if err != nil {
		return info, l, err
	}
	info = ownInfo(d.Name, d.Classes)
	if err := checkClasses(w.Weights, n, info); err != nil {
		return info, l, err
	}
	if was := meta[pixelsKey]; was != "" && was != d.SHA256 {
		fmt.Fprintf(e.err, "%s was trained on other images than those of %s: how familiar images are is left out\n", w.Weights, o.Data)
		return info, l, nil
	}
	if share, _ := strconv.ParseFloat(meta[shareKey], 64); d.Test.Len() == 0 && share > 0 && share < 1 {
		seed, _ := strconv.ParseUint(meta["seed"], 10, 64)
		err = d.HoldOut(share, seed)
	}
	return info, lessons{train: d.Train, test: d.Test}, err
}

const unlike = "it is unlike any image that the network has learned from"

// learned reads the images that --nearest compares with. It returns the name of
// those that --image counts in.
func (c explainCmd) learned(e *env, s *asked, meta map[string]string) (which string, err error) {
	s.info, s.lessons, err = c.ownFlags.lessons(e, c.weightsFlag, s.config.NumClasses(), c.Dataset, meta)
	switch {
	case err != nil:
		return "", err
	case !s.known() && c.Data != "":
		return "", fmt.Errorf("--data %s: give the data set that %s was trained on", c.Data, c.Weights)
	case !s.known():
		if name := datasetOf(c.Dataset, meta); name != "" {
			if _, err := trainedOn(c.Weights, name, meta); err != nil {
				return "", err
			}
		}
		return "", fmt.Errorf("%s does not say which images it was trained on: add --data PATH, or --dataset %s", c.Weights, strings.Join(dataset.Names(), " or --dataset "))
	case c.Data == "":
		return "the embedded test set", s.load()
	case s.test.Len() == 0:
		s.test = s.train
		return c.Data, nil
	}
	return c.Data + ", test part", nil
}

// nearest answers --nearest.
func (c explainCmd) nearest(s *asked) (a answered, err error) {
	m, err := s.lessons.measure(s.net, s.config)
	if err != nil {
		return a, err
	}
	t, err := s.Read(s.image)
	if err != nil {
		return a, err
	}
	f := m.Of(t)
	row := figure.PanelRow{Height: pictureHeight, Panels: []figure.Panel{
		s.picture(s.image, "read as "+s.info.Classes[s.answer], "with "+percent(s.chances[s.answer])),
	}}
	var texts []string
	var list []map[string]any
	for _, n := range f.Nearest {
		name := s.info.Classes[n.Label]
		texts = append(texts, fmt.Sprintf("%d (%s)", n.Index, name))
		list = append(list, map[string]any{"image": n.Index, "label": n.Label, "name": name, "distance": n.Distance})
		row.Panels = append(row.Panels, s.picture(s.train.Images[n.Index*engine.Pixels:][:engine.Pixels], name,
			fmt.Sprintf("number %d, distance %.1f", n.Index, n.Distance)))
	}
	share := fmt.Sprintf("%.1f %% of its test images are less familiar", 100*f.Familiarity)
	a.said = fmt.Sprintf("%s: %s. Of %s training images the nearest are numbers %s.", s.name, s.says(), thousands(s.train.Len()), strings.Join(texts, ", "))
	if f.Unfamiliar {
		share = unlike + ": " + share
	}
	a.said += " " + strings.ToUpper(share[:1]) + share[1:] + "."
	a.key, a.fields = "nearest", map[string]any{"familiarity": f.Familiarity, "unfamiliar": f.Unfamiliar, "images": list}
	row.Label = "The image, and the training images that are nearest to it"
	a.figure = figure.Panels{Title: fmt.Sprintf("%s is read as %s because it looks like these", filepath.Base(s.name), s.info.Classes[s.answer]), Rows: []figure.PanelRow{row}}
	if f.Unfamiliar {
		a.figure.Title = fmt.Sprintf("%s is read as %s, but it is unlike any training image", filepath.Base(s.name), s.info.Classes[s.answer])
	}
	return a, nil
}
