package files

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/dataset/own"
	"lenet/engine/idx"
	"lenet/wasm/protocol"
)

// sets decodes what was prepared.
func sets(t testing.TB, p protocol.Prepared) (train, test engine.Set) {
	t.Helper()
	train, err := idx.DecodeSet(p.Images, p.Labels, maxPart)
	if err != nil {
		t.Fatal(err)
	}
	if test, err = idx.DecodeSet(p.TestImages, p.TestLabels, maxPart); err != nil {
		t.Fatal(err)
	}
	for _, s := range []engine.Set{train, test} {
		if err := s.CheckFor(len(p.Classes)); err != nil {
			t.Fatal(err)
		}
	}
	return train, test
}

// has reports whether a set has an image of a class, as it is.
func has(s engine.Set, image []byte, label byte) bool {
	for i, l := range s.Labels {
		if l == label && bytes.Equal(s.Images[i*engine.Pixels:][:engine.Pixels], image) {
			return true
		}
	}
	return false
}

func pixelsOf(e protocol.Examples, i int) []byte { return e.Images[i*engine.Pixels:][:engine.Pixels] }

// A set is parted as the program parts it, by the seed, and what is held out is not
// learned from.
func TestPrepare(t *testing.T) {
	e := drawings(t, []string{"house", "✓", "K"}, 10, 0, true)
	p := handle[protocol.Prepared](t, &Files{}, protocol.Prepare{Examples: e, Share: 0.3, Seed: 5})
	train, test := sets(t, p)
	d, err := data(e, "x")
	if err == nil {
		err = d.HoldOut(0.3, 5)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(test.Images, d.Test.Images) || !bytes.Equal(test.Labels, d.Test.Labels) || len(p.Held) != 9 {
		t.Errorf("%d examples are held out, %v", test.Len(), p.Held)
	}
	// The first copy of each is the example itself; the others are changed.
	n := d.Train.Len()
	if train.Len() != 96*n || !bytes.Equal(train.Images[:n*engine.Pixels], d.Train.Images) || !bytes.Equal(train.Labels, bytes.Repeat(d.Train.Labels, 96)) {
		t.Errorf("%d examples to learned from", train.Len())
	}
	for i := n; i < train.Len(); i++ {
		if bytes.Equal(train.Images[i*engine.Pixels:][:engine.Pixels], pixelsOf(e, i%n)) {
			t.Errorf("copy %d is not changed", i)
		}
	}
	counts := map[byte]int{}
	for i, at := range p.Held {
		counts[e.Labels[at]]++
		if !bytes.Equal(pixelsOf(e, at), test.Images[i*engine.Pixels:][:engine.Pixels]) {
			t.Errorf("example %d is not the one that is held out", at)
		}
		if has(train, pixelsOf(e, at), e.Labels[at]) {
			t.Errorf("example %d is held out and learned", at)
		}
	}
	if len(counts) != 3 || counts[0] != 3 || counts[1] != 3 || counts[2] != 3 {
		t.Errorf("of the classes %v are held out", counts)
	}
	if r := p.Recipe; r.Epochs != 20 || r.Batch != 32 || r.Decay != engine.Cosine || r.Activation != engine.Tanh || r.LR != own.Rate(r.Activation) || p.Rates["sigmoid"] != 1 {
		t.Errorf("%+v, %v", p.Recipe, p.Rates)
	}
	again := handle[protocol.Prepared](t, &Files{}, protocol.Prepare{Examples: e, Share: 0.3, Seed: 5})
	other := handle[protocol.Prepared](t, &Files{}, protocol.Prepare{Examples: e, Share: 0.3, Seed: 6})
	if !bytes.Equal(again.Images, p.Images) || slices.Equal(other.Held, p.Held) {
		t.Error("it does not follow from the seed")
	}

	// A test part of its own stays; one example of a class is learned.
	e = drawings(t, []string{"a", "b"}, 3, 2, true)
	p = handle[protocol.Prepared](t, &Files{}, protocol.Prepare{Examples: e, Share: 0.3})
	if _, test = sets(t, p); !slices.Equal(p.Held, []int{6, 7, 8, 9}) || !bytes.Equal(test.Images, e.Images[6*engine.Pixels:]) {
		t.Errorf("%v", p.Held)
	}
	e = drawings(t, []string{"a", "b"}, 2, 0, true)
	e.Labels = []byte{0, 0, 0, 1}
	p = handle[protocol.Prepared](t, &Files{}, protocol.Prepare{Examples: e, Share: 0.3, Each: 1})
	if train, test = sets(t, p); train.Len() != 3 || test.Len() != 1 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], `"b" has one example`) {
		t.Errorf("%d and %d, %q", train.Len(), test.Len(), p.Notes)
	}
}

// With a built-in set the classes are united by name, a quarter is one's own, and
// the test has both.
func TestMix(t *testing.T) {
	learned, tests, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	m := protocol.Mix{Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, Take: -1}
	m.Images, m.Labels = files(learned)
	m.TestImages, m.TestLabels = files(tests)
	e := drawings(t, []string{"house", "7", "K"}, 10, 0, true)
	prepare := func(each, take int, share float64) (protocol.Prepared, engine.Set, engine.Set) {
		t.Helper()
		m := m
		m.Take = take
		p := handle[protocol.Prepared](t, &Files{}, protocol.Prepare{Examples: e, Share: share, Seed: 1, Each: each, Mix: &m})
		train, test := sets(t, p)
		return p, train, test
	}
	p, train, test := prepare(0, -1, 0.2)
	if want := append(slices.Clone(m.Classes), "house", "K"); !slices.Equal(p.Classes, want) {
		t.Errorf("classes %q", p.Classes)
	}
	own := train.Len() - learned.Len()
	if share := float64(own) / float64(train.Len()); share < 0.22 || share > 0.28 || test.Len() != tests.Len()+6 {
		t.Errorf("%d of %d are one's own, %d tests", own, train.Len(), test.Len())
	}
	if !bytes.Equal(train.Images[own*engine.Pixels:], learned.Images) || !bytes.Equal(train.Labels[own:], learned.Labels) || !bytes.Equal(test.Images[6*engine.Pixels:], tests.Images) {
		t.Error("it is not MNIST that is mixed in")
	}
	for i, at := range p.Held {
		if want := []byte{10, 7, 11}[e.Labels[at]]; test.Labels[i] != want || has(train, pixelsOf(e, at), want) {
			t.Errorf("example %d is of class %d, want %d", at, test.Labels[i], want)
		}
	}
	// Copies of each beside some of MNIST, or alone; nothing is held out.
	for _, take := range []int{0, 90} {
		_, train, test = prepare(4, take, 0)
		if train.Len() != 4*30+take || test.Len() != tests.Len() || !has(train, pixelsOf(e, 1), 7) {
			t.Errorf("%d to learned from, %d to test on", train.Len(), test.Len())
		}
		for i := 4 * 30; i < train.Len(); i++ {
			if !has(learned, train.Images[i*engine.Pixels:][:engine.Pixels], train.Labels[i]) {
				t.Fatalf("image %d is none of MNIST's", i)
			}
		}
	}
}

// Whatever the page asks for is answered or refused, and what is answered is whole.
func FuzzHandle(f *testing.F) {
	e := drawings(f, []string{"a", "b"}, 2, 0, true)
	for _, form := range own.Forms() {
		for name, b := range exported(f, e, form, "set") {
			f.Add(name, b, "classes.txt", []byte("a\nb\n"), 0.5, uint64(1), 2)
		}
	}
	f.Fuzz(func(t *testing.T, name string, b []byte, beside string, names []byte, share float64, seed uint64, each int) {
		files := &Files{}
		for _, p := range []protocol.Put{{Path: name, Data: b}, {Path: beside, Data: names}} {
			files.Handle(p)
		}
		reply, err := files.Handle(protocol.Read{})
		if err != nil {
			return
		}
		d := reply.(protocol.Dataset)
		if len(d.Images) != len(d.Labels)*engine.Pixels || d.Tests > len(d.Labels) || d.Drawings != nil && len(d.Drawings) != len(d.Labels) {
			t.Fatalf("%d images, %d labels, %d tests", len(d.Images), len(d.Labels), d.Tests)
		}
		for _, form := range own.Forms() {
			if _, err := files.Handle(protocol.Write{Form: form, Name: "x", Examples: d.Examples}); err != nil && d.Drawings != nil {
				t.Fatalf("%s: %v", form, err)
			}
		}
		if reply, err = files.Handle(protocol.Prepare{Examples: d.Examples, Share: share, Seed: seed, Each: min(max(each, 1), 9)}); err == nil {
			sets(t, reply.(protocol.Prepared))
		}
	})
}
