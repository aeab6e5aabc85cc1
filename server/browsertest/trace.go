package browsertest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// Task is something that a page's main thread did without letting anything
// else in between. The stage's frame shares the thread.
type Task struct {
	Wall  time.Duration // how long it took
	CPU   time.Duration // how long of that the thread had a processor: what it costs on an idle machine
	Parts []string      // its longest parts
}

func (t Task) String() string {
	return fmt.Sprintf("%v (%v of CPU): %s", t.Wall.Round(time.Millisecond), t.CPU.Round(time.Millisecond), strings.Join(t.Parts, ", "))
}

// Trace records what the browser does until the function that it returns is
// called, which returns the main thread's tasks, those with the most CPU first.
func (p *Page) Trace() (stop func() ([]Task, error), err error) {
	return record(p, tasks)
}

// Frames records as Trace does. What it returns is, of each animation frame,
// the CPU time of the scripts run since the one before, in rising order.
func (p *Page) Frames() (stop func() ([]time.Duration, error), err error) {
	return record(p, frames)
}

func record[T any](p *Page, read func(records [][]byte) (T, error)) (stop func() (T, error), err error) {
	p.mu.Lock()
	p.trace, p.traced = nil, make(chan struct{})
	p.mu.Unlock()
	_, err = chromedp.Call(p.ctx, tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{
		IncludedCategories: []string{"toplevel", "devtools.timeline", "v8", "blink", "__metadata"},
		ExcludedCategories: []string{"*"},
	}})
	return func() (none T, err error) {
		if _, err := chromedp.Call(p.ctx, tracing.End, cdp.Empty{}); err != nil {
			return none, err
		}
		select {
		case <-p.traced:
		case <-time.After(time.Minute):
			return none, fmt.Errorf("the browser does not hand over its trace")
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		return read(p.trace)
	}, err
}

// traceEvent is one record of a trace, times in microseconds.
type traceEvent struct {
	Name, Ph string
	Pid, Tid int
	Ts, Dur  float64
	Tdur     float64 // of the thread's CPU time
	Args     struct {
		Name string
		Data struct{ URL, FunctionName string }
	}
}

const mainThread = "CrRendererMain"

// each calls f with the events of every main thread's tasks, thread by thread
// and in order, a task's own first.
func each(records [][]byte, f func(thread int, events []traceEvent)) error {
	type thread struct{ pid, tid int }
	main := map[thread]bool{}
	var events []traceEvent
	for _, r := range records {
		var e traceEvent
		if err := json.Unmarshal(r, &e); err != nil {
			continue // of another shape, as some kinds of records are
		}
		if e.Name == "thread_name" && e.Args.Name == mainThread {
			main[thread{e.Pid, e.Tid}] = true
		}
		if e.Ph == "X" {
			events = append(events, e)
		}
	}
	if len(main) == 0 {
		return fmt.Errorf("the trace of %d records has no thread %s", len(records), mainThread)
	}
	for th := range main {
		mine := slices.DeleteFunc(slices.Clone(events), func(e traceEvent) bool { return thread{e.Pid, e.Tid} != th })
		slices.SortFunc(mine, func(a, b traceEvent) int {
			return cmp.Or(cmp.Compare(a.Ts, b.Ts), cmp.Compare(b.Dur, a.Dur))
		})
		end := 0.0
		for i, e := range mine {
			if e.Ts < end || !strings.Contains(e.Name, "RunTask") {
				continue // inside a task
			}
			end = e.Ts + e.Dur
			n := slices.IndexFunc(mine[i:], func(e traceEvent) bool { return e.Ts >= end })
			if n < 0 {
				n = len(mine) - i
			}
			f(th.pid, mine[i:][:n])
		}
	}
	return nil
}

// tasks puts a trace's records together.
func tasks(records [][]byte) ([]Task, error) {
	var all []Task
	err := each(records, func(_ int, events []traceEvent) {
		all = append(all, task(events[0], slices.Clone(events[1:])))
	})
	slices.SortFunc(all, func(a, b Task) int { return cmp.Compare(b.CPU, a.CPU) })
	return all, err
}

// What runs scripts, as a trace calls it.
var scripts = []string{"FunctionCall", "FireAnimationFrame", "EventDispatch", "EvaluateScript", "RunMicrotasks", "TimerFire", "v8.callFunction"}

// frames sums up the scripts' CPU time frame by frame, of the process with the most frames.
func frames(records [][]byte) ([]time.Duration, error) {
	type process struct {
		frames []time.Duration
		since  time.Duration // the last frame
	}
	all := map[int]*process{}
	err := each(records, func(pid int, events []traceEvent) {
		p := all[pid]
		if p == nil {
			p = &process{}
			all[pid] = p
		}
		end, frame := 0.0, false
		for _, e := range events[1:] {
			frame = frame || e.Name == "FireAnimationFrame"
			if e.Ts < end || !slices.Contains(scripts, e.Name) {
				continue // inside a script that is counted
			}
			end = e.Ts + e.Dur
			p.since += micro(e.Tdur)
		}
		if frame {
			p.frames = append(p.frames, p.since)
			p.since = 0
		}
	})
	var most []time.Duration
	for _, p := range all {
		if len(p.frames) > len(most) {
			most = p.frames
		}
	}
	slices.Sort(most)
	return most, err
}

func task(e traceEvent, inside []traceEvent) Task {
	t := Task{Wall: micro(e.Dur), CPU: micro(e.Tdur)}
	slices.SortFunc(inside, func(a, b traceEvent) int { return cmp.Compare(b.Tdur, a.Tdur) })
	for _, part := range inside[:min(4, len(inside))] {
		t.Parts = append(t.Parts, strings.TrimSpace(fmt.Sprintf("%s %.0f ms %s %s", part.Name, part.Tdur/1000, part.Args.Data.FunctionName, part.Args.Data.URL)))
	}
	return t
}

func micro(v float64) time.Duration { return time.Duration(v * float64(time.Microsecond)) }
