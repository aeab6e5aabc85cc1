package browsertest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"lenet/engine"
	"lenet/wasm/view"
)

// steps are the lessons' steps, in their order.
func steps(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../assets/strings/en.json")
	must(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`"lesson\.(\w+\.\d)":`).FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	if len(names) < 20 {
		t.Fatalf("steps %q", names)
	}
	return names
}

// endOf is the last step of a step's lesson.
func endOf(all []string, step string) string {
	name, _, _ := strings.Cut(step, ".")
	last := step
	for _, s := range all {
		if strings.HasPrefix(s, name+".") {
			last = s
		}
	}
	return last
}

// setUp waits until the page is set up for a step.
func setUp(t *testing.T, p *Page, step string) {
	t.Helper()
	must(t, p.Wait(fmt.Sprintf(`document.getElementById('lessons').dataset.at === %q && %s !== 'loading'`, step, state), 60*time.Second))
}

// shows is all of the page that a step sets, as JSON. What is read of a
// drawing belongs to it where no run changes that.
const shows = `(() => {
	const e = (id) => document.getElementById(id);
	const run = e('status').dataset.state !== 'idle';
	return JSON.stringify({
		settings: ['preset', 'dataset', 'size', 'activation', 'pooling', 'lr', 'batch', 'epochs', 'channels', 'units', 'seed', 'pace', 'workers'].map((id) => e(id).value),
		reproducible: e('reproducible').checked,
		changes: [e('centre').checked, ...['rotate', 'x', 'y', 'noise'].map((id) => e(id).value)],
		tab: document.querySelector('[role=tab][aria-selected=true]').id,
		view: document.querySelector('#views [aria-pressed=true]').dataset.view,
		unit: e('inspect').dataset.unit,
		ink: (({ ink, image }) => [ink, image])(JSON.parse(localStorage['lenet.1'])),
		list: document.querySelector('#mistakes [data-list][aria-pressed=true]')?.dataset.list ?? 'sure',
		run,
		pale: document.querySelectorAll('#chart .pale').length > 0,
		read: run ? '' : e('prediction').dataset.class + ' ' + e('prediction').dataset.p,
	});
})()`

// holds are the units that steps hold in the inspector; the others hold none.
var holds = map[string]string{"conv.3": "4,0,4,4"}

// mess leaves a step as somebody who has tried everything.
const mess = `(() => {
	const set = (id, value, type = 'input') => {
		const e = document.getElementById(id);
		e.value = value;
		e.dispatchEvent(new Event(type, { bubbles: true }));
	};
	set('x', 7); set('noise', 0.4); set('lr', 0.33, 'change'); set('pooling', 'max', 'change'); set('epochs', 2, 'change'); set('seed', 9, 'change');
	document.getElementById('centre').click();
	document.querySelector('[data-view=weights]').click();
	document.querySelector('#mistakes [data-list=loss]').click();
	document.getElementById('tab-samples').click();
	document.getElementById('clear').click();
})()`

// A step sets up all of the page: it looks the same when the page has just been
// loaded, and after the last step of any other lesson, with everything changed there.
func TestLessonsSetAll(t *testing.T) {
	all := steps(t)
	clean := map[string]string{}
	for _, s := range all {
		p := openTab(t, plain, desktop)
		must(t, p.Go(server.URL+"/#v=1&lesson="+s))
		setUp(t, p, s)
		must(t, p.Wait(`document.getElementById('prediction').hasAttribute('data-settled') || `+state+` !== 'idle'`, 20*time.Second))
		must(t, p.Wait(fmt.Sprintf(`(document.getElementById('inspect').dataset.unit ?? '') === %q`, holds[s]), 20*time.Second))
		clean[s] = eval[string](t, p, shows)
		p.Close()
	}
	ends := map[string]bool{}
	for _, s := range all {
		ends[endOf(all, s)] = true
	}
	p := open(t, plain, desktop)
	for end := range ends {
		for _, s := range all {
			if endOf(all, s) == end || testing.Short() && !ends[s] && !strings.HasSuffix(s, ".1") {
				continue
			}
			eval[any](t, p, fmt.Sprintf(`void (location.hash = 'v=1&lesson=%s')`, end))
			setUp(t, p, end)
			eval[any](t, p, mess)
			eval[any](t, p, fmt.Sprintf(`void (location.hash = 'v=1&lesson=%s')`, s))
			setUp(t, p, s)
			if err := p.Wait(fmt.Sprintf(`%s === %q`, shows, clean[s]), 10*time.Second); err != nil {
				t.Errorf("%s after %s shows\n%s\nand by itself\n%s", s, end, eval[string](t, p, shows), clean[s])
			}
		}
	}
}

// Next, pressed faster than runs begin, ends at the step that it says.
func TestLessonsFastNext(t *testing.T) {
	p := openTab(t, plain, desktop)
	must(t, p.Go(server.URL+"/#v=1&lesson=rate.1"))
	setUp(t, p, "rate.1")
	eval[any](t, p, `(() => { for (let i = 0; i < 3; i++) document.querySelector('[data-go=next]').click(); })()`)
	setUp(t, p, "rate.4")
	must(t, p.Wait(state+` === 'finished'`, 2*time.Minute))
	must(t, p.Set("pooling", "max"))
	must(t, p.Click("#train"))
	must(t, p.Wait(`document.querySelector('.before span').textContent.endsWith('lr 0.3')`, 10*time.Second))
}

// Back leads from step to step and out of the lessons, not out of the page; a
// reload leads to the same step, and the run in it goes on.
func TestLessonsHistory(t *testing.T) {
	const at = `document.getElementById('lessons').dataset.at`
	const hash = `location.hash`
	p := open(t, plain, desktop)
	must(t, p.Click("#learn"))
	must(t, p.Click(`[data-go="draw.1"]`))
	setUp(t, p, "draw.1")
	must(t, p.Click(`[data-go=next]`))
	setUp(t, p, "draw.2")
	if h := eval[string](t, p, hash); h != "#v=1&lesson=draw.2" {
		t.Errorf("the address has %s", h)
	}
	eval[any](t, p, `history.back()`)
	must(t, p.Wait(at+` === 'draw.1' && `+hash+` === '#v=1&lesson=draw.1'`, 10*time.Second))
	eval[any](t, p, `history.forward()`)
	must(t, p.Wait(at+` === 'draw.2'`, 10*time.Second))
	eval[any](t, p, `history.go(-3)`)
	must(t, p.Wait(`document.getElementById('lessons').hidden && `+hash+` === ''`, 10*time.Second))

	eval[any](t, p, `void (location.hash = 'v=1&lesson=plateau.1')`)
	setUp(t, p, "plateau.1")
	must(t, p.Click(`[data-go=next]`))
	setUp(t, p, "plateau.2")
	must(t, p.Wait(step+` > 30`, 30*time.Second))
	must(t, p.Click("#pause"))
	must(t, p.Wait(state+` === 'paused'`, 20*time.Second))
	stored(t, p, eval[int](t, p, step))
	reached := eval[int](t, p, step)
	reload(t, p)
	setUp(t, p, "plateau.2")
	must(t, p.Wait(fmt.Sprintf(`%s === 'paused' && %s === %d`, state, step, reached), 20*time.Second))
}

// claim is what a text says in numbers, and where the page shows it.
type claim struct {
	numbers string // of the text, apart by spaces
	shown   any    // a JavaScript expression that becomes true, or whether it is a fact, or what to do first
}

// does is something that a lesson asks its reader to do.
type does func(t *testing.T, p *Page)

func field(id, value string) string {
	return fmt.Sprintf(`document.getElementById(%q).value === %q`, id, value)
}

func within(js string, want, by float64) string {
	return fmt.Sprintf(`Math.abs(%s - %v) <= %v`, js, want, by)
}

func slider(id string, v float64) does {
	return func(t *testing.T, p *Page) { slide(t, p, id, v) }
}

const (
	hundred  = `Math.abs([...document.querySelectorAll('#bars li')].reduce((sum, e) => sum + Number(e.dataset.p), 0) - 1) < 1e-4`
	lossNow  = `parseFloat(document.getElementById('train-loss').textContent)`
	trainAcc = `parseFloat(document.querySelector('#table tbody tr:last-child td:nth-child(3)').textContent)`
	subset   = `document.getElementById('size').selectedOptions[0].textContent === '6,000'`
	falls    = `Math.abs(Number(document.querySelector('#chart').textContent.match(/from step ([\d,]+)/)?.[1].replace(',', '')) - 300) <= 40`
	twenty   = `document.querySelector('#input .how').textContent.includes('20 px')`
)

// sees is how many pixels of the input a unit of the second convolution sees in a row.
func sees(y, x int) int {
	l := view.New(engine.Classic(), view.Frame{Width: 1280, Ratio: 1})
	field := l.Field(view.Unit{Panel: view.PanelConv2, Y: y, X: x})
	input := field[len(field)-1]
	return input.X1 - input.X0 + 1
}

// claims has every number that a step's texts name.
var claims = map[string][]claim{
	"draw.1": {{"100", hundred}},
	"draw.2": {{"28", `document.querySelector('#input .steps canvas').width === 28 || [...document.querySelectorAll('#input canvas')].at(-1).width === 28`}, {"20", twenty}, {"5", class + ` === '5'`}},
	"draw.3": {{"", `!document.getElementById('centre').checked`}, {"", class + ` !== '5'`}, {"", does(func(t *testing.T, p *Page) { must(t, p.Click("#centre")) })}, {"20", twenty}, {"5", class + ` === '5'`}},
	"draw.4": {{"8", `[...document.querySelectorAll('#mistakes .tiles button')].filter((e) => !e.hidden).length === 8`}, {"1,000", `document.querySelector('#mistakes .score').textContent.includes('1,000')`}, {"100", hundred}},
	"conv.1": {{"5 25", engine.Kernel == 5}, {"6", engine.Classic().Channels[0] == 6}},
	"conv.2": {{"6", engine.Classic().Channels[0] == 6}, {"", does(func(t *testing.T, p *Page) {
		ink := `JSON.parse(localStorage['lenet.1']).ink`
		must(t, p.Wait(ink+`.startsWith('JJgA')`, 5*time.Second)) // from left to right
		must(t, p.Click("#undo"))
		must(t, p.Wait(ink+`.startsWith('gAJJ')`, 5*time.Second)) // from top to bottom
	})}},
	"conv.3": {{"6", `document.querySelectorAll('#inspect .sum').length === 6`}, {"5", engine.Kernel == 5}, {"14", sees(4, 4) == 14}, {"2 4", 6+4*2 == 14}},
	"pool.1": {{"2 1", field("x", "1")}, {"", within(score, 99, 1)}},
	"pool.2": {{"1,000", `document.querySelector('#mistakes .score').textContent.includes('1,000')`}, {"4", field("x", "4")}, {"", `document.querySelector('.labels').textContent.includes('shifted 4 px right')`}, {"95", within(score, 95, 1.5)},
		{"", slider("x", 6)}, {"6 70", within(score, 70, 2.5)}, {"", slider("x", 8)}, {"8 32", within(score, 32, 2.5)}, {"", slider("x", 0)}, {"99", within(score, 99, 1)}},
	"pool.3":    {{"6,000", subset}, {"3", field("x", "3")}, {"65", within(score, 65, 1)}, {"", slider("x", 0)}, {"0 95 1", within(score, 95, 1)}},
	"pool.4":    {{"3", field("x", "3")}, {"70 75", within(score, 72.5, 2.5)}, {"", slider("x", 0)}, {"97", within(score, 97, 1)}, {"95", true}},
	"plateau.1": {{"2.30", `[...document.querySelectorAll('#table tbody td:nth-child(2)')].some((e) => Math.abs(e.textContent - 2.3) < 0.025)`}, {"300", falls}},
	"plateau.2": {{"2.30 10 2.303", math.Abs(math.Log(10)-2.303) < 0.001}, {"1 256", math.Pow(4, 4) == 256}, {"0", math.Tanh(0) == 0}, {"300", falls}},
	"plateau.3": {{"0.1", field("lr", "0.1")}, {"", `!document.querySelector('#chart .plateau')`}, {"", lossNow + ` < 1`}, {"0 1", math.Tanh(0) == 0}},
	"plateau.4": {{"6,000", subset}, {"6", field("epochs", "6")}, {"188 1,128", step + ` === 1128`}, {"300", `!document.querySelector('#chart .plateau')`}, {"2.31", `document.getElementById('note').textContent.includes('loss 2.31')`},
		{"0.1", field("lr", "0.1")}, {"0.9 125", does(func(t *testing.T, p *Page) {
			must(t, p.Set("preset", "d2l"))
			must(t, p.Wait(field("lr", "0.9"), time.Second))
		})}},
	"rate.1": {{"0.1", field("lr", "0.1")}, {"6", field("epochs", "6")}, {"6,000", subset}, {"95", within(testAcc, 95, 1)}},
	"rate.2": {{"0.001", field("lr", "0.001")}, {"6", field("epochs", "6")}, {"65", within(testAcc, 65, 1.5)}},
	"rate.3": {{"0.5", field("lr", "0.5")}, {"2.303", lossNow + ` > 2.303`}, {"0 1", math.Abs(math.Tanh(10)) > 0.999999}},
	"rate.4": {{"0.3", field("lr", "0.3")}, {"99", within(trainAcc, 99, 0.6)}, {"95 0.1", within(testAcc, 95, 1)}, {"0.03 8", does(func(t *testing.T, p *Page) {
		before := eval[float64](t, p, testAcc)
		must(t, p.Set("lr", "0.03"))
		must(t, p.Set("epochs", "8"))
		must(t, p.Wait(`document.getElementById('train-text').textContent === 'Continue'`, 5*time.Second))
		must(t, p.Click("#train"))
		must(t, p.Wait(state+` === 'finished' && `+step+` === 1504`, time.Minute))
		if after := eval[float64](t, p, testAcc); after < before {
			t.Errorf("with a lower rate at the end it reaches %v %%, without %v %%", after, before)
		}
	})}},
	"d2l.1": {{"97", within(testAcc, 97, 0.7)}, {"6", field("epochs", "6")}, {"95", true}, {"0 2012", true}, {"1", true}},
	"d2l.2": {{"2 4", field("channels", "2, 4")}, {"6 16", engine.Classic().Channels == [2]int{6, 16}}, {"94", within(testAcc, 94, 0.7)}, {"95", true}},
	"d2l.3": {{"81", within(testAcc, 81, 1)}, {"6", field("epochs", "6")}, {"6,000", subset}},
	"d2l.4": {{"100", hundred}},
	"d2l.5": nil,
}

// Every number that a step's texts name is what the page shows there, once its run has ended.
func TestLessonsNumbers(t *testing.T) {
	data, err := os.ReadFile("../../assets/strings/en.json")
	must(t, err)
	var texts map[string]any
	must(t, json.Unmarshal(data, &texts))
	number := regexp.MustCompile(`\b\d[\d,.]*\d\b|\b\d\b`)
	p := open(t, plain, desktop)
	for _, s := range steps(t) {
		named := map[string]bool{}
		for _, part := range []string{"", ".ask", ".answer"} {
			text, _ := texts["lesson."+s+part].(string)
			for _, n := range number.FindAllString(text, -1) {
				named[n] = true
			}
		}
		eval[any](t, p, fmt.Sprintf(`void (location.hash = 'v=1&lesson=%s')`, s))
		setUp(t, p, s)
		if !strings.HasPrefix(s, "plateau.1") && !strings.HasPrefix(s, "plateau.2") { // which one leaves for the next when the loss has dropped
			must(t, p.Wait(`['idle', 'finished'].includes(`+state+`)`, 3*time.Minute))
		}
		for _, c := range claims[s] {
			for _, n := range strings.Fields(c.numbers) {
				delete(named, n)
			}
			switch shown := c.shown.(type) {
			case string:
				if err := p.Wait(shown, time.Minute); err != nil {
					t.Errorf("%s names %q: %v; score %v, note %q", s, c.numbers, err, eval[string](t, p, `document.querySelector('#mistakes .score').textContent`), eval[string](t, p, `document.getElementById('note').textContent`))
				}
			case bool:
				if !shown {
					t.Errorf("%s names %q, which is not so", s, c.numbers)
				}
			case does:
				shown(t, p)
			}
		}
		for n := range named {
			t.Errorf("%s names %s, which nothing here holds against the page", s, n)
		}
	}
}

// An embedded page shows the panels that a step speaks of, and hides them after it.
func TestLessonsInEmbed(t *testing.T) {
	p := openTab(t, plain, View{Width: 720, Height: 800})
	must(t, p.Go(server.URL+"/#v=1&embed=1&panels=answers&lesson=draw.2"))
	must(t, p.Click("#poster button"))
	setUp(t, p, "draw.2")
	visible := func(panel string) bool {
		return eval[bool](t, p, fmt.Sprintf(`document.querySelector('[data-panel=%s]').checkVisibility()`, panel))
	}
	if !visible("look") || !visible("tools") || visible("training") {
		t.Errorf("look %v, tools %v, training %v", visible("look"), visible("tools"), visible("training"))
	}
	must(t, p.Click("[data-go=close]"))
	if visible("look") || visible("tools") || !visible("answers") {
		t.Errorf("after it: look %v, tools %v, answers %v", visible("look"), visible("tools"), visible("answers"))
	}
}
