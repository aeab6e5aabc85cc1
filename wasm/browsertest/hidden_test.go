package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
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
	window, err := chromedp.Call(p.ctx, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
	must(t, err)
	setWindow := func(state browser.WindowState, visibility string) {
		t.Helper()
		_, err := chromedp.Call(p.ctx, browser.SetWindowBounds, browser.SetWindowBoundsParams{
			WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state}})
		must(t, err)
		must(t, p.Wait(fmt.Sprintf(`document.visibilityState === %q`, visibility), 10*time.Second))
	}
	lifecycle := func(state page.SetWebLifecycleStateState) {
		t.Helper()
		_, err := chromedp.Call(p.ctx, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
		must(t, err)
	}
	drawOne(t, p)
	must(t, p.Set("epochs", "3"))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 20`, 30*time.Second))
	must(t, p.Click("#pause"))
	must(t, p.Wait(state+` === 'paused'`, 10*time.Second))
	must(t, p.Click("#train"))

	setWindow(browser.WindowStateMinimized, "hidden")
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
	stored(t, p, 3*188)
	setWindow(browser.WindowStateNormal, "visible")
	must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, time.Minute))
	if got, want := hash(t, p), trained(t, 32, 3); got != want {
		t.Errorf("weights %s, want %s", got, want)
	}
	if got := eval[int](t, p, `document.querySelectorAll('#chart circle.test').length`); got != 3 {
		t.Errorf("the curve of three epochs has %d points", got)
	}
	if said := eval[string](t, p, note); !strings.Contains(said, "test acc 0.") || strings.Contains(said, "stopped") {
		t.Errorf("note %q", said)
	}
	if _, err := p.Read(); err != nil {
		t.Error(err)
	}
}
