package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/engine/pen"
)

// resize gives the page another viewport.
func resize(t *testing.T, p *Page, width, height int, touch bool) {
	t.Helper()
	o := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if touch {
		o = append(o, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	must(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(int64(width), int64(height), o...)))
	must(t, p.Wait(fmt.Sprintf(`innerWidth === %d || document.documentElement.clientWidth === %[1]d`, width), 10*time.Second))
}

// At every width, narrowed and widened again, the page is as wide as its window,
// also with an open lesson and on a phone that is turned.
func TestNeverSideways(t *testing.T) {
	t.Parallel()
	p := open(t, normal, View{Width: 844, Height: 390, Touch: true})
	resize(t, p, 390, 844, true)
	must(t, p.Wait(`document.documentElement.scrollWidth === 390 && visualViewport.scale === 1`, 10*time.Second))

	p = open(t, normal, View{Width: 2560, Height: 900})
	var widths []int
	for w := 2560; w >= 320; w -= 80 {
		widths = append(widths, w)
	}
	widths = append(widths, 853, 1081, 1080, 961, 960, 681, 680, 401, 400, 360, 359, 320)
	for i := len(widths) - 1; i >= 0; i-- {
		widths = append(widths, widths[i])
	}
	never := func(of string) {
		t.Helper()
		for _, w := range widths {
			resize(t, p, w, 900, false)
			if err := p.Wait(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`, 5*time.Second); err != nil {
				t.Errorf("at %d px the %s scrolls sideways: %v", w, of, err)
			}
		}
	}
	never("page")
	p = openTab(t, normal, View{Width: 2560, Height: 900})
	must(t, p.Go(server.URL+"/#embed=1"))
	must(t, p.Wait(`!document.getElementById('poster').hidden`, 30*time.Second))
	never("embedded page")
}

// Ctrl+Z takes a stroke back wherever the focus is: on the stage after a stroke,
// on a slider, a checkbox, a tab; a text field keeps it for itself. "?" lists every key of the table.
func TestKeysEverywhere(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	undone := func(where string) {
		t.Helper()
		must(t, p.Keys("z", chromedp.ModifierCtrl))
		if err := p.Wait(class+` === ''`, 10*time.Second); err != nil {
			t.Errorf("Ctrl+Z on %s: %v", where, err)
		}
	}
	drawOne := func(t *testing.T, p *Page) { // in one stroke
		t.Helper()
		must(t, p.Draw(pen.Drawing{{{X: 14, Y: 5}, {X: 14, Y: 14}, {X: 14, Y: 23}}}))
		_, err := p.Read()
		must(t, err)
	}
	drawOne(t, p)
	if id := eval[string](t, p, `document.activeElement.id`); id != "stage" {
		t.Errorf("after a stroke the focus is on %q", id)
	}
	undone("the stage")
	for _, id := range []string{"rotate", "centre", "tab-input", "train"} {
		drawOne(t, p)
		must(t, p.Click("#tab-input"))
		eval[any](t, p, `void document.getElementById('`+id+`').focus()`)
		undone("#" + id)
	}
	drawOne(t, p)
	must(t, p.Keys("?")) // on the stage
	must(t, p.Wait(`document.getElementById('keys').open`, 10*time.Second))
	for _, want := range []string{"Ctrl", "Undo", "Shift", "Page"} {
		if text := eval[string](t, p, `document.getElementById('keys').innerText`); !strings.Contains(text, want) {
			t.Errorf("the list of keys lacks %q: %q", want, text)
		}
	}
	must(t, p.Keys(kb.Escape))
	must(t, p.Wait(`!document.getElementById('keys').open`, 10*time.Second))
}

// shifts sums the browser's measure of what moved by itself, and of all that moved.
const shifts = `if (top === self) {
	globalThis.moved = [0, 0];
	new PerformanceObserver((list) => list.getEntries().forEach((e) => { moved[1] += e.value; if (!e.hadRecentInput) moved[0] += e.value; })).observe({ type: 'layout-shift', buffered: true });
}`

// Nothing jumps: while the page loads, one draws, trains and changes tabs, what lies on it stays where
// it is; a lesson moves things only at the press that opens or closes it.
func TestNothingJumps(t *testing.T) {
	t.Parallel()
	for _, v := range []View{{Width: 1280, Height: 720}, {Width: 390, Height: 844, Touch: true}} {
		v.Script = shifts
		p := open(t, normal, v)
		check := func(what string, all int) {
			t.Helper()
			if m := eval[[]float64](t, p, `moved`); m[all] > 0.02 {
				t.Errorf("%d px: %s, the layout shifts by %.4f, %.4f with what was pressed", v.Width, what, m[0], m[1])
			}
		}
		check("loading", 0)
		if v.Touch {
			must(t, p.Touch(digits(t, 1)[3].Drawing))
		} else {
			must(t, p.Draw(digits(t, 1)[3].Drawing))
		}
		_, err := p.Read()
		must(t, err)
		check("drawing", 0)
		must(t, p.Set("epochs", "1"))
		must(t, p.Click("#train"))
		must(t, p.Wait(state+` === 'finished'`, 2*time.Minute))
		check("training", 0)
		for _, id := range eval[[]string](t, p, `[...document.querySelectorAll('[role=tab]')].map((e) => e.id)`) {
			must(t, p.Click("#"+id))
		}
		must(t, p.Click("#tab-samples"))
		check("with other tabs", 0)
		must(t, p.Click("#learn"))
		must(t, p.Wait(`!document.getElementById('lessons').hidden`, 10*time.Second))
		must(t, p.Click("#lessons .close"))
		check("with the lessons", 0)
	}
}

// In a window of a projector or larger all that one needs is in one view, and the page does not scroll;
// on a phone likewise the pad, the answer, the curves and the button that trains.
func TestOneView(t *testing.T) {
	t.Parallel()
	inside := `((s) => { const r = document.querySelector(s).getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight && r.left >= 0 && r.right <= innerWidth; })`
	for _, v := range []View{{Width: 1280, Height: 720}, {Width: 1440, Height: 900}, {Width: 1920, Height: 1080}, {Width: 390, Height: 844, Touch: true}} {
		p := open(t, normal, v)
		if over := eval[float64](t, p, `document.documentElement.scrollHeight - innerHeight`); over > 0 && !v.Touch {
			t.Errorf("at %d by %d the page is %v px too high", v.Width, v.Height, over)
		}
		for _, part := range []string{"#stage", "#prediction", "#bars", "#chart", ".tools", "#train"} {
			if !eval[bool](t, p, inside+`('`+part+`')`) {
				t.Errorf("at %d by %d %s is not in view", v.Width, v.Height, part)
			}
		}
	}
}

// With text of twice the size, as the reader's browser has it, the page is no wider than its window.
func TestTwiceTheText(t *testing.T) {
	t.Parallel()
	for _, v := range []View{{Width: 1280, Height: 720}, {Width: 390, Height: 844, Touch: true}} {
		p := openTab(t, plain, v)
		_, err := chromedp.Call(p.ctx, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: 32, Fixed: 26}})
		must(t, err)
		must(t, p.Go(server.URL+"/"))
		must(t, p.Wait(state+` === 'idle'`, 30*time.Second))
		must(t, p.EmptyPad())
		if size := eval[float64](t, p, `parseFloat(getComputedStyle(document.documentElement).fontSize)`); size < 32 {
			t.Errorf("at %d px the text is %v px, not twice the usual", v.Width, size)
		}
		must(t, p.Wait(`document.documentElement.scrollWidth <= innerWidth`, 10*time.Second))
	}
}

// Key F, or the button, leaves only the sentence, the network and the curves on the page, in large
// letters, with a pointer that is seen from afar; keys train and lead through a lesson, wherever the
// focus is. Escape brings the rest back.
func TestPresent(t *testing.T) {
	t.Parallel()
	p := open(t, normal, View{Width: 1920, Height: 1080})
	on := `document.documentElement.classList.contains('presenting')`
	must(t, p.Click("#present"))
	must(t, p.Wait(on+` && ['stage', 'prediction', 'chart'].every((id) => document.getElementById(id).checkVisibility())`, 10*time.Second))
	must(t, p.Keys(kb.Escape))
	must(t, p.Wait(`!`+on, 10*time.Second))
	must(t, p.Click("#learn"))
	must(t, p.Click(`#lessons [data-go="draw.1"]`))
	must(t, p.Wait(`document.getElementById('lessons').dataset.at === 'draw.1'`, 20*time.Second))
	const pad = `document.getElementById('stage').dataset.pad`
	before := eval[string](t, p, pad)
	must(t, p.Keys("f"))
	must(t, p.Wait(fmt.Sprintf(`document.documentElement.classList.contains('presenting') && %s !== %q`, pad, before), 20*time.Second))
	must(t, p.Wait(`((f) => f.defaultView.getComputedStyle(f.getElementById('stage')).cursor.includes('url('))(document.getElementById('stage').contentDocument)`, 10*time.Second))
	seen := `((id) => document.getElementById(id).checkVisibility())`
	for id, want := range map[string]bool{"stage": true, "prediction": true, "bars": true, "presented": true, "lessons": true,
		"train": false, "clear": false, "side": false, "share": false, "about": false, "recipe": false} {
		if got := eval[bool](t, p, seen+`('`+id+`')`); got != want {
			t.Errorf("presenting, #%s is in sight: %v", id, got)
		}
	}
	small := `[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('.unseen, .skip, #reduced, svg') && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(e).fontSize) < 24)
		.map((e) => e.id + e.className + ' ' + e.textContent.slice(0, 20) + ' ' + getComputedStyle(e).fontSize)`
	for _, text := range eval[[]string](t, p, small) {
		t.Errorf("presenting, a text is small: %s", text)
	}
	if h := eval[float64](t, p, `document.documentElement.scrollHeight - innerHeight`); h > 0 {
		t.Errorf("presenting, the page scrolls by %v px", h)
	}
	drawOne(t, p) // the focus is in the stage then
	must(t, p.Keys(kb.PageDown))
	must(t, p.Wait(`document.getElementById('lessons').dataset.at === 'draw.2'`, 20*time.Second))
	must(t, p.Keys(kb.PageUp))
	must(t, p.Wait(`document.getElementById('lessons').dataset.at === 'draw.1'`, 20*time.Second))
	must(t, p.Keys(" "))
	must(t, p.Wait(state+` === 'training' && `+step+` > 5`, time.Minute))
	must(t, p.Keys(" "))
	must(t, p.Wait(state+` === 'paused'`, 10*time.Second))
	at := eval[int](t, p, step)
	must(t, p.Keys(kb.ArrowRight))
	must(t, p.Wait(fmt.Sprintf(`%s === %d && %s === 'paused'`, step, at+1, state), 20*time.Second))
	must(t, p.Keys(kb.Escape))
	must(t, p.Wait(`!document.documentElement.classList.contains('presenting') && `+seen+`('share') && !document.fullscreenElement`, 10*time.Second))
}

// A pen draws although a palm or a finger touched the pad first, and neither
// leaves ink, whether it lies there first or comes while the pen is down.
func TestPenAndPalm(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]*Browser{"stage": normal, "simple": plain} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, b, View{Width: 1000, Height: 900})
			_, err := chromedp.Call(p.ctx, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true})
			must(t, err)
			pad, err := p.Pad()
			must(t, err)
			touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
				t.Helper()
				if points == nil {
					points = []*input.TouchPoint{}
				}
				_, err := chromedp.Call(p.ctx, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
				must(t, err)
			}
			palm := &input.TouchPoint{X: pad.X + pad.W - 15, Y: pad.Y + pad.H - 12, ID: new(7.0), RadiusX: new(30.0), RadiusY: new(40.0)}
			three := digits(t, 1)[3].Drawing
			strokes := func() int {
				t.Helper()
				return eval[int](t, p, `Number(document.getElementById('prediction').dataset.strokes)`)
			}
			pen := func(during func()) {
				t.Helper()
				for _, s := range three {
					for i, q := range s {
						kind, buttons := input.DispatchMouseEventTypeMouseMoved, int64(1)
						if i == 0 {
							kind = input.DispatchMouseEventTypeMousePressed
						}
						e := input.DispatchMouseEventParams{Type: kind, X: pad.X + q.X/28*pad.W, Y: pad.Y + q.Y/28*pad.H, Button: input.MouseButtonLeft, Buttons: buttons, ClickCount: 1, PointerType: input.DispatchMouseEventPointerTypePen}
						_, err := chromedp.Call(p.ctx, input.DispatchMouseEvent, e)
						must(t, err)
						if i == 0 && during != nil {
							during()
						}
						if i == len(s)-1 {
							e.Type, e.Buttons = input.DispatchMouseEventTypeMouseReleased, 0
							_, err := chromedp.Call(p.ctx, input.DispatchMouseEvent, e)
							must(t, err)
						}
					}
				}
			}
			check := func(what string) {
				t.Helper()
				if err := p.Wait(fmt.Sprintf(`document.getElementById('prediction').dataset.strokes === '%d' && %s === '3'`, len(three), class), 20*time.Second); err != nil {
					t.Errorf("%s: %d strokes, read as %q", what, strokes(), eval[string](t, p, class))
				}
				eval[any](t, p, `void document.getElementById('clear').click()`)
				must(t, p.Wait(class+` === ''`, 10*time.Second))
			}
			touch(input.DispatchTouchEventTypeTouchStart, palm)
			pen(nil)
			touch(input.DispatchTouchEventTypeTouchEnd)
			check("the palm lies there first")
			down := false
			pen(func() {
				if !down {
					touch(input.DispatchTouchEventTypeTouchStart, palm)
				}
				down = true
			})
			touch(input.DispatchTouchEventTypeTouchEnd)
			check("the palm comes while the pen is down")
		})
	}
}

// Where the page's program cannot load, the page says so and what helps: opened
// as a file, its scripts served as text/plain, or below a path without its slash.
func TestProgramNotLoaded(t *testing.T) {
	t.Parallel()
	types := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/plain"}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" || name == "a/lenet" {
			name = "index.html"
		}
		data, err := os.ReadFile(filepath.Join(outDir, filepath.FromSlash(name)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", types[path.Ext(name)])
		w.Write(data)
	}))
	defer s.Close()
	for _, u := range []string{"file://" + outDir + "/index.html", s.URL + "/", s.URL + "/a/lenet"} {
		p, err := normal.Open(desktop)
		must(t, err)
		defer p.Close()
		must(t, p.Go(u))
		must(t, p.Wait(`getComputedStyle(document.getElementById('notice')).visibility === 'visible'`, 20*time.Second))
		said := eval[string](t, p, `document.getElementById('notice').innerText`)
		for _, want := range []string{"has not loaded", "web server", "slash", "text/javascript", "未能加载"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the page does not say %q: %q", u, want, said)
			}
		}
		if loading := eval[string](t, p, `document.body.innerText`); strings.Contains(loading, "Loading") {
			t.Errorf("%s: it still says Loading", u)
		}
	}
}

// In forced colours the bars, the keys of the curves, the cells of the matrix, the
// selected tab and the pressed view differ from what lies beside them.
func TestForcedColours(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	must(t, p.Click("#tab-mistakes"))
	must(t, p.Wait(`document.querySelector('.matrix button.right')`, 20*time.Second))
	for _, scheme := range []string{"dark", "light"} {
		_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: scheme}}})
		must(t, err)
		for what, pair := range map[string][2]string{
			"a bar and its track":    {".best .track i", ".best .track"},
			"the keys of two curves": {"[data-curve=loss] i", "[data-curve=acc] i"},
			"right and wrong cells":  {".matrix button.right", ".matrix button:not(.right)"},
			"the selected tab":       {"#side [aria-selected=true]", "#side [aria-selected=false]"},
			"the pressed view":       {"#views [aria-pressed=true]", "#views [aria-pressed=false]"},
		} {
			must(t, p.Wait(fmt.Sprintf(`matchMedia('(forced-colors: active)').matches && getComputedStyle(document.querySelector(%q)).backgroundColor !== getComputedStyle(document.querySelector(%q)).backgroundColor || %[3]q === 'no'`, pair[0], pair[1], what), 5*time.Second))
		}
	}
}

// The browser's font size has its effect, and the page stays within its window.
func TestFontSize(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	size := `parseFloat(getComputedStyle(document.getElementById('note')).fontSize)`
	before := eval[float64](t, p, size)
	eval[any](t, p, `void (document.documentElement.style.fontSize = '32px')`)
	if after := eval[float64](t, p, size); after != 2*before {
		t.Errorf("twice the font size makes %v px of %v", after, before)
	}
}

// The panels keep their places, whichever tab is on show.
func TestPanelsKeepTheirHeight(t *testing.T) {
	t.Parallel()
	p := open(t, normal, View{Width: 1440, Height: 900})
	drawOne(t, p)
	height := func() float64 { return eval[float64](t, p, `document.getElementById('side').offsetHeight`) }
	want := height()
	for _, id := range eval[[]string](t, p, `[...document.querySelectorAll('[role=tab]')].map((e) => e.id)`) {
		must(t, p.Click("#"+id))
		must(t, p.Wait(`document.querySelectorAll('#side [role=tabpanel]:not([hidden]) :is(button, canvas, .histogram)').length > 2`, 20*time.Second))
		if got := height(); got != want {
			t.Errorf("with %s the panels are %v px high, before %v", id, got, want)
		}
	}
	must(t, p.Click("#views [data-view=gradients]"))
	must(t, p.Wait(`document.getElementById('inspect').innerText.includes('There are gradients only during training')`, 20*time.Second))
	if legend := eval[string](t, p, `document.getElementById('stage').contentDocument.querySelector('.legend .name').textContent`); legend != "gradients" {
		t.Errorf("before training the view of gradients is labelled %q", legend)
	}
}

// On a phone the curve is in sight once Train is pressed, and Pause stays there.
func TestTrainOnAPhone(t *testing.T) {
	t.Parallel()
	p := open(t, normal, View{Width: 390, Height: 844, Ratio: 2, Touch: true})
	must(t, p.Set("epochs", long))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 0`, time.Minute))
	seen := `((e) => { const r = document.querySelector(e).getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight; })`
	must(t, p.Wait(seen+`('#pause') && `+seen+`('.curves')`, 10*time.Second))
}

// While the network is on its way the stage shows what one made of a drawing
// when the page was built; the pad is empty once somebody may draw.
func TestPictureAtFirst(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = `WebAssembly.compileStreaming = WebAssembly.compile = () => new Promise(() => {});`
	p := openTab(t, normal, v)
	must(t, p.Go(server.URL+"/"))
	lit := `(() => {
		const maps = document.getElementById('maps'), pad = document.getElementById('pad');
		const bright = (c) => c.width && [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((v, i) => i % 4 === 0 && v > 200).length;
		return bright(pad) > 500 && bright(maps) > 500;
	})()`
	must(t, p.Wait(lit, 20*time.Second))
	must(t, p.Draw(digits(t, 1)[3].Drawing))
	if n := eval[int](t, p, `Number(document.getElementById('prediction').dataset.strokes)`); n != len(digits(t, 1)[3].Drawing) {
		t.Errorf("%d strokes are in the pad: the picture is not drawn on", n)
	}
}

// On every page of test images one, and only one, is reached by Tab.
func TestTilesTabOrder(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	must(t, p.Click("#tab-samples"))
	must(t, p.Wait(`document.querySelectorAll('#samples .tiles button').length > 10`, 20*time.Second))
	must(t, p.Click("#samples .tiles button:nth-child(36)"))
	shown := `document.querySelector('#samples .range').textContent`
	for range 100 {
		reached := `[...document.querySelectorAll('#samples .tiles button:not([hidden])')].filter((e) => e.tabIndex === 0).length`
		if n := eval[int](t, p, reached); n != 1 {
			t.Fatalf("Tab reaches %d images at %s", n, eval[string](t, p, shown))
		}
		if eval[bool](t, p, `document.querySelector('#samples .next').ariaDisabled === 'true'`) {
			return
		}
		at := eval[string](t, p, shown)
		eval[any](t, p, `void document.querySelector('#samples .next').click()`)
		must(t, p.Wait(fmt.Sprintf(`%s !== %q`, shown, at), 20*time.Second))
	}
	t.Error("there is no last page")
}

// Text that is dropped goes where it is dropped; only files are taken.
func TestDropText(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	for kind, taken := range map[string]bool{"text": false, "file": true} {
		got := eval[bool](t, p, fmt.Sprintf(`(() => {
			const data = new DataTransfer();
			if (%q === 'file') data.items.add(new File(['x'], 'x.csv'));
			else data.setData('text/plain', '0.5');
			return ['dragover', 'drop'].every((type) => !document.getElementById('lr').dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true })));
		})()`, kind))
		if got != taken {
			t.Errorf("a dropped %s is taken: %v", kind, got)
		}
	}
}

// Printed, the stage is as wide as on the screen and shrunk to the sheet, so that
// each label stays over its map.
func TestPrint(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	labels := `[...document.querySelectorAll('#reduced .label')].map((e) => [e.style.left, e.style.top, e.style.width].join()).join(' ')`
	screen := eval[string](t, p, labels)
	eval[any](t, p, `void dispatchEvent(new Event('beforeprint'))`)
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	must(t, err)
	resize(t, p, 720, 1000, false)
	must(t, p.Wait(`getComputedStyle(document.getElementById('stage-box')).zoom < 1 && document.getElementById('stage-box').getBoundingClientRect().right <= 720`, 10*time.Second))
	if print := eval[string](t, p, labels); print != screen {
		t.Errorf("printed, the labels lie at %s, on the screen at %s", print, screen)
	}
	if shade := eval[string](t, p, `getComputedStyle(document.querySelector('.track')).printColorAdjust`); shade != "exact" {
		t.Errorf("the bars are printed %q", shade)
	}
}
