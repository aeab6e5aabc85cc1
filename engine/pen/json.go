package pen

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"lenet/engine/internal/jsonlite"
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
	data = bytes.TrimSpace(data)
	list, ok := bytes.CutPrefix(data, []byte("["))
	if !ok {
		return nil, fmt.Errorf("strokes: want a JSON list of strokes or of {label, strokes}, not %.20q", data)
	}
	var all []Named
	var err error
	d := jsonlite.New(data)
	switch list = bytes.TrimSpace(list); {
	case bytes.HasPrefix(list, []byte("[")), bytes.HasPrefix(list, []byte("]")):
		all = make([]Named, 1)
		all[0].Drawing, err = parseStrokes(d)
	default:
		err = d.List(func() error {
			n, err := parseNamed(d, len(all))
			all = append(all, n)
			return err
		})
	}
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return nil, fmt.Errorf("strokes: %w", err)
	}
	return all, nil
}

// parseNamed reads {"label": …, "strokes": …}, number i of a list.
func parseNamed(d *jsonlite.Decoder, i int) (n Named, err error) {
	has := false
	err = d.Object(func(name string) (err error) {
		switch name {
		case "label":
			n.Label, err = parseLabel(d)
		case "test":
			if !d.Null() {
				n.Test, err = d.Bool()
			}
		case "strokes":
			if has = true; !d.Null() {
				n.Drawing, err = parseStrokes(d)
			}
		default:
			_, err = d.Raw()
		}
		return err
	})
	if err != nil {
		return n, fmt.Errorf("drawing %d: %w", i, err)
	}
	if !has {
		return n, fmt.Errorf("drawing %d has no %q", i, "strokes")
	}
	return n, nil
}

// parseLabel reads a label as text, "" for none.
func parseLabel(d *jsonlite.Decoder) (string, error) {
	if d.Null() {
		return "", nil
	}
	if d.Peek() == '"' {
		return d.Text()
	}
	raw, err := d.Raw()
	if err != nil {
		return "", err
	}
	number, err := strconv.Atoi(string(raw))
	if err != nil {
		return "", fmt.Errorf("label %.100s: want a whole number or a name", raw)
	}
	return strconv.Itoa(number), nil
}

// parseStrokes reads [[[x, y], …], …]. It counts points beyond the limits and keeps
// none of them.
func parseStrokes(d *jsonlite.Decoder) (Drawing, error) {
	drawing := Drawing{}
	strokes, total := 0, 0
	err := d.List(func() error {
		var stroke Stroke
		points := 0
		if err := d.List(func() error {
			var p [2]float64
			n := 0
			if err := d.List(func() error {
				v, err := d.Float()
				if n < len(p) {
					p[n] = v
				}
				n++
				return err
			}); err != nil {
				return err
			}
			if n != len(p) {
				return fmt.Errorf("stroke %d, point %d has %d numbers: want [x, y]", strokes, points, n)
			}
			if min(p[0], p[1]) < -Side || max(p[0], p[1]) > 2*Side {
				return fmt.Errorf("stroke %d, point %d is (%g, %g): scale the drawing to a pad of %d by %d units", strokes, points, p[0], p[1], Side, Side)
			}
			points++
			if total++; total <= MaxPoints {
				stroke = append(stroke, Point{p[0], p[1]})
			}
			return nil
		}); err != nil {
			return err
		}
		if strokes++; strokes <= MaxStrokes {
			drawing = append(drawing, stroke)
		}
		return nil
	})
	if wrong, ok := err.(*jsonlite.Error); ok { // errors.As would weigh 7 KB in the page's worker
		return nil, fmt.Errorf("want strokes as [[[x, y], …], …]: %w", wrong)
	}
	switch {
	case err != nil:
		return nil, err
	case strokes > MaxStrokes || total > MaxPoints:
		return nil, fmt.Errorf("%d strokes of %d points: a drawing has at most %d strokes and %d points", strokes, total, MaxStrokes, MaxPoints)
	}
	return drawing, nil
}
