package own

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"

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
	of := make([][]int, len(d.Classes))
	for i, label := range d.Train.Labels {
		of[label] = append(of[label], i)
	}
	test := make([]bool, d.Train.Len())
	rng := rand.New(rand.NewPCG(seed, 0x7e57))
	for class, examples := range of {
		if len(examples) == 1 {
			d.Notes = append(d.Notes, fmt.Sprintf("%s: the class %q has one example, which is learned and not tested", d.Name, d.Classes[class]))
		}
		rng.Shuffle(len(examples), func(i, j int) { examples[i], examples[j] = examples[j], examples[i] })
		n := int(math.Round(share * float64(len(examples))))
		n = min(max(n, 1), len(examples)-1)
		for _, i := range examples[:max(n, 0)] {
			test[i] = true
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

// Repeat makes the training set of n copies of it, where that is more than one, for
// epochs that are worth a test. The drawings stay as they are.
func (d *Data) Repeat(n int) {
	if n <= 1 {
		return
	}
	d.Train.Images = bytes.Repeat(d.Train.Images, n)
	d.Train.Labels = bytes.Repeat(d.Train.Labels, n)
}

// Join puts the test set's examples after the training set's.
func (d *Data) Join() {
	d.Train.Images = append(d.Train.Images, d.Test.Images...)
	d.Train.Labels = append(d.Train.Labels, d.Test.Labels...)
	d.TrainDrawings = append(d.TrainDrawings, d.TestDrawings...)
	d.Test, d.TestDrawings = engine.Set{}, []pen.Drawing(nil)
}
