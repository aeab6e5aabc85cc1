package pen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Sample is a drawing with its label.
type Sample struct {
	Label   int // 0 to 9, or -1 without a label
	Drawing Drawing
}

// Named is a drawing whose label is a number or a name.
type Named struct {
	Label string // "" without a label
	Test  bool   // it is of a test set
	Drawing
}

// ParseJSON reads drawings in either of two forms, coordinates in pad units:
//
//	[[[x, y], …], …]                           one drawing: strokes of points
//	[{"label": 5, "strokes": [[[x, y], …], …]}, …]   many, each with its label
//
// Unknown fields are ignored. An error names the place that is wrong. Points
// may lie off the pad by its own size; farther ones are taken for another unit.
// A drawing has at most [MaxStrokes] strokes and [MaxPoints] points.
func ParseJSON(data []byte) ([]Sample, error) {
	named, err := ParseNamed(data)
	if err != nil {
		return nil, err
	}
	samples := make([]Sample, len(named))
	for i, n := range named {
		samples[i] = Sample{Label: -1, Drawing: n.Drawing}
		if n.Label != "" {
			digit, err := strconv.Atoi(n.Label)
			if err != nil || digit < 0 || digit > 9 {
				return nil, fmt.Errorf("strokes: drawing %d: label %.100s: labels are 0 to 9", i, n.Label)
			}
			samples[i].Label = digit
		}
	}
	return samples, nil
}

// ParseNamed is [ParseJSON] for labels that are whole numbers or names, such as
// "house". A drawing with "test": true is of a test set.
func ParseNamed(data []byte) ([]Named, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // a byte order mark
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, errors.New("strokes: the text is in UTF-16: save it as UTF-8")
	}
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return nil, fmt.Errorf("strokes: want a JSON list of strokes or of {label, strokes}: %w", err)
	}
	if len(items) == 0 || bytes.HasPrefix(items[0], []byte("[")) {
		d, err := parseStrokes(data)
		if err != nil {
			return nil, fmt.Errorf("strokes: %w", err)
		}
		return []Named{{Drawing: d}}, nil
	}
	all := make([]Named, len(items))
	for i, item := range items {
		var one struct {
			Label   json.RawMessage `json:"label"`
			Test    bool            `json:"test"`
			Strokes json.RawMessage `json:"strokes"`
		}
		if err := json.Unmarshal(item, &one); err != nil {
			return nil, fmt.Errorf("strokes: drawing %d: %w", i, err)
		}
		if one.Strokes == nil {
			return nil, fmt.Errorf("strokes: drawing %d has no %q", i, "strokes")
		}
		d, err := parseStrokes(one.Strokes)
		if err != nil {
			return nil, fmt.Errorf("strokes: drawing %d: %w", i, err)
		}
		label, err := parseLabel(one.Label)
		if err != nil {
			return nil, fmt.Errorf("strokes: drawing %d: %w", i, err)
		}
		all[i] = Named{label, one.Test, d}
	}
	return all, nil
}

// parseLabel returns a label as text, "" for none.
func parseLabel(data json.RawMessage) (string, error) {
	var name string
	var number int
	if err := json.Unmarshal(data, &name); data == nil || err == nil { // null is none, too
		return name, nil
	}
	if err := json.Unmarshal(data, &number); err != nil {
		return "", fmt.Errorf("label %.100s: want a whole number or a name", data)
	}
	return strconv.Itoa(number), nil
}

func parseStrokes(data []byte) (Drawing, error) {
	var raw [][][]float64
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("want strokes as [[[x, y], …], …]: %w", err)
	}
	total := 0
	for _, points := range raw {
		total += len(points)
	}
	if len(raw) > MaxStrokes || total > MaxPoints {
		return nil, fmt.Errorf("%d strokes of %d points: a drawing has at most %d strokes and %d points", len(raw), total, MaxStrokes, MaxPoints)
	}
	d := make(Drawing, len(raw))
	for i, points := range raw {
		d[i] = make(Stroke, len(points))
		for j, p := range points {
			if len(p) != 2 {
				return nil, fmt.Errorf("stroke %d, point %d has %d numbers: want [x, y]", i, j, len(p))
			}
			if min(p[0], p[1]) < -Side || max(p[0], p[1]) > 2*Side {
				return nil, fmt.Errorf("stroke %d, point %d is (%g, %g): scale the drawing to a pad of %d by %d units", i, j, p[0], p[1], Side, Side)
			}
			d[i][j] = Point{p[0], p[1]}
		}
	}
	return d, nil
}
