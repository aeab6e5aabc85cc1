package main

import (
	"lenet/engine"
	"lenet/engine/dataset/own"
)

// Sizes of training sets of one's own.
const (
	smallSet = 2000   // examples of an epoch, to which fewer are repeated
	largeSet = 10_000 // which takes fewer epochs, without augmentation
)

// ownPreset is the recipe for a data set of one's own, which is nil before it is
// read, where no preset is given. The rate is ownRate's.
func ownPreset(d *own.Data) engine.Preset {
	r := engine.Recipe{Preset: "own", Config: engine.Classic(), Epochs: 20, Batch: 32, LR: 1, Decay: engine.Cosine}
	r.Activation = engine.Tanh
	switch {
	case d == nil:
	case d.Train.Len() >= largeSet:
		r.Epochs, r.Batch = 10, 64
	case drawn(d.Train.Images):
		r.Augment = engine.AugmentDrawings
	}
	return engine.Preset{Recipe: r}
}

// ownRate is the learning rate for an activation, which --init may bring: MNIST's
// sigmoids learn fast, and fresh tanh diverges at their rate.
func ownRate(a engine.Activation) float64 { return [...]float64{1, 0.3, 0.1}[a] }

// drawn reports whether images are of lines, as handwriting is and clothes are
// not: MNIST's mean is 33, KMNIST's 49, Fashion-MNIST's 73.
func drawn(images []byte) bool {
	sum := 0
	for _, v := range images {
		sum += int(v)
	}
	return sum < 60*len(images)
}

// repeats returns how often an epoch has each of so many examples, 0 for once.
func repeats(examples int) int {
	if examples >= smallSet {
		return 0
	}
	return (smallSet + examples - 1) / examples
}
