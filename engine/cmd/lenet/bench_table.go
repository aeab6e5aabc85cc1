package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"lenet/engine"
	"lenet/engine/browser"
	"lenet/engine/cpu"
	"lenet/engine/speed"
)

// subject is one row of the table.
type subject struct {
	name    string
	against *subject // the ratio's other side, or nil
	measure func(seconds float64, layers bool) (speed.Result, error)
	runs    []speed.Result // one for each round
	profile *cpu.Profile
}

// comparison measures subjects in turns, so that all see the same machine.
type comparison struct {
	c        benchCmd
	e        *env
	config   engine.Config
	data     string
	set      engine.Set
	torch    string // PyTorch's version
	subjects []*subject
	skipped  []string
	close    []func()
}

func (t *comparison) skip(what string, why error) {
	t.skipped = append(t.skipped, fmt.Sprintf("%s: %v", what, why))
	fmt.Fprintf(t.e.err, "SKIPPED %s: %v\n", what, why)
}

// table measures and prints the whole comparison.
func (c benchCmd) table(e *env) error {
	t := &comparison{c: c, e: e}
	e.saves.Store(true) // ends what it has started, and removes its files
	defer func() {
		for _, f := range slices.Backward(t.close) {
			f()
		}
	}()
	var err error
	if t.config, err = c.apply(engine.Classic()); err != nil {
		return err
	}
	if t.set, t.data, err = c.benchSet(); err != nil {
		return err
	}
	t.prepare()
	for round := range c.Rounds {
		fmt.Fprintf(e.err, "round %d of %d:", round+1, c.Rounds)
		for _, s := range t.subjects {
			r, err := s.measure(c.Seconds/2, round == 0 && c.Layers)
			if e.ctx.Err() != nil {
				return errInterrupted
			}
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			s.runs = append(s.runs, r)
			s.profile = cmp.Or(s.profile, r.Profile)
			fmt.Fprintf(e.err, " %.0f", r.Train)
		}
		fmt.Fprintln(e.err, " training examples/s")
	}
	if c.JSON {
		return t.json()
	}
	t.markdown()
	return nil
}

// prepare lists the subjects: PyTorch and this program on all threads and on
// one, this program in other ways, and in a browser.
func (t *comparison) prepare() {
	threads := t.c.threads()
	var all, one *subject
	if t.config != engine.Classic() {
		t.skip("PyTorch and the browser", fmt.Errorf("they measure d2l's network only"))
	} else {
		all, one = t.addTorch(threads)
	}
	if all != nil {
		t.subjects = append(t.subjects, all)
	}
	native := func(name string, against *subject, threads int, godebug string, flags ...string) {
		t.subjects = append(t.subjects, &subject{name: name, against: against, measure: func(seconds float64, layers bool) (speed.Result, error) {
			return t.native(seconds, layers, threads, godebug, flags...)
		}})
	}
	many := fmt.Sprintf("%d threads", threads)
	native("lenet, "+many, all, threads, "")
	native("lenet --reproducible, "+many, all, threads, "", "--reproducible")
	if runtime.GOARCH == "amd64" {
		native("lenet, vectors of 256 bits, "+many, all, threads, "simd=256")
	}
	native("lenet, without vectors, "+many, all, threads, "simd=0")
	if one != nil && one != all {
		t.subjects = append(t.subjects, one)
	}
	if threads > 1 {
		native("lenet, 1 thread", one, 1, "")
	}
	if t.config == engine.Classic() {
		t.addBrowser(one)
	}
}

// native measures this program in a process of its own.
func (t *comparison) native(seconds float64, layers bool, threads int, godebug string, flags ...string) (r speed.Result, err error) {
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	args := []string{"bench", "--json", "--device=cpu", fmt.Sprintf("--threads=%d", threads), fmt.Sprintf("--seconds=%g", seconds), fmt.Sprintf("--batch=%d", t.c.Batch),
		fmt.Sprintf("--layers=%v", layers && threads == 1), "--activation=" + t.config.Activation.String(), "--pool=" + t.config.Pooling.String(),
		fmt.Sprintf("--channels=%d,%d", t.config.Channels[0], t.config.Channels[1]), fmt.Sprintf("--units=%d,%d", t.config.Units[0], t.config.Units[1])}
	if t.c.DataDir != "" {
		args = append(args, "--data-dir="+t.c.DataDir)
	}
	if t.c.Subset != nil && *t.c.Subset {
		args = append(args, "--subset")
	}
	cmd := exec.CommandContext(t.e.ctx, self, append(args, flags...)...)
	cmd.Env = os.Environ()
	if godebug != "" {
		cmd.Env = append(cmd.Env, "GODEBUG="+godebug)
	}
	cmd.Stderr = t.e.err
	out, err := cmd.Output()
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(out, &r)
}

// addTorch returns PyTorch on all threads and on one, nil where there is no PyTorch.
func (t *comparison) addTorch(threads int) (all, one *subject) {
	dir, err := os.MkdirTemp("", "lenet-bench-")
	if err != nil {
		t.skip("PyTorch", err)
		return nil, nil
	}
	t.close = append(t.close, func() { os.RemoveAll(dir) })
	start := func(threads int) *subject {
		p, err := startTorch(t.e.ctx, dir, t.set, threads, t.c.Batch)
		if err != nil {
			t.skip("PyTorch", err)
			return nil
		}
		t.torch = p.version
		t.close = append(t.close, p.close)
		return &subject{name: fmt.Sprintf("PyTorch, %s", plural(threads, "thread")), measure: func(seconds float64, _ bool) (speed.Result, error) {
			r, err := p.measure(seconds)
			r.Threads, r.Batch, r.Images = threads, t.c.Batch, t.set.Len()
			return r, err
		}}
	}
	if all = start(threads); all == nil || threads == 1 {
		return all, all
	}
	return all, start(1)
}

// addBrowser adds this engine in Chromium: one worker, two at the same time,
// and one without vectors.
func (t *comparison) addBrowser(one *subject) {
	if t.c.Programs == "" {
		t.skip("the browser", fmt.Errorf("--programs is not given; make bench gives it"))
		return
	}
	exec, err := os.ReadFile(filepath.Join(t.c.Programs, "wasm_exec.js"))
	if err != nil {
		t.skip("the browser", err)
		return
	}
	b, err := browser.Start(exec)
	if err != nil {
		t.skip("the browser", err)
		return
	}
	t.close = append(t.close, b.Close)
	for _, s := range []struct {
		name, program string
		workers       int
	}{
		{"Chromium, 1 worker", "speed.wasm", 1},
		{"Chromium, 2 workers at once", "speed.wasm", 2},
		{"Chromium, 1 worker without SIMD", "speed-scalar.wasm", 1},
	} {
		wasm, err := os.ReadFile(filepath.Join(t.c.Programs, s.program))
		if err != nil {
			t.skip(s.name, err)
			continue
		}
		t.subjects = append(t.subjects, &subject{name: s.name, against: one, measure: func(seconds float64, layers bool) (speed.Result, error) {
			args := []string{fmt.Sprint(seconds)}
			if layers && s.workers == 1 {
				args = append(args, "layers")
			}
			outputs, err := b.Run(t.e.ctx, wasm, s.workers, args...)
			if err != nil {
				return speed.Result{}, err
			}
			return together(outputs)
		}})
	}
}

// together adds up the rates of workers that ran at the same time.
func together(outputs []browser.Output) (sum speed.Result, err error) {
	for i, o := range outputs {
		var r speed.Result
		if err := json.Unmarshal([]byte(o.Text), &r); err != nil {
			return sum, fmt.Errorf("worker %d printed %q: %w", i, o.Text, err)
		}
		if i == 0 {
			sum = r
			continue
		}
		sum.Threads += r.Threads
		sum.Train += r.Train
		sum.Infer += r.Infer
		sum.LatencyUs = max(sum.LatencyUs, r.LatencyUs)
	}
	return sum, nil
}

// median returns the median of what f finds in the rounds.
func (s *subject) median(f func(speed.Result) float64) float64 {
	var v []float64
	for _, r := range s.runs {
		v = append(v, f(r))
	}
	return medianOf(v)
}

// ratio returns the median, over the rounds, of f over the other side's.
func (s *subject) ratio(f func(speed.Result) float64) float64 {
	var v []float64
	for i, r := range s.runs {
		v = append(v, f(r)/f(s.against.runs[i]))
	}
	return medianOf(v)
}

func medianOf(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func train(r speed.Result) float64   { return r.Train }
func infer(r speed.Result) float64   { return r.Infer }
func latency(r speed.Result) float64 { return r.LatencyUs }

// markdown prints the tables.
func (t *comparison) markdown() {
	out := t.e.out
	fmt.Fprintf(out, "%s. %s, %s images, shuffled, batch %d", thisMachine(), t.data, thousands(t.set.Len()), t.c.Batch)
	if t.torch != "" {
		fmt.Fprintf(out, "; PyTorch %s", t.torch)
	}
	fmt.Fprintf(out, ". Medians of %s, all taking turns; the ratios are the medians of the rounds' ratios to PyTorch on as many threads", plural(t.c.Rounds, "round"))
	fmt.Fprint(out, ", in the browser on one.\n\n")
	rows := [][]string{{"", "training, examples/s", "× PyTorch", "inference, examples/s", "× PyTorch", "one image, µs"}}
	for _, s := range t.subjects {
		row := []string{s.name, thousands(int(s.median(train))), "", thousands(int(s.median(infer))), "", fmt.Sprintf("%.0f", s.median(latency))}
		if s.against != nil {
			row[2], row[4] = fmt.Sprintf("%.2f", s.ratio(train)), fmt.Sprintf("%.2f", s.ratio(infer))
		}
		rows = append(rows, row)
	}
	markdown(out, rows)
	for _, s := range t.subjects {
		if s.profile != nil {
			fmt.Fprintf(out, "%s. %s\n\n", s.name, layersTitle(s.profile))
			markdown(out, layerCells(s.profile))
		}
	}
	for _, s := range t.skipped {
		fmt.Fprintf(out, "Not measured: %s\n", s)
	}
}

// markdown prints a table, its heading first.
func markdown(w io.Writer, rows [][]string) {
	for i, row := range rows {
		fmt.Fprint(w, "|")
		for _, c := range row {
			fmt.Fprintf(w, " %s |", c)
		}
		fmt.Fprintln(w)
		if i == 0 {
			fmt.Fprint(w, "|---|")
			for range row[1:] {
				fmt.Fprint(w, "---:|")
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintln(w)
}

// benchTable is the table as JSON.
type benchTable struct {
	Machine machine    `json:"machine"`
	Data    string     `json:"data"`
	PyTorch string     `json:"pytorch,omitempty"` // its version
	Rows    []benchRow `json:"rows"`
	Skipped []string   `json:"skipped,omitempty"`
}

type benchRow struct {
	Name         string         `json:"name"`
	Train        float64        `json:"train_examples_per_sec"`
	Infer        float64        `json:"infer_examples_per_sec"`
	LatencyUs    float64        `json:"single_image_us"`
	TrainPyTorch float64        `json:"train_times_pytorch,omitempty"`
	InferPyTorch float64        `json:"infer_times_pytorch,omitempty"`
	Rounds       []speed.Result `json:"rounds"`
}

// json prints all that was measured.
func (t *comparison) json() error {
	all := benchTable{Machine: thisMachine(), Data: t.data, PyTorch: t.torch, Skipped: t.skipped}
	for _, s := range t.subjects {
		r := benchRow{Name: s.name, Train: s.median(train), Infer: s.median(infer), LatencyUs: s.median(latency), Rounds: s.runs}
		if s.against != nil {
			r.TrainPyTorch, r.InferPyTorch = s.ratio(train), s.ratio(infer)
		}
		all.Rows = append(all.Rows, r)
	}
	return json.NewEncoder(t.e.out).Encode(all)
}

// plural returns "1 thread", "2 threads".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
