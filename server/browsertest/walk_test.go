package browsertest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/engine"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// claim is what a text says in numbers, and where the page shows it.
type claim struct {
	numbers string // of the text, apart by spaces
	shown   any    // a JavaScript expression that becomes true, or whether it is a fact
}

func field(id, value string) string {
	return fmt.Sprintf(`document.getElementById(%q).value === %q`, id, value)
}

func within(js string, want, by float64) string {
	return fmt.Sprintf(`Math.abs(%s - %v) <= %v`, js, want, by)
}

const (
	hundred  = `Math.abs([...document.querySelectorAll('#bars li')].reduce((sum, e) => sum + Number(e.dataset.p), 0) - 1) < 1e-4`
	guesses  = `[...document.querySelectorAll('#bars li')].every((e) => Math.abs(e.dataset.p - 0.1) < 0.05)`
	lossNow  = `parseFloat(document.getElementById('train-loss').textContent)`
	trainAcc = `parseFloat(document.getElementById('train-acc').textContent)`
	lastAcc  = `parseFloat(document.querySelector('#table tbody tr:last-child td:nth-child(3)').textContent)`
	subset   = `document.getElementById('size').selectedOptions[0].textContent === '6,000'`
	falls    = `Math.abs(Number(document.querySelector('#chart').textContent.match(/from step ([\d,]+)/)?.[1].replace(',', '')) - 300) <= 40`
	twenty   = `document.querySelector('#input .how').textContent.includes('20 px')`
	thousand = `document.querySelector('#mistakes .score').textContent.includes('1,000')`
	wide28   = `document.querySelector('#input .steps li:last-child canvas').width === 28`
	margin   = `(() => { // of the digit in what the network sees
		const c = document.querySelector('#input .steps li:last-child canvas');
		const { data } = c.getContext('2d').getImageData(0, 0, 28, 28);
		const rows = [...Array(28).keys()].filter((y) => [...Array(28).keys()].some((x) => data[4 * (28 * y + x)] > 60));
		return (rows[0] + 27 - rows.at(-1)) / 2;
	})()`
)

// sees is how many pixels of the input a unit of a layer sees in a row.
func sees(panel, y, x int) int {
	l := view.New(engine.Classic(), view.Frame{Width: 1280, Ratio: 1})
	field := l.Field(view.Unit{Panel: panel, Y: y, X: x})
	input := field[len(field)-1]
	return input.X1 - input.X0 + 1
}

// claims has every number that a step's texts name, by the part that names it.
// Each is held against the page when the part has been done.
var claims = map[string][]claim{
	"draw.1":        {{"100", hundred}},
	"draw.2":        {{"20", twenty}, {"28", wide28}, {"5", class + ` === '5'`}},
	"draw.2.ask":    {{"20", twenty}, {"28", wide28}, {"4", within(margin, 4, 1)}, {"5", class + ` === '5'`}},
	"draw.3":        {{"", `!document.getElementById('centre').checked`}, {"5", class + ` !== '5'`}},
	"draw.3.ask":    {{"20 5", true}},
	"draw.3.do":     {{"", twenty + ` && ` + class + ` === '5'`}},
	"draw.4":        {{"1,000", thousand}, {"8", `[...document.querySelectorAll('#mistakes .tiles button')].filter((e) => !e.hidden).length === 8`}},
	"draw.4.ask":    {{"100", hundred}},
	"conv.1":        {{"5 25", sees(view.PanelConv1, 9, 9) == 5 && engine.Kernel == 5}},
	"conv.1.do":     {{"6", engine.Classic().Channels[0] == 6}},
	"conv.1.ask":    {{"6 25 26 156", 6*(25+1) == 156}, {"28 784", 28*28 == 784}, {"1", true}},
	"conv.2":        {{"6", engine.Classic().Channels[0] == 6}},
	"conv.2.do2":    {{"5", engine.Kernel == 5}},
	"conv.3":        {{"5 6", engine.Kernel == 5 && engine.Classic().Channels[0] == 6}, {"", `document.getElementById('inspect').dataset.unit === '4,0,4,4'`}},
	"conv.3.ask":    {{"14 2 4", sees(view.PanelConv2, 4, 4) == 14 && 6+4*2 == 14}, {"6", sees(view.PanelPool1, 4, 4) == 6}, {"5 10 28", 2*engine.Kernel == 10}},
	"pool.1":        {{"2", true}},
	"pool.1.ask":    {{"2 1", true}},
	"pool.1.do":     {{"2 1", field("x", "2")}, {"", `document.querySelector('.labels').textContent.includes('shifted 2 px right')`}},
	"pool.2":        {{"1,000", thousand}, {"4", field("x", "4")}},
	"pool.2.ask":    {{"95", within(score, 95, 1.5)}, {"8 6", true}},
	"pool.2.do":     {{"8", within(score, 32, 2.5)}},
	"pool.3":        {{"6,000", subset}, {"3", field("x", "3")}},
	"pool.3.do":     {{"", within(score, 65, 1)}},
	"pool.3.ask":    {{"80 95", true}},
	"pool.3.do2":    {{"0 95", within(score, 95, 1)}},
	"pool.4":        {{"2", true}, {"3", field("x", "3")}},
	"pool.4.ask":    {{"65 2 3", true}},
	"pool.4.do":     {{"", within(score, 72.5, 2.5)}},
	"pool.4.do2":    {{"", within(score, 97, 1)}},
	"plateau.1":     {{"0.9", field("lr", "0.9")}},
	"plateau.1.do":  {{"2.30", `Math.abs(document.querySelector('#table tbody td:nth-child(2)').textContent - 2.3) < 0.025`}, {"10", `Math.abs(parseFloat(document.querySelector('#table tbody td:nth-child(3)').textContent) - 10) < 2`}},
	"plateau.2.do":  {{"10", guesses}},
	"plateau.2.ask": {{"2.30 10 2.303 1", math.Abs(math.Log(10)-2.303) < 0.001}, {"0.9", field("lr", "0.9")}},
	"plateau.3.ask": {{"0.9", field("lr", "0.9")}, {"1 256", math.Pow(4, 4) == 256}, {"0", math.Tanh(0) == 0}},
	"plateau.4":     {{"0 1", math.Tanh(0) == 0}, {"0.1", true}},
	"plateau.4.ask": {{"0", true}},
	"plateau.4.do":  {{"", field("lr", "0.1") + ` && ` + field("activation", "tanh") + ` && !document.querySelector('#chart .plateau')`}},
	"plateau.5":     {{"0.1", field("lr", "0.1")}, {"6,000", subset}, {"6", field("epochs", "6")}, {"188 1,128", 6*188 == 1128}, {"0.9 300", true}},
	"plateau.5.ask": {{"300 0.1 0.9", true}, {"1,128 125", math.Abs(1128*0.1/0.9-125) < 1}},
	"plateau.5.do":  {{"6", step + ` === 1128 && !document.querySelector('#chart .plateau') && ` + within(lossNow, 2.31, 0.02)}},
	"rate.1":        {{"0.1", field("lr", "0.1")}, {"6", field("epochs", "6")}, {"6,000", subset}},
	"rate.1.do":     {{"", within(testAcc, 95, 1)}},
	"rate.2":        {{"0.001", true}},
	"rate.2.ask":    {{"6 95 10", true}},
	"rate.2.do":     {{"", field("lr", "0.001") + ` && ` + within(testAcc, 65, 1.5)}},
	"rate.3":        {{"0.5 0.1", true}},
	"rate.3.do":     {{"2.303", field("lr", "0.5") + ` && ` + lossNow + ` > 2.303`}},
	"rate.3.ask2":   {{"1 0", math.Abs(math.Tanh(10)) > 0.999999}, {"0.1", true}},
	"rate.4":        {{"0.3", true}},
	"rate.4.ask":    {{"6 0.1", true}},
	"rate.4.do":     {{"0.1", within(testAcc, 95, 1)}, {"", within(lastAcc, 99, 0.6) + ` && ` + trainAcc + ` > ` + testAcc}},
	"rate.4.do2":    {{"2", step + ` === 1504`}},
	"d2l.1":         {{"95 6", field("epochs", "6")}},
	"d2l.1.ask":     {{"0 1", true}},
	"d2l.1.do":      {{"2012", within(testAcc, 97, 0.7)}},
	"d2l.2":         {{"6 16", engine.Classic().Channels == [2]int{6, 16}}},
	"d2l.2.ask":     {{"95 2 4 80 50", true}, {"94", true}},
	"d2l.2.do":      {{"", field("channels", "2, 4") + ` && ` + within(testAcc, 94, 0.7)}},
	"d2l.3.do":      {{"", within(score, 81, 1)}},
	"d2l.3.ask":     {{"28", true}},
	"d2l.4.ask":     {{"100", hundred}, {"10", true}},
	"teach.1":       {{"7", class + ` !== '7'`}, {"40", true}, {"99", within(score, 99, 0.5)}, {"1,000", thousand}},
	"teach.1.do":    {{"", class + ` === '7' && ` + score + ` < 90 && ` + step + ` === 40`}},
	"teach.1.ask":   {{"7", true}},
	"teach.1.ask2": {{"7", `(() => { // most of what is misread is read as a 7
		const errors = {};
		for (const e of document.querySelectorAll('[data-cell]:not(.right)')) errors[e.dataset.cell.split(',')[1]] = (errors[e.dataset.cell.split(',')[1]] ?? 0) + Number(e.textContent);
		return Object.values(errors).every((n) => n <= errors[7]);
	})()`}},
	"teach.2":      {{"7", class + ` !== '7'`}},
	"teach.2.do":   {{"24 8", 24+8 == 32}, {"", class + ` === '7' && ` + score + ` > 97.5 && ` + step + ` === 40`}},
	"teach.3":      {{"7", class + ` === '7'`}},
	"teach.3.ask":  {{"1 6 7", true}},
	"teach.3.do":   {{"6 1", class + ` !== '1'`}},
	"teach.3.do2":  {{"1", class + ` === '1' && ` + within(testAcc, 98.5, 1.5)}},
	"teach.3.ask2": {{"40 8", step + ` === 40`}, {"7", true}},
	"teach.4.do":   {{"", `document.querySelector('.hand .told').textContent.startsWith('It reads your 3 now')`}},
	"teach.4.do2":  {{"", state + ` === 'idle'`}},
	"own.1":        {{"120", 6*20 == 120}, {"12", field("epochs", "12")}, {"16", true}},
	"own.1.ask":    {{"288", 6*3*16 == 288}},
	"own.1.do":     {{"", `(globalThis.random = ` + testAcc + `) < 96 && random > 85`}},
	"own.2.ask":    {{"60,000 18", 6*3 == 18}, {"5", engine.Kernel == 5}},
	"own.2.do":     {{"", testAcc + ` > random + 0.5`}},
	"own.2.ask2":   {{"4 10 12", `[...document.querySelectorAll('#table tbody tr')].map((row) => parseFloat(row.cells[3].textContent)).filter((v) => v >= 0).findIndex((v) => v >= random) < 7`}},
	"own.3":        {{"20", field("epochs", "20")}},
	"own.3.do":     {{"", `(globalThis.kernels = ` + testAcc + `) > 97`}},
	"own.3.do2":    {{"120", within(testAcc, 98.5, 1.5) + ` && kernels - ` + testAcc + ` < 2`}},
}

// live is where the page shows what a text has from it.
var live = map[string]string{
	"class": `#prediction strong`, "p": `#prediction`, "label": `#prediction .truth`, "score": `#mistakes .score`,
	"loss": `#train-loss`, "acc": `#train-acc`, "test": `#test-acc`, "takeoff": `#chart`,
}

// reader is somebody who does lessons on a page.
type reader struct {
	t     *testing.T
	p     *Page
	texts map[string]any
	touch bool
}

// A reader does each lesson from its start to its end, coming from the mess that
// somebody left at the end of another one: reads every step, presses the words
// that name something, answers wrongly and then rightly, and does the deeds, by
// pointer and by keyboard. Every thing that is named comes in view, and every
// number is what the page shows.
func TestLessonsWalk(t *testing.T) {
	data, err := os.ReadFile("../../assets/strings/en.json")
	must(t, err)
	var texts map[string]any
	must(t, json.Unmarshal(data, &texts))
	all := steps(t)
	var names []string
	for _, s := range all {
		if name, n, _ := strings.Cut(s, "."); n == "1" {
			names = append(names, name)
		}
	}
	views := []View{{Width: 1280, Height: 720}, {Width: 768, Height: 1024}, {Width: 390, Height: 844, Touch: true}}
	for i, name := range names {
		for j, v := range views {
			if testing.Short() && i%len(views) != j {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", name, v.Width), func(t *testing.T) {
				b := plain
				if name == "conv" {
					b = normal
				}
				p := open(t, b, v)
				w := &reader{t, p, texts, v.Touch}
				other := endOf(all, names[(i+1+j)%len(names)]+".1")
				eval[any](t, p, fmt.Sprintf(`void (location.hash = 'v=1&lesson=%s')`, other))
				setUp(t, p, other)
				eval[any](t, p, mess)
				must(t, p.Click(`#lessons [data-go=all]`))
				must(t, p.Click(fmt.Sprintf(`.lessons [data-go="%s.1"]`, name)))
				for _, s := range all {
					if strings.HasPrefix(s, name+".") {
						w.step(s)
					}
				}
				next := append(names, "all")[i+1]
				if next != "all" {
					next += ".1"
				}
				must(t, p.Wait(fmt.Sprintf(`location.hash === '#v=1&lesson=%s'`, next), 5*time.Second))
				if next != "all" {
					must(t, p.Click(`[data-go=all]`))
				}
				if n := eval[int](t, p, fmt.Sprintf(`document.querySelectorAll('.lessons [data-go="%s.1"] .done').length`, name)); n != len(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !strings.HasPrefix(s, name+".") })) {
					t.Errorf("the list has %d steps of %s as done", n, name)
				}
			})
		}
	}
}

// step does a step and goes to the next.
func (w *reader) step(s string) {
	t, p := w.t, w.p
	t.Helper()
	setUp(t, p, s)
	must(t, p.Wait(`document.getElementById('prediction').hasAttribute('data-settled')`, 20*time.Second))
	w.see(s, `#lessons .say`, true)
	w.numbers(s, "")
	for done := map[string]bool{}; ; {
		task := eval[string](t, p, `[...document.querySelectorAll('[data-task]')].at(-1).dataset.task`)
		if done[task] {
			break
		}
		done[task] = true
		part := fmt.Sprintf(`[data-task="%s"]`, task)
		w.see(s+"."+task, part+` .ask`, false)
		if eval[bool](t, p, `!!document.querySelector('`+part+` [role=radio]')`) {
			w.choose(s+"."+task, part)
		} else {
			w.do(s+"."+task, part)
		}
		w.numbers(s+"."+task, part)
		w.see(s+"."+task, part+` .verdict`, false)
	}
	must(t, p.Wait(`document.querySelector('.progress [aria-current].done')`, 5*time.Second))
	must(t, p.Click(`#lessons [data-go=next]`))
}

// hidden says what keeps the first thing that is lit from being seen; nothing where it is in view.
const hidden = `(() => {
	const e = document.querySelector('[data-lit]');
	if (!e) return 'nothing is lit';
	const r = e.getBoundingClientRect();
	const docked = document.getElementById('lessons').getBoundingClientRect();
	const sheet = getComputedStyle(document.getElementById('lessons')).position === 'fixed';
	const box = { left: Math.max(r.left, sheet ? 0 : docked.right), top: Math.max(r.top, 0), right: Math.min(r.right, innerWidth), bottom: Math.min(r.bottom, sheet ? docked.top : innerHeight) };
	const [w, h] = [box.right - box.left, box.bottom - box.top];
	const where = JSON.stringify(r) + ' in ' + innerWidth + ' x ' + innerHeight + ', lessons ' + JSON.stringify(docked);
	if (w <= 0 || h <= 0 || w * h < 0.6 * Math.min(r.width * r.height, 0.3 * innerWidth * innerHeight)) return 'out of view: ' + where;
	const over = document.elementFromPoint(box.left + w / 2, box.top + h / 2);
	return over?.closest('#lessons, dialog') ? 'something lies over it: ' + where : '';
})()`

// see presses each word of a text that names a thing, which comes in view. The
// first is in view by itself when the step is opened.
func (w *reader) see(part, text string, opened bool) {
	t, p := w.t, w.p
	t.Helper()
	n := eval[int](t, p, fmt.Sprintf(`document.querySelectorAll('%s [data-thing]').length`, text))
	for i := range n {
		word := fmt.Sprintf(`document.querySelectorAll('%s [data-thing]')[%d]`, text, i)
		if i > 0 || !opened {
			eval[any](t, p, word+`.scrollIntoView({ block: 'nearest', behavior: 'instant' })`)
			at := eval[Rect](t, p, `(({ x, y, width, height }) => ({ X: x, Y: y, W: width, H: height }))(`+word+`.getClientRects()[0])`)
			must(t, chromedp.Do(p.ctx, chromedp.MouseClickXY(at.X+at.W/2, at.Y+at.H/2)))
		}
		if err := p.Wait(hidden+` === ''`, 5*time.Second); err != nil {
			t.Errorf("%s: %q is not in view: %s", part, eval[string](t, p, word+`.textContent`), eval[string](t, p, hidden))
		}
	}
}

// choose answers wrongly until the answer is right: with the mouse or with the keyboard.
func (w *reader) choose(part, task string) {
	t, p := w.t, w.p
	t.Helper()
	keyboard := len(part)%2 == 0
	verdict := `document.querySelector('` + task + ` .verdict')`
	n := eval[int](t, p, `document.querySelectorAll('`+task+` [role=radio]').length`)
	said := map[string]bool{}
	for i := range n {
		answer := fmt.Sprintf(`document.querySelectorAll('%s [role=radio]')[%d]`, task, i)
		switch {
		case !keyboard:
			must(t, p.Click(fmt.Sprintf(`%s [role=radio]:nth-child(%d)`, task, i+1)))
		case i == 0:
			eval[any](t, p, answer+`.focus()`)
			must(t, p.Keys(" "))
		default:
			must(t, p.Keys(kb.ArrowDown))
			must(t, p.Keys(" "))
		}
		must(t, p.Wait(answer+`.ariaChecked === 'true' && `+verdict+`.textContent !== ''`, 5*time.Second))
		text := eval[string](t, p, verdict+`.textContent`)
		if said[text] || strings.Contains(text, "lesson.") {
			t.Errorf("%s, answer %d: %q", part, i, text)
		}
		said[text] = true
		if eval[bool](t, p, `!!`+verdict+`.querySelector('.right')`) {
			return
		}
	}
	t.Fatalf("%s: no answer is right", part)
}

// do does what is asked for and waits until the page says that it is done.
func (w *reader) do(part, task string) {
	t, p := w.t, w.p
	t.Helper()
	done := `!!document.querySelector('` + task + ` .verdict .right')`
	if eval[bool](t, p, done) {
		t.Errorf("%s is done before anything was", part)
	}
	press := func(i int) {
		t.Helper()
		must(t, p.Wait(fmt.Sprintf(`document.querySelector('%s [data-act="%d"]').ariaDisabled === 'false'`, task, i), time.Minute))
		must(t, p.Click(fmt.Sprintf(`%s [data-act="%d"]`, task, i)))
	}
	must(t, p.Still()) // what was named last may be on its way into view
	switch part {
	case "draw.1.do", "draw.2.do":
		press(0)
		must(t, p.Wait(`document.getElementById('prediction').dataset.strokes === '0'`, 10*time.Second))
		before := w.draw(digits(t, 1)[3].Drawing) // four strokes; the first does what the step asks for
		must(t, p.Wait(done, 20*time.Second))
		must(t, p.Still())
		if after, err := p.Pad(); err != nil || after != before {
			t.Errorf("%s: the pad moved under the pen, from %v to %v: %v", part, before, after, err)
		}
	case "draw.4.do":
		must(t, p.Click("#mistakes .tiles button"))
	case "conv.1.do":
		at := eval[Rect](t, p, `(() => {
			const e = document.querySelector('i.light'); // over the maps, which were named last
			e.scrollIntoView({ block: 'nearest', behavior: 'instant' });
			const { x, y, width, height } = e.getBoundingClientRect();
			return { X: x, Y: y, W: width, H: height };
		})()`)
		must(t, chromedp.Do(p.ctx, chromedp.MouseClickXY(at.X+0.09*at.W, at.Y+0.2*at.H)))
	case "plateau.2.do":
		if w.touch {
			press(0)
			break
		}
		must(t, p.Click(`#timeline`)) // into the middle
		at := eval[Rect](t, p, `(({ x, y, width, height }) => ({ X: x, Y: y, W: width, H: height }))(document.getElementById('timeline').getBoundingClientRect())`)
		must(t, chromedp.Do(p.ctx, chromedp.MouseClickXY(at.X+8+0.09*(at.W-16), at.Y+at.H/2)))
	case "conv.2.do2", "pool.3.do2", "pool.4.do2", "d2l.5.do": // the first button does it, the other undoes it
		press(0)
	case "teach.3.do":
		press(1)
		must(t, p.Wait(class+` !== '6'`, 20*time.Second))
		press(0)
	case "teach.4.do":
		press(0)
		must(t, p.Wait(`document.getElementById('prediction').dataset.strokes === '0'`, 10*time.Second))
		w.draw(digits(t, 1)[3].Drawing)
		must(t, p.Click("#ask"))
		must(t, p.Click(`#asking [data-name="3"]`))
		must(t, p.Wait(`document.querySelector('.hand .main').ariaDisabled === 'false'`, 20*time.Second))
		must(t, p.Click(".hand .main"))
	case "teach.4.do2":
		if !eval[bool](t, p, `document.getElementById('asking').matches(':popover-open')`) {
			must(t, p.Click("#ask"))
		}
		must(t, p.Click(".hand .link"))
	case "pool.2.do":
		for i, want := range []float64{99, 95, 70, 32} {
			press(i)
			must(t, p.Wait(within(score, want, 2.5), 30*time.Second))
		}
	default:
		for i := range eval[int](t, p, `document.querySelectorAll('`+task+` [data-act]').length`) {
			if eval[bool](t, p, done) {
				break
			}
			if eval[bool](t, p, fmt.Sprintf(`document.querySelector('%s [data-act="%d"]').ariaPressed !== 'true'`, task, i)) {
				press(i)
			}
		}
	}
	limit := 20 * time.Second
	if eval[bool](t, p, `!!document.querySelector('`+task+` .run')`) { // there is a run to wait for
		limit = 4 * time.Minute
	}
	if err := p.Wait(done, limit); err != nil {
		t.Fatalf("%s is not done: %v; %s", part, err, eval[string](t, p, `document.getElementById('status').textContent + ' ' + document.getElementById('note').textContent`))
	}
}

// draw draws with the mouse or a finger. It returns where the pad was.
func (w *reader) draw(d pen.Drawing) Rect {
	t, p := w.t, w.p
	t.Helper()
	draw := p.Draw
	if w.touch {
		draw = p.Touch
	}
	eval[any](t, p, `(() => { // as a reader scrolls to the pad, where the lesson lies over it
		const frame = document.querySelector('#stage-box[data-view=frame] iframe');
		const at = (frame ?? document.getElementById('pad')).getBoundingClientRect().y + (frame ? Number(frame.dataset.pad.split(',')[1]) : 0);
		if (getComputedStyle(document.getElementById('lessons')).position === 'fixed') scrollBy({ top: at - 90, behavior: 'instant' });
	})()`)
	must(t, p.Still())
	before, err := p.Pad()
	must(t, err)
	must(t, draw(d))
	_, err = p.Read()
	must(t, err)
	return before
}

var number = regexp.MustCompile(`\b\d[\d,.]*\d\b|\b\d\b`)

// numbers holds all numbers of a part of a step against the page.
func (w *reader) numbers(part, task string) {
	t, p := w.t, w.p
	t.Helper()
	named := map[string]bool{}
	done, _ := w.texts["lesson."+part+".done"].(string)
	for key, text := range w.texts {
		rest, ok := strings.CutPrefix(key, "lesson."+part)
		if ok && (rest == "" || rest == ".done" || task != "" && rest[0] == '.') {
			for _, n := range number.FindAllString(text.(string), -1) {
				named[n] = true
			}
		}
	}
	for _, c := range claims[part] {
		for _, n := range strings.Fields(c.numbers) {
			delete(named, n)
		}
		switch shown := c.shown.(type) {
		case string:
			if err := p.Wait(shown, 20*time.Second); err != nil {
				t.Errorf("%s names %q: %v; score %v, loss %v, test %v", part, c.numbers, err, eval[string](t, p, `document.querySelector('#mistakes .score').textContent`),
					eval[string](t, p, `document.getElementById('train-loss').textContent`), eval[string](t, p, `document.getElementById('test-acc').textContent`))
			}
		case bool:
			if !shown {
				t.Errorf("%s names %q, which is not so", part, c.numbers)
			}
		}
	}
	for n := range named {
		t.Errorf("%s names %s, which nothing here holds against the page", part, n)
	}
	// What the text has from the page the page still shows, where no run goes on.
	for _, m := range regexp.MustCompile(`(\S*)\{(\w+)\}`).FindAllStringSubmatch(done, -1) {
		verdict := `document.querySelector('` + task + ` .verdict').textContent`
		if said := eval[string](t, p, verdict); strings.Contains(said, "{") {
			t.Errorf("%s says %q", part, said)
		}
		if live[m[2]] == "" || eval[string](t, p, state) == "training" {
			continue
		}
		shown := `document.querySelector('` + live[m[2]] + `').textContent`
		found := fmt.Sprintf(`((said, shown) => said.includes(shown) || said.match(/[\d,.]*\d/g)?.some((n) => shown.includes(n)))(%s, %s)`, verdict, shown)
		if err := p.Wait(found, 10*time.Second); err != nil { // curves are drawn with the next frame; what is told of a drawing follows it
			t.Errorf("%s says %q, and the page %s %q", part, eval[string](t, p, verdict), m[2], eval[string](t, p, shown))
		}
	}
}
