package own

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lenet/engine"
	"lenet/engine/pen"
)

// HoldOut makes the test set of a share of each class's examples, chosen by the
// seed; of a class with two examples or more at least one is in each set. The
// order of the examples stays.
func (d *Data) HoldOut(share float64, seed uint64) error {
	switch {
	case d.Test.Len() > 0:
		return fmt.Errorf("%s has a test part: no other share of it is held out", d.Name)
	case !(share > 0 && share < 1):
		return fmt.Errorf("a test share of %v: use a number between 0 and 1, such as 0.2", share)
	}
	test, count := Held(d.Train.Labels, len(d.Classes), share, seed)
	for class, n := range count {
		if n == 1 {
			d.Notes = append(d.Notes, fmt.Sprintf("%s: the class %q has one example, which is learned and not tested", d.Name, d.Classes[class]))
		}
	}
	all, drawings := d.Train, d.TrainDrawings
	d.Train, d.Test, d.TrainDrawings, d.TestDrawings = engine.Set{}, engine.Set{}, nil, nil
	for i, label := range all.Labels {
		set, drawn := &d.Train, &d.TrainDrawings
		if test[i] {
			set, drawn = &d.Test, &d.TestDrawings
		}
		set.Images = append(set.Images, all.Images[i*engine.Pixels:][:engine.Pixels]...)
		set.Labels = append(set.Labels, label)
		if drawings != nil {
			*drawn = append(*drawn, drawings[i])
		}
	}
	return nil
}

// Held returns which examples [Data.HoldOut] holds out, by their labels, and how
// many each class has in all. Share is above 0 and below 1.
func Held(labels []byte, classes int, share float64, seed uint64) (test []bool, count []int) {
	of := make([][]int, classes)
	for i, label := range labels {
		of[label] = append(of[label], i)
	}
	test = make([]bool, len(labels))
	rng := rand.New(rand.NewPCG(seed, 0x7e57))
	for _, examples := range of {
		count = append(count, len(examples))
		rng.Shuffle(len(examples), func(i, j int) { examples[i], examples[j] = examples[j], examples[i] })
		n := int(math.Round(share * float64(len(examples))))
		n = min(max(n, 1), len(examples)-1)
		for _, i := range examples[:max(n, 0)] {
			test[i] = true
		}
	}
	return test, count
}

// Repeat makes the training set of n copies of it, where that is more than one, for
// epochs that are worth a test. The drawings stay as they are.
func (d *Data) Repeat(n int) {
	if n <= 1 {
		return
	}
	d.Train.Images = bytes.Repeat(d.Train.Images, n)
	d.Train.Labels = bytes.Repeat(d.Train.Labels, n)
}

// Sort brings the classes into the order in which labels alone give them, numbers by
// value or else names by their letters, and leaves out those without examples.
func (d *Data) Sort() {
	var l labels
	of := make([]byte, len(d.Classes))
	sets := []*engine.Set{&d.Train, &d.Test}
	for i, name := range d.Classes {
		if slices.Contains(d.Train.Labels, byte(i)) || slices.Contains(d.Test.Labels, byte(i)) {
			l.texts = append(l.texts, name)
		}
		of[i] = byte(len(l.texts) - 1)
	}
	d.Classes = l.sorted()
	for _, s := range sets {
		s.Labels = slices.Clone(s.Labels)
		for k, label := range s.Labels {
			s.Labels[k] = byte(slices.Index(d.Classes, l.texts[of[label]]))
		}
	}
}

// Join puts the test set's examples after the training set's.
func (d *Data) Join() {
	d.Train.Images = append(d.Train.Images, d.Test.Images...)
	d.Train.Labels = append(d.Train.Labels, d.Test.Labels...)
	d.TrainDrawings = append(d.TrainDrawings, d.TestDrawings...)
	d.Test, d.TestDrawings = engine.Set{}, []pen.Drawing(nil)
}
