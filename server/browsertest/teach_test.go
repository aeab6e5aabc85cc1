package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/engine"
	"lenet/wasm/view"
)

// class and sure are the answer on show and its probability, as texts.
const (
	class = `document.getElementById('prediction').dataset.class`
	sure  = `document.getElementById('prediction').dataset.p`
)

// score is the share of the test images that are read right, in percent.
const score = `parseFloat(document.querySelector('#mistakes .score').textContent)`

// slide moves a slider as a hand does.
func slide(t *testing.T, p *Page, id string, value float64) {
	t.Helper()
	eval[any](t, p, fmt.Sprintf(`(() => {
		const e = document.getElementById(%q);
		e.value = %v;
		e.dispatchEvent(new Event('input', { bubbles: true }));
	})()`, id, value))
}

// A cell of the confusion matrix leads to its images, and one of these into the
// network, which reads it as the cell says.
func TestMistakes(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	must(t, p.Click("#tab-mistakes"))
	must(t, p.Wait(score+` > 95`, 20*time.Second))
	if n := eval[int](t, p, `[...document.querySelectorAll('[data-cell]')].reduce((n, e) => n + Number(e.textContent), 0)`); n != 1000 {
		t.Errorf("the matrix counts %d of 1,000 images", n)
	}
	cell := eval[string](t, p, `[...document.querySelectorAll('[data-cell]')].find((e) => e.textContent && !e.classList.contains('right')).dataset.cell`)
	selector := fmt.Sprintf(`[data-cell=%q]`, cell)
	must(t, p.Click(selector))
	tiles := `[...document.querySelectorAll('#mistakes .tiles button')].filter((e) => !e.hidden).length`
	must(t, p.Wait(fmt.Sprintf(`%s === Number(document.querySelector('%s').textContent)`, tiles, selector), 10*time.Second))
	must(t, p.Click("#mistakes .tiles button"))
	label, read, _ := strings.Cut(cell, ",")
	must(t, p.Wait(fmt.Sprintf(`%s === %q`, class, read), 10*time.Second))
	if said := eval[string](t, p, `document.getElementById('prediction').textContent`); !strings.Contains(said, "label: "+label) {
		t.Errorf("an image of cell %s: %q", cell, said)
	}
}

// The timeline goes back to the run's first weights, which read the drawing and
// the test images as chance has it, and returns to the last ones.
func TestTimeline(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	must(t, p.Click("#tab-mistakes"))
	must(t, p.Set("epochs", "2"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished' && `+score+` === `+testAcc, 2*time.Minute)) // of the last weights
	_, err := p.Read()
	must(t, err)
	last := eval[string](t, p, sure)
	c := engine.Classic()
	c.Activation = engine.Tanh
	l := stageLayout(t, p, c)
	x, y := spot(t, p, l, view.Unit{Panel: view.PanelConv2, C: 6, Y: 4, X: 5})
	must(t, chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y))) // to the inspector
	showsUnit(t, p, view.Unit{Panel: view.PanelConv2, C: 6, Y: 4, X: 5})
	value := `document.getElementById('inspect').dataset.value`
	kernel := `document.querySelector('#zoom .kernel canvas').toDataURL()`
	matrix := `document.querySelector('.matrix').textContent`
	now := []string{eval[string](t, p, value), eval[string](t, p, kernel)}
	slide(t, p, "timeline", 0)
	must(t, p.Wait(sure+` !== '`+last+`' && `+value+` !== '`+now[0]+`' && `+kernel+` !== '`+now[1]+`'`, 20*time.Second))
	must(t, p.Click("#now button"))
	must(t, p.Wait(sure+` === '`+last+`' && `+value+` === '`+now[0]+`' && `+kernel+` === '`+now[1]+`'`, 20*time.Second))
	must(t, p.Keys(kb.Escape)) // it lies over the tabs
	closed(t, p)
	must(t, p.Click("#tab-mistakes"))
	must(t, p.Wait(score+` === `+testAcc, 20*time.Second))
	counts := eval[string](t, p, matrix)
	slide(t, p, "timeline", 0)
	must(t, p.Wait(score+` < 30 && `+sure+` !== '`+last+`'`, 20*time.Second))
	must(t, p.Wait(fmt.Sprintf(`%s !== %q`, matrix, counts), 5*time.Second))
	if said := eval[string](t, p, `document.querySelector('#moment .after').textContent`); said != "after 0 of 376 steps." {
		t.Errorf("at the beginning it says %q", said)
	}
	must(t, p.Click("#now button"))
	must(t, p.Wait(sure+` === '`+last+`'`, 10*time.Second))
	must(t, p.Wait(score+` > 80`, 10*time.Second))
	// By keyboard, one step of the slider after another.
	if at := eval[string](t, p, `document.activeElement.id`); at != "timeline" {
		t.Errorf("the focus is on #%s", at)
	}
	must(t, p.Keys(kb.Home))
	must(t, p.Wait(`!document.getElementById('now').hidden`, 10*time.Second))
}

// A second run leaves the first one's curves to compare with.
func TestCompare(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	must(t, p.Set("epochs", "1"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	must(t, p.Wait(`document.querySelectorAll('#chart .curve').length === 3`, 10*time.Second))
	first := eval[[]string](t, p, `['loss', 'test'].map((name) => document.querySelector('#chart .curve.' + name).getAttribute('d'))`)
	must(t, p.Set("pooling", "max"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished' && document.querySelectorAll('#chart .curve:not(.pale)').length === 3`, time.Minute))
	both := eval[[][]string](t, p, `['loss', 'test'].map((name) => ['.pale', ':not(.pale)'].map((which) => document.querySelector('#chart .curve.' + name + which)?.getAttribute('d') ?? ''))`)
	for i, d := range both {
		if d[0] != first[i] || d[1] == "" || d[1] == d[0] {
			t.Errorf("curve %d: the first run was %s; now it is %s, and the second one %s", i, first[i], d[0], d[1])
		}
	}
	const names = `[...document.querySelectorAll('.runs .own, .runs .before span')].map((e) => e.textContent).join()`
	if now := eval[string](t, p, names); now != "now: max pooling,average pooling" {
		t.Errorf("the runs are called %q", now)
	}
	must(t, p.Click(".before button"))
	must(t, p.Wait(`document.querySelectorAll('#chart .pale').length === 0`, 5*time.Second))

	// Of several runs the newest stay, each with dashes of its own; what they are
	// called is what they differ in. They are there after a reload.
	must(t, p.Set("batch", "1024"))
	must(t, p.Set("pooling", "avg"))
	for seed := 1; seed <= 6; seed++ {
		must(t, p.Set("seed", fmt.Sprint(seed)))
		if seed == 6 {
			must(t, p.Set("epochs", "2"))
		}
		must(t, p.Click("#train"))
		must(t, p.Wait(state+` === 'finished' && `+fmt.Sprintf(`document.querySelector('.runs .own')?.title.endsWith('seed %d')`, seed), time.Minute))
	}
	const kept = "now: seed 6,seed 2,seed 3,seed 4,seed 5"
	must(t, p.Wait(names+` === '`+kept+`'`, 10*time.Second))
	dashes := `new Set([...document.querySelectorAll('.before .dash path')].map((e) => getComputedStyle(e).strokeDasharray)).size`
	if n := eval[int](t, p, dashes); n != 4 {
		t.Errorf("%d kinds of dashes for 4 runs", n)
	}
	if shown := eval[bool](t, p, `[...document.querySelectorAll('.before')].every((e) => document.querySelector('#chart .curve.loss.' + [...e.classList].find((c) => c.startsWith('run-'))))`); !shown {
		t.Error("a run of the legend has no curve of its kind")
	}
	must(t, p.Wait(note+`.includes('test acc')`, 5*time.Second))
	stored(t, p, 12)
	reload(t, p)
	must(t, p.Wait(names+` === '`+kept+`'`, 20*time.Second))
	must(t, p.Click(".before:nth-of-type(3) button"))
	must(t, p.Wait(names+` === 'now: seed 6,seed 2,seed 4,seed 5'`, 5*time.Second))
}

// A link carries the experiment, the drawing and what is on show to another reader.
func TestLink(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	must(t, p.Set("preset", "modern"))
	must(t, p.Set("dataset", "mnist"))
	must(t, p.Set("lr", "0.07"))
	must(t, p.Click("#tab-input"))
	slide(t, p, "rotate", 20)
	drawOne(t, p)
	must(t, p.Click("#share"))
	link := eval[string](t, p, `document.getElementById('link').value`)

	q := openTab(t, normal, desktop)
	must(t, q.Go(link))
	must(t, q.Wait(class+` === `+fmt.Sprintf("%q", eval[string](t, p, class)), 30*time.Second))
	for _, what := range []string{
		`document.getElementById('lr').value`, `document.getElementById('activation').value`, `document.getElementById('dataset').value`,
		`document.getElementById('rotate').value`, `document.querySelector('[role=tab][aria-selected=true]').id`,
	} {
		if a, b := eval[string](t, p, what), eval[string](t, q, what); a != b {
			t.Errorf("%s is %q, and %q from the link", what, a, b)
		}
	}
	// Points are written to 1/146 of a unit.
	a, b := eval[float64](t, p, `Number(`+sure+`)`), eval[float64](t, q, `Number(`+sure+`)`)
	if a-b > 0.02 || b-a > 0.02 {
		t.Errorf("the drawing is read with %v, and %v from the link", a, b)
	}

	must(t, q.Go("about:blank"))
	must(t, q.Go(server.URL+`/#v=1&lr=1e9&batch=%3Cb%3E&activation=no&tab=../x&lesson=__proto__.7&ink=!!&image=99999&rotate=NaN&z=1`))
	must(t, q.Wait(state+` === 'idle'`, 30*time.Second))
	if lr := eval[string](t, q, `document.getElementById('lr').value`); lr != "100" {
		t.Errorf("a learning rate of 1e9 becomes %s", lr)
	}
	if batch := eval[string](t, q, `document.getElementById('batch').value`); batch != "32" {
		t.Errorf("a batch of <b> becomes %s", batch)
	}
}

// Every step of every lesson says something, in both languages, and leads to the next.
func TestLessons(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	must(t, p.Click("#learn"))
	names := eval[[]string](t, p, `[...document.querySelectorAll('.lessons button')].map((e) => e.dataset.go.split('.')[0])`)
	if len(names) != 8 {
		t.Fatalf("lessons %q", names)
	}
	for _, name := range names {
		must(t, p.Click(fmt.Sprintf(`.lessons [data-go="%s.1"]`, name)))
		for {
			must(t, p.Wait(`document.querySelector('#lessons .say')?.textContent`, 10*time.Second))
			if text := eval[string](t, p, `document.querySelector('#lessons').textContent`); strings.Contains(text, "lesson.") {
				t.Errorf("%s: %q", name, text)
			}
			must(t, p.Click("[data-go=next]"))
			if at := eval[string](t, p, `new URLSearchParams(location.hash).get('lesson')`); !strings.HasPrefix(at, name+".") {
				break // the next lesson, or the list
			}
		}
		if eval[bool](t, p, `!document.querySelector('.lessons')`) {
			must(t, p.Click(`[data-go=all]`))
		}
	}

	q := openTab(t, normal, desktop)
	must(t, q.Go(server.URL+"/#v=1&lesson=plateau.2&lang=zh"))
	must(t, q.Wait(state+` === 'training'`, 2*time.Minute))
	if lr := eval[string](t, q, `document.getElementById('lr').value`); lr != "0.9" {
		t.Errorf("the lesson on the plateau sets a rate of %s", lr)
	}
	if title := eval[string](t, q, `document.querySelector('#lessons h2').textContent`); title != "为什么停在 10 % 不动？" {
		t.Errorf("in Chinese it is called %q", title)
	}
}

// The input can be left as it is drawn, and changed; Reset undoes that.
func TestInput(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	must(t, p.Click("#tab-input"))
	drawOne(t, p)
	before := eval[string](t, p, sure)
	must(t, p.Click("#centre"))
	must(t, p.Wait(sure+` !== '`+before+`'`, 10*time.Second))
	slide(t, p, "noise", 0.5)
	must(t, p.Click("#unchanged"))
	must(t, p.Wait(sure+` === '`+before+`'`, 10*time.Second))
}
