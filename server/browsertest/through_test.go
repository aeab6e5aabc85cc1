package browsertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

const (
	told  = `document.querySelector('#through p').textContent`
	level = `document.getElementById('stage-box').dataset.level`
	ended = `document.getElementById('through').hidden`

	// noteStops notes every sentence of Play, and the level that was lit with it.
	noteStops = `globalThis.stops = []; new MutationObserver(() => stops.push(` + told + `)).observe(document.querySelector('#through p'), { childList: true, characterData: true, subtree: true });
		globalThis.levels = []; new MutationObserver(() => levels.at(-1) === ` + level + ` || levels.push(` + level + `)).observe(document.getElementById('stage-box'), { attributes: true, attributeFilter: ['data-level'] })`
)

// scrub drags the slider of Play to a stop.
func scrub(t *testing.T, p *Page, at float64) {
	t.Helper()
	eval[any](t, p, fmt.Sprintf(`(() => { const s = document.querySelector('#through input'); s.value = %v; s.dispatchEvent(new Event('input', { bubbles: true })); })()`, at))
}

// Key P sends the image through, layer by layer, each with its sentence; keys
// scrub, and Escape ends it with everything lit. It is the same without WebGL,
// and without motion where that is not wanted.
func TestThrough(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]struct {
		browser *Browser
		view    View
	}{"stage": {normal, desktop}, "simple, on a phone": {plain, View{Width: 390, Height: 844, Ratio: 2, Touch: true}}, "still": {plain, View{Width: 1280, Height: 720, Still: true}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, in.browser, in.view)
			must(t, p.Draw(digits(t, 1)[5].Drawing))
			must(t, p.Wait(class+` === '5'`, 20*time.Second))
			eval[any](t, p, noteStops)
			must(t, p.Keys("p"))
			must(t, p.Wait(`stops.length >= 9 && `+level+` === '8'`, 120*time.Second))
			stops := eval[[]string](t, p, `stops`)
			for i, want := range []string{"pad", "28 × 28", "6 maps of 28 × 28", "6 maps of 14 × 14", "16 maps of 10 × 10", "16 maps of 5 × 5, 400 values", "120 units", "84 units", "5 gets"} {
				if !strings.Contains(stops[i], want) {
					t.Errorf("stop %d says %q, want %q", i, stops[i], want)
				}
			}
			if got, want := eval[[]string](t, p, `levels`), []string{"0", "1", "2", "3", "4", "5", "6", "7", "8"}; !slices.Equal(got, want) {
				t.Errorf("lit one after the other: %q, want %q", got, want)
			}
			scrub(t, p, 3)
			must(t, p.Wait(told+`.includes('6 maps of 14 × 14') && `+level+` === '3'`, 5*time.Second))
			must(t, p.Keys(kb.ArrowRight))
			must(t, p.Wait(told+`.includes('16 maps of 10 × 10') && `+level+` === '4'`, 5*time.Second))
			must(t, p.Keys(kb.Escape))
			must(t, p.Wait(ended+` && `+level+` === '8'`, 5*time.Second))
		})
	}
}

// While a run rests, the error goes back as well: the layers show its gradients,
// then the weights, and in the end their activations again.
func TestThroughAndBack(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	must(t, p.Click("#step"))
	must(t, p.Wait(`document.getElementById('status').dataset.state === 'paused'`, 60*time.Second))
	must(t, p.Draw(digits(t, 1)[5].Drawing))
	must(t, p.Wait(class+` !== ''`, 20*time.Second))
	must(t, p.Click("#play"))
	must(t, p.Wait(`!document.getElementById('through').hidden`, 20*time.Second)) // its script has come
	labels := `document.querySelector('.labels').textContent`
	scrub(t, p, 14)
	must(t, p.Wait(told+`.includes('2,416 gradients') && `+labels+`.includes('gradients')`, 20*time.Second))
	scrub(t, p, 17)
	must(t, p.Wait(told+`.includes('61,706 weights') && `+labels+`.includes('weights')`, 20*time.Second))
	scrub(t, p, 2)
	must(t, p.Wait(labels+`.includes('activation')`, 20*time.Second))
	must(t, p.Click("#through .close"))
	must(t, p.Wait(ended, 5*time.Second))
	if focused := eval[string](t, p, `document.activeElement.id`); focused != "play" {
		t.Errorf("then %q has the focus", focused)
	}
}

// A frame while the image goes through costs its scripts 8 ms of processor time at most.
func TestThroughIsSmooth(t *testing.T) {
	for name, browser := range map[string]*Browser{"stage": normal, "simple": plain} {
		p := open(t, browser, desktop)
		must(t, p.Draw(digits(t, 1)[5].Drawing))
		must(t, p.Wait(class+` === '5'`, 20*time.Second))
		eval[any](t, p, noteStops)
		stop, err := p.Frames()
		must(t, err)
		must(t, p.Keys("p"))
		must(t, p.Wait(`levels.includes('8')`, 120*time.Second))
		frames, err := stop()
		must(t, err)
		if len(frames) < 40 {
			t.Fatalf("%s: only %d frames in the trace", name, len(frames))
		}
		median := frames[len(frames)/2]
		t.Logf("%s: %d frames: median %v, ninth decile %v, longest %v of script", name, len(frames), median, frames[len(frames)*9/10], frames[len(frames)-1])
		if median > 8*time.Millisecond {
			t.Errorf("%s: scripts take %v of a frame at the median", name, median)
		}
	}
}
