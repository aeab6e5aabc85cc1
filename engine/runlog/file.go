package runlog

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lenet/engine/internal/disk"
)

// columns of a log in CSV.
var columns = []string{"event", "epoch", "step", "examples", "lr", "loss", "train_acc", "test_loss", "test_acc", "train_sec", "examples_per_sec"}

// column returns the place of a column.
func column(name string) int { return slices.Index(columns, name) }

// CheckPath reports a file name that is not that of a log, so that a long
// training run does not end with it.
func CheckPath(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".csv":
		return nil
	}
	return fmt.Errorf("log file %q: use a name that ends in .jsonl or .csv", path)
}

func isCSV(path string) bool { return strings.EqualFold(filepath.Ext(path), ".csv") }

// File is a log being written. Every line is with the system as soon as it is
// written, so that a run that is killed loses none.
type File struct {
	f   io.WriteCloser
	csv bool
}

// Create opens an empty log at path, .jsonl or .csv, replacing the one before. A
// pipe gets the lines as they come.
func Create(path string) (*File, error) { return open(path, nil) }

// Resume opens the log at path to go on after so many training examples. What
// it has of later ones, and of how the run ended, is cut off. When there is no
// file, or a pipe in its place, the log begins here.
func Resume(path string, examples int) (*File, error) {
	if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return Create(path) // a pipe has nothing of earlier
	}
	old, err := disk.ReadFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	var kept []byte
	for line := range bytes.Lines(old) {
		if before(line, isCSV(path), examples) {
			kept = append(kept, line...)
		}
	}
	return open(path, kept)
}

// before reports whether to keep a line when a run resumes after so many examples.
func before(line []byte, isCSV bool, examples int) bool {
	if !bytes.HasSuffix(line, []byte("\n")) {
		return false // broke off
	}
	if isCSV {
		fields := strings.Split(strings.TrimSpace(string(line)), ",")
		if len(fields) != len(columns) || fields[0] == columns[0] {
			return false // open writes the header
		}
		n, err := strconv.Atoi(fields[column("examples")])
		return err == nil && n <= examples
	}
	var l struct {
		Event    string `json:"event"`
		Examples int    `json:"examples"`
	}
	return json.Unmarshal(line, &l) == nil && l.Event != "end" && l.Examples <= examples
}

func open(path string, content []byte) (*File, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	w := &File{csv: isCSV(path)}
	if w.csv {
		content = append([]byte(strings.Join(columns, ",")+"\n"), content...)
	}
	var err error
	w.f, err = disk.Start(path, content)
	return w, err
}

// Write writes a [Start], [Step], [Epoch] or [End] line. A log in CSV has lines
// for steps and epochs only.
func (w *File) Write(line any) error {
	b, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if w.csv {
		if b, err = row(line); b == nil {
			return err
		}
	} else {
		b = append(b, '\n')
	}
	_, err = w.f.Write(b)
	return err
}

// Close closes the file.
func (w *File) Close() error { return w.f.Close() }

// row returns a line as CSV has it, nil for one that it has not.
func row(line any) ([]byte, error) {
	number := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'g', -1, 64)
	}
	var fields []string
	switch l := line.(type) {
	case Step:
		fields = []string{l.Event, number(&l.Epoch), strconv.Itoa(l.Step), strconv.Itoa(l.Examples), number(&l.LR),
			number(l.Loss), number(l.TrainAcc), "", "", number(&l.TrainSec), ""}
	case Epoch:
		fields = []string{l.Event, strconv.Itoa(l.Epoch), strconv.Itoa(l.Step), strconv.Itoa(l.Examples), number(&l.LR),
			number(l.Loss), number(l.TrainAcc), number(l.TestLoss), number(l.TestAcc), number(&l.TrainSec), number(l.ExamplesPerSec)}
	default:
		return nil, nil
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(fields)
	w.Flush()
	return b.Bytes(), w.Error()
}

// Run is the content of a log.
type Run struct {
	Start  Start // of the first start line; zero in CSV
	Curves Curves
	Last   Epoch // the last finished epoch; zero when there is none
}

// ErrFormat is wrapped by the errors for text that is not a log.
var ErrFormat = errors.New("not a log of lenet train")

const (
	maxFile  = 1 << 30 // bytes of a log that is resumed
	maxLine  = 1 << 20 // bytes of a line
	maxLines = 4 << 20
	maxEpoch = 1e9
)

// ReadFile reads the log at path, in JSON lines or CSV.
func ReadFile(path string) (*Run, error) {
	f, err := disk.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Read reads a log, in JSON lines or CSV, whichever it is. A last line that
// breaks off, as a killed run leaves it, is passed over.
func Read(from io.Reader) (*Run, error) {
	in := bufio.NewReaderSize(from, 64<<10)
	r := &Run{}
	var isCSV bool
	for n := 1; ; n++ {
		line, err := readLine(in)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		whole := strings.HasSuffix(line, "\n")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff") // a byte order mark
		}
		line = strings.TrimSpace(line)
		if n == 1 && line == strings.Join(columns, ",") {
			isCSV = true
			continue
		}
		if n > maxLines {
			return nil, fmt.Errorf("%w: more than %d lines", ErrFormat, maxLines)
		}
		if line == "" {
			continue
		}
		var l point
		if isCSV {
			l, err = parseRow(line)
		} else {
			err = json.Unmarshal([]byte(line), &l)
		}
		if err == nil {
			err = r.add(l, []byte(line))
		}
		if err != nil && whole {
			return nil, fmt.Errorf("%w: line %d: %w", ErrFormat, n, err)
		}
	}
	if len(r.Curves.TrainLoss) == 0 && len(r.Curves.TestAcc) == 0 {
		return nil, fmt.Errorf("%w, or of a run that finished no step: it has no step or epoch line", ErrFormat)
	}
	return r, nil
}

// readLine returns the next line with its end, if it has one.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return "", fmt.Errorf("%w: longer than %d bytes", ErrFormat, maxLine)
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) > 0:
			return string(line), nil
		default:
			return string(line), err
		}
	}
}

// point is the part of a step or epoch line that the reader needs.
type point struct {
	Event    string   `json:"event"`
	Epoch    float64  `json:"epoch"`
	Loss     *float64 `json:"loss"`
	TrainAcc *float64 `json:"train_acc"`
	TestLoss *float64 `json:"test_loss"`
	TestAcc  *float64 `json:"test_acc"`
	From     float64  `json:"from"`
}

func parseRow(line string) (p point, err error) {
	fields, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil {
		return p, err
	}
	if len(fields) != len(columns) {
		return p, fmt.Errorf("%d fields where %d are due", len(fields), len(columns))
	}
	p.Event = fields[column("event")]
	if p.Epoch, err = strconv.ParseFloat(fields[column("epoch")], 64); err != nil {
		return p, err
	}
	for name, to := range map[string]**float64{"loss": &p.Loss, "train_acc": &p.TrainAcc, "test_loss": &p.TestLoss, "test_acc": &p.TestAcc} {
		field := fields[column(name)]
		if field == "" {
			continue
		}
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return p, err
		}
		*to = Finite(v)
	}
	return p, nil
}

// add takes in a line. The lines of a resumed run replace
// earlier ones of the same time.
func (r *Run) add(l point, line []byte) error {
	for _, at := range []float64{l.Epoch, l.From} {
		if !(at >= 0 && at <= maxEpoch) {
			return fmt.Errorf("epoch %v", at)
		}
	}
	c := &r.Curves
	add := func(to *[]Point, v *float64) {
		if v != nil {
			*to = append(thinned(*to), Point{l.Epoch, *v})
		}
	}
	switch l.Event {
	case "start":
		if r.Start.Event == "" {
			if err := json.Unmarshal(line, &r.Start); err != nil {
				return err
			}
		}
		for _, to := range []*[]Point{&c.TrainLoss, &c.TrainAcc, &c.TestAcc} {
			n := len(*to)
			for n > 0 && (*to)[n-1].Epoch > l.From {
				n--
			}
			*to = (*to)[:n]
		}
	case "step":
		add(&c.TrainLoss, l.Loss)
		add(&c.TrainAcc, l.TrainAcc)
	case "epoch":
		add(&c.TestAcc, l.TestAcc)
		r.Last = Epoch{Event: l.Event, Epoch: int(l.Epoch), Loss: l.Loss, TrainAcc: l.TrainAcc, TestLoss: l.TestLoss, TestAcc: l.TestAcc}
	}
	return nil
}

// maxKept bounds the points of a curve that is read, far above what a figure shows.
const maxKept = 1 << 14

// thinned leaves every other point out of a curve that is full, so that a log of
// any length takes bounded memory.
func thinned(points []Point) []Point {
	if len(points) < maxKept {
		return points
	}
	for i := range maxKept / 2 {
		points[i] = points[2*i]
	}
	return points[:maxKept/2]
}
