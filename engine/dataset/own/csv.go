package own

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"lenet/engine"
)

// maxLine bounds a line of a CSV file: 784 numbers take 3,200 bytes or so.
const maxLine = 64 << 10

// errNoLabels is wrapped by the error for a file of images alone.
var errNoLabels = errors.New("it has no labels")

// labelColumns are the names that a column of labels has, in small letters.
var labelColumns = []string{"label", "labels", "class", "target", "y"}

// readCSV reads a line for each image, as Kaggle has them: the label, then 784
// pixels row by row. A first line of names is passed over, and may say which
// column has the label. Packed with gzip it is read, too.
func (r *reader) readCSV(name string, b []byte) (p part, err error) {
	r.format = "CSV"
	text, err := unpacked(b)
	if err != nil {
		return p, fmt.Errorf("gzip: %w", err)
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, maxLine)
	comma := byte(',')
	column := 0 // of the label
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if n == 1 {
			line = bytes.TrimPrefix(line, bom)
			comma = separator(line)
			if c, ok, err := header(line, comma); err != nil {
				return p, fmt.Errorf("line 1: %w", err)
			} else if ok {
				column = c
				continue
			}
		}
		if len(line) == 0 {
			continue
		}
		if p.set.Len() == r.limit {
			return p, fmt.Errorf("it has more than %d images: take fewer", r.limit)
		}
		if err := r.csvLine(&p, line, comma, column); err != nil {
			return p, fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return p, fmt.Errorf("line %d has more than %d bytes: give a line for each image, a label and 784 pixels", n+1, maxLine)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return p, fmt.Errorf("gzip: the file breaks off after %d images: get it again", p.set.Len())
	case err != nil:
		return p, err
	}
	return p, r.findFileNames(name)
}

// separator returns which of three separates the fields of a line.
func separator(line []byte) byte {
	best := byte(',')
	for _, c := range []byte(";\t") {
		if bytes.Count(line, []byte{c}) > bytes.Count(line, []byte{best}) {
			best = c
		}
	}
	return best
}

// header returns the column of the label where the line has the names of columns.
func header(line []byte, comma byte) (column int, ok bool, err error) {
	var fields []string
	for rest := line; rest != nil; {
		var f []byte
		f, rest = field(rest, comma)
		fields = append(fields, strings.ToLower(string(bytes.TrimSpace(f))))
	}
	numeric := func(f string) bool { _, err := strconv.ParseFloat(f, 64); return err == nil }
	if len(fields) < 3 || numeric(fields[1]) || numeric(fields[2]) {
		return 0, false, nil
	}
	column = slices.IndexFunc(fields, func(f string) bool { return slices.Contains(labelColumns, f) })
	if column < 0 && len(fields) == engine.Pixels {
		return 0, false, fmt.Errorf("%w: its columns are 784 pixels; put a column label in front", errNoLabels)
	}
	return max(column, 0), true, nil
}

// field returns the first field of a line without its quotes, and the rest of
// the line, nil after the last field.
func field(line []byte, comma byte) (f, rest []byte) {
	if len(line) > 0 && line[0] == '"' {
		for at := 1; at < len(line); at++ {
			switch {
			case line[at] != '"':
				f = append(f, line[at])
			case at+1 < len(line) && line[at+1] == '"':
				f = append(f, '"')
				at++
			default:
				_, rest, ok := bytes.Cut(line[at+1:], []byte{comma})
				return f, ended(rest, ok)
			}
		}
		return f, nil
	}
	f, rest, ok := bytes.Cut(line, []byte{comma})
	return f, ended(rest, ok)
}

func ended(rest []byte, more bool) []byte {
	if more && rest == nil {
		return []byte{}
	}
	if !more {
		return nil
	}
	return rest
}

// csvLine adds an image.
func (r *reader) csvLine(p *part, line []byte, comma byte, column int) error {
	if bytes.Count(line, []byte{comma})+1 == engine.Pixels {
		return fmt.Errorf("%w: it has 784 pixels; put the label in front", errNoLabels)
	}
	start := len(p.set.Images)
	labelled := false
	at := 0
	for rest := line; rest != nil; at++ {
		var f []byte
		f, rest = field(rest, comma)
		if at == column {
			label, err := r.labels.add(string(f))
			if err != nil {
				return err
			}
			p.set.Labels = append(p.set.Labels, label)
			labelled = true
			continue
		}
		v, ok := pixel(f)
		if !ok {
			return fmt.Errorf("pixel %.20q in column %d: pixels are whole numbers from 0 to 255", f, at+1)
		}
		if len(p.set.Images)-start <= engine.Pixels {
			p.set.Images = append(p.set.Images, v)
		}
	}
	if at != engine.Pixels+1 || !labelled {
		return fmt.Errorf("it has %d columns rather than 785: a label and the pixels of 28×28; images of another size are read as PNG files in a folder for each class", at)
	}
	return nil
}

// pixel reads a pixel's value.
func pixel(f []byte) (v byte, ok bool) {
	n := 0
	for _, c := range f {
		if c < '0' || c > '9' || n > 255 {
			n = -1
			break
		}
		n = 10*n + int(c-'0')
	}
	if len(f) > 0 && n >= 0 && n <= 255 {
		return byte(n), true
	}
	x, err := strconv.ParseFloat(string(bytes.TrimSpace(f)), 64)
	return byte(x), err == nil && x >= 0 && x <= 255 && x == math.Trunc(x)
}
