package browsertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// View says how a page is seen.
type View struct {
	Width, Height int     // CSS pixels
	Ratio         float64 // device pixels per CSS pixel; 0 means 1
	Touch         bool    // a touch screen
	Light         bool    // the system prefers light colours
	Still         bool    // and less motion
	Script        string  // JavaScript to run in every document before its own
}

// Page is a browser tab with storage of its own. It notes what goes wrong in
// it from the first request on.
type Page struct {
	ctx    context.Context
	cancel context.CancelFunc
	frame  runtime.ExecutionContextID // where Eval works; 0 is the tab's own document

	strokes int // finished ones that the page is to have after the last Draw or Touch; -1 when that was read

	mu       sync.Mutex
	problems []string
	urls     []string
	trace    [][]byte      // records of the last trace
	traced   chan struct{} // closed when they are complete
}

// watch runs in every document. It reports what breaks the content security
// policy, and keeps the tasks that held up the page: name tells whose they
// were, "self" being the document's own.
const watch = `
addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI));
globalThis.longTasks = [];
new PerformanceObserver((list) => {
	for (const e of list.getEntries()) longTasks.push({ name: e.name, start: e.startTime, ms: e.duration });
}).observe({ type: 'longtask', buffered: true });
`

// Open opens a tab.
func (b *Browser) Open(v View) (*Page, error) {
	p := &Page{strokes: -1}
	p.ctx, p.cancel = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	if err := chromedp.Listen(p.ctx, p.note); err != nil {
		p.Close()
		return nil, err
	}
	scheme := "dark"
	if v.Light {
		scheme = "light"
	}
	motion := "no-preference"
	if v.Still {
		motion = "reduce"
	}
	ratio := v.Ratio
	if ratio == 0 {
		ratio = 1
	}
	view := []chromedp.EmulateViewportOption{chromedp.EmulateScale(ratio)}
	if v.Touch {
		view = append(view, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(int64(v.Width), int64(v.Height), view...)); err != nil {
		p.Close()
		return nil, err
	}
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion}}})
	if err == nil {
		_, err = chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch + v.Script})
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close closes the tab.
func (p *Page) Close() { p.cancel() }

// note keeps what the tests ask about later.
func (p *Page) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	problem := func(format string, args ...any) {
		p.problems = append(p.problems, fmt.Sprintf(format, args...))
	}
	switch e := event.(type) {
	case *target.EventAttachedToTarget:
		if e.TargetInfo.Type == "worker" {
			go p.follow(e.TargetInfo.TargetID)
		}
	case *tracing.EventDataCollected:
		for _, v := range e.Value {
			p.trace = append(p.trace, v)
		}
	case *tracing.EventTracingComplete:
		close(p.traced)
	case *network.EventRequestWillBeSent:
		p.urls = append(p.urls, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var parts []string
			for _, a := range e.Args {
				parts = append(parts, string(a.Value)+a.Description)
			}
			problem("console: %s", strings.Join(parts, " "))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		problem("exception: %s", text)
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError {
			problem("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
}

// follow has a worker's events noted too.
func (p *Page) follow(worker target.ID) {
	ctx, _ := chromedp.NewContext(p.ctx, chromedp.WithTargetID(worker), chromedp.WithListener(p.note))
	err := chromedp.Do(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil && p.ctx.Err() == nil && !strings.Contains(err.Error(), "target detached") { // it may have ended meanwhile
		p.problems = append(p.problems, fmt.Sprintf("a worker cannot be watched: %v", err))
	}
}

// Problems returns the errors so far: on the console, exceptions that nobody
// caught, requests that failed, breaches of the content security policy.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// Requests returns the URLs that the page and its frames have asked for.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.urls)
}

// Go loads a URL.
func (p *Page) Go(url string) error { return chromedp.Do(p.ctx, chromedp.Navigate(url)) }

// Slow makes the page's network slow: so many megabits a second, and at least
// so long from each request to its answer.
func (p *Page) Slow(mbits float64, latency time.Duration) error {
	_, err := chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: float64(latency.Milliseconds()), DownloadThroughput: mbits * 1e6 / 8, UploadThroughput: mbits * 1e6 / 8}}})
	return err
}

// Eval returns the value of a JavaScript expression.
func Eval[T any](p *Page, expression string) (T, error) {
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, func(e *runtime.EvaluateParams) {
		e.ContextID = p.frame
	}))
	if err != nil {
		err = fmt.Errorf("%s: %w", expression, err)
	}
	return v, err
}

// Await returns what the promise of a JavaScript expression resolves to.
func Await[T any](p *Page, expression string) (T, error) {
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, func(e *runtime.EvaluateParams) {
		e.ContextID = p.frame
		e.AwaitPromise = new(true)
	}))
	if err != nil {
		err = fmt.Errorf("%s: %w", expression, err)
	}
	return v, err
}

// Enter makes Eval and what builds on it work in the document of the tab's
// first frame, which is to lie in the tab's upper left corner.
func (p *Page) Enter() error {
	tree, err := chromedp.Call(p.ctx, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return err
	}
	if len(tree.FrameTree.ChildFrames) == 0 {
		return fmt.Errorf("the page has no frame")
	}
	world, err := chromedp.Call(p.ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.ChildFrames[0].Frame.ID})
	if err != nil {
		return err
	}
	p.frame = world.ExecutionContextID
	return nil
}

// Frame returns the document of a frame of another site, which has a process
// of its own, by how its URL begins; nil where there is none such.
func (p *Page) Frame(url string) (*Page, error) {
	own, err := chromedp.Call(p.ctx, target.GetTargetInfo, target.GetTargetInfoParams{})
	if err != nil {
		return nil, err
	}
	targets, err := chromedp.Call(p.ctx, target.GetTargets, target.GetTargetsParams{})
	if err != nil {
		return nil, err
	}
	for _, t := range targets.TargetInfos {
		if t.Type == "iframe" && t.BrowserContextID == own.TargetInfo.BrowserContextID && strings.HasPrefix(t.URL, url) {
			ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(t.TargetID), chromedp.WithListener(p.note))
			return &Page{ctx: ctx, cancel: cancel}, chromedp.Do(ctx)
		}
	}
	return nil, nil
}

// Wait waits until a JavaScript expression is true.
func (p *Page) Wait(expression string, timeout time.Duration) error {
	return p.wait(expression, timeout, false)
}

// WaitNext is Wait in a page that navigates by itself. The expression is to be
// false in the document that goes; a look that the navigation cuts off counts
// as one at which it is not true yet.
func (p *Page) WaitNext(expression string, timeout time.Duration) error {
	return p.wait(expression, timeout, true)
}

func (p *Page) wait(expression string, timeout time.Duration, navigates bool) error {
	for end := time.Now().Add(timeout); ; time.Sleep(20 * time.Millisecond) {
		ok, err := Eval[bool](p, "!!("+expression+")")
		if err != nil && !(navigates && cutOff(err)) {
			return err
		}
		if ok {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("still not after %v: %s", timeout, expression)
		}
	}
}

// cutOff says whether a navigation took the document away in which JavaScript was to run.
func cutOff(err error) bool {
	e, ok := errors.AsType[*cdproto.Error](err)
	return ok && slices.Contains([]string{
		"Inspected target navigated or closed", "Execution context was destroyed.", "Cannot find default execution context",
	}, e.Message)
}

// Screenshot returns the page, all of it or what the view shows, as a PNG.
func (p *Page) Screenshot(all bool) ([]byte, error) {
	if all {
		return chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	}
	return chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
}
