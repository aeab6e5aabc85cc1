package browsertest

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// firstSight notes the layers that light up in a first visit, and holds the engine
// back until release is called.
const firstSight = `
if (top === self) {
	globalThis.levels = [];
	addEventListener('DOMContentLoaded', () => {
		const stage = document.getElementById('stage-box');
		if (stage) new MutationObserver(() => {
			if (levels.at(-1) !== stage.dataset.level) levels.push(stage.dataset.level);
		}).observe(stage, { attributes: true, attributeFilter: ['data-level'] });
	});
	const compile = WebAssembly.compileStreaming;
	const released = new Promise((resolve) => { globalThis.release = resolve; });
	WebAssembly.compileStreaming = (r) => released.then(() => compile(r));
}`

// bright counts the light pixels of a canvas of the reduced form.
const bright = `((c) => c.width && [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((v, i) => i % 4 === 0 && v > 200).length)`

// firstVisit opens the page, which notes what it lights; its engine comes on release().
func firstVisit(t *testing.T, b *Browser, v View) *Page {
	t.Helper()
	v.Script = firstSight
	p := openTab(t, b, v)
	must(t, p.Go(server.URL+"/"))
	return p
}

// A first visit shows a drawing and all that the network makes of it while the
// network is not there yet: a hand draws it, and the layers light up one after
// the other. The network then says the same of it. The first stroke takes its place.
func TestFirstSight(t *testing.T) {
	t.Parallel()
	p := firstVisit(t, normal, desktop)
	must(t, p.Wait(`levels.at(-1) === '8'`, 60*time.Second))
	if got, want := eval[[]string](t, p, `levels`), []string{"0", "1", "2", "3", "4", "5", "6", "7", "8"}; !slices.Equal(got, want) {
		t.Errorf("layers light up as %q, want %q", got, want)
	}
	must(t, p.Wait(bright+`(document.getElementById('maps')) > 500 && `+bright+`(document.getElementById('pad')) > 500`, 20*time.Second))
	says := `(({ class: c, p }) => [c, Number(p).toFixed(3), document.getElementById('status').dataset.state].join(' '))(document.getElementById('prediction').dataset)`
	if got, want := eval[string](t, p, says), "5 1.000 loading"; got != want {
		t.Errorf("before the engine is there the page says %q, want %q", got, want)
	}
	eval[any](t, p, `void release()`)
	must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, 60*time.Second))
	if got, want := eval[string](t, p, says), "5 1.000 idle"; got != want {
		t.Errorf("the network says %q, want %q", got, want)
	}
	if n := eval[int](t, p, `[...document.querySelectorAll('#invite button')].filter((e) => e.checkVisibility({ visibilityProperty: true })).length`); n < 5 {
		t.Errorf("%d invitations are on show, want 5 or more", n)
	}

	// On the stage's frame, which the example has reached.
	drawing := digits(t, 1)[3].Drawing
	must(t, p.Draw(drawing))
	if r, err := p.Read(); err != nil || r.Class != "3" {
		t.Errorf("the first drawing is read as %+v: %v", r, err)
	}
	if !eval[bool](t, p, `document.getElementById('invite').hidden && document.getElementById('train').checkVisibility({ visibilityProperty: true })`) {
		t.Error("the panels have not taken the place of the invitations")
	}
	for range drawing {
		must(t, p.Click("#undo"))
	}
	must(t, p.Wait(`document.getElementById('prediction').dataset.class === '' && document.getElementById('undo').ariaDisabled === 'true'`, 20*time.Second))
}

// One may draw while the hand does, and before the engine is there.
func TestFirstTouch(t *testing.T) {
	t.Parallel()
	p := firstVisit(t, plain, View{Width: 390, Height: 844, Touch: true})
	must(t, p.Wait(`levels.at(-1) === '0'`, 60*time.Second))
	for _, e := range []string{"#pad", `#invite [data-go="draw"]`, `#invite [data-go="learn"]`} {
		if y := eval[float64](t, p, `document.querySelector('`+e+`').getBoundingClientRect().bottom`); y > 844 {
			t.Errorf("%s ends %.0f px down, below the fold", e, y)
		}
	}
	drawing := digits(t, 1)[3].Drawing
	must(t, p.Touch(drawing))
	if n := eval[int](t, p, `Number(document.getElementById('prediction').dataset.strokes)`); n != len(drawing) {
		t.Errorf("%d strokes are in the pad, want %d", n, len(drawing))
	}
	if !eval[bool](t, p, `document.getElementById('hand').hidden && document.getElementById('invite').hidden && levels.at(-1) === '8'`) {
		t.Error("the hand goes on")
	}
	eval[any](t, p, `void release()`)
	if r, err := p.Read(); err != nil || r.Class != "3" {
		t.Errorf("the drawing is read as %+v: %v", r, err)
	}
}

// Who asks for less motion sees a still picture.
func TestFirstSightStill(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Still = true
	p := firstVisit(t, plain, v)
	must(t, p.Wait(`document.getElementById('prediction').dataset.class === '5'`, 60*time.Second))
	must(t, p.Wait(bright+`(document.getElementById('maps')) > 500 && `+bright+`(document.getElementById('pad')) > 500`, 20*time.Second))
	if got := eval[[]string](t, p, `levels`); !slices.Equal(got, []string{"8"}) {
		t.Errorf("layers light up as %q", got)
	}
	if eval[bool](t, p, `document.getElementById('invite').hidden`) {
		t.Error("there are no invitations")
	}
	eval[any](t, p, `void release()`)
	must(t, p.Wait(`document.getElementById('status').dataset.state === 'idle'`, 60*time.Second))
}

// In a page out of sight no hand draws; it does once one looks.
func TestFirstSightHidden(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = firstSight
	p := openTab(t, plain, v)
	must(t, p.Go(server.URL+"/course-demo.html"))
	must(t, p.Hide(true))
	must(t, p.Go(server.URL+"/"))
	eval[any](t, p, `void release()`)
	must(t, p.Wait(`document.getElementById('prediction').dataset.settled !== undefined && document.getElementById('status').dataset.state === 'idle'`, 60*time.Second))
	if got := eval[[]string](t, p, `levels`); !slices.Equal(got, []string{"0"}) {
		t.Errorf("out of sight layers light up as %q", got)
	}
	must(t, p.Hide(false))
	must(t, p.Wait(`levels.at(-1) === '8'`, 60*time.Second))
}

// What one has drawn or trained is there again, and no hand draws then.
func TestNoHandOverKeptInk(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = firstSight + `globalThis.release?.();`
	p := openTab(t, plain, v)
	back := func(what string) {
		must(t, p.Go(server.URL+"/course-demo.html"))
		must(t, p.Go(server.URL+"/"))
		must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'reduced' && document.getElementById('prediction').dataset.class && !document.getElementById('simple').hidden`, 60*time.Second))
		if !eval[bool](t, p, `document.getElementById('invite').hidden && levels.length === 0`) {
			t.Errorf("with a kept %s the page greets", what)
		}
	}
	must(t, p.Go(server.URL+"/"))
	must(t, p.EmptyPad())
	drawOne(t, p)
	back("drawing")
	if n := eval[int](t, p, `Number(document.getElementById('prediction').dataset.strokes)`); n != len(digits(t, 1)[3].Drawing) {
		t.Errorf("%d strokes are kept, want %d", n, len(digits(t, 1)[3].Drawing))
	}
	must(t, p.Click("#clear"))
	must(t, p.Click("#step"))
	must(t, p.Wait(`document.getElementById('status').dataset.step === '1'`, 60*time.Second))
	back("run")
}

// The invitations lead where they say, by pointer and by keyboard, and nothing else moves.
func TestInvitations(t *testing.T) {
	t.Parallel()
	at := func(t *testing.T) *Page {
		p := openTab(t, plain, desktop)
		must(t, p.Go(server.URL+"/"))
		must(t, p.Wait(`document.getElementById('status').dataset.state === 'idle'`, 60*time.Second))
		return p
	}
	places := `JSON.stringify([...document.querySelectorAll('header, #prediction, #explore, .panels, .training, #experiment, footer')].map((e) => e.getBoundingClientRect()).map(({ left, top, bottom }) => [left, top, bottom]))`
	shows := func(t *testing.T, p *Page, e string) {
		t.Helper()
		if !eval[bool](t, p, `document.querySelector('`+e+`').checkVisibility({ visibilityProperty: true }) && document.getElementById('invite').hidden`) {
			t.Errorf("%s is not on show, or the invitations are", e)
		}
	}

	t.Run("draw", func(t *testing.T) {
		t.Parallel()
		p := at(t)
		before := eval[string](t, p, places)
		eval[any](t, p, `void document.querySelector('#invite [data-go="draw"]').focus()`)
		must(t, p.Keys(kb.Enter))
		must(t, p.Wait(`document.activeElement.id === 'pad'`, 20*time.Second))
		shows(t, p, "#train")
		if after := eval[string](t, p, places); after != before {
			t.Errorf("places were %s and are %s", before, after)
		}
		must(t, p.Wait(`document.getElementById('prediction').dataset.class === '' && document.getElementById('clear').ariaDisabled === 'true'`, 20*time.Second))
		must(t, p.Keys(" "))
		must(t, p.Keys(kb.ArrowDown))
		must(t, p.Keys(" "))
		must(t, p.Wait(`document.getElementById('prediction').dataset.strokes === '1'`, 20*time.Second))
	})
	t.Run("learn", func(t *testing.T) {
		t.Parallel()
		p := at(t)
		must(t, p.Click(`#invite [data-go="learn"]`))
		must(t, p.Wait(`document.getElementById('status').dataset.state === 'training'`, 60*time.Second))
		shows(t, p, "#pause")
		if class := eval[string](t, p, `document.getElementById('pad').getContext('2d') && document.getElementById('clear').ariaDisabled`); class != "false" {
			t.Error("there is no drawing to watch")
		}
	})
	t.Run("settings", func(t *testing.T) {
		t.Parallel()
		p := at(t)
		must(t, p.Click(`#invite [data-go="settings"]`))
		shows(t, p, "#lr")
	})
	t.Run("lesson", func(t *testing.T) {
		t.Parallel()
		p := at(t)
		must(t, p.Click(`#invite [data-lesson="conv.1"]`))
		must(t, p.Wait(`document.getElementById('lessons').dataset.at === 'conv.1'`, 60*time.Second))
		shows(t, p, "#lessons")
	})
}

// Nothing moves while the page comes, the hand draws and the panels take the place of the invitations.
func TestNothingMovesAtFirst(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]string{"desktop": "", "desktop, Chinese": "#v=1&lang=zh", "phone": "", "phone, Chinese": "#v=1&lang=zh"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := View{Width: 1280, Height: 720}
			if name[0] == 'p' {
				v = View{Width: 390, Height: 844, Touch: true}
			}
			v.Script = `
				globalThis.moved = [];
				new PerformanceObserver((list) => {
					for (const e of list.getEntries()) moved.push([e.value, ...e.sources.map((s) => s.node?.id ?? s.node?.nodeName)].join(' '));
				}).observe({ type: 'layout-shift', buffered: true });`
			p := openTab(t, plain, v)
			must(t, p.Go(server.URL+"/"+link))
			must(t, p.Wait(`document.getElementById('stage-box').dataset.level === '8' && !document.getElementById('simple').hidden`, 60*time.Second))
			must(t, p.EmptyPad())
			must(t, p.Wait(`document.getElementById('prediction').dataset.class === ''`, 20*time.Second))
			if sum := eval[float64](t, p, `moved.reduce((sum, m) => sum + parseFloat(m), 0)`); sum > 0.02 {
				t.Errorf("the browser measures a layout shift of %.3f: %q", sum, eval[[]string](t, p, `moved`))
			}
		})
	}
}
