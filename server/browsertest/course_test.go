package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// embedded opens a course page around a playground with more keys in its link, and waits until that hears messages.
func embedded(t *testing.T, keys string) *Page {
	t.Helper()
	p := openCourse(t, normal, View{Width: 720, Height: 600}, course(t, `<iframe src="`+server.URL+`/#embed=1`+keys+`" width="700" height="500"></iframe>`))
	must(t, p.Wait(`got.some((m) => m.type === 'ready')`, 20*time.Second))
	return p
}

// Steps end with their run, at its end or where it diverges, and further ones leave it as it is.
func TestStepsEndWithTheRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys, state string
		step        int // 0: not known before
	}{{"&epochs=1", "finished", 188}, {"&preset=modern&size=subset&lr=100&batch=1", "diverged", 0}} {
		p := embedded(t, c.keys)
		first := ask(t, p, dict{"type": "step", "n": 1000})
		if first.Type != "done" || first.State != c.state || (c.step != 0 && first.Step != c.step) {
			t.Errorf("%s: 1,000 steps: %+v", c.keys, first)
		}
		if a := ask(t, p, dict{"type": "step", "n": 3}); a.Type != "done" || a.State != c.state || a.Step != first.Step {
			t.Errorf("%s: three more steps: %+v", c.keys, a)
		}
		if c.state == "finished" {
			must(t, p.Wait(`got.some((m) => m.type === 'epoch')`, 10*time.Second))
			ask(t, p, dict{"type": "set", "keys": dict{"epochs": 2}})
			if a := ask(t, p, dict{"type": "step", "n": 2}); a.State != "paused" || a.Step != 190 {
				t.Errorf("two steps of another epoch: %+v", a)
			}
		}
	}
}

// Where the engine cannot be loaded every command that needs it is answered by
// an error, and so is one that names weights that are not there.
func TestNotLoaded(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			http.NotFound(w, r)
			return
		}
		server.Config.Handler.ServeHTTP(w, r)
	}))
	defer s.Close()
	p, err := normal.Open(View{Width: 720, Height: 600})
	must(t, err)
	defer p.Close()
	must(t, p.Go(course(t, `<iframe src="`+server.URL+`/#embed=1" width="700" height="500"></iframe>`)))
	must(t, p.Wait(`got.some((m) => m.type === 'ready')`, 20*time.Second))
	ask(t, p, dict{"type": "goto", "view": "weights"})
	if a := ask(t, p, dict{"type": "set", "keys": dict{"weights": "nothing.safetensors"}}); a.Type != "error" || !strings.Contains(a.Message, "404") {
		t.Errorf("weights that are not there: %+v", a)
	}

	must(t, p.Go(course(t, `<iframe src="`+s.URL+`/#embed=1" width="700" height="500"></iframe>`)))
	must(t, p.Wait(`got.some((m) => m.type === 'ready')`, 20*time.Second))
	for i := range 40 {
		for _, kind := range []string{"draw", "train", "pause", "step", "reset", "goto"} {
			if a := ask(t, p, dict{"type": kind, "view": "weights"}); a.Type != "error" || !strings.Contains(a.Message, "404") {
				t.Fatalf("%s, time %d: %+v", kind, i, a)
			}
		}
	}
	if a := ask(t, p, dict{"type": "set", "keys": dict{"lr": 0.5}}); a.Type != "error" {
		t.Errorf("set: %+v", a)
	}
}

// A poster takes other data, and the engine then has them.
func TestPosterChangesData(t *testing.T) {
	t.Parallel()
	for _, keys := range []dict{{"data": "fashion"}, {"preset": "d2l"}, {"data": "fashion", "lr": 0.3, "theme": "light"}} {
		p := embedded(t, "")
		if a := ask(t, p, dict{"type": "set", "keys": keys}); a.Type != "done" {
			t.Errorf("%v: %+v", keys, a)
		}
		if a := ask(t, p, dict{"type": "draw", "image": 0}); a.Type != "done" || a.Label != 9 { // an ankle boot
			t.Errorf("%v: the first test image: %+v", keys, a)
		}
	}
	p := embedded(t, "&data=fashion")
	ask(t, p, dict{"type": "set", "keys": dict{"data": "mnist"}})
	if a := ask(t, p, three(t)); a.Type != "done" || a.Class != 3 {
		t.Errorf("a drawn 3: %+v", a)
	}
}

// A drawing of many strokes is read and answered. One of too many is named as
// that, and Undo leads back.
func TestManyStrokes(t *testing.T) {
	t.Parallel()
	p := embedded(t, "")
	dots := make([][][2]float64, 1500)
	for i := range dots {
		dots[i] = [][2]float64{{14, 4 + float64(i)/75}, {14.2, 4 + float64(i)/75}}
	}
	if a := ask(t, p, dict{"type": "draw", "strokes": dots}); a.Type != "done" || a.Class != 1 {
		t.Errorf("a 1 of 1,500 strokes: %+v", a)
	}

	q := open(t, plain, desktop)
	const draw = `(async (n) => {
		const pad = document.getElementById('pad');
		const { x, y, width } = pad.getBoundingClientRect();
		for (let i = 0; i < n; i++) {
			const at = { pointerId: 1, clientX: x + width / 2, clientY: y + width * (0.2 + 0.6 * i / 2000), bubbles: true };
			for (const type of ['pointerdown', 'pointerup']) pad.dispatchEvent(new PointerEvent(type, at));
			if (i % 100 === 99) await new Promise((r) => setTimeout(r));
		}
		return n;
	})`
	_, err := Await[int](q, draw+`(2000)`)
	must(t, err)
	must(t, q.Wait(class+` === '1'`, 20*time.Second))
	_, err = Await[int](q, draw+`(1)`)
	must(t, err)
	must(t, q.Wait(`document.getElementById('prediction').textContent.includes('at most 2,000 strokes')`, 20*time.Second))
	must(t, q.Click("#undo"))
	must(t, q.Wait(class+` === '1'`, 20*time.Second))
}

// A lesson has the parts of the page that it speaks of, also where a link leaves them out, as long as it is open.
func TestLessonShowsItsPanels(t *testing.T) {
	t.Parallel()
	p := openTab(t, normal, desktop)
	must(t, p.Go(server.URL+"/#embed=1&load=visible&panels=answers&lesson=draw.3"))
	seen := func(id string) string { return fmt.Sprintf(`document.getElementById('%s').checkVisibility()`, id) }
	must(t, p.Wait(`!document.getElementById('lessons').hidden && `+seen("centre")+` && `+seen("clear"), 30*time.Second))
	if eval[bool](t, p, seen("train")) {
		t.Error("Train is shown, which the lesson does not ask for")
	}
	for _, at := range []string{"draw.2", "pool.3", "rate.3", "plateau.2"} {
		eval[any](t, p, `void document.querySelector('#lessons [data-go="all"]').click()`)
		name, _, _ := strings.Cut(at, ".")
		eval[any](t, p, `void document.querySelector('#lessons [data-go="`+name+`.1"]').click()`)
		for n := range at[len(at)-1] - '1' {
			_ = n
			eval[any](t, p, `void document.querySelector('#lessons [data-go=next]').click()`)
		}
		want := map[string]string{"draw.2": "rotate", "pool.3": "mistakes", "rate.3": "inspect", "plateau.2": "chart"}[at]
		must(t, p.Wait(seen(want), 10*time.Second))
	}
	eval[any](t, p, `void document.querySelector('#lessons [data-go=close]').click()`)
	must(t, p.Wait(`!`+seen("side")+` && !`+seen("clear")+` && !`+seen("train"), 10*time.Second))
}

// The Share menu's link is that to what is on show, while it is open too. It
// leads to that in a page that has a run of its own, and says what it cannot carry.
func TestShareLink(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	must(t, p.Click("#step"))
	must(t, p.Wait(step+` === 1 && `+state+` === 'paused'`, 30*time.Second))
	stored(t, p, 1)
	must(t, p.Click("#share"))
	const link, menu = `document.getElementById('link').value`, `document.getElementById('sharing')`
	if text := eval[string](t, p, menu+`.innerText`); !strings.Contains(text, "without the training") || !strings.Contains(text, "Save the weights") {
		t.Errorf("the menu says %q", text)
	}
	before := eval[string](t, p, link)
	must(t, p.Draw(digits(t, 1)[7].Drawing))
	must(t, p.Wait(menu+`.matches(':popover-open') && `+link+` !== `+fmt.Sprintf("%q", before)+` && `+link+`.includes('&ink=')`, 10*time.Second))
	must(t, p.Set("seed", "7"))
	must(t, p.Wait(link+`.includes('seed=7')`, 10*time.Second))

	// The lecturer's link, pasted into the address bar of a reader with a run.
	eval[any](t, p, `void (location.hash = '#v=1&preset=modern&data=fashion&image=0')`)
	shows := `document.getElementById('prediction').textContent.includes('label: Ankle boot')`
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) { // the page is loaded again: no document to ask, meanwhile
		if ok, err := Eval[bool](p, shows); err == nil && ok {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the link's image is not shown")
		}
	}
	must(t, p.Wait(state+` === 'idle' && document.getElementById('activation').value === 'relu'`, 30*time.Second))
	if n := eval[int](t, p, step); n != 0 {
		t.Errorf("under a link, the reader's own run is shown, at step %d", n)
	}
}

// In a frame the page says who hears what the network reads.
func TestFrameSaysWhoHears(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"#embed=1", "", "#embed=1&panels=footer"} {
		p := openCourse(t, plain, View{Width: 720, Height: 600}, strings.Replace(course(t, `<iframe src="`+server.URL+`/`+link+`" width="700" height="500"></iframe>`), "localhost", "127.0.0.1", 1))
		must(t, p.Wait(`got.some((m) => m.type === 'ready')`, 20*time.Second))
		must(t, p.Enter())
		must(t, p.Wait(`document.body.innerText.includes('The page around this frame receives the network’s answers') && !document.body.innerText.includes('nothing you draw leaves it')`, 20*time.Second))
	}
	p := open(t, plain, desktop)
	if text := eval[string](t, p, `document.body.innerText`); strings.Contains(text, "page around") {
		t.Errorf("outside a frame the page says %q", text)
	}
}

// Commands that an element was given before it moved are not run after that.
func TestElementMoves(t *testing.T) {
	t.Parallel()
	p := openCourse(t, normal, View{Width: 900, Height: 700}, course(t, `<script src="`+server.URL+`/embed.js"></script><div id="there"></div><lenet-playground id="a"></lenet-playground>`))
	must(t, p.Wait(`a.ready`, 20*time.Second))
	text, err := Await[string](p, `(async () => {
		const said = [document.createElement('lenet-playground').draw(), a.step({ n: 2 })].map((p) => p.catch((e) => e.message));
		there.append(a);
		said.push(a.reset().then((r) => JSON.stringify(r)), a.step({ n: 1 }).then((r) => JSON.stringify(r)));
		return (await Promise.all(said)).join(' | ');
	})()`)
	must(t, err)
	for _, want := range []string{"insert the element", "taken out of the page", `{"of":"reset"}`, `"step":1`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q: want %q in it", text, want)
		}
	}
}

// All attributes of an element reach the playground, set before it is
// inserted, between that and its being ready, and later, when the engine is there.
func TestElementAttributes(t *testing.T) {
	t.Parallel()
	p := openCourse(t, normal, View{Width: 900, Height: 700}, course(t, `<script src="`+server.URL+`/embed.js"></script>`))
	must(t, p.Wait(`customElements.get('lenet-playground')`, 20*time.Second))
	const script = `(async (when) => {
		const told = { data: 'fashion', size: 'full', freeze: 'conv', activation: 'relu', pooling: 'max', lr: '0.25', batch: '64', epochs: '3', seed: '9', channels: '4, 8', units: '60, 40', pace: '10', workers: '2', reproducible: '1',
			raw: '1', rotate: '-30', x: '2', y: '-1', noise: '0.2', tab: 'inspect', lang: 'zh', theme: 'light', view: 'weights', unit: '4.1.2.2', panels: 'look,tools', lock: 'lr,train', weights: 'mnist' };
		const others = { preset: 'modern', sha256: '0'.repeat(64), from: 'random', lesson: '', load: 'click', autoplay: 'false', mine: 'false', ink: 'u2MksMMupiM3m4', image: '7' };
		const all = { ...told, ...others };
		const missing = customElements.get('lenet-playground').observedAttributes.filter((key) => !(key in all));
		if (missing.length) return 'not tried: ' + missing;
		const e = document.createElement('lenet-playground');
		const said = {};
		const errors = [];
		const heard = new Promise((resolve) => {
			for (const type of ['ready', 'change', 'error']) e.addEventListener(type, ({ detail }) => {
				if (type === 'error') errors.push(detail.message);
				Object.assign(said, detail.keys);
				if (errors.length || Object.entries(told).every(([key, value]) => said[key] === value)) resolve();
			});
		});
		const set = () => Object.entries(all).forEach(([key, value]) => e.setAttribute(key, value));
		if (when === 'before') set();
		document.body.append(e);
		if (when === 'between') set();
		await e.goto({ view: 'activations' });
		if (when === 'after') set();
		else await e.set({ keys: { view: told.view } });
		await Promise.race([heard, new Promise((r) => setTimeout(r, 15000))]);
		e.remove();
		return [...errors, ...Object.entries(told).filter(([key, value]) => said[key] !== value).map(([key, value]) => key + ' is ' + said[key] + ', not ' + value)].join('; ');
	})`
	for _, when := range []string{"before", "between", "after"} {
		if wrong, err := Await[string](p, fmt.Sprintf("%s(%q)", script, when)); err != nil || wrong != "" {
			t.Errorf("set %s: %s, %v", when, wrong, err)
		}
	}
}
