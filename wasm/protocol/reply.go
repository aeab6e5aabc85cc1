package protocol

import (
	"image/color"

	"lenet/engine"
	"lenet/engine/figure/palette"
	"lenet/engine/inspect"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// Reply is a worker's answer: one of the types below.
type Reply interface {
	// Map returns the reply as the page gets it. Arrays are not copied.
	Map() map[string]any
}

type (
	// Hello is a worker's first message, before any request.
	Hello struct{ Presets []engine.Preset }

	// Network describes the network on show.
	Network struct {
		Config engine.Config
		Change *Change // nil but for a file's weights in place of others of the same shapes
		// Assumed names what the file of weights does not say and d2l's network
		// stands in for: "activation", "pooling" or both.
		Assumed []string
		Meta    map[string]string // what a file says of its weights; nil for others
	}

	// Change is how far weights are from those before: the largest absolute
	// difference and the tensor that it is in, 0 and "" when all are equal.
	Change struct {
		Max    float64
		Tensor string
	}

	// Prediction is the network's output for one image.
	Prediction struct {
		Empty  bool       // nothing is drawn: no image, no trace, no probabilities
		Pixels []byte     // the 784 pixels that the network sees
		Trace  []float32  // as engine.Trace.Data
		P      []float32  // the ten probabilities
		Stages pen.Stages // how a drawing became an image; zero for an image
		Onto   view.Onto  // where the pad lands in the image; zero where that was changed
	}

	// Image is a picture in the network's form: 784 bytes, or nil for a blank picture.
	Image struct{ Pixels []byte }

	// SetLoaded has the number of examples read.
	SetLoaded struct{ Count int }

	// SampleList holds images of the test set.
	SampleList struct {
		From   int    // of the first image, where a range was asked for
		Images []byte // 784 bytes each; nil where they were not asked for
		Labels []byte
		Read   []byte // the class that the network on show reads; nil when there is none
		Total  int    // examples of the test set
	}

	// Examination is how the network on show does on the test set: for each
	// image its class, the class that the network reads, how probable the
	// network holds that one, and the cross-entropy loss.
	Examination struct {
		Labels, Read []byte
		P, Loss      []float32
	}

	// Probabilities are those of the classes.
	Probabilities struct{ P []float32 }

	// File is a file's content.
	File struct{ Data []byte }

	// StageLayout says where the picture lies and what its colours are, so that
	// the page can draw what the frame would.
	StageLayout struct {
		Layout *view.Layout
		Theme  view.Theme
	}

	// Found is a unit of the picture and what is lit while one points at it.
	Found struct {
		Unit view.Unit
		OK   bool // there is one
		Lit  view.Lit
	}

	// Parameters are the run's parameters, and how far it is.
	Parameters struct {
		Params *engine.Params
		Epoch  float64 // how many were done, with the part of the running one
		Mark   Mark
	}

	// Mark is how far a run is: what it takes, with the parameters, the recipe
	// and the sets, to go on from there.
	Mark struct {
		Epoch      int     // epochs finished
		Done       int     // training examples of the running epoch so far, of all of it between epochs
		Testing    bool    // between an epoch's last step and the end of its evaluation
		Judged     int     // test images of the running or the last evaluation so far
		Right      int     // how many of them were classified correctly
		Step, Seen int     // as in Progress
		Seconds    float64 // likewise
		Loss       float64 // sum over the examples of Done
		Correct    int     // how many of them were classified correctly
		Test       float64 // accuracy on the test set after the last epoch, -1 before the first

		PointDone    int // training examples since the last point of the curves
		PointLoss    float64
		PointCorrect int
	}

	// Progress is the state of a run.
	Progress struct {
		State   string  // "training", "finished" or "diverged"
		Epoch   int     // epochs finished
		Epochs  int     // epochs to run
		Done    int     // training examples of the running epoch so far
		Total   int     // training examples of an epoch
		Testing bool    // between an epoch's last step and the end of its evaluation
		Step    int     // SGD steps since the start
		Seen    int     // training examples since the start
		Seconds float64 // spent in training steps since the start
		Loss    float64 // of the running epoch so far; of the last whole one between epochs
		Acc     float64 // likewise
		Test    float64 // accuracy on the test set after the last epoch, NaN before the first
		LR      float64
		Points  []Point // new points of the curves since the last report
	}

	// Point is a point of the curves. Loss and accuracy are means over the
	// training examples since the point before.
	Point struct {
		Epoch     float64
		Loss, Acc float64
		Done      *Result // set where an epoch ends
	}

	// Result is what an epoch came to, as d2l counts: loss and training accuracy
	// are means over the epoch while the network learned, Test is the accuracy
	// on the test set after it.
	Result struct{ Loss, Acc, Test float64 }
)

// Map implements [Reply].
func (h Hello) Map() map[string]any {
	presets := make([]any, len(h.Presets))
	for i, p := range h.Presets {
		m := configMap(p.Recipe.Config)
		m["name"], m["dataset"], m["subset"] = p.Preset, p.Dataset, p.Subset
		m["epochs"], m["batch"], m["lr"] = p.Recipe.Epochs, p.Recipe.Batch, p.Recipe.LR
		m["seed"] = int(p.Seed)
		presets[i] = m
	}
	return map[string]any{"version": Version, "presets": presets}
}

// Map implements [Reply].
func (n Network) Map() map[string]any {
	var layers []any
	for _, l := range n.Config.Layers() {
		layers = append(layers, map[string]any{
			"index": l.Index, "name": l.Kind, "shape": ints(l.Shape), "params": l.Params, "detail": l.Detail,
		})
	}
	m := map[string]any{"config": configMap(n.Config), "layers": layers}
	if n.Change != nil {
		m["change"] = map[string]any{"max": n.Change.Max, "tensor": n.Change.Tensor}
	}
	if n.Assumed != nil {
		assumed := make([]any, len(n.Assumed))
		for i, name := range n.Assumed {
			assumed[i] = name
		}
		m["assumed"] = assumed
	}
	if n.Meta != nil {
		meta := make(map[string]any, len(n.Meta))
		for name, text := range n.Meta {
			meta[name] = text
		}
		m["meta"] = meta
	}
	return m
}

// Map implements [Reply].
func (p Prediction) Map() map[string]any {
	if p.Empty {
		return map[string]any{"empty": true}
	}
	m := map[string]any{"empty": false, "pixels": p.Pixels, "trace": p.Trace, "p": p.P}
	if s := &p.Stages; s.Scale != 0 {
		m["box"] = []float32{float32(s.Min.X), float32(s.Min.Y), float32(s.Max.X - s.Min.X), float32(s.Max.Y - s.Min.Y)}
		m["scale"], m["boxed"] = s.Scale, s.Boxed[:]
		m["shift"] = []float32{float32(s.Shift.X), float32(s.Shift.Y)}
	}
	if o := p.Onto; o.Scale != 0 {
		m["onto"] = []float32{float32(o.Scale), float32(o.X), float32(o.Y)}
	}
	return m
}

// Map implements [Reply].
func (i Image) Map() map[string]any {
	if i.Pixels == nil {
		return map[string]any{"empty": true}
	}
	return map[string]any{"empty": false, "pixels": i.Pixels}
}

// Map implements [Reply].
func (s SetLoaded) Map() map[string]any { return map[string]any{"count": s.Count} }

// Map implements [Reply].
func (s SampleList) Map() map[string]any {
	m := map[string]any{"from": s.From, "labels": s.Labels, "total": s.Total}
	if s.Images != nil {
		m["images"] = s.Images
	}
	if s.Read != nil {
		m["read"] = s.Read
	}
	return m
}

// Map implements [Reply].
func (e Examination) Map() map[string]any {
	return map[string]any{"labels": e.Labels, "read": e.Read, "p": e.P, "loss": e.Loss}
}

// Map implements [Reply].
func (p Probabilities) Map() map[string]any { return map[string]any{"p": p.P} }

// Map implements [Reply].
func (f File) Map() map[string]any { return map[string]any{"data": f.Data} }

// Map implements [Reply].
func (s StageLayout) Map() map[string]any {
	l := s.Layout
	panels, boxes := make([]any, len(l.Panels)), make([]any, len(l.Panels))
	for i := range l.Panels {
		p := &l.Panels[i]
		tiles := make([]float32, 0, 3*p.Maps) // x, y and side of each map
		for c := range p.Maps {
			m := p.Map(c)
			tiles = append(tiles, float32(m.X), float32(m.Y), float32(m.W))
		}
		panels[i] = map[string]any{"layer": p.Layer, "side": p.Side, "tiles": tiles}
		boxes[i] = rect(p.Box)
	}
	labels := make([]any, len(l.Labels))
	for i, t := range l.Labels {
		labels[i] = map[string]any{"panel": t.Panel, "box": rect(t.Box), "title": t.Title, "detail": t.Detail, "brief": t.Brief, "fixed": t.Fixed}
	}
	flow := make([]float32, 0, 3*len(l.Flow))
	for _, r := range l.Flow {
		flow = append(flow, float32(r.At), float32(r.From), float32(r.To))
	}
	scale, low := s.Theme.Scale(l.Config.Activation)
	return map[string]any{
		"width": l.Width, "height": l.Height, "font": l.Font, "vertical": l.Vertical, "wrapped": l.Wrapped, "pad": rect(l.Pad),
		"panels": panels, "boxes": boxes, "labels": labels, "flow": flow,
		"legend": rect(l.Legend), "high": view.High(l.Config.Activation),
		"scale": colors(scale), "low": low, "signed": colors(palette.RedBlue(s.Theme.Dark)),
		"colors": map[string]any{
			"pad": rgba(s.Theme.Pad), "ink": rgba(s.Theme.Ink), "tile": rgba(s.Theme.Tile),
			"line": rgba(s.Theme.Line), "flow": rgba(s.Theme.Flow), "front": rgba(s.Theme.Front),
			"point": rgba(s.Theme.Point), "halo": rgba(s.Theme.Halo), "thread": rgba(s.Theme.Thread),
			"for": rgba(s.Theme.For), "against": rgba(s.Theme.Against),
		},
	}
}

// Map implements [Reply].
func (f Found) Map() map[string]any {
	if !f.OK {
		return map[string]any{"unit": nil}
	}
	u := inspect.Unit{Layer: view.LayerOf(f.Unit.Panel), C: f.Unit.C, Y: f.Unit.Y, X: f.Unit.X}
	var field, links, trail, windows, voters []float32
	box := func(to []float32, r view.Rect) []float32 {
		return append(to, float32(r.X), float32(r.Y), float32(r.W), float32(r.H))
	}
	link := func(to []float32, l view.Link) []float32 {
		for _, p := range l {
			to = append(to, float32(p.X), float32(p.Y))
		}
		return to
	}
	for _, r := range f.Lit.Field {
		field = box(field, r)
	}
	for _, l := range f.Lit.Links {
		links = link(links, l)
	}
	for _, l := range f.Lit.Trail {
		trail = link(trail, l)
	}
	if f.Lit.Pad.W > 0 {
		field = box(field, f.Lit.Pad)
	}
	for _, w := range f.Lit.Windows {
		windows = box(append(windows, float32(w.X), float32(w.Y)), w.Rect)
	}
	for _, v := range f.Lit.Voters {
		voters = link(box(append(voters, v.Value), v.Box), v.Link)
	}
	return map[string]any{
		"unit": unitMap(u), "kernel": f.Unit.Kernel(), "box": rect(f.Lit.Box),
		"field": field, "links": links, "trail": trail, "windows": windows, "voters": voters,
	}
}

// colors returns a scale's 256 colours from its low end to its high end, as RGBA.
func colors(s *palette.Scale) []byte {
	c := make([]byte, 0, 4*256)
	for i := range 256 {
		v := float32(i) / 255
		if s.Diverging {
			v = 2*v - 1
		}
		at := s.At(v)
		c = append(c, at.R, at.G, at.B, at.A)
	}
	return c
}

// Map implements [Reply].
func (p Parameters) Map() map[string]any {
	m := p.Mark
	return map[string]any{"config": configMap(p.Params.Config), "data": p.Params.Data, "step": m.Step, "epoch": p.Epoch, "mark": map[string]any{
		"epoch": m.Epoch, "done": m.Done, "testing": m.Testing, "judged": m.Judged, "right": m.Right,
		"step": m.Step, "seen": m.Seen, "seconds": m.Seconds, "loss": m.Loss, "correct": m.Correct, "test": m.Test,
		"pointDone": m.PointDone, "pointLoss": m.PointLoss, "pointCorrect": m.PointCorrect,
	}}
}

// Map implements [Reply].
func (p Progress) Map() map[string]any {
	points := make([]any, len(p.Points))
	for i, q := range p.Points {
		m := map[string]any{"epoch": q.Epoch, "loss": q.Loss, "acc": q.Acc}
		if q.Done != nil {
			m["done"] = map[string]any{"loss": q.Done.Loss, "acc": q.Done.Acc, "test": q.Done.Test}
		}
		points[i] = m
	}
	return map[string]any{
		"state": p.State, "epoch": p.Epoch, "epochs": p.Epochs, "done": p.Done, "total": p.Total, "testing": p.Testing,
		"step": p.Step, "seen": p.Seen, "seconds": p.Seconds, "loss": p.Loss, "acc": p.Acc, "test": p.Test, "lr": p.LR,
		"points": points,
	}
}

func configMap(c engine.Config) map[string]any {
	return map[string]any{
		"activation": c.Activation.String(), "pooling": c.Pooling.String(),
		"channels": ints(c.Channels[:]), "units": ints(c.Units[:]), "classes": c.NumClasses(),
	}
}

func ints(x []int) []any {
	a := make([]any, len(x))
	for i, n := range x {
		a[i] = n
	}
	return a
}

func rect(r view.Rect) []any { return []any{r.X, r.Y, r.W, r.H} }

func rgba(c color.RGBA) []any { return ints([]int{int(c.R), int(c.G), int(c.B), int(c.A)}) }
