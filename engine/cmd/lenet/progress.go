package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"lenet/engine"
)

// watcher shows training to whoever runs it.
type watcher interface {
	start(device string, p engine.Preset, source string, train, test int)
	report(engine.Report)
	note(text string) // something that whoever runs it must know
	close()           // before anything else is printed
	end(result)
}

func (c *trainCmd) watcher(e *env) watcher {
	switch {
	case c.JSON:
		return &jsonWatcher{json.NewEncoder(e.out), e.err, c.Quiet}
	case e.terminal && !c.Quiet:
		return &barWatcher{plainWatcher: plainWatcher{out: e.out, err: e.err}}
	}
	return &plainWatcher{out: e.out, err: e.err, quiet: c.Quiet}
}

// plainWatcher prints a line for each epoch, and d2l's lines.
type plainWatcher struct {
	out, err io.Writer
	quiet    bool
}

func (w *plainWatcher) start(device string, p engine.Preset, source string, train, test int) {
	if !w.quiet {
		r := p.Recipe
		fmt.Fprintf(w.out, "%s, %s training and %s test images from %s\n", p.Dataset, thousands(train), thousands(test), source)
		fmt.Fprintf(w.out, "%v, %v pooling, %s parameters; %d epochs, batch %d, lr %v, seed %d\n",
			r.Activation, r.Pooling, thousands(r.NumParams()), r.Epochs, r.Batch, r.LR, r.Seed)
	}
	fmt.Fprintf(w.out, "training on %s\n", device)
}

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

func (w *plainWatcher) close() {}

// end prints the lines that d2l's train_ch6 ends with, and one that hides nothing.
func (w *plainWatcher) end(r result) {
	if r.Seen == 0 {
		return
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
	fmt.Fprintf(w.out, "%.2f s by the clock: %.2f s training steps, %.2f s loading data, %.2f s evaluation and the rest; %.1f examples/sec over all\n",
		r.WallSec, r.TrainSec, r.DataSec, r.WallSec-r.TrainSec-r.DataSec, float64(r.Seen)/r.WallSec)
	if !w.quiet {
		for _, file := range []string{r.Out, r.Plot} {
			if file != "" {
				fmt.Fprintf(w.out, "wrote %s\n", file)
			}
		}
	}
}

// barWatcher draws a bar over all epochs on a terminal; a line for each
// epoch scrolls past above it.
type barWatcher struct {
	plainWatcher
	bars     *mpb.Progress
	bar      *mpb.Bar
	began    time.Time
	messages chan string // the text beside the bar, the newest only
}

func (w *barWatcher) start(device string, p engine.Preset, source string, train, test int) {
	w.plainWatcher.start(device, p, source, train, test)
	w.began = time.Now()
	w.bars = mpb.New(mpb.WithOutput(w.err), mpb.WithWidth(100), mpb.WithRefreshRate(100*time.Millisecond))
	w.messages = make(chan string, 1)
	text := ""
	w.bar = w.bars.New(int64(p.Recipe.Epochs)*int64(train)+1, // never full before the last evaluation
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
	left := time.Duration(float64(time.Since(w.began)) * (1 - share) / share).Round(time.Second)
	message := fmt.Sprintf("  %d/%d  loss %.3f  acc %.3f  %.0f/s  %v left", min(r.Epoch+1, r.Epochs), r.Epochs,
		r.Done.Loss(), r.Done.Accuracy(), float64(r.Seen)/r.TrainSec, left)
	select {
	case <-w.messages:
	default:
	}
	w.messages <- message
	w.bar.SetCurrent(done)
}

func (w *barWatcher) note(text string) { fmt.Fprintf(w.bars, "lenet: %s\n", text) }

func (w *barWatcher) close() {
	w.bar.Abort(true)
	w.bars.Wait()
}

// jsonWatcher prints an event a line: start, epoch, …, end.
type jsonWatcher struct {
	out   *json.Encoder
	err   io.Writer
	quiet bool
}

func (w *jsonWatcher) start(device string, p engine.Preset, source string, train, test int) {
	if !w.quiet {
		w.out.Encode(struct {
			Event   string        `json:"event"`
			Device  string        `json:"device"`
			Dataset string        `json:"dataset"`
			Source  string        `json:"source"`
			Train   int           `json:"train_examples"`
			Test    int           `json:"test_examples"`
			Recipe  engine.Recipe `json:"recipe"`
		}{"start", device, p.Dataset, source, train, test, p.Recipe})
	}
}

func (w *jsonWatcher) report(r engine.Report) {
	if r.Test != nil && !w.quiet {
		w.out.Encode(struct {
			Event          string  `json:"event"`
			Epoch          int     `json:"epoch"`
			Epochs         int     `json:"epochs"`
			Loss           float64 `json:"loss"`
			TrainAcc       float64 `json:"train_acc"`
			TestLoss       float64 `json:"test_loss"`
			TestAcc        float64 `json:"test_acc"`
			ExamplesPerSec float64 `json:"examples_per_sec"`
		}{"epoch", r.Epoch, r.Epochs, r.Done.Loss(), r.Done.Accuracy(), r.Test.Loss(), r.Test.Accuracy(), float64(r.Seen) / r.TrainSec})
	}
}

func (w *jsonWatcher) note(text string) { fmt.Fprintf(w.err, "lenet: %s\n", text) }

func (w *jsonWatcher) close() {}

func (w *jsonWatcher) end(r result) {
	w.out.Encode(struct {
		Event string `json:"event"`
		result
	}{"end", r})
}
