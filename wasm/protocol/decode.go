package protocol

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"lenet/engine"
	"lenet/engine/inspect"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// Decode reads a request. Byte and float arrays are kept, not copied.
func Decode(m map[string]any) (Request, error) {
	f := fields{m: m}
	if v := f.integer("v", 0, math.MaxInt32); f.err == nil && v != Version {
		return nil, fmt.Errorf("protocol version %d: this worker speaks %d; reload the page", v, Version)
	}
	kind := f.text("type")
	if f.err != nil {
		return nil, f.err
	}
	req := f.request(kind)
	if f.err == nil {
		f.onlyKnown()
	}
	if f.err != nil {
		return nil, fmt.Errorf("request %q: %w", kind, f.err)
	}
	return req, nil
}

func (f *fields) request(kind string) Request {
	switch kind {
	case "load":
		return Load{File: f.bytes("file", MaxFile)}
	case "show":
		return Show{Params: f.params()}
	case "predict":
		if f.has("pixels") {
			return Predict{Pixels: f.image(), Distort: f.distort()}
		}
		return Predict{Drawing: f.drawing(), Raw: f.has("raw") && f.boolean("raw"), Distort: f.distort()}
	case "picture":
		return f.picture()
	case "set":
		return Set{Test: f.boolean("test"), Images: f.bytes("images", MaxFile), Labels: f.bytes("labels", MaxFile)}
	case "samples":
		if f.has("indices") {
			return Samples{Indices: f.indices("indices", MaxSamples)}
		}
		return Samples{From: f.integer("from", 0, math.MaxInt32), Count: f.integer("count", 1, MaxSamples), Bare: f.has("bare") && f.boolean("bare")}
	case "examine":
		return Examine{Distort: f.distort()}
	case "recall":
		return Recall{Params: f.params(), Pixels: f.image()}
	case "save":
		s := Save{}
		if f.has("meta") {
			s.Meta = f.texts("meta")
		}
		return s
	case "inspect":
		return Inspect{f.unit()}
	case "parts":
		of := f.text("of")
		if f.err == nil && !slices.Contains(Views, of) {
			f.fail("of: %q: use one of %s", of, strings.Join(Views, ", "))
		}
		p := Parts{Of: of}
		if f.has("layer") {
			u := f.unit()
			p.Unit = &u
		}
		return p
	case "stage":
		return Stage{Frame: f.frame(), Dark: f.boolean("dark")}
	case "find":
		return f.find()
	case "start":
		return f.start()
	case "tune":
		return Tune{LR: f.learningRate(), Epochs: f.integer("epochs", 1, MaxEpochs)}
	case "put", "read", "write", "prepare":
		return f.files(kind)
	case "report":
		return Report{}
	case "snapshot":
		return Snapshot{}
	}
	f.fail("unknown type")
	return nil
}

// image reads the grey levels of one image.
func (f *fields) image() []byte {
	p := f.bytes("pixels", engine.Pixels)
	if f.err == nil && len(p) != engine.Pixels {
		f.fail("pixels: %d bytes: an image has %d", len(p), engine.Pixels)
	}
	return p
}

func (f *fields) unit() inspect.Unit {
	return inspect.Unit{
		Layer: f.integer("layer", inspect.Input, engine.NumLayers-1), C: f.integer("channel", 0, engine.MaxUnits-1),
		Y: f.integer("y", 0, engine.Side-1), X: f.integer("x", 0, engine.Side-1),
	}
}

// picture reads decoded pixels, as many as the width and the height say.
func (f *fields) picture() Picture {
	p := Picture{Width: f.integer("width", 1, MaxPicture), Height: f.integer("height", 1, MaxPicture), RGBA: f.bytes("rgba", 4*MaxPicture), Digit: f.boolean("digit")}
	if n := 4 * p.Width * p.Height; f.err == nil && n != len(p.RGBA) {
		f.fail("rgba: %d bytes: %d×%d pixels take %d", len(p.RGBA), p.Width, p.Height, n)
	}
	return p
}

// frame reads the room of the stage; all but width and ratio may be missing.
func (f *fields) frame() view.Frame {
	r := view.Frame{Width: f.number("width", 1, 1<<14), Ratio: f.number("ratio", 0.1, 16)}
	for key, to := range map[string]struct {
		at   *float64
		most float64
	}{"height": {&r.Height, 1 << 14}, "text": {&r.Text, 256}, "tools": {&r.Tools, 1 << 10}} {
		if f.has(key) {
			*to.at = f.number(key, 0, to.most)
		}
	}
	if f.has("presenting") {
		r.Presenting = f.boolean("presenting")
	}
	return r
}

// find reads where to look: "at" is x, y and slack, otherwise the unit's fields
// say where one is, if anywhere, and "step", "skip", "leap" or "slide" where to go.
func (f *fields) find() Find {
	q := Find{Frame: f.frame(), Weights: f.boolean("weights")}
	if f.has("layer") {
		u := f.unit()
		panel, ok := view.PanelOf(u.Layer)
		if !ok && f.err == nil {
			f.fail("layer: no panel shows the output of module %d", u.Layer)
		}
		q.Unit, q.Has = view.Unit{Panel: panel, C: u.C, Y: u.Y, X: u.X}, true
	}
	if f.has("at") {
		at := f.floats("at", 3)
		if f.err == nil && len(at) != 3 {
			f.fail("at: %d numbers: use x, y and slack", len(at))
			return q
		}
		if f.err == nil {
			q.At = &Spot{float64(at[0]), float64(at[1]), float64(at[2])}
		}
	}
	for _, way := range []string{Step, Skip, Leap} {
		if f.has(way) {
			by := f.floats(way, 2)
			if f.err == nil && len(by) != 2 {
				f.fail("%s: %d numbers: use dx and dy", way, len(by))
			}
			if f.err == nil {
				q.Way, q.DX, q.DY = way, sign(by[0]), sign(by[1])
			}
		}
	}
	if f.has("slide") {
		q.Way, q.Since = Slide, time.Duration(f.number("slide", 0, 1<<20)*float64(time.Millisecond))
	}
	if f.has("onto") {
		at := f.floats("onto", 3)
		if f.err == nil && len(at) != 3 {
			f.fail("onto: %d numbers: use a scale, x and y", len(at))
			return q
		}
		if f.err == nil {
			q.Onto = view.Onto{Scale: float64(at[0]), X: float64(at[1]), Y: float64(at[2])}
		}
	}
	if f.has("votes") {
		pairs := f.floats("votes", 1<<8)
		for i := 0; i+1 < len(pairs); i += 2 {
			q.Votes = append(q.Votes, view.Vote{Index: int(pairs[i]), Value: pairs[i+1]})
		}
	}
	return q
}

// sign returns 1, -1 or 0; 0 also for a value that is no number.
func sign(v float32) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// drawing reads strokes: "points" holds x and y of every point in pad units,
// "lengths" how many points each stroke has.
func (f *fields) drawing() pen.Drawing {
	points, lengths := f.floats("points", 2*pen.MaxPoints), f.list("lengths", pen.MaxStrokes)
	if f.err != nil {
		return nil
	}
	d := make(pen.Drawing, len(lengths))
	at := 0
	for i, l := range lengths {
		n, ok := asInteger(l, 0, pen.MaxPoints)
		if !ok || 2*(at+n) > len(points) {
			f.fail("lengths: stroke %d has %v points, more than there are", i, l)
			return nil
		}
		d[i] = make(pen.Stroke, n)
		for j := range d[i] {
			d[i][j] = pen.Point{X: float64(points[2*at]), Y: float64(points[2*at+1])}
			at++
		}
	}
	if 2*at != len(points) {
		f.fail("points: %d numbers for %d points", len(points), at)
	}
	return d
}

// distort reads the changes of the image; missing ones are 0.
func (f *fields) distort() (d pen.Distort) {
	for key, to := range map[string]struct {
		at   *float64
		most float64
	}{"rotate": {&d.Rotate, 180}, "x": {&d.X, pen.Side}, "y": {&d.Y, pen.Side}, "noise": {&d.Noise, 4}} {
		if f.has(key) {
			*to.at = f.number(key, -to.most, to.most)
		}
	}
	return d
}

func (f *fields) params() *engine.Params {
	config, data := f.config(), f.floats("data", 1<<22)
	if f.err != nil {
		return nil
	}
	if n := config.NumParams(); n != len(data) {
		f.fail("data: %d values: this network has %d parameters", len(data), n)
		return nil
	}
	return &engine.Params{Config: config, Data: data}
}

func (f *fields) config() (c engine.Config) {
	f.check("activation", c.Activation.UnmarshalText([]byte(f.text("activation"))))
	f.check("pooling", c.Pooling.UnmarshalText([]byte(f.text("pooling"))))
	c.Channels = f.pair("channels", engine.MaxChannels)
	c.Units = f.pair("units", engine.MaxUnits)
	if f.has("classes") {
		c = c.WithClasses(f.integer("classes", engine.MinClasses, engine.MaxClasses))
	}
	if f.err == nil {
		f.check("network", c.Validate())
	}
	return c
}

func (f *fields) recipe() engine.Recipe {
	r := engine.Recipe{
		Config: f.config(),
		Epochs: f.integer("epochs", 1, MaxEpochs),
		Batch:  f.integer("batch", 1, MaxBatch),
		LR:     f.learningRate(),
		Seed:   uint64(f.integer("seed", 0, MaxSeed)),

		Reproducible: f.boolean("reproducible"),
	}
	if f.has("decay") {
		f.check("decay", r.Decay.UnmarshalText([]byte(f.text("decay"))))
	}
	if f.has("freeze") {
		f.check("freeze", r.Freeze.UnmarshalText([]byte(f.text("freeze"))))
	}
	if f.err == nil {
		f.check("recipe", r.Validate())
	}
	return r
}

func (f *fields) start() Start {
	s := Start{Recipe: f.recipe(), Size: f.integer("size", 1, MaxWorkers)}
	if s.Size&(s.Size-1) != 0 {
		f.fail("size: %d workers: use a power of two", s.Size)
	}
	s.Rank = f.integer("rank", 0, s.Size-1)
	if f.has("init") {
		s.Init = f.bytes("init", MaxFile)
	}
	if f.has("mark") && f.err == nil {
		data := f.floats("data", 1<<22)
		if n := s.Recipe.Config.NumParams(); f.err == nil && n != len(data) {
			f.fail("data: %d values: this network has %d parameters", len(data), n)
		}
		s.From = &Parameters{Params: &engine.Params{Config: s.Recipe.Config, Data: data}, Mark: f.mark()}
	}
	return s
}

func (f *fields) mark() Mark {
	m, _ := f.get("mark").(map[string]any) // nil when it is not an object: then all is missing
	g := fields{m: m}
	natural := func(key string) int { return g.integer(key, 0, math.MaxInt32) }
	mark := Mark{
		Epoch: natural("epoch"), Done: natural("done"), Testing: g.boolean("testing"), Judged: natural("judged"), Right: natural("right"),
		Step: natural("step"), Seen: g.integer("seen", 0, MaxSeed), Seconds: g.number("seconds", 0, math.MaxFloat64),
		Loss: g.number("loss", 0, math.MaxFloat64), Correct: natural("correct"),
		PointDone: natural("pointDone"), PointLoss: g.number("pointLoss", 0, math.MaxFloat64), PointCorrect: natural("pointCorrect"),
		Test: g.number("test", -1, 1),
	}
	if g.err == nil {
		g.onlyKnown()
	}
	f.check("mark", g.err)
	return mark
}

func (f *fields) learningRate() float64 {
	lr := f.number("lr", 0, MaxLR)
	if f.err == nil && lr == 0 {
		f.fail("lr: the learning rate is 0: use a number above 0")
	}
	return lr
}

// What is said of weights in a file, at most.
const (
	maxTexts = 16
	maxText  = 1 << 16 // bytes
)

// fields reads a map's fields one by one and keeps the first error.
type fields struct {
	m    map[string]any
	read []string
	err  error
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

func (f *fields) check(key string, err error) {
	if err != nil {
		f.fail("%s: %w", key, err)
	}
}

func (f *fields) has(key string) bool { _, ok := f.m[key]; return ok }

func (f *fields) get(key string) any {
	v, ok := f.m[key]
	if !ok {
		f.fail("%s: missing", key)
	}
	f.read = append(f.read, key)
	return v
}

// onlyKnown fails when the map has a field that was not read.
func (f *fields) onlyKnown() {
	for key := range f.m {
		if !slices.Contains(f.read, key) {
			f.fail("%s: unknown field", key)
		}
	}
}

func (f *fields) text(key string) string {
	s, ok := f.get(key).(string)
	if !ok {
		f.fail("%s: not a text", key)
	}
	return s
}

// texts reads a few short texts by their names.
func (f *fields) texts(key string) map[string]string {
	m, ok := f.get(key).(map[string]any)
	if !ok || len(m) > maxTexts {
		f.fail("%s: not at most %d texts", key, maxTexts)
		return nil
	}
	texts := make(map[string]string, len(m))
	for name, v := range m {
		s, ok := v.(string)
		if !ok || len(name)+len(s) > maxText {
			f.fail("%s: %.40q: not a text of at most %d bytes", key, name, maxText)
			return nil
		}
		texts[name] = s
	}
	return texts
}

func (f *fields) boolean(key string) bool {
	b, ok := f.get(key).(bool)
	if !ok {
		f.fail("%s: not true or false", key)
	}
	return b
}

func (f *fields) number(key string, lo, hi float64) float64 {
	x, ok := f.get(key).(float64)
	if !ok {
		f.fail("%s: not a number", key)
	}
	if !(x >= lo && x <= hi) { // NaN too
		f.fail("%s: %v: use %v to %v", key, x, lo, hi)
		return lo
	}
	return x
}

func (f *fields) integer(key string, lo, hi int) int {
	v := f.get(key)
	n, ok := asInteger(v, lo, hi)
	if !ok {
		f.fail("%s: %v: use a whole number from %d to %d", key, v, lo, hi)
	}
	return n
}

func asInteger(v any, lo, hi int) (int, bool) {
	x, ok := v.(float64)
	if !ok || x != math.Trunc(x) || !(x >= float64(lo) && x <= float64(hi)) {
		return lo, false
	}
	return int(x), true
}

func (f *fields) pair(key string, hi int) (p [2]int) {
	l := f.list(key, 2)
	if f.err == nil && len(l) != 2 {
		f.check(key, errors.New("not two numbers"))
	}
	for i, v := range l {
		n, ok := asInteger(v, 1, hi)
		if !ok {
			f.fail("%s: %v: use a whole number from 1 to %d", key, v, hi)
		}
		p[i] = n
	}
	return p
}

func (f *fields) list(key string, limit int) []any {
	l, ok := f.get(key).([]any)
	if !ok {
		f.fail("%s: not a list", key)
	}
	if len(l) > limit {
		f.fail("%s: %d entries: at most %d are allowed", key, len(l), limit)
		return nil
	}
	return l
}

func (f *fields) indices(key string, limit int) []int {
	l := f.list(key, limit)
	list := make([]int, len(l))
	for i, v := range l {
		n, ok := asInteger(v, 0, math.MaxInt32)
		if !ok {
			f.fail("%s: %v: use whole numbers from 0", key, v)
		}
		list[i] = n
	}
	return list
}

func (f *fields) bytes(key string, limit int) []byte {
	b, ok := f.get(key).([]byte)
	if !ok {
		f.fail("%s: not a Uint8Array", key)
	}
	if len(b) > limit {
		f.fail("%s: %d bytes: at most %d are allowed", key, len(b), limit)
		return nil
	}
	return b
}

func (f *fields) floats(key string, limit int) []float32 {
	x, ok := f.get(key).([]float32)
	if !ok {
		f.fail("%s: not a Float32Array", key)
	}
	if len(x) > limit {
		f.fail("%s: %d numbers: at most %d are allowed", key, len(x), limit)
		return nil
	}
	return x
}
