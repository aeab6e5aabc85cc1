package browsertest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
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
	slow := regexp.MustCompile(`^(teach|own)\.`) // each trains to set a step up or fetches what others do not need: a few of those pairs in a short run
	for end := range ends {
		for _, s := range all {
			if endOf(all, s) == end || testing.Short() && !ends[s] && !strings.HasSuffix(s, ".1") {
				continue
			}
			if testing.Short() && (slow.MatchString(s) || slow.MatchString(end)) && end != "conv.3" && s != "draw.1" && !(slow.MatchString(s) && slow.MatchString(end)) {
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

// Next, pressed faster than runs begin, ends at the step that it says: one without a run.
func TestLessonsFastNext(t *testing.T) {
	p := openTab(t, plain, desktop)
	must(t, p.Go(server.URL+"/#v=1&lesson=plateau.1"))
	setUp(t, p, "plateau.1")
	eval[any](t, p, `(() => { for (let i = 0; i < 4; i++) document.querySelector('[data-go=next]').click(); })()`)
	setUp(t, p, "plateau.5")
	must(t, p.Wait(state+` === 'idle' && document.getElementById('dataset').value === 'mnist'`, 20*time.Second))
	must(t, p.Click(`[data-answer=c]`))
	must(t, p.Click(`[data-act="0"]`)) // Train
	must(t, p.Wait(step+` > 20 && document.getElementById('activation').value === 'sigmoid' && document.getElementById('lr').value === '0.1'`, time.Minute))
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
	eval[any](t, p, `document.getElementById('pause').click()`) // as the key does while one presents
	must(t, p.Wait(state+` === 'paused'`, 20*time.Second))
	stored(t, p, eval[int](t, p, step))
	reached := eval[int](t, p, step)
	reload(t, p)
	setUp(t, p, "plateau.2")
	must(t, p.Wait(fmt.Sprintf(`%s === 'paused' && %s === %d`, state, step, reached), 20*time.Second))
}

// An embedded page shows the panels that a step speaks of, and hides them after it.
func TestLessonsInEmbed(t *testing.T) {
	p := openTab(t, plain, View{Width: 720, Height: 800})
	must(t, p.Go(server.URL+"/#v=1&embed=1&panels=answers&lesson=draw.2"))
	must(t, p.Wait(`document.querySelector('#bars .best')`, 20*time.Second)) // the poster is on show
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
