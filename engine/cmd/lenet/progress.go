package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"lenet/engine"
	"lenet/engine/runlog"
)

// watcher shows training to whoever runs it.
type watcher interface {
	start(runlog.Start)
	prepare(done, total int) // images of an epoch that an augmentation has made
	report(engine.Report)
	note(text string) // something that whoever runs it must know
	close() error     // before anything else is printed
	end(runlog.End) error
}

func (c *trainCmd) watcher(e *env, r *session) (watcher, error) {
	batch := r.plan.Recipe.Batch
	var ticks runlog.Ticks
	ticks.Due(r.last)
	var w watcher
	switch {
	case c.JSON:
		w = &jsonWatcher{json.NewEncoder(e.out), e.err, c.Quiet, batch, ticks}
	case e.terminal && !c.Quiet:
		b := &bar{to: e.err}
		w = &barWatcher{plainWatcher: plainWatcher{out: b.above(e.out), err: b.above(e.err), batch: batch, ticks: ticks}, bar: b}
	default:
		w = &plainWatcher{out: e.out, err: e.err, quiet: c.Quiet, batch: batch, ticks: ticks}
	}
	if c.Log == "" {
		return w, nil
	}
	l := &logWatcher{watcher: w, path: c.Log, batch: batch, every: c.LogEvery}
	var err error
	if c.Resume != "" {
		l.file, err = runlog.Resume(c.Log, r.last.Epoch*r.last.Total+r.within())
		l.ticks = ticks
		if c.LogEvery > 0 {
			l.next = runlog.NewStep(r.last, batch).Step / c.LogEvery
		}
	} else {
		l.file, err = runlog.Create(c.Log)
	}
	return l, err
}

// logWatcher writes the log and passes everything on.
type logWatcher struct {
	watcher
	path   string
	file   *runlog.File
	batch  int
	every  int // steps between lines; 0 for those of ticks
	next   int // that many times every steps are done, and have their line
	ticks  runlog.Ticks
	failed error
}

// write writes a line. After a failure it writes no more: a log with a hole
// would look whole.
func (w *logWatcher) write(line any) {
	if w.failed != nil {
		return
	}
	if w.failed = w.file.Write(line); w.failed != nil {
		w.note(fmt.Sprintf("the log breaks off: %v; training goes on", w.failed))
	}
}

func (w *logWatcher) start(s runlog.Start) {
	w.write(s)
	w.watcher.start(s)
}

func (w *logWatcher) report(r engine.Report) {
	switch {
	case r.Test != nil:
		w.write(runlog.NewEpoch(r, w.batch))
	case w.every > 0:
		if s := runlog.NewStep(r, w.batch); s.Step/w.every > w.next {
			w.next = s.Step / w.every
			w.write(s)
		}
	case w.ticks.Due(r):
		w.write(runlog.NewStep(r, w.batch))
	}
	w.watcher.report(r)
}

func (w *logWatcher) close() error {
	if w.failed != nil {
		w.failed = fmt.Errorf("%s is not whole: %w", w.path, w.failed)
	}
	return errors.Join(w.failed, w.watcher.close())
}

func (w *logWatcher) end(e runlog.End) error {
	var err error
	if w.failed == nil {
		err = w.file.Write(e)
	}
	if err = errors.Join(err, w.file.Close()); err != nil {
		err = fmt.Errorf("%s is not whole: %w", w.path, err)
	}
	return errors.Join(err, w.watcher.end(e))
}

// plainWatcher prints the lines of d2l's recipe: at each fifth of an epoch, at
// its end, and at the end of training.
type plainWatcher struct {
	out, err io.Writer
	quiet    bool
	batch    int
	ticks    runlog.Ticks
}

func (w *plainWatcher) start(s runlog.Start) {
	if !w.quiet {
		r := s.Recipe
		fmt.Fprintf(w.out, "%s, %s training and %s test images from %s\n", r.Dataset, thousands(s.Train), thousands(s.Test), s.Source)
		fmt.Fprintf(w.out, "%v, %v pooling, %s parameters; %d epochs, batch %d, lr %v, seed %d\n",
			r.Activation, r.Pooling, thousands(r.NumParams()), r.Epochs, r.Batch, r.LR, r.Seed)
		if r.Augment != engine.NoAugment {
			fmt.Fprintf(w.out, "images augmented in each epoch, as suits %v\n", r.Augment)
		}
		if s.From > 0 {
			fmt.Fprintf(w.out, "going on after %.4g epochs\n", s.From)
		}
	}
	fmt.Fprintf(w.out, "training on %s\n", s.Device)
}

func (w *plainWatcher) prepare(done, total int) {}

func (w *plainWatcher) report(r engine.Report) {
	switch {
	case w.quiet:
	case r.Test != nil:
		fmt.Fprintf(w.out, "epoch %d, test acc %.3f\n%s\n", r.Epoch, r.Test.Accuracy(), epochLine(r))
	case w.ticks.Due(r):
		fmt.Fprintf(w.out, "epoch %d, step %d, train loss %.3f, train acc %.3f\n", r.Epoch+1, (r.Done.Examples+w.batch-1)/w.batch, r.Done.Loss(), r.Done.Accuracy())
	}
}

func epochLine(r engine.Report) string {
	width := len(fmt.Sprint(r.Epochs))
	line := fmt.Sprintf("epoch %*d/%d: loss %.3f, train acc %.3f, test acc %.3f", width, r.Epoch, r.Epochs, r.Done.Loss(), r.Done.Accuracy(), r.Test.Accuracy())
	if r.TrainSec > 0 { // not where a run is resumed at the end of an epoch
		line += fmt.Sprintf(", %.0f examples/sec", float64(r.Seen)/r.TrainSec)
	}
	return line
}

func (w *plainWatcher) note(text string) { fmt.Fprintf(w.err, "lenet: %s\n", text) }

func (w *plainWatcher) close() error { return nil }

// end prints the lines that d2l's train_ch6 ends with, and one that hides nothing.
func (w *plainWatcher) end(r runlog.End) error {
	if r.Loss == nil || r.Status == "diverged" || r.Status == "failed" {
		return nil
	}
	var parts []string
	for _, p := range []struct {
		name  string
		value *float64
	}{{"loss", r.Loss}, {"train acc", r.TrainAcc}, {"test acc", r.TestAcc}} {
		if p.value != nil {
			parts = append(parts, fmt.Sprintf("%s %.3f", p.name, *p.value))
		}
	}
	fmt.Fprintln(w.out, strings.Join(parts, ", "))
	if r.ExamplesPerSec != nil {
		fmt.Fprintf(w.out, "%.1f examples/sec on %s\n", *r.ExamplesPerSec, r.Device)
	}
	images := ""
	if r.ImageSec > 0 {
		images = fmt.Sprintf("%.2f s augmenting images, ", r.ImageSec)
	}
	fmt.Fprintf(w.out, "%.2f s by the clock: %.2f s training steps, %.2f s loading data, %s%.2f s evaluation and the rest; %.1f examples/sec over all\n",
		r.WallSec, r.TrainSec, r.DataSec, images, r.WallSec-r.TrainSec-r.DataSec-r.ImageSec, float64(r.Seen)/r.WallSec)
	if !w.quiet {
		for _, file := range []string{r.Out, r.Plot, r.Checkpoint} {
			if file != "" {
				fmt.Fprintf(w.out, "wrote %s\n", file)
			}
		}
	}
	return nil
}

// barWatcher draws a bar over all epochs on a terminal; the lines of a
// plainWatcher scroll past above it.
type barWatcher struct {
	plainWatcher
	bar   *bar
	began time.Time
	from  float64 // share of the run that was done before
}

func (w *barWatcher) start(s runlog.Start) {
	w.plainWatcher.start(s)
	w.began, w.from = time.Now(), s.From/float64(s.Recipe.Epochs)
}

func (w *barWatcher) report(r engine.Report) {
	w.plainWatcher.report(r)
	share := r.At() / float64(r.Epochs)
	text := fmt.Sprintf("%d/%d  loss %.3f  acc %.3f", min(r.Epoch+1, r.Epochs), r.Epochs, r.Done.Loss(), r.Done.Accuracy())
	if r.TrainSec > 0 {
		text += fmt.Sprintf("  %.0f/s", float64(r.Seen)/r.TrainSec)
	}
	if left, ok := timeLeft(time.Since(w.began), w.from, share); ok {
		text += fmt.Sprintf("  %v left", left)
	}
	w.bar.draw(share, text)
}

func (w *barWatcher) prepare(done, total int) {
	w.bar.draw(float64(done)/float64(total), fmt.Sprintf("augmenting images: %d of %d", done, total))
}

// timeLeft returns how long the rest of a run will take, where from and share are
// how much of it was done at first and is done now. Where that is the same nobody knows.
func timeLeft(took time.Duration, from, share float64) (time.Duration, bool) {
	if share <= from {
		return 0, false
	}
	return time.Duration(float64(took) * (1 - share) / (share - from)).Round(time.Second), true
}

func (w *barWatcher) close() error {
	w.bar.erase()
	return nil
}

// jsonWatcher prints the log's lines.
type jsonWatcher struct {
	out   *json.Encoder
	err   io.Writer
	quiet bool
	batch int
	ticks runlog.Ticks
}

func (w *jsonWatcher) start(s runlog.Start) {
	if !w.quiet {
		w.out.Encode(s)
	}
}

func (w *jsonWatcher) prepare(done, total int) {}

func (w *jsonWatcher) report(r engine.Report) {
	switch {
	case w.quiet:
	case r.Test != nil:
		w.out.Encode(runlog.NewEpoch(r, w.batch))
	case w.ticks.Due(r):
		w.out.Encode(runlog.NewStep(r, w.batch))
	}
}

func (w *jsonWatcher) note(text string) { fmt.Fprintf(w.err, "lenet: %s\n", text) }

func (w *jsonWatcher) close() error { return nil }

func (w *jsonWatcher) end(e runlog.End) error { return w.out.Encode(e) }
