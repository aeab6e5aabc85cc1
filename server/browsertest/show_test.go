package browsertest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// hears keeps in globalThis.told what the worker said last about images read without their pixels.
const hears = `globalThis.Worker = class extends Worker {
	constructor(url, options) {
		super(url, options);
		if (options.name === 'network') this.addEventListener('message', ({ data: { reply } }) => {
			if (reply?.read && reply.labels && !reply.p) globalThis.told = { read: [...reply.read], labels: [...reply.labels] };
		});
	}
};`

const (
	right  = `Number(document.getElementById('samples').dataset.right)`
	fresh  = `!document.getElementById('samples').hasAttribute('data-stale')`
	walled = `document.querySelectorAll('#samples .tiles button:not([hidden])').length`
)

// agrees is whether the wall shows what the worker said.
const agrees = `(() => {
	const { read, labels } = told;
	const tiles = [...document.querySelectorAll('#samples .tiles button:not([hidden])')];
	return tiles.length === read.length && ` + right + ` === read.filter((v, i) => v === labels[i]).length &&
		tiles.every((e, i) => e.classList.contains('misread') === (read[i] !== labels[i]) && Number(e.dataset.label) === labels[i] && (read[i] === labels[i] ? e.textContent === '' : e.textContent !== ''));
})()`

// On the wall a hundred test images and more turn from wrong to right while the
// network learns, and back with the timeline: as many as the worker counts. Each
// is reached by arrow keys and goes into the network.
func TestWall(t *testing.T) {
	for _, dataset := range []string{"mnist", "fashion"} {
		t.Run(dataset, func(t *testing.T) {
			t.Parallel()
			v := View{Width: 1280, Height: 720, Script: hears}
			p := open(t, normal, v)
			must(t, p.Set("dataset", dataset))
			must(t, p.Set("epochs", "1"))
			must(t, p.Wait(walled+` >= 100 && `+right+` > 0.8 * `+walled, 30*time.Second)) // of the network that comes with the page
			must(t, p.Click("#step"))
			must(t, p.Wait(step+` === 1 && `+state+` === 'paused'`, 30*time.Second))
			must(t, p.Wait(fresh+` && `+right+` < 0.5 * `+walled+` && `+agrees, 20*time.Second))
			must(t, p.Set("pace", "10"))
			must(t, p.Click("#train"))
			before := eval[int](t, p, right)
			must(t, p.Wait(fmt.Sprintf(`%s !== %d && %s === 'training'`, right, before, state), 30*time.Second)) // live
			must(t, p.Set("pace", "full"))
			must(t, p.Wait(state+` === 'finished'`, time.Minute))
			must(t, p.Wait(fresh+` && `+right+` > 0.6 * `+walled+` && `+agrees, 20*time.Second))
			last := eval[int](t, p, right)
			if said := eval[string](t, p, `document.querySelector('#samples .score').textContent`); said != fmt.Sprintf("%d of %d test images read right", last, eval[int](t, p, walled)) {
				t.Errorf("the wall says %q", said)
			}
			slide(t, p, "timeline", 0)
			must(t, p.Wait(fresh+` && `+right+` < 0.5 * `+walled+` && `+agrees, 20*time.Second))
			must(t, p.Click("#now button"))
			must(t, p.Wait(fmt.Sprintf(`%s === %d && %s`, right, last, agrees), 20*time.Second))

			// A misread image goes into the network, which reads it as the wall says.
			wrong := `document.querySelector('#samples .tiles .misread')`
			label := eval[string](t, p, wrong+`.ariaLabel`)
			read := eval[int](t, p, `told.read[Number(`+wrong+`.dataset.index)]`)
			must(t, p.Click("#samples .tiles .misread"))
			must(t, p.Wait(fmt.Sprintf(`%s === '%d' && document.querySelector('#prediction .wrong')`, class, read), 10*time.Second))
			if !strings.HasPrefix(label, "Test image ") || !strings.Contains(label, ", read as ") {
				t.Errorf("it is called %q", label)
			}
			at := func() int { return eval[int](t, p, `Number(document.activeElement.dataset.index ?? -1)`) }
			must(t, p.Keys(kb.Home))
			columns := eval[int](t, p, `Number(getComputedStyle(document.querySelector('#samples .tiles')).getPropertyValue('--columns'))`)
			must(t, p.Keys(kb.ArrowRight))
			must(t, p.Keys(kb.ArrowDown))
			if n := at(); n != columns+1 {
				t.Errorf("right and down from the first image leads to %d of rows of %d", n, columns)
			}
			must(t, p.Keys(kb.Enter))
			must(t, p.Wait(fmt.Sprintf(`JSON.parse(localStorage['lenet.1']).image === %d`, columns+1), 10*time.Second))
		})
	}
}

// The band below the curves has what each moment of the run makes of what is in
// the pad: the same as the timeline shows there. The sentence leads to when the
// answer was another one.
func TestReadings(t *testing.T) {
	t.Parallel()
	p := open(t, normal, View{Width: 1280, Height: 720})
	drawOne(t, p)
	must(t, p.Set("epochs", "1"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	eval[any](t, p, `void (document.getElementById('numbers').open = true)`)
	const rows = `[...document.querySelectorAll('#readings tbody tr')]`
	const full = rows + `.length > 2 && ` + rows + `.at(-1).dataset.step === document.getElementById('status').dataset.step`
	compare := func() {
		t.Helper()
		must(t, p.Wait(full, 20*time.Second))
		for _, value := range []float64{0, 120, 500, 1000} {
			slide(t, p, "timeline", value)
			must(t, p.Wait(`document.getElementById('prediction').hasAttribute('data-settled')`, 10*time.Second))
			said := eval[string](t, p, `document.querySelector('#moment .after').textContent`)
			step := strings.ReplaceAll(strings.Fields(said)[1], ",", "")
			own := fmt.Sprintf(`%s.find((e) => e.dataset.step === %q)`, rows, step)
			must(t, p.Wait(own, 10*time.Second))
			row := eval[[]string](t, p, `[...`+own+`.cells].map((e) => e.textContent)`)
			if err := p.Wait(fmt.Sprintf(`%s === %q`, class, row[1]), 10*time.Second); err != nil {
				t.Errorf("step %s: the table has %q: %v", step, row, err)
			}
			shown, tabled := eval[float64](t, p, `Number(`+sure+`)`), parse(t, strings.TrimSuffix(row[2], "\u00a0%"))/100
			if math.Abs(shown-tabled) > 1.5e-3 {
				t.Errorf("step %s: read with %v, in the table with %v", step, shown, tabled)
			}
		}
	}
	compare()
	// The band ends with the answer at the bottom, as tall as its probability.
	must(t, p.Wait(fmt.Sprintf(`document.querySelector('#chart .share.class-%s')`, eval[string](t, p, class)), 10*time.Second))

	before := eval[string](t, p, `document.querySelector('#readings tbody').textContent`)
	must(t, p.Click("#clear"))
	must(t, p.Wait(`document.getElementById('readings').hidden`, 10*time.Second))
	must(t, p.Draw(digits(t, 1)[6].Drawing))
	must(t, p.Wait(`document.querySelector('#readings tbody').textContent !== `+strconv.Quote(before)+` && `+full, 20*time.Second))
	compare()

	const then = `document.querySelector('#moment .then')`
	must(t, p.Wait(`!`+then+`.hidden`, 10*time.Second))
	said := strings.Fields(strings.Trim(eval[string](t, p, then+`.textContent`), ".")) // At step N it read A
	eval[any](t, p, `void `+then+`.click()`)
	must(t, p.Wait(fmt.Sprintf(`%s === %q && document.querySelector('#moment .after').textContent.startsWith('after %s of ') && !document.getElementById('now').hidden`, class, said[5], said[2]), 10*time.Second))
}

func parse(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	must(t, err)
	return v
}
