package engine

// Backend runs one LeNet on one device. Its methods are not safe for
// concurrent use. Slices passed in are not kept after the call returns,
// except by SetData.
type Backend interface {
	// Name returns the device as PyTorch spells it: "cpu", "cuda:0".
	Name() string
	// SetParams copies parameters to the device. It fails when the
	// configuration is not the backend's.
	SetParams(*Params) error
	// Params copies the parameters out, after all work has finished.
	Params(*Params) error
	// SetData gives the training set: n images of 784 pixels, 0..255, and n
	// labels below the number of classes. The backend keeps both; the caller must not change them.
	SetData(images, labels []byte) error
	// Step takes one SGD step on the mean loss of the examples at those places
	// of the training set. The statistics are of the forward pass before the update.
	Step(order []int32, lr float32) (Stats, error)
	// Epoch takes one step per batch consecutive places of order, the last one
	// on what is left, and calls progress with the statistics so far after each
	// step or group of steps, and now and then while none ends. Returning false from progress stops the epoch
	// early. progress may be nil.
	Epoch(order []int32, batch int, lr float32, progress func(Stats) bool) (Stats, error)
	// Evaluate runs the network forward on the images.
	Evaluate(images, labels []byte) (Evaluation, error)
	// Close frees the device. The backend must not be used afterwards.
	Close() error
}

// Tracer is a [Backend] that also shows what happens inside a step, as those of
// packages cpu and cuda do.
type Tracer interface {
	Backend
	// Trace runs the network on one image of 784 bytes and keeps every layer's output.
	Trace(image []byte, t *Trace) error
	// Logits writes the outputs of each image, one for each class.
	Logits(images []byte, out []float32) error
	// Gradient writes the gradient of the mean loss of those examples, without a step.
	Gradient(order []int32, g *Params) (Stats, error)
}

// Stats sums up training examples seen.
type Stats struct {
	Examples int     `json:"examples"` // number of examples
	LossSum  float64 `json:"loss_sum"` // sum of their cross-entropy losses, in nats
	Correct  int     `json:"correct"`  // how many were classified correctly
}

// Add adds the other statistics to s.
func (s *Stats) Add(o Stats) {
	s.Examples += o.Examples
	s.LossSum += o.LossSum
	s.Correct += o.Correct
}

// Loss returns the mean loss, NaN for no examples.
func (s Stats) Loss() float64 { return s.LossSum / float64(s.Examples) }

// Accuracy returns the share classified correctly, 0 to 1, NaN for no examples.
func (s Stats) Accuracy() float64 { return float64(s.Correct) / float64(s.Examples) }

// Evaluation is the outcome of a forward pass over labelled images.
type Evaluation struct {
	Stats
	Confusion [][]int // [true class][predicted class], a row and a column for each class; nil when not known
}
