package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"lenet/engine"
	"lenet/engine/dataset"
	"lenet/engine/explain"
	"lenet/engine/internal/disk"
	"lenet/engine/pen"
)

type evalCmd struct {
	weightsFlag
	Dataset datasetName `placeholder:"NAME" help:"${sets}; otherwise the one the weights were trained on."`
	Strokes string      `placeholder:"FILE.json" help:"Test on digits drawn as strokes instead, through the same pen as the page."`
	Without []string    `placeholder:"L:N,…" help:"Take out maps or units: layer and number, such as 3:12 for map 12 of layer 3 and 9:40 for unit 40 of layer 9. Their activations count as 0."`
	ownFlags
	dataFlags
	deviceFlags
	JSON bool `help:"Print JSON."`
}

func (evalCmd) Help() string {
	return `Prints loss, accuracy and the confusion matrix: a row for each true class, a column for each answer.

A file of strokes is a JSON list of {"label": 5, "strokes": [[[x, y], …], …]}, coordinates from 0 to 28, y down.

  lenet eval --weights mine.safetensors --dataset fashion
  lenet eval --weights mnist --subset           embedded weights, embedded images
  lenet eval --weights mnist --subset --without 3:12
                                                how much does it lose without a map?
  lenet eval --weights mnist --strokes digits.json
  lenet eval --weights letters.safetensors --data letters.json

` + ownHelp + ` Tested is the test part, or what was held out when the weights were trained on the same data
set, or --test-share of it, or else all of it.`
}

// Validate is called by kong.
func (c evalCmd) Validate() error {
	if c.Strokes != "" && (c.Dataset != "" || c.dataFlags != dataFlags{} || c.ownFlags != ownFlags{}) {
		return errors.New("with --strokes the drawings are the test: leave out --dataset, --subset, --data-dir and --data")
	}
	_, err := parseParts(c.Without)
	return errors.Join(err, c.dataFlags.check(), c.ownFlags.check(c.Dataset, c.dataFlags), c.deviceFlags.Validate())
}

// parseParts reads the maps and units of --without.
func parseParts(texts []string) (parts []explain.Part, err error) {
	for _, text := range texts {
		layer, number, _ := strings.Cut(text, ":")
		l, err := strconv.Atoi(layer)
		n, err2 := strconv.Atoi(number)
		if err != nil || err2 != nil {
			return nil, fmt.Errorf("--without %s: use LAYER:NUMBER, such as 3:12", text)
		}
		parts = append(parts, explain.Part{Layer: l, Index: n})
	}
	return parts, nil
}

// evaluation is what eval found, as JSON has it.
type evaluation struct {
	On        string    `json:"on"`
	Device    string    `json:"device"`
	Examples  int       `json:"examples"`
	Loss      float64   `json:"loss"`
	Accuracy  float64   `json:"accuracy"`
	Classes   []string  `json:"classes"`
	Confusion [][]int   `json:"confusion"` // [true][answer]
	Misread   []misread `json:"misread,omitempty"`
}

// misread is a drawing that was taken for another digit.
type misread struct {
	Drawing int `json:"drawing"` // place in the file, from 0
	Label   int `json:"label"`
	Read    int `json:"read"`
}

func (c evalCmd) Run(e *env) error {
	p, meta, assumed, err := c.weightsFlag.loadOpen(e)
	if err != nil {
		return err
	}
	info, test, on, err := c.test(e, p.Config.NumClasses(), meta)
	if err != nil {
		return err
	}
	if len(c.Without) > 0 {
		parts, _ := parseParts(c.Without)
		if p, err = explain.Without(p, parts...); err != nil {
			return fmt.Errorf("--without: %w", err)
		}
		on += ", without " + strings.Join(c.Without, ", ")
	}
	result := evaluation{On: on, Classes: info.Classes}
	b, err := c.openWith(e, p)
	if err != nil {
		return err
	}
	defer b.Close()
	ev, err := b.Evaluate(test.Images, test.Labels)
	if err != nil {
		return err
	}
	result.Device, result.Examples, result.Loss, result.Accuracy = b.Name(), ev.Examples, ev.Loss(), ev.Accuracy()
	result.Confusion = ev.Confusion
	if c.Strokes != "" {
		if result.Misread, err = misreads(b, test); err != nil {
			return err
		}
	}
	hint(e, ev, assumed)
	if c.JSON {
		return json.NewEncoder(e.out).Encode(result)
	}
	result.print(e.out)
	return nil
}

// test returns the images that a network of n classes is tested on, their data set
// and what they are.
func (c evalCmd) test(e *env, n int, meta map[string]string) (info dataset.Info, test engine.Set, on string, err error) {
	if c.Data != "" {
		return c.forTest(e, c.weightsFlag, n, meta)
	}
	name := datasetOf(c.Dataset, meta)
	switch {
	case c.Strokes != "":
		name = dataset.Default()
	case name == "":
		return info, test, "", fmt.Errorf("%s does not say which data set it was trained on: add --dataset %s", c.Weights, strings.Join(dataset.Names(), " or --dataset "))
	}
	if info, err = trainedOn(c.Weights, name, meta); err != nil {
		return info, test, "", err
	}
	if err := checkClasses(c.Weights, n, info); err != nil {
		return info, test, "", err
	}
	if c.Strokes != "" {
		test, err = renderStrokes(c.Strokes)
		return info, test, c.Strokes, err
	}
	_, test, source, err := c.dataFlags.load(e, name)
	return info, test, fmt.Sprintf("%s test images from %s", info.Title, source), err
}

// hint says what may be wrong where a network does little better than chance.
func hint(e *env, ev engine.Evaluation, assumed []string) {
	const few = 50
	chance := 2 / float64(len(ev.Confusion)) // networks that learned anything read more
	switch {
	case ev.Examples < few || ev.Accuracy() >= min(chance, 0.7):
	case len(assumed) > 0:
		fmt.Fprintf(e.err, "acc %.3f is about chance: were these weights trained with another %s (%s), or on another data set (--dataset)?\n",
			ev.Accuracy(), strings.Join(assumed, " or "), strings.NewReplacer("activation", "--activation", "pooling", "--pool").Replace(strings.Join(assumed, ", ")))
	default:
		fmt.Fprintf(e.err, "acc %.3f is about chance: were these weights trained at all, and on this data set (--dataset)?\n", ev.Accuracy())
	}
}

// datasetOf returns the data set asked for, or else the one in the weights' metadata.
func datasetOf(asked datasetName, meta map[string]string) string {
	if asked != "" {
		return string(asked)
	}
	return meta["dataset"]
}

// renderStrokes makes labelled images of the drawings in a file.
func renderStrokes(path string) (engine.Set, error) {
	samples, err := readStrokes(path)
	if err != nil {
		return engine.Set{}, err
	}
	var s engine.Set
	for i, d := range samples {
		if d.Label < 0 {
			return s, fmt.Errorf("%s: drawing %d has no label", path, i)
		}
		img, ok := pen.Render(d.Drawing, pen.Options{})
		if !ok {
			return s, fmt.Errorf("%s: drawing %d is blank", path, i)
		}
		s.Images = append(s.Images, img[:]...)
		s.Labels = append(s.Labels, byte(d.Label))
	}
	if len(samples) == 0 {
		return s, fmt.Errorf("%s: there are no drawings in it", path)
	}
	return s, nil
}

func readStrokes(path string) ([]pen.Sample, error) {
	b, err := disk.ReadFile(path, 64<<20)
	if err != nil {
		return nil, err
	}
	samples, err := pen.ParseJSON(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return samples, nil
}

// misreads finds the drawings behind the confusion matrix, one Evaluate each.
func misreads(b engine.Backend, s engine.Set) ([]misread, error) {
	var wrong []misread
	for i, label := range s.Labels {
		ev, err := b.Evaluate(s.Images[i*engine.Pixels:][:engine.Pixels], s.Labels[i:i+1])
		if err != nil {
			return nil, err
		}
		for read, n := range ev.Confusion[label] {
			if n > 0 && read != int(label) {
				wrong = append(wrong, misread{i, int(label), read})
			}
		}
	}
	return wrong, nil
}

func (r evaluation) print(w io.Writer) {
	fmt.Fprintf(w, "%s examples, %s, on %s\n", thousands(r.Examples), r.On, r.Device)
	fmt.Fprintf(w, "loss %.3f, acc %.4f\n\n", r.Loss, r.Accuracy)
	width := 4
	for _, c := range r.Classes {
		width = max(width, len(c))
	}
	fmt.Fprintf(w, "%*s", width, "")
	for i := range r.Classes {
		fmt.Fprintf(w, "%6d", i)
	}
	fmt.Fprintf(w, "  recall\n")
	for i, row := range r.Confusion {
		label := r.Classes[i]
		if label != fmt.Sprint(i) {
			label = fmt.Sprintf("%d %s", i, label)
		}
		fmt.Fprintf(w, "%-*s", width+2, label)
		total := 0
		for j, n := range row {
			cell := fmt.Sprint(n)
			if n == 0 {
				cell = "."
			}
			if j == 0 {
				fmt.Fprintf(w, "%4s", cell)
			} else {
				fmt.Fprintf(w, "%6s", cell)
			}
			total += n
		}
		if total > 0 {
			fmt.Fprintf(w, "  %.3f", float64(row[i])/float64(total))
		}
		fmt.Fprintln(w)
	}
	for _, m := range r.Misread {
		fmt.Fprintf(w, "drawing %d: a %d read as %d\n", m.Drawing, m.Label, m.Read)
	}
}
