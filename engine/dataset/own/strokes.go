package own

import (
	"fmt"
	"io"

	"lenet/engine"
	"lenet/engine/pen"
)

// maxStrokes bounds a file of strokes, unpacked.
const maxStrokes = 256 << 20

// readStrokes returns the drawings of a training set, and sets those of the test
// set: [{"label": "house", "strokes": [[[x, y], …], …]}, …]. They are drawn with
// the pen that the page has. Blank ones are left out.
func (r *reader) readStrokes(name string, b []byte) (train part, err error) {
	r.format = "strokes"
	if gzipped(b) {
		text, err := unpacked(b)
		if err == nil {
			b, err = io.ReadAll(io.LimitReader(text, maxStrokes+1))
		}
		if err != nil {
			return train, fmt.Errorf("gzip: %w", err)
		}
	}
	if len(b) > maxStrokes {
		return train, fmt.Errorf("it has more than %d bytes: take fewer drawings", maxStrokes)
	}
	all, err := pen.ParseNamed(b)
	if err != nil {
		return train, err
	}
	if len(all) > r.limit {
		return train, fmt.Errorf("it has %d drawings: take fewer, at most %d are read", len(all), r.limit)
	}
	blank := 0
	for i, d := range all {
		if d.Label == "" {
			return train, fmt.Errorf("drawing %d has no label: give each drawing one, as {\"label\": \"house\", \"strokes\": …}", i)
		}
		pixels, ok := pen.Render(d.Drawing, pen.Options{})
		if !ok {
			blank++
			continue
		}
		label, err := r.labels.add(d.Label)
		if err != nil {
			return train, fmt.Errorf("drawing %d: %w", i, err)
		}
		to := &train
		if d.Test {
			to = &r.test
		}
		to.add(part{engine.Set{Images: pixels[:], Labels: []byte{label}}, []pen.Drawing{d.Drawing}})
	}
	if blank > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s: %d blank drawings were left out", name, blank))
	}
	if train.set.Len() == 0 {
		train, r.test = r.test, part{}
	}
	return train, r.findFileNames(name)
}
