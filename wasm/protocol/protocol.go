// Package protocol defines the messages between the page and its workers.
//
// A message is a flat map, as a JavaScript object is after structured cloning:
// numbers are float64, typed arrays []byte or []float32, the rest strings,
// bools, []any and map[string]any. The page sends requests, each with "v", the
// protocol's version, and "type"; the worker answers each with one reply.
//
// [Decode] trusts nothing: an unknown type or field, a missing one, a number
// out of range or an array that is too long is an error that names the field.
package protocol

import (
	"time"

	"lenet/engine"
	"lenet/engine/inspect"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// Version is the protocol's version. It changes when an old page could not
// talk to a new worker.
const Version = 1

// Limits of what a request may hold. Those of a drawing are package pen's.
const (
	MaxFile    = 64 << 20 // bytes of an IDX or weights file
	MaxSamples = 400      // samples of one request
	MaxBatch   = 1024     // keeps one step below about 0.1 s, so that Pause stays instant
	MaxPicture = 4 << 20  // pixels of a picture; the page scales larger ones down
	MaxWorkers = 8        // that share a run: at most one a gradient shard
	MaxEpochs  = 1000
	MaxLR      = 100
	MaxSeed    = 1<<53 - 1 // the largest integer of a JavaScript number
)

// Request is a message from the page to a worker: one of the types below.
type Request interface{ kind() string }

type (
	// Load shows the network of a file of weights. Answer: [Network].
	Load struct{ File []byte }

	// Show sets the network on show. Answer: [Network].
	Show struct{ Params *engine.Params }

	// Predict runs the network on show on a drawing or, when Pixels is not nil,
	// on an image of 784 bytes, changed as Distort says. Raw leaves the drawing
	// where and as large as it is. Answer: [Prediction].
	Predict struct {
		Drawing pen.Drawing
		Pixels  []byte
		Raw     bool
		Distort pen.Distort
	}

	// Picture brings a decoded picture into the form of the data sets, as `lenet
	// predict` does: Digit crops it to its ink and centres it. RGBA has four
	// bytes a pixel, as ImageData. Nothing is predicted. Answer: [Image].
	Picture struct {
		Width, Height int
		RGBA          []byte
		Digit         bool
	}

	// Set loads the training or the test set from IDX files, plain or gzip.
	// Answer: [SetLoaded].
	Set struct {
		Test           bool
		Images, Labels []byte
	}

	// Samples asks for images of the test set: Count of them beginning with
	// From or, when Indices is not nil, those. Bare leaves their pixels out of
	// the answer, a [SampleList].
	Samples struct {
		From, Count int
		Indices     []int
		Bare        bool
	}

	// Examine asks how the network on show does on every image of the test set,
	// changed as Distort says. Answer: [Examination].
	Examine struct{ Distort pen.Distort }

	// Recall runs a network other than the one on show, such as an earlier
	// state of a run, on an image of 784 bytes. Answer: [Probabilities].
	Recall struct {
		Params *engine.Params
		Pixels []byte
	}

	// Save asks for the network on show as a safetensors file that says Meta of
	// itself. Answer: [File].
	Save struct{ Meta map[string]string }

	// Inspect takes a unit of the network on show apart, as of the last image
	// predicted. Answer: [Inspection].
	Inspect struct{ Unit inspect.Unit }

	// Parts asks for pictures and histograms of what the layers hold: the
	// activations of the last image predicted and the weights of the network on
	// show, or the gradient on the run's current batch. Answer: [PartList].
	Parts struct {
		Of   string        // one of Views
		Unit *inspect.Unit // of a Linear, whose weights or gradients are to come along one by one; nil for none
	}

	// Stage asks where the picture of the network on show lies in a frame.
	// Answer: [StageLayout].
	Stage struct {
		Frame view.Frame
		Dark  bool
	}

	// Find asks for a unit in the picture that Stage describes, and for what is
	// lit while one points at it. Answer: [Found].
	Find struct {
		Frame   view.Frame
		At      *Spot     // look there
		Unit    view.Unit // otherwise what one points at, where Has is set ...
		Has     bool
		Way     string        // ... and how to go on from it; "" for not at all
		DX, DY  int           // likewise
		Since   time.Duration // likewise, of a slide
		Weights bool          // the panels show weights or gradients
		Votes   []view.Vote   // the strongest inputs of a linear unit
		Onto    view.Onto     // where the pad lands in the image, if that is known
	}

	// Spot is a place of the stage in CSS pixels, and how far from it a unit may lie.
	Spot struct{ X, Y, Slack float64 }

	// Start begins a run, one of Size workers that share it, of which this one
	// is number Rank. Answer: [Progress].
	Start struct {
		Recipe     engine.Recipe
		Rank, Size int
		From       *Parameters // where the run goes on; nil for the beginning
		Init       []byte      // a file of weights to begin with; nil for weights that the seed draws
	}

	// Tune changes the learning rate and the number of epochs of the run. Answer: [Progress].
	Tune struct {
		LR     float64
		Epochs int
	}

	// Report asks how the run stands. Answer: [Progress].
	Report struct{}

	// Snapshot asks for the run's parameters and all else that it takes to go on
	// with it. Answer: [Parameters].
	Snapshot struct{}
)

// What Parts may be of.
const (
	OfActivations = "activations"
	OfWeights     = "weights"
	OfGradients   = "gradients"
)

// Views lists what the layers can show, in the order of the page's buttons.
var Views = []string{OfActivations, OfWeights, OfGradients}

// Ways of Find.
const (
	Step  = "step"  // to the neighbouring unit
	Skip  = "skip"  // to the neighbouring map
	Leap  = "leap"  // to the next layer, DX being 1, or the one before, -1
	Slide = "slide" // to where its kernel is after Since
)

func (Load) kind() string     { return "load" }
func (Show) kind() string     { return "show" }
func (Predict) kind() string  { return "predict" }
func (Picture) kind() string  { return "picture" }
func (Set) kind() string      { return "set" }
func (Samples) kind() string  { return "samples" }
func (Examine) kind() string  { return "examine" }
func (Recall) kind() string   { return "recall" }
func (Save) kind() string     { return "save" }
func (Inspect) kind() string  { return "inspect" }
func (Parts) kind() string    { return "parts" }
func (Stage) kind() string    { return "stage" }
func (Find) kind() string     { return "find" }
func (Start) kind() string    { return "start" }
func (Tune) kind() string     { return "tune" }
func (Report) kind() string   { return "report" }
func (Snapshot) kind() string { return "snapshot" }
