package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

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
	var w watcher
	switch {
	case c.JSON:
		w = &jsonWatcher{json.NewEncoder(e.out), e.err, c.Quiet, batch}
	case e.terminal && !c.Quiet:
		w = &barWatcher{plainWatcher: plainWatcher{out: e.out, err: e.err}}
	default:
		w = &plainWatcher{out: e.out, err: e.err, quiet: c.Quiet}
	}
	if c.Log == "" {
		return w, nil
	}
	l := &logWatcher{watcher: w, path: c.Log, batch: batch, every: c.LogEvery}
	var err error
	if c.Resume != "" {
		l.file, err = runlog.Resume(c.Log, r.last.Epoch*r.last.Total+r.within())
		l.ticks.Due(r.last)
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
	next   int // step of the next line
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
		if s := runlog.NewStep(r, w.batch); s.Step/w.every > w.next || w.every == 1 {
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

// plainWatcher prints a line for each epoch, and d2l's lines.
type plainWatcher struct {
	out, err io.Writer
	quiet    bool
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
	if r.Test != nil && !w.quiet {
		fmt.Fprintln(w.out, epochLine(r))
	}
}

func epochLine(r engine.Report) string {
	width := len(fmt.Sprint(r.Epochs))
	return fmt.Sprintf("epoch %*d/%d: loss %.3f, train acc %.3f, test acc %.3f, %.0f examples/sec",
		width, r.Epoch, r.Epochs, r.Done.Loss(), r.Done.Accuracy(), r.Test.Accuracy(), float64(r.Seen)/r.TrainSec)
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

// barWatcher draws a bar over all epochs on a terminal; a line for each
// epoch scrolls past above it.
type barWatcher struct {
	plainWatcher
	bars     *mpb.Progress
	bar      *mpb.Bar
	began    time.Time
	from     float64     // share of the run that was done before
	messages chan string // the text beside the bar, the newest only
}

func (w *barWatcher) start(s runlog.Start) {
	w.plainWatcher.start(s)
	w.began, w.from = time.Now(), s.From/float64(s.Recipe.Epochs)
	w.bars = mpb.New(mpb.WithOutput(w.err), mpb.WithWidth(100), mpb.WithRefreshRate(100*time.Millisecond))
	w.messages = make(chan string, 1)
	text := ""
	w.bar = w.bars.New(int64(s.Recipe.Epochs)*int64(s.Train)+1, // never full before the last evaluation
		mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("─").Rbound(""),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			select {
			case text = <-w.messages:
			default:
			}
			return text
		})),
	)
}

func (w *barWatcher) report(r engine.Report) {
	done := int64(r.Epoch)*int64(r.Total) + int64(r.Done.Examples)
	if r.Test != nil {
		done = int64(r.Epoch) * int64(r.Total)
		fmt.Fprintln(w.bars, epochLine(r))
	}
	share := float64(done) / (float64(r.Epochs) * float64(r.Total))
	left := time.Duration(float64(time.Since(w.began)) * (1 - share) / (share - w.from)).Round(time.Second)
	w.say(fmt.Sprintf("  %d/%d  loss %.3f  acc %.3f  %.0f/s  %v left", min(r.Epoch+1, r.Epochs), r.Epochs,
		r.Done.Loss(), r.Done.Accuracy(), float64(r.Seen)/r.TrainSec, left))
	w.bar.SetCurrent(done)
}

func (w *barWatcher) prepare(done, total int) {
	w.say(fmt.Sprintf("  augmenting images: %d of %d", done, total))
}

// say puts a text beside the bar.
func (w *barWatcher) say(message string) {
	select {
	case <-w.messages:
	default:
	}
	w.messages <- message
}

func (w *barWatcher) note(text string) { fmt.Fprintf(w.bars, "lenet: %s\n", text) }

func (w *barWatcher) close() error {
	w.bar.Abort(true)
	w.bars.Wait()
	return nil
}

// jsonWatcher prints the log's lines but those within epochs.
type jsonWatcher struct {
	out   *json.Encoder
	err   io.Writer
	quiet bool
	batch int
}

func (w *jsonWatcher) start(s runlog.Start) {
	if !w.quiet {
		w.out.Encode(s)
	}
}

func (w *jsonWatcher) prepare(done, total int) {}

func (w *jsonWatcher) report(r engine.Report) {
	if r.Test != nil && !w.quiet {
		w.out.Encode(runlog.NewEpoch(r, w.batch))
	}
}

func (w *jsonWatcher) note(text string) { fmt.Fprintf(w.err, "lenet: %s\n", text) }

func (w *jsonWatcher) close() error { return nil }

func (w *jsonWatcher) end(e runlog.End) error { return w.out.Encode(e) }
