package bundle

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/pen"
	"lenet/wasm/protocol"
	"lenet/wasm/view"
	"lenet/wasm/worker"
)

// A poster is the picture that the page shows before the engine is there, and an
// embedded page before it loads the engine: the activations for one image,
// computed when the page was built, as poster/DATASET.json, and layouts of the
// layers, as poster/stage.json. poster.js makes of them what a web worker answers.

// addPosters adds the posters of Posters.
func (b *builder) addPosters() error {
	for i, name := range b.Posters {
		var w worker.Worker
		file, err := os.ReadFile(filepath.Join(b.Root, "assets", "weights", name+".safetensors"))
		if err != nil {
			return err
		}
		network, err := w.Handle(protocol.Load{File: file})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if i == 0 {
			err = b.addStage(&w, network)
		}
		if err == nil {
			err = b.addPoster(&w, name, network.(protocol.Network).Config)
		}
		if err != nil {
			return fmt.Errorf("poster of %s: %w", name, err)
		}
	}
	return nil
}

func (b *builder) addJSON(name string, v any) error {
	data, err := json.Marshal(rounded(v))
	if err != nil {
		return err
	}
	return b.add(name, data)
}

// addStage adds the layouts and the colours of the stage, and the presets.
func (b *builder) addStage(w *worker.Worker, network protocol.Reply) error {
	stage := network.Map()
	var layouts []any
	for _, frame := range posterFrames() {
		reply, err := w.Handle(protocol.Stage{Frame: frame, Dark: true})
		if err != nil {
			return err
		}
		layouts = append(layouts, posterLayout(frame, reply.(protocol.StageLayout)))
	}
	for theme, dark := range map[string]bool{"dark": true, "light": false} {
		reply, err := w.Handle(protocol.Stage{Frame: posterFrames()[0], Dark: dark})
		if err != nil {
			return err
		}
		m, colors := reply.Map(), map[string]any{}
		for _, key := range []string{"colors", "scale", "signed", "low", "high"} {
			colors[key] = m[key]
		}
		stage[theme] = colors
	}
	stage["layouts"] = layouts
	presets := map[string]any{} // their data sets
	for _, p := range worker.Hello().Presets {
		presets[p.Preset] = p.Dataset
	}
	stage["presets"] = presets
	return b.addJSON("poster/stage.json", stage)
}

// addPoster adds the activations for the sample: a drawn digit, or the first
// test image where the images are not digits.
func (b *builder) addPoster(w *worker.Worker, name string, config engine.Config) error {
	poster := map[string]any{}
	var request protocol.Predict
	info, err := dataset.Lookup(name)
	if err != nil {
		return err
	}
	if info.Digits {
		ink, drawing, err := b.sampleInk()
		if err != nil {
			return err
		}
		poster["ink"], request.Drawing = ink, drawing
	} else {
		_, test, err := dataset.Subset(name)
		if err != nil {
			return err
		}
		poster["label"], request.Pixels = test.Labels[0], test.Images[:engine.Pixels]
	}
	reply, err := w.Handle(request)
	if err != nil {
		return err
	}
	p := reply.(protocol.Prediction)
	poster["pixels"], poster["p"] = p.Pixels, p.P
	poster["trace"] = posterTrace(config, p.Trace)
	return b.addJSON("poster/"+name+".json", poster)
}

// posterTrace returns a trace in 255ths; layers that the stage does not show stay zero.
func posterTrace(config engine.Config, data []float32) []byte {
	t := engine.NewTrace(config)
	copy(t.Data, data)
	shown := engine.NewTrace(config)
	copy(shown.Input(), t.Input())
	for panel := view.PanelInput + 1; panel < view.NumPanels; panel++ {
		layer := view.LayerOf(panel)
		copy(shown.Layer(layer), t.Layer(layer))
	}
	out := make([]byte, len(shown.Data))
	for i, v := range shown.Data {
		out[i] = byte(math.Round(255 * min(max(float64(v), 0), 1)))
	}
	return out
}

var lessonsFive = regexp.MustCompile(`\bfive: '([\w.-]+)'`)

// sampleInk returns the 5 that the lessons draw, as a link has it and as strokes.
func (b *builder) sampleInk() (string, pen.Drawing, error) {
	file := filepath.Join(b.Root, "wasm", "page", "learn", "drawings.js")
	data, err := os.ReadFile(file)
	if err != nil {
		return "", nil, err
	}
	m := lessonsFive.FindSubmatch(data)
	if m == nil {
		return "", nil, fmt.Errorf("%s has no drawing called five", file)
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	ink := string(m[1])
	var drawing pen.Drawing
	for s := range strings.SplitSeq(ink, ".") {
		var stroke []pen.Point
		at := func(i int) float64 {
			n := strings.IndexByte(digits, s[i])*64 + strings.IndexByte(digits, s[i+1])
			return float64(n) / (64*64 - 1) * pen.Side
		}
		for i := 0; i+4 <= len(s); i += 4 {
			stroke = append(stroke, pen.Point{X: at(i), Y: at(i + 2)})
		}
		drawing = append(drawing, stroke)
	}
	return ink, drawing, nil
}

// rounded returns a reply with lengths to a tenth of a pixel and probabilities
// to a millionth: more is not visible.
func rounded(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for key, e := range v {
			if p, ok := e.([]float32); ok && key == "p" {
				m[key] = p
				continue
			}
			m[key] = rounded(e)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = rounded(e)
		}
		return list
	case []float32:
		list := make([]float64, len(v))
		for i, e := range v {
			list[i] = math.Round(10*float64(e)) / 10
		}
		return list
	case float64:
		return math.Round(10*v) / 10
	}
	return v
}
