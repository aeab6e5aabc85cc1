package engine

import (
	"fmt"
	"math"
)

// Recipe is all that a run's weights depend on but the device: the network, the
// data and how it is trained. Its zero value but for Config, Epochs, Batch and
// LR is plain SGD at a constant rate on a whole data set.
type Recipe struct {
	Config
	Preset       string       `json:"preset,omitempty"` // the preset that it was made from
	Dataset      string       `json:"dataset"`          // a name of package dataset, or with Own that of a file or folder
	Subset       bool         `json:"subset"`           // the embedded subset rather than all images
	Epochs       int          `json:"epochs"`
	Batch        int          `json:"batch"` // examples in a step; on the CPU 1 takes as long as 16
	LR           float64      `json:"lr"`    // of the first epoch
	Decay        Decay        `json:"decay"`
	Optimizer    Optimizer    `json:"optimizer"`
	Augment      Augmentation `json:"augment"`
	Seed         uint64       `json:"seed"`             // of the initial parameters, the shuffling and the augmentation
	Reproducible bool         `json:"reproducible"`     // the same bits on every platform, as cpu.Options has it
	Init         string       `json:"init,omitempty"`   // the weights that it started from; "" for those drawn from Seed
	Freeze       Freeze       `json:"freeze,omitempty"` // the layers that keep the weights that they started from
	Own          Own          `json:"own,omitzero"`     // which data set of one's own Dataset names
}

// Own says which data set of one's own a recipe's Dataset is. Its zero value is
// that of a built-in one.
type Own struct {
	SHA256    string  `json:"sha256"`               // of its pixels, as package own has it
	TestShare float64 `json:"test_share,omitempty"` // of each class, held out by Seed; 0 for a test part of its own
	Repeat    int     `json:"repeat,omitempty"`     // how often an epoch has each example, augmented each time; 0 for once
}

// Validate reports a setting that is out of range. The names of the preset and
// of the data set are not checked.
func (r Recipe) Validate() error {
	if err := r.Config.Validate(); err != nil {
		return err
	}
	switch {
	case r.Epochs < 1:
		return fmt.Errorf("%d epochs: use 1 or more", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("batch size %d: use 1 or more", r.Batch)
	case !(float32(r.LR) > 0) || math.IsInf(float64(float32(r.LR)), 0):
		return fmt.Errorf("learning rate %v: use a number above 0 that float32 has, such as 0.1", r.LR)
	case int(r.Decay) >= len(decayNames):
		return fmt.Errorf("decay %d: use none or cosine", r.Decay)
	case int(r.Optimizer) >= len(optimizerNames):
		return fmt.Errorf("optimizer %d: use sgd", r.Optimizer)
	case int(r.Augment) >= len(augmentNames):
		return fmt.Errorf("augmentation %d: use none, digits, clothes or drawings", r.Augment)
	case int(r.Freeze) >= len(freezeNames):
		return fmt.Errorf("layers to freeze %d: use none, conv or all-but-last", r.Freeze)
	}
	return nil
}

// Rate returns the learning rate of an epoch, from 0.
func (r Recipe) Rate(epoch int) float64 {
	if r.Decay == Cosine {
		return r.LR * ((1 + math.Cos(math.Pi*float64(epoch)/float64(r.Epochs))) / 2)
	}
	return r.LR
}

// Decay is how the learning rate changes from epoch to epoch.
type Decay uint8

// The learning rate stays, or falls to 0 along half a cosine (Loshchilov and
// Hutter, "SGDR", 2017, without restarts).
const (
	NoDecay Decay = iota
	Cosine
)

var decayNames = [...]string{"none", "cosine"}

func (d Decay) String() string { return nameOf(decayNames[:], int(d), "Decay") }

// MarshalText implements [encoding.TextMarshaler].
func (d Decay) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts the names that String returns.
func (d *Decay) UnmarshalText(text []byte) error {
	return unmarshalName(d, "decay", decayNames[:], text)
}

// Optimizer is how a step uses the gradient.
type Optimizer uint8

// SGD is plain stochastic gradient descent: w -= lr·dw.
const SGD Optimizer = 0

var optimizerNames = [...]string{"sgd"}

func (o Optimizer) String() string { return nameOf(optimizerNames[:], int(o), "Optimizer") }

// MarshalText implements [encoding.TextMarshaler].
func (o Optimizer) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts the names that String returns.
func (o *Optimizer) UnmarshalText(text []byte) error {
	return unmarshalName(o, "optimizer", optimizerNames[:], text)
}

// Augmentation is how training images are changed in each epoch; package
// augment does it.
type Augmentation uint8

// The augmentations: none, as suits handwriting, pictures of clothes, and drawings
// of which there are few.
const (
	NoAugment Augmentation = iota
	AugmentDigits
	AugmentClothes
	AugmentDrawings
)

var augmentNames = [...]string{"none", "digits", "clothes", "drawings"}

func (a Augmentation) String() string { return nameOf(augmentNames[:], int(a), "Augmentation") }

// MarshalText implements [encoding.TextMarshaler].
func (a Augmentation) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts the names that String returns.
func (a *Augmentation) UnmarshalText(text []byte) error {
	return unmarshalName(a, "augmentation", augmentNames[:], text)
}

// unmarshalName sets *to to the place of the name.
func unmarshalName[T ~uint8](to *T, kind string, names []string, text []byte) error {
	i, err := parseName(kind, names, string(text))
	if err == nil {
		*to = T(i)
	}
	return err
}

// Preset is a recipe with a name, that of its field Preset.
type Preset struct {
	Recipe
	About string `json:"about"` // one line for people
}

// classicSeed is the default seed of the preset "d2l": of the seeds 0 to 19 the
// one whose test accuracy is the lower median, the 10th from below, so that who
// trains once sees what is usual. Test accuracies in that order, as `lenet train
// --preset d2l --seed S` gives them with --reproducible and without:
//
//	seed 0     13    17    8     19    16    3     15    18    12
//	acc  0.739 0.761 0.773 0.791 0.792 0.797 0.797 0.802 0.803 0.809
//	seed 7     1     9     5     4     6     10    2     14    11
//	acc  0.812 0.814 0.815 0.816 0.817 0.817 0.818 0.819 0.823 0.826
//
// Seed 0 has 0.813 after nine epochs and dips in the tenth: at a rate of 0.9 the
// test accuracy goes up and down by some hundredths from epoch to epoch, and
// three of 20 runs end in such a dip, below the published 0.77 or next to it.
const classicSeed = 12

// Presets returns the recipes that the command line and the page offer.
func Presets() []Preset {
	classic := Classic()
	quick := classic
	quick.Activation = Tanh
	modern := classic
	modern.Activation, modern.Pooling = ReLU, MaxPool
	return []Preset{
		{Recipe{Preset: "quick", Config: quick, Dataset: "mnist", Subset: true, Epochs: 6, Batch: 32, LR: 0.1},
			"tanh on 6,000 images: learns within seconds"},
		{Recipe{Preset: "d2l", Config: classic, Dataset: "fashion", Epochs: 10, Batch: 256, LR: 0.9, Seed: classicSeed},
			"the recipe of Dive into Deep Learning, first edition: sigmoid, SGD 0.9, batch 256, with its plateau"},
		{Recipe{Preset: "d2l-1.0", Config: classic, Dataset: "fashion", Epochs: 10, Batch: 128, LR: 0.1},
			"the recipe of Dive into Deep Learning 1.0: SGD 0.1, batch 128"},
		{Recipe{Preset: "modern", Config: modern, Dataset: "fashion", Epochs: 10, Batch: 64, LR: 0.1},
			"ReLU and max pooling: the answer to d2l's first exercises"},
	}
}

// PresetByName returns the preset of that name, or an error that lists the names there are.
func PresetByName(name string) (Preset, error) {
	var names []string
	ps := Presets()
	for _, p := range ps {
		names = append(names, p.Preset)
	}
	i, err := parseName("preset", names, name)
	if err != nil {
		return Preset{}, err
	}
	return ps[i], nil
}
