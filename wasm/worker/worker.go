// Package worker is a web worker of the page: it holds the network
// on show, runs it on drawings and images, and trains a network in units of a
// few dozen milliseconds, alone or with other workers, so that the worker's
// message queue is never blocked for long. Package main in wasm/cmd/worker
// connects it to JavaScript.
package worker

import (
	"errors"
	"fmt"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/idx"
	"lenet/engine/pen"
	"lenet/engine/picture"
	"lenet/engine/safetensors"
	weightfile "lenet/engine/weights"
	"lenet/wasm/protocol"
	"lenet/wasm/view"
)

// maxExamples is the most examples a set may have: MNIST's 60,000.
const maxExamples = 60000

// Worker answers requests one at a time.
type Worker struct {
	Files Files // that somebody dropped on the page

	net   *cpu.Backend   // runs the network on show; nil before there is one
	shown *engine.Params // its parameters
	trace *engine.Trace  // of the last image predicted
	drawn bool           // there is such an image

	past   *cpu.Backend  // runs networks of a run's past; nil before the first
	pastOf engine.Config // its network

	train, test engine.Set
	run         *run // nil before Start
}

// Hello returns the worker's first message.
func Hello() protocol.Hello { return protocol.Hello{Presets: engine.Presets()} }

// Handle answers one request.
func (w *Worker) Handle(req protocol.Request) (protocol.Reply, error) {
	switch r := req.(type) {
	case protocol.Load:
		f, err := weightfile.Decode(r.File)
		if err != nil {
			return nil, err
		}
		p := f.Params
		var change *protocol.Change
		if q := w.shown; q != nil && q.Config.Channels == p.Config.Channels && q.Config.Units == p.Config.Units && q.Config.NumClasses() == p.Config.NumClasses() {
			change = new(protocol.Change)
			change.Max, change.Tensor = p.MaxDiff(q)
		}
		return protocol.Network{Config: p.Config, Change: change, Assumed: f.Assumed, Meta: f.Meta}, w.show(p)
	case protocol.Show:
		return protocol.Network{Config: r.Params.Config}, w.show(r.Params)
	case protocol.Predict:
		return w.predict(r)
	case protocol.Picture:
		pixels, err := picture.Read(r.RGBA, r.Width, r.Height, r.Digit)
		if errors.Is(err, picture.ErrBlank) {
			return protocol.Image{}, nil
		}
		return protocol.Image{Pixels: pixels[:]}, err
	case protocol.Set:
		return w.load(r)
	case protocol.Samples:
		return w.samples(r)
	case protocol.Examine:
		return w.examine(r.Distort)
	case protocol.Recall:
		return w.recall(r)
	case protocol.Save:
		return w.save(r.Meta)
	case protocol.Inspect:
		return w.inspect(r)
	case protocol.Parts:
		return w.parts(r)
	case protocol.Stage:
		return w.stage(r)
	case protocol.Find:
		return w.find(r)
	case protocol.Put, protocol.Read, protocol.Write, protocol.Prepare:
		return w.file(req)
	case protocol.Start:
		run, err := newRun(r, w.train, w.test)
		if err != nil {
			return nil, err
		}
		if w.run != nil {
			w.run.backend.Close()
		}
		w.run = run
		return w.run.report(), nil
	}
	if w.run == nil {
		return nil, errNoRun
	}
	switch r := req.(type) {
	case protocol.Tune:
		w.run.tune(r)
		return w.run.report(), nil
	case protocol.Report:
		return w.run.report(), nil
	case protocol.Snapshot:
		return w.run.parameters()
	}
	return nil, fmt.Errorf("%T is not a request", req)
}

// show makes p the network on show.
func (w *Worker) show(p *engine.Params) error {
	if name := p.FirstNonFinite(); name != "" {
		return fmt.Errorf("%s holds a value that is not finite: these weights cannot be used", name)
	}
	if w.net == nil || !w.shown.Config.Equal(p.Config) {
		net, err := cpu.New(p.Config, cpu.Options{})
		if err != nil {
			return err
		}
		if w.net != nil {
			w.net.Close()
		}
		w.net, w.drawn = net, false
		w.trace = engine.NewTrace(p.Config)
	}
	w.shown = p
	return w.net.SetParams(p)
}

// save writes the network on show as a file.
func (w *Worker) save(meta map[string]string) (protocol.Reply, error) {
	if w.net == nil {
		return nil, errNoNetwork
	}
	return protocol.File{Data: safetensors.Encode(w.shown, meta)}, nil
}

var errNoNetwork = errors.New("no weights are loaded yet")

func (w *Worker) predict(r protocol.Predict) (protocol.Reply, error) {
	if w.net == nil {
		return nil, errNoNetwork
	}
	var img [engine.Pixels]byte
	var stages pen.Stages
	if r.Pixels != nil {
		img = [engine.Pixels]byte(r.Pixels)
	} else {
		var ok bool
		if img, stages, ok = pen.RenderStages(r.Drawing, pen.Options{Raw: r.Raw}); !ok {
			w.drawn = false
			return protocol.Prediction{Empty: true}, nil
		}
	}
	img = r.Distort.Apply(img)
	pixels := img[:]
	if err := w.net.Trace(pixels, w.trace); err != nil {
		return nil, err
	}
	w.drawn = true
	p := make([]float32, w.shown.Config.NumClasses())
	engine.Softmax(p, w.trace.Logits())
	var onto view.Onto
	switch {
	case r.Distort != (pen.Distort{}):
	case r.Pixels != nil: // the pad shows the image
		onto.Scale = 1
	default:
		onto = view.Onto{Scale: stages.Scale, X: stages.Offset.X, Y: stages.Offset.Y}
	}
	return protocol.Prediction{Pixels: pixels, Trace: w.trace.Data, P: p, Stages: stages, Onto: onto}, nil
}

func (w *Worker) stage(r protocol.Stage) (protocol.Reply, error) {
	if w.net == nil {
		return nil, errNoNetwork
	}
	theme := view.LightTheme
	if r.Dark {
		theme = view.DarkTheme
	}
	return protocol.StageLayout{Layout: view.New(w.shown.Config, r.Frame), Theme: theme}, nil
}

func (w *Worker) load(r protocol.Set) (protocol.Reply, error) {
	set, err := idx.DecodeSet(r.Images, r.Labels, maxExamples)
	if err != nil {
		return nil, err
	}
	if r.Test {
		w.test = set
	} else {
		w.train = set
	}
	return protocol.SetLoaded{Count: set.Len()}, nil
}
