package own

import "lenet/engine"

// Sizes of training sets of one's own, in examples.
const (
	SmallSet = 2000   // of an epoch, to which fewer are repeated: see [Repeats]
	LargeSet = 10_000 // which takes fewer epochs, without augmentation
)

// Preset returns the recipe for a data set of one's own, which is nil before it is
// read, where no preset is given. The learning rate is [Rate]'s.
func Preset(d *Data) engine.Preset {
	r := engine.Recipe{Preset: "own", Config: engine.Classic(), Epochs: 20, Batch: 32, LR: 1, Decay: engine.Cosine}
	r.Activation = engine.Tanh
	switch {
	case d == nil:
	case d.Train.Len() >= LargeSet:
		r.Epochs, r.Batch = 10, 64
	case Drawn(d.Train.Images):
		r.Augment = engine.AugmentDrawings
	}
	return engine.Preset{Recipe: r}
}

// Rate is the learning rate for an activation, which the weights that training
// starts from may bring: MNIST's sigmoids learn fast, and fresh tanh diverges at
// their rate.
func Rate(a engine.Activation) float64 { return [...]float64{1, 0.3, 0.1}[a] }

// Drawn reports whether images are of lines, as handwriting is and clothes are
// not: MNIST's mean is 33, KMNIST's 49, Fashion-MNIST's 73.
func Drawn(images []byte) bool {
	sum := 0
	for _, v := range images {
		sum += int(v)
	}
	return sum < 60*len(images)
}

// Repeats returns how often an epoch has each of so many examples, 0 for once.
func Repeats(examples int) int {
	if examples >= SmallSet {
		return 0
	}
	return (SmallSet + examples - 1) / examples
}
