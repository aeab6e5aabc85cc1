package files

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"lenet/engine"
	"lenet/engine/augment"
	"lenet/engine/dataset/own"
	"lenet/engine/idx"
	"lenet/wasm/protocol"
)

// prepare makes the sets to train with and to test on. Of a few examples each is
// copied, and the copies of drawings are changed, as `lenet train --data` changes
// them in each epoch; the first copy is the example itself.
func (f *Files) prepare(r protocol.Prepare) (protocol.Reply, error) {
	d, err := data(r.Examples, "the data set")
	if err != nil {
		return nil, err
	}
	p := protocol.Prepared{}
	first := d.Train.Len()
	if r.Tests == 0 && r.Share > 0 {
		test, _ := own.Held(d.Train.Labels, len(d.Classes), r.Share, r.Seed)
		for i, held := range test {
			if held {
				p.Held = append(p.Held, i)
			}
		}
		if err := d.HoldOut(r.Share, r.Seed); err != nil {
			return nil, err
		}
	}
	for i := range r.Tests {
		p.Held = append(p.Held, first+i)
	}
	if d.Train.Len() == 0 {
		return nil, errors.New("all examples are for the test: add some to learn from")
	}

	var mixed, tests engine.Set
	if r.Mix != nil {
		if mixed, tests, err = mix(d, r.Mix, r.Seed); err != nil {
			return nil, err
		}
	}
	copies := r.Each
	if copies == 0 {
		copies = own.Repeats(d.Train.Len())
		if n := min(mixed.Len()/3, 3*own.SmallSet); n > own.SmallSet { // a quarter of all
			copies = (n + d.Train.Len() - 1) / d.Train.Len()
		}
	}
	copies = max(copies, 1)
	for _, n := range []int{copies*d.Train.Len() + mixed.Len(), d.Test.Len() + tests.Len()} {
		if n > maxPart {
			return nil, fmt.Errorf("that makes %d images: take fewer, at most %d are learned here; lenet train --data takes more", n, maxPart)
		}
	}
	f.repeat(d, copies, r.Seed)
	d.Train = joined(d.Train, mixed)
	d.Test = joined(d.Test, tests)
	if d.Test.Len() == 0 {
		return nil, errors.New("there is no example to test on: add a second one of a class")
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	p.Recipe = own.Preset(d).Recipe
	p.Recipe.LR = own.Rate(p.Recipe.Activation)
	p.Rates = map[string]float64{}
	for _, a := range []engine.Activation{engine.Sigmoid, engine.Tanh, engine.ReLU} {
		p.Rates[a.String()] = own.Rate(a)
	}
	p.Classes, p.Notes = d.Classes, d.Notes
	p.Images, p.Labels = files(d.Train)
	p.TestImages, p.TestLabels = files(d.Test)
	return p, nil
}

// repeat makes the training set of so many copies of it. Those of drawings are
// changed, all but the first.
func (f *Files) repeat(d *own.Data, copies int, seed uint64) {
	plain := d.Train.Images
	changed := copies > 1 && own.Drawn(plain)
	d.Repeat(copies)
	if !changed {
		return
	}
	images := augment.Drawings().Prepare(plain)
	for i := 1; i < copies; i++ {
		images.Epoch(d.Train.Images[i*len(plain):][:len(plain)], seed, i-1)
		f.progress(i, copies-1)
	}
}

// mix unites the classes with those of a built-in data set, which come first, and
// returns its training and test set.
func mix(d *own.Data, m *protocol.Mix, seed uint64) (train, test engine.Set, err error) {
	if err := own.CheckClasses(m.Classes); err != nil {
		return train, test, err
	}
	if train, err = idx.DecodeSet(m.Images, m.Labels, maxPart); err != nil {
		return train, test, err
	}
	if test, err = idx.DecodeSet(m.TestImages, m.TestLabels, maxPart); err != nil {
		return train, test, err
	}
	for _, s := range []engine.Set{train, test} {
		if err := s.CheckFor(len(m.Classes)); err != nil {
			return train, test, err
		}
	}
	classes := slices.Clone(m.Classes)
	order := make([]byte, len(d.Classes))
	for i, name := range d.Classes {
		at := slices.Index(classes, name)
		if at < 0 {
			at = len(classes)
			classes = append(classes, name)
		}
		order[i] = byte(at)
	}
	if n := len(classes); n > engine.MaxClasses {
		return train, test, fmt.Errorf("together they have %d classes: remove some, at most %d are learned", n, engine.MaxClasses)
	}
	d.Classes = classes
	for _, s := range []*engine.Set{&d.Train, &d.Test} {
		s.Labels = slices.Clone(s.Labels)
		for i, l := range s.Labels {
			s.Labels[i] = order[l]
		}
	}
	if m.Take >= 0 && m.Take < train.Len() {
		all := train
		train = engine.Set{}
		for _, i := range rand.New(rand.NewPCG(seed, 0x3117)).Perm(all.Len())[:m.Take] {
			train.Images = append(train.Images, all.Images[i*engine.Pixels:][:engine.Pixels]...)
			train.Labels = append(train.Labels, all.Labels[i])
		}
	}
	return train, test, nil
}

// joined returns the examples of both, in new memory.
func joined(a, b engine.Set) engine.Set {
	return engine.Set{Images: slices.Concat(a.Images, b.Images), Labels: slices.Concat(a.Labels, b.Labels)}
}

// files returns a set as IDX files.
func files(s engine.Set) (images, labels []byte) {
	n := s.Len()
	return idx.Append(nil, idx.Array{Shape: []int{n, engine.Side, engine.Side}, Data: s.Images}),
		idx.Append(nil, idx.Array{Shape: []int{n}, Data: s.Labels})
}
