package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A tab that nobody sees trains on, at full speed. The run is kept as the tab
// is hidden, should the browser discard it. A tab that the browser freezes
// stands still and goes on as if nothing had been; and a WebGL context that is
// lost behind one's back is there again when one looks. The run comes to the
// bits that it would have come to in sight, and all of it is on show.
func TestHiddenTab(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = spy
	p := open(t, normal, v)
	lifecycle := func(state page.SetWebLifecycleStateState) {
		t.Helper()
		_, err := chromedp.Call(p.ctx, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
		must(t, err)
	}
	drawOne(t, p)
	const epochs = 12 // enough not to be finished before what happens to it
	must(t, p.Set("epochs", fmt.Sprint(epochs)))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 20`, 30*time.Second))
	must(t, p.Click("#pause"))
	must(t, p.Wait(state+` === 'paused'`, 10*time.Second))
	must(t, p.Click("#train"))

	must(t, p.Hide(true))
	at := eval[int](t, p, step)
	must(t, p.Wait(fmt.Sprintf(`%s > %d`, step, at+50), 20*time.Second))

	lifecycle(page.SetWebLifecycleStateStateFrozen)
	time.Sleep(200 * time.Millisecond)
	at = eval[int](t, p, step)
	time.Sleep(1500 * time.Millisecond)
	if now := eval[int](t, p, step); now != at {
		t.Errorf("frozen, the page went from step %d to %d", at, now)
	}
	lifecycle(page.SetWebLifecycleStateStateActive)
	must(t, p.Wait(fmt.Sprintf(`%s > %d`, step, at+20), 20*time.Second))

	eval[any](t, p, `void document.getElementById('stage').contentDocument.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()`)
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	stored(t, p, epochs*188)
	must(t, p.Hide(false))
	must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, time.Minute))
	if got, want := hash(t, p), trained(t, 32, epochs); got != want {
		t.Errorf("weights %s, want %s", got, want)
	}
	if got := eval[int](t, p, `document.querySelectorAll('#chart circle.test').length`); got != epochs {
		t.Errorf("the curve has %d points", got)
	}
	if said := eval[string](t, p, note); !strings.Contains(said, "test acc 9") || strings.Contains(said, "stopped") {
		t.Errorf("note %q", said)
	}
	if _, err := p.Read(); err != nil {
		t.Error(err)
	}
}

// held has no timer of the page run while the tab is hidden, as where minutes
// pass from one turn to the next.
const held = `
if (top === self) {
	const waiting = [];
	for (const name of ['setTimeout', 'setInterval']) {
		const real = globalThis[name];
		globalThis[name] = (f, ms, ...args) => real(() => (document.hidden ? waiting.push(() => f(...args)) : f(...args)), ms);
	}
	document.addEventListener('visibilitychange', () => document.hidden || waiting.splice(0).forEach((f) => f()));
}`

// Minutes in a hidden tab, whose timers the browser hardly lets run: training
// goes on at full speed and is kept, as no part of that waits for a timer. A
// worker that dies meanwhile is missed when somebody looks again, and the run
// goes on from its last step, to the same bits.
func TestHiddenForMinutes(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = spy + held
	p := open(t, normal, v)
	drawOne(t, p)
	const epochs = 12 // enough not to be finished before what happens to it
	must(t, p.Set("epochs", fmt.Sprint(epochs)))
	must(t, p.Set("workers", "1"))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 20`, 30*time.Second))
	must(t, p.Hide(true))
	at := eval[int](t, p, step)
	must(t, p.Wait(fmt.Sprintf(`%s > %d`, step, at+50), 20*time.Second))
	eval[any](t, p, `void kill('training 1')`)
	time.Sleep(500 * time.Millisecond)
	at = eval[int](t, p, step)
	time.Sleep(1500 * time.Millisecond)
	if now := eval[int](t, p, step); now != at {
		t.Errorf("without a worker the run went from step %d to %d", at, now)
	}
	must(t, p.Hide(false))
	must(t, p.Wait(note+`.includes('it does not answer')`, 30*time.Second))
	must(t, p.Hide(true))
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	stored(t, p, epochs*188)
	must(t, p.Hide(false))
	if got, want := hash(t, p), trained(t, 32, epochs); got != want {
		t.Errorf("weights %s, want %s", got, want)
	}
	if got := eval[int](t, p, `document.querySelectorAll('#chart circle.test').length`); got != epochs {
		t.Errorf("the curve has %d points", got)
	}
	if _, err := p.Read(); err != nil {
		t.Error(err)
	}
}
