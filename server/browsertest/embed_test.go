package browsertest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/engine/pen"
	"lenet/server/site"
)

// courseScript is what a page around an embedded playground does: it keeps the
// messages that come, and sends commands and waits for their answers.
const courseScript = `
globalThis.got = [];
addEventListener('message', (e) => {
	got.push({ ...e.data, from: e.origin });
	const frames = document.querySelectorAll('iframe');
	if (e.data.type === 'resize' && frames.length === 1) frames[0].style.height = e.data.height + 'px';
});
let last = 0;
globalThis.ask = (message, frame = document.querySelector('iframe')) => new Promise((resolve) => {
	const id = ++last;
	addEventListener('message', function answered(e) {
		if (e.source !== frame.contentWindow || e.data.id !== id) return;
		removeEventListener('message', answered);
		resolve(e.data);
	});
	frame.contentWindow.postMessage({ lenet: 1, id, ...message }, '*');
});
`

// course serves a page of another site around the playground, with headers of
// its own. The site is another one for the browser too: localhost.
func course(t *testing.T, body string, header ...string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		if r.URL.Path == "/course.js" {
			w.Header().Set("Content-Type", "text/javascript")
			io.WriteString(w, courseScript)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><title>Course</title><script src="course.js"></script>`+body)
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

// openCourse opens a course page. What goes wrong in it is the test's failure.
func openCourse(t *testing.T, b *Browser, v View, url string) *Page {
	t.Helper()
	p, err := b.Open(v)
	must(t, err)
	t.Cleanup(func() {
		for _, problem := range p.Problems() {
			t.Error(problem)
		}
		if t.Failed() {
			keepPicture(t, p)
		}
		p.Close()
	})
	must(t, p.Go(url))
	return p
}

// answer is what comes back for a command.
type answer struct {
	Type, Of, Message, State, From string
	Class, Step, Label             int
	P                              []float64
}

// ask sends a command and returns its answer.
func ask(t *testing.T, p *Page, message any, frame ...string) answer {
	t.Helper()
	m, err := json.Marshal(message)
	must(t, err)
	a, err := Await[answer](p, "ask("+strings.Join(append([]string{string(m)}, frame...), ", ")+")")
	must(t, err)
	return a
}

type dict = map[string]any

// three draws a 3.
func three(t *testing.T) dict {
	var strokes [][][2]float64
	for _, s := range digits(t, 1)[3].Drawing {
		var points [][2]float64
		for _, q := range s {
			points = append(points, [2]float64{q.X, q.Y})
		}
		strokes = append(strokes, points)
	}
	return dict{"type": "draw", "strokes": strokes}
}

// works holds an embedded playground to what it is for: it shows a prediction
// before the engine is there, reads a drawing, and trains.
func works(t *testing.T, p *Page, url string) {
	t.Helper()
	must(t, p.Wait(`got.some((m) => m.type === 'ready' && !m.live) && got.some((m) => m.type === 'resize')`, 20*time.Second))
	if a := ask(t, p, three(t)); a.Type != "done" || a.Class != 3 {
		t.Errorf("a drawn 3: %+v", a)
	}
	if a := ask(t, p, dict{"type": "step", "n": 2}); a.Type != "done" || a.State != "paused" || a.Step != 2 {
		t.Errorf("two steps: %+v", a)
	}
	for _, kind := range []string{"prediction", "step"} {
		must(t, p.Wait(`got.some((m) => m.type === '`+kind+`')`, 5*time.Second))
	}
	inside, err := p.Frame(url)
	if err == nil && inside != nil { // in a process of its own
		must(t, inside.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, 30*time.Second))
	}
	if errors := eval[[]string](t, p, `got.filter((m) => m.type === 'error').map((m) => m.message)`); len(errors) > 0 {
		t.Errorf("errors: %q", errors)
	}
}

// The playground works in whatever page it is put into.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.StripPrefix("/course/lenet/", http.FileServer(http.Dir(filepath.Join("..", "..", ".cache", "browsertest")))))
	defer plain.Close()
	frame := func(base, attributes string) string {
		return `<iframe src="` + base + `/#v=1&amp;embed=1" width="700" height="500" ` + attributes + `></iframe>`
	}
	element := `<script src="` + server.URL + `/embed.js"></script><lenet-playground theme="light"></lenet-playground>`
	for _, c := range []struct {
		name, body string
		header     []string
	}{
		{"another site", frame(server.URL, ""), nil},
		{"sandbox", frame(server.URL, `sandbox="allow-scripts"`), nil},
		{"COEP", frame(server.URL, ""), []string{"Cross-Origin-Embedder-Policy", "require-corp", "Cross-Origin-Opener-Policy", "same-origin"}},
		{"strict CSP", element, []string{"Content-Security-Policy", "default-src 'none'; script-src 'self' " + server.URL + "; frame-src " + server.URL + "; require-trusted-types-for 'script'"}},
		{"plain files below a path", frame(plain.URL+"/course/lenet", ""), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			works(t, openCourse(t, normal, View{Width: 720, Height: 600}, course(t, c.body, c.header...)), server.URL)
		})
	}
}

// With a list of who may embed it, the playground works in their pages, also
// sandboxed, when it has no origin that its own frame could be allowed for. In
// other pages it is not to be seen.
func TestFrameAncestors(t *testing.T) {
	t.Parallel()
	handler, err := site.New(os.DirFS(outDir), site.Options{FrameAncestors: "'self' http://localhost:*"})
	must(t, err)
	s := httptest.NewServer(handler)
	defer s.Close()
	frame := func(attributes string) string {
		return `<iframe src="` + s.URL + `/#v=1&amp;embed=1" width="700" height="500" ` + attributes + `></iframe>`
	}
	for _, attributes := range []string{"", `sandbox="allow-scripts"`} {
		works(t, openCourse(t, normal, View{Width: 720, Height: 600}, course(t, frame(attributes))), s.URL)
	}
	other := strings.Replace(course(t, frame("")), "localhost", "127.0.0.1", 1)
	p, err := normal.Open(View{Width: 720, Height: 600})
	must(t, err)
	defer p.Close()
	must(t, p.Go(other))
	for end := time.Now().Add(10 * time.Second); !strings.Contains(strings.Join(p.Problems(), " "), "frame-ancestors"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("embedded by another page; problems: %q", p.Problems())
		}
	}
	if got := eval[int](t, p, `got.length`); got > 0 {
		t.Errorf("embedded by another page, it sent %d messages", got)
	}
}

// Where the browser lets no site in another one's page store anything, nothing is missed.
func TestEmbeddedWithoutStorage(t *testing.T) {
	t.Parallel()
	b, err := Start(t.Context(), Launch{NoStorage: true})
	must(t, err)
	defer b.Close()
	p := openCourse(t, b, View{Width: 720, Height: 600}, course(t, `<iframe src="`+server.URL+`/#embed=1" width="700" height="500"></iframe>`))
	if eval[bool](t, p, `(() => { try { return !!localStorage } catch { return false } })()`) {
		t.Error("the browser stores all the same")
	}
	works(t, p, server.URL)
}

// The poster shows what the network makes of a drawing, before any WebAssembly
// is asked for; the engine then says the same. It fits into 320 pixels.
func TestPoster(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ link, says string }{{"embed=1", "It reads this as a 5"}, {"embed=1&data=fashion", "It sees: Ankle boot"}} {
		p := openTab(t, normal, View{Width: 320, Height: 700})
		must(t, p.Go(server.URL+"/#"+c.link))
		must(t, p.Wait(class+` !== ''`, 10*time.Second))
		time.Sleep(300 * time.Millisecond)
		if text := eval[string](t, p, `document.getElementById('prediction').textContent`); !strings.HasPrefix(text, c.says) {
			t.Errorf("%s: the poster says %q", c.link, text)
		}
		if w := eval[float64](t, p, `document.documentElement.scrollWidth`); w > 320 {
			t.Errorf("%s: the poster is %v pixels wide", c.link, w)
		}
		if requests := p.Requests(); slices.ContainsFunc(requests, func(u string) bool { return strings.HasSuffix(u, ".wasm") }) {
			t.Errorf("%s: requests for the poster: %q", c.link, requests)
		}
		before, at := eval[string](t, p, class), eval[float64](t, p, `Number(`+sure+`)`)
		must(t, p.Click("#poster button"))
		must(t, p.Wait(state+` === 'idle'`, 30*time.Second))
		must(t, p.Wait(`document.getElementById('prediction').dataset.settled !== undefined && !document.getElementById('clear').ariaDisabled.includes('true')`, 30*time.Second))
		now, p1 := eval[string](t, p, class), eval[float64](t, p, `Number(`+sure+`)`)
		if d := p1 - at; now != before || d > 1e-4 || d < -1e-4 {
			t.Errorf("%s: the poster says %s with %v, the engine %s with %v", c.link, before, at, now, p1)
		}
		must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame' && document.documentElement.scrollWidth <= 320`, 30*time.Second))
	}
}

// The first stroke on a poster is a drawing already, without what it showed.
func TestPosterIsDrawnOn(t *testing.T) {
	t.Parallel()
	p := openTab(t, normal, desktop)
	must(t, p.Go(server.URL+"/#embed=1"))
	must(t, p.Wait(class+` !== ''`, 10*time.Second))
	must(t, p.Draw(digits(t, 1)[3].Drawing))
	must(t, p.Wait(state+` === 'idle' && `+class+` === '3'`, 30*time.Second))
}

// Commands are answered, and nothing that is not one does harm: not from the
// page around, nor from any other.
func TestMessages(t *testing.T) {
	t.Parallel()
	other := `<iframe id="other" srcdoc="<script>addEventListener('message', (e) => parent.frames[0].postMessage(e.data, '*'))</script>"></iframe>`
	p := openCourse(t, normal, View{Width: 720, Height: 600}, course(t, `<iframe src="`+server.URL+`/#embed=1&lock=lr" width="700" height="500"></iframe>`+other))
	works(t, p, server.URL)
	for _, c := range []struct {
		message dict
		says    string
	}{
		{dict{"type": "fly"}, "no such command"},
		{dict{"type": "constructor"}, "no such command"},
		{dict{"type": "draw", "strokes": "<b>"}, "strokes: want"},
		{dict{"type": "draw", "strokes": []any{[]any{[]any{"1", nil}}}}, "strokes: want"},
		{dict{"type": "draw", "strokes": make([][]any, 1000)}, "strokes: want"},
		{dict{"type": "draw", "pixels": []int{1, 2, 3}}, "pixels: want 784"},
		{dict{"type": "draw", "image": 1 << 30}, "image"},
		{dict{"type": "loadWeights", "data": "x"}, "data: want a safetensors file"},
		{dict{"type": "draw", "strokes": make([][]int, pen.MaxStrokes+1)}, "strokes: want at most 2000"},
		{dict{"type": "set"}, "keys: want"},
		{dict{"type": "set", "keys": dict{"batch": "<b>"}}, `"batch": "<b>": want`},
		{dict{"type": "set", "keys": dict{"constructor": "1"}}, `"constructor"`},
		{dict{"type": "set", "keys": dict{"lr": 0.7, "panels": "all"}}, `"panels"`},
		{dict{"type": "set", "keys": dict{"weights": "https://example.org/x.safetensors"}}, `"weights"`},
		{dict{"type": "set", "keys": dict{"lang": "xx"}}, "lang: the page has no xx"},
		{dict{"type": "set", "keys": dict{"lesson": "__proto__.7"}}, "lesson: there is no"},
		{dict{"type": "set", "keys": dict{"unit": "99.99.99.99"}}, "unit"},
		{dict{"type": "set", "keys": dict{"image": 99999}}, "99999"},
		{dict{"type": "goto"}, "goto: want"},
		{dict{"type": "goto", "epoch": "soon"}, "epoch: want"},
		{dict{"type": "goto", "lesson": "conv.9"}, "lesson: there is no conv.9"},
		{dict{"type": "goto", "unit": "1.6.0.0"}, "unit"},
		{dict{"type": "step", "n": -1}, "n: want"},
	} {
		if a := ask(t, p, c.message); a.Type != "error" || !strings.Contains(a.Message, c.says) {
			t.Errorf("%v: %+v, want an error with %q", c.message, a, c.says)
		}
	}
	if a, err := Await[answer](p, `ask({ type: 'loadWeights', data: new Uint8Array(1000) })`); err != nil || a.Type != "error" {
		t.Errorf("weights that are none: %+v, %v", a, err)
	}
	// None of these is a message: they get no answer.
	before := eval[int](t, p, `got.length`)
	eval[any](t, p, `void [null, 1, 'lenet', [], {}, { lenet: 2, type: 'reset' }, { lenet: 1 }, { lenet: 1, type: 7 }, { type: 'reset' }, new Map([['lenet', 1]])].forEach((m) => document.querySelector('iframe').contentWindow.postMessage(m, '*'))`)
	// Nor does another frame of the same page get one, which the browser tells apart.
	eval[any](t, p, `void other.contentWindow.postMessage({ lenet: 1, type: 'reset' }, '*')`)
	for key, value := range map[string]any{"lr": "1e9", "batch": -5, "lang": "zh-CN", "lesson": "conv.1", "unit": "1.5.27.27", "weights": "fashion", "panels": "answers,look", "raw": true} {
		if a := ask(t, p, dict{"type": "set", "keys": dict{key: value}}); a.Type != "done" {
			t.Errorf("%s=%v: %+v", key, value, a)
		}
	}
	if got := eval[[]string](t, p, fmt.Sprintf(`got.slice(%d).filter((m) => m.type === 'error' || m.of === 'reset').map((m) => JSON.stringify(m))`, before)); len(got) > 0 {
		t.Errorf("answers: %q", got)
	}
	if a := ask(t, p, dict{"type": "draw", "ink": "!!"}); a.Type != "done" || a.Class != -1 {
		t.Errorf("no ink: %+v", a)
	}
	// The page around may change what is locked for the reader.
	must(t, p.Wait(`got.some((m) => m.type === 'change' && m.keys.lr === '100')`, 5*time.Second))

	// A link may name the only site that is listened to and told.
	q := openCourse(t, normal, View{Width: 720, Height: 600}, course(t, `<iframe src="`+server.URL+`/#embed=1&origin=https://course.example.org" width="700" height="500"></iframe>`))
	eval[any](t, q, `void setTimeout(() => document.querySelector('iframe').contentWindow.postMessage({ lenet: 1, type: 'train' }, '*'), 500)`)
	time.Sleep(1500 * time.Millisecond)
	if n := eval[int](t, q, `got.length`); n != 0 {
		t.Errorf("%d messages for another site", n)
	}
}

// A run in a frame reports its epochs and its end.
func TestTrainByMessage(t *testing.T) {
	t.Parallel()
	p := openCourse(t, normal, View{Width: 720, Height: 600}, course(t, `<iframe src="`+server.URL+`/#embed=1&epochs=1" width="700" height="500"></iframe>`))
	must(t, p.Wait(`got.some((m) => m.type === 'ready')`, 20*time.Second))
	if a := ask(t, p, dict{"type": "train"}); a.Type != "done" || a.State != "finished" || a.Step != 188 {
		t.Errorf("a run of one epoch: %+v", a)
	}
	if n := eval[int](t, p, `got.filter((m) => m.type === 'epoch' && m.epoch === 1 && m.test > 0.7).length`); n != 1 {
		t.Errorf("%d good epochs are told of", n)
	}
	if a := ask(t, p, dict{"type": "goto", "epoch": 0}); a.Type != "done" {
		t.Errorf("back to the start: %+v", a)
	}
	if a := ask(t, p, dict{"type": "reset"}); a.Type != "done" {
		t.Errorf("reset: %+v", a)
	}
}

// A frame in a page keeps neither the wheel nor the Tab key to itself.
func TestNoTrap(t *testing.T) {
	t.Parallel()
	p := openCourse(t, normal, View{Width: 720, Height: 600}, course(t, `<button id="before">before</button><iframe src="`+server.URL+`/#embed=1" width="700" height="500"></iframe><div style="height:2000px"></div><button id="after">after</button>`))
	for _, live := range []bool{false, true} {
		must(t, p.Wait(`got.some((m) => m.type === 'resize')`, 20*time.Second))
		if live {
			works(t, p, server.URL)
		}
		eval[any](t, p, `void (document.getElementById('before').focus(), scrollTo(0, 0))`)
		for n := 0; eval[string](t, p, `document.activeElement.id`) != "after"; n++ {
			if n == 60 {
				t.Fatalf("live %v: Tab does not leave the frame", live)
			}
			must(t, p.Keys(kb.Tab))
		}
		eval[any](t, p, `void scrollTo(0, 0)`)
		// A frame whose content has just grown scrolls itself at first, by those few pixels.
		for n := 0; eval[float64](t, p, `scrollY`) == 0; n++ {
			if n == 20 {
				t.Fatalf("live %v: the page around does not scroll", live)
			}
			_, err := chromedp.Call(p.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseWheel, X: 300, Y: 200, DeltaX: 1, DeltaY: 300})
			must(t, err)
			time.Sleep(300 * time.Millisecond)
		}
	}
}

// The custom element: attributes both ways, events, commands, several at once.
func TestElement(t *testing.T) {
	t.Parallel()
	p := openCourse(t, normal, View{Width: 900, Height: 700}, course(t, `<script src="`+server.URL+`/embed.js"></script>
		<lenet-playground id="a" preset="d2l" data="fashion" seed="1" lock="lr" panels="answers,experiment"></lenet-playground>
		<lenet-playground id="b" lang="zh"></lenet-playground>`))
	must(t, p.Wait(`a.ready && b.ready`, 20*time.Second))
	if src := eval[string](t, p, `a.firstChild.src`); !strings.Contains(src, "preset=d2l&data=fashion&seed=1") || !strings.Contains(src, "lock=lr") || !strings.Contains(src, "origin=http%3A%2F%2Flocalhost") {
		t.Errorf("the frame is at %s", src)
	}
	eval[any](t, p, `void (globalThis.events = [], ['resize', 'prediction', 'change', 'step', 'done', 'error'].forEach((type) => b.addEventListener(type, (e) => events.push({ type, ...e.detail }))))`)
	type done struct {
		Class, Step int
	}
	drawing, _ := json.Marshal(three(t))
	if a, err := Await[done](p, `b.draw(`+string(drawing)+`)`); err != nil || a.Class != 3 {
		t.Errorf("draw: %+v, %v", a, err)
	}
	if a, err := Await[done](p, `b.step({ n: 1 })`); err != nil || a.Step != 1 {
		t.Errorf("step: %+v, %v", a, err)
	}
	if text, err := Await[string](p, `b.call('fly').catch((e) => e.message)`); err != nil || text != "there is no such command" {
		t.Errorf("an unknown command: %q, %v", text, err)
	}
	eval[any](t, p, `void b.setAttribute('theme', 'light')`)
	must(t, p.Wait(`events.some((e) => e.type === 'change' && e.keys.theme === 'light')`, 5*time.Second))
	if _, err := Await[any](p, `b.set({ keys: { lr: 0.25, preset: 'quick' } }).then(() => 1)`); err != nil {
		t.Error(err)
	}
	must(t, p.Wait(`b.getAttribute('lr') === '0.25'`, 5*time.Second))
	if !eval[bool](t, p, `b.firstChild.offsetHeight === events.findLast((e) => e.type === 'resize').height && a.firstChild.offsetHeight !== 480`) {
		t.Error("the frames do not have their contents' heights")
	}
	eval[any](t, p, `void b.remove()`)
}

// What a link says of panels, locks, views and units is what the page shows.
func TestLinkKeys(t *testing.T) {
	t.Parallel()
	p := openTab(t, normal, desktop)
	must(t, p.Go(server.URL+"/#v=1&panels=answers,experiment,look&lock=lr,reset,undo&view=weights&unit=3.7.4.5&lang=zh&theme=light&weights=fashion&ink=u2MksMMupiM3m4NAkONJhkNSe6NbcQNkZmNuZmNuZUPqZBRm&nonsense=1"))
	must(t, p.Wait(state+` === 'idle' && document.querySelector('#zoom:not([hidden]) .where')?.textContent.includes('8')`, 30*time.Second))
	for what, want := range map[string]bool{
		`document.querySelector('header').offsetHeight === 0`:                           true,
		`document.getElementById('experiment').offsetHeight > 0`:                        true,
		`document.getElementById('lr').disabled`:                                        true,
		`document.getElementById('batch').disabled`:                                     false,
		`document.getElementById('undo').getAttribute('aria-disabled') === 'true'`:      true,
		`document.querySelector('[data-view=weights][aria-pressed=true]') !== null`:     true,
		`document.documentElement.lang === 'zh-CN'`:                                     true,
		`document.documentElement.dataset.theme === 'light'`:                            true,
		`document.querySelector('#zoom h2').textContent === 'Conv2d + Sigmoid'`:         true,
		`(document.getElementById('skip') ?? document.querySelector('.skip')) !== null`: true,
	} {
		if got := eval[bool](t, p, what); got != want {
			t.Errorf("%s is %v", what, got)
		}
	}
	// What the skip link goes to is no setup: the page is not loaded anew for it.
	eval[any](t, p, `void (globalThis.same = true, location.hash = 'train')`)
	time.Sleep(300 * time.Millisecond)
	if !eval[bool](t, p, `!!globalThis.same`) {
		t.Error("the skip link loads the page anew")
	}
	long := "/#embed=1&panels=answers&lock=" + strings.Repeat("lr,", 5000)
	must(t, p.Go("about:blank"))
	must(t, p.Go(server.URL+long))
	must(t, p.Wait(`document.querySelector('.embedded') && document.getElementById('lr')`, 10*time.Second))
}

// Ten playgrounds that nobody has started yet do nothing.
func TestIdleCostsNothing(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("the time of other processes is only known on Linux")
	}
	others := processorTimes(t)
	b, err := Start(t.Context(), Launch{})
	must(t, err)
	defer b.Close()
	sum := func() (sum time.Duration) {
		for pid, used := range processorTimes(t) {
			if _, other := others[pid]; !other {
				sum += used
			}
		}
		return sum
	}
	const while = 3 * time.Second
	idle := func(frames int) time.Duration {
		p := openCourse(t, b, View{Width: 1280, Height: 800}, course(t, strings.Repeat(`<iframe src="`+server.URL+`/#embed=1" width="240" height="380"></iframe>`, frames)))
		must(t, p.Wait(fmt.Sprintf(`globalThis.got && got.filter((m) => m.type === 'ready').length === %d && got.filter((m) => m.type === 'resize').length >= %[1]d`, frames), 60*time.Second))
		used := func(while time.Duration) time.Duration {
			before := sum()
			time.Sleep(while)
			return sum() - before
		}
		for end := time.Now().Add(30 * time.Second); used(time.Second) > 50*time.Millisecond && time.Now().Before(end); {
			// They are still opening.
		}
		return used(while)
	}
	none := idle(0) // the browser itself
	ten := idle(10)
	used := ten - none
	t.Logf("in %v the browser uses %v of processor time, and with ten idle playgrounds %v", while, none, ten)
	if used > while/10 {
		t.Errorf("ten idle playgrounds use %v in %v", used, while)
	}
}

// The demo course page: its quiz hears what happens in the two playgrounds.
func TestCourseDemo(t *testing.T) {
	t.Parallel()
	p := openTab(t, normal, View{Width: 900, Height: 900})
	must(t, p.Go(server.URL+"/course-demo.html"))
	must(t, p.Wait(`document.getElementById('reader').ready`, 20*time.Second))
	seven := dict{"strokes": [][][2]float64{{{7, 6}, {21, 6}, {19, 10}, {15, 17}, {12, 23}}}}
	m, _ := json.Marshal(seven)
	if _, err := Await[any](p, `reader.draw(`+string(m)+`).then(() => 1)`); err != nil {
		t.Error(err)
	}
	must(t, p.Wait(`document.querySelector('#seven.done') && document.getElementById('score').textContent === '1'`, 10*time.Second))
	must(t, p.Click(`[value=high]`))
	must(t, p.Click(`#learn`))
	must(t, p.Wait(`document.querySelector('#guess.done') && document.querySelector('#guess output').textContent.includes('guessed right')`, time.Minute))
	must(t, p.Click(`#language`))
	must(t, p.Wait(`reader.getAttribute('lang') === 'zh' && document.title === '小小的网络如何识字'`, 5*time.Second))
}

// A copy that somebody asked to keep works when the server is gone; in a frame none is offered.
func TestOffline(t *testing.T) {
	t.Parallel()
	s, err := Serve(filepath.Join("..", "..", ".cache", "browsertest"))
	must(t, err)
	defer s.Close()
	p, err := normal.Open(desktop)
	must(t, err)
	defer p.Close()
	must(t, p.Go(s.URL+"/"))
	must(t, p.Wait(state+` === 'idle'`, 30*time.Second))
	must(t, p.Click("#share"))
	must(t, p.Click("#offline"))
	must(t, p.Wait(`document.getElementById('message').textContent.includes('opens offline')`, 30*time.Second))
	s.Close()
	must(t, p.Go("about:blank"))
	must(t, p.Go(s.URL+"/#data=fashion&image=1"))
	must(t, p.Wait(`document.getElementById('prediction').textContent.includes('label: Pullover') && document.getElementById('stage-box').dataset.view === 'frame'`, 60*time.Second))

	q := openCourse(t, normal, desktop, strings.Replace(course(t, `<iframe src="`+server.URL+`/" width="700" height="500"></iframe>`), "localhost", "127.0.0.1", 1))
	must(t, q.Enter())
	must(t, q.Wait(state+` === 'idle'`, 30*time.Second))
	if !eval[bool](t, q, `document.getElementById('offline').hidden`) {
		t.Error("a copy is offered in a frame")
	}
}

// Two playgrounds on one host, below two paths: the copy of one is not the
// other's, and one is dropped without the other.
func TestOfflineTwoPaths(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	for _, dir := range []string{"/a/", "/b/"} {
		mux.Handle(dir, http.StripPrefix(dir[:2], server.Config.Handler))
	}
	s := httptest.NewServer(mux)
	defer s.Close()
	p, err := plain.Open(desktop)
	must(t, err)
	defer p.Close()
	// press opens the page there, presses the button for a copy and waits until there are so many.
	press := func(dir, offers string, copies int) {
		t.Helper()
		must(t, p.Go("about:blank"))
		must(t, p.Go(s.URL+dir))
		must(t, p.Wait(state+` === 'idle'`, 30*time.Second))
		must(t, p.Click("#share"))
		must(t, p.Wait(`document.getElementById('offline').dataset.t === '`+offers+`'`, 10*time.Second))
		must(t, p.Click("#offline"))
		must(t, p.Wait(fmt.Sprintf(`void caches.keys().then((names) => { globalThis.copies = names.length; }), globalThis.copies === %d && !!navigator.serviceWorker.controller`, copies), 30*time.Second))
	}
	press("/a/", "offline.keep", 1)
	press("/b/", "offline.keep", 2)
	press("/b/", "offline.drop", 1)
	s.Close()
	must(t, p.Go("about:blank"))
	must(t, p.Go(s.URL+"/a/#data=fashion&image=1"))
	must(t, p.Wait(`document.getElementById('prediction').textContent.includes('label: Pullover')`, time.Minute))
}

// processorTimes returns how long each process of this test's browsers has had a processor.
func processorTimes(t *testing.T) map[int]time.Duration {
	t.Helper()
	type process struct {
		parent int
		ticks  time.Duration
	}
	all := map[int]process{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		var pid int
		fmt.Sscan(string(data), &pid)
		fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
		var q process
		var user, system int
		fmt.Sscan(fields[1], &q.parent)
		fmt.Sscan(fields[11], &user)
		fmt.Sscan(fields[12], &system)
		q.ticks = time.Duration(user+system) * (time.Second / 100)
		all[pid] = q
	}
	mine := map[int]time.Duration{}
	for pid, q := range all {
		for up := q.parent; up > 1; up = all[up].parent {
			if up == os.Getpid() && pid != up {
				mine[pid] = q.ticks
				break
			}
		}
	}
	return mine
}
