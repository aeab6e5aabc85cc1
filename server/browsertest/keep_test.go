package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const note = `document.getElementById('note').textContent`

// reload loads the page anew and waits until its stage is on show, or the simple view for good.
func reload(t *testing.T, p *Page) {
	t.Helper()
	must(t, chromedp.Do(p.ctx, chromedp.Reload()))
	must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame' || !document.getElementById('simple').hidden`, time.Minute))
}

// stored waits until the run that the browser keeps is at a step, or that none is kept with -1.
func stored(t *testing.T, p *Page, step int) {
	t.Helper()
	must(t, p.Wait(fmt.Sprintf(`(globalThis.found === %d || (() => {
		const open = indexedDB.open('lenet', 1);
		open.onsuccess = () => {
			const get = open.result.transaction('run').objectStore('run').get('run');
			get.onsuccess = () => {
				globalThis.found = get.result?.progress.step ?? -1;
				open.result.close();
			};
		};
	})())`, step), 10*time.Second))
}

// A run is there again after a reload, paused where it stood, with its past and
// the drawing. It goes on to the bits that it would have come to without. Reset
// gives it up; a link that says what to show wins over it.
func TestRunIsKept(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = spy
	p := open(t, normal, v)
	drawOne(t, p)
	const epochs = 12 // enough not to be finished before the click
	must(t, p.Set("epochs", fmt.Sprint(epochs)))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 200`, time.Minute)) // beyond the first epoch
	must(t, p.Click("#pause"))
	must(t, p.Wait(state+` === 'paused'`, 10*time.Second))
	at := eval[int](t, p, step)
	read, err := p.Read()
	must(t, err)
	stored(t, p, at)
	shows := []string{
		class, `document.getElementById('status').textContent`, `document.getElementById('train-text').textContent`,
		`document.querySelector('#table tbody').textContent`, `document.querySelector('#chart .curve.loss').getAttribute('d')`,
		`document.getElementById('timeline').value`,
	}
	var before []string
	for _, what := range shows {
		before = append(before, eval[string](t, p, what))
	}

	reload(t, p)
	must(t, p.Wait(state+` === 'paused'`, 20*time.Second))
	must(t, p.Wait(fmt.Sprintf(`Math.abs(Number(%s) - %v) < 0.02`, sure, read.P), 10*time.Second)) // points are kept to 1/146 of a unit
	for i, what := range shows {
		if now := eval[string](t, p, what); now != before[i] {
			t.Errorf("%s is %q, before the reload %q", what, now, before[i])
		}
	}
	if said := eval[string](t, p, note); !strings.Contains(said, "Your run is back, paused at step") {
		t.Errorf("note %q", said)
	}
	speak(t, p, "zh")
	if said := eval[string](t, p, note); !strings.Contains(said, "你的训练已恢复") {
		t.Errorf("note in Chinese %q", said)
	}
	speak(t, p, "en")
	slide(t, p, "timeline", 0)
	must(t, p.Wait(`document.querySelector('#moment .after').textContent === 'after 0 of 2,256 steps.'`, 10*time.Second))
	must(t, p.Click("#now button"))

	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	if got, want := hash(t, p), trained(t, 32, epochs); got != want {
		t.Errorf("weights %s, want %s", got, want)
	}
	if rows := eval[int](t, p, `document.querySelectorAll('#table tbody tr').length`); rows != epochs {
		t.Errorf("%d rows in the table", rows)
	}
	if said := eval[string](t, p, note); strings.Contains(said, "is back") {
		t.Errorf("note of a run that went on: %q", said)
	}
	stored(t, p, epochs*188)

	q := server.URL + "/#v=1&preset=modern"
	must(t, p.Go("about:blank"))
	must(t, p.Go(q))
	must(t, p.Wait(state+` === 'idle' && document.getElementById('activation').value === 'relu'`, 30*time.Second))
	must(t, p.Go("about:blank"))
	must(t, p.Go(server.URL+"/#lang=zh"))
	must(t, p.Wait(state+` === 'finished'`, 30*time.Second))
	must(t, p.Click("#reset"))
	must(t, p.Wait(state+` === 'idle'`, 10*time.Second))
	stored(t, p, -1)
	reload(t, p)
	must(t, p.Wait(state+` !== 'loading'`, 20*time.Second))
	time.Sleep(200 * time.Millisecond)
	if now := eval[string](t, p, state); now != "idle" {
		t.Errorf("after Reset and a reload the run is %s", now)
	}
}

// What was kept is replaced as a whole or not at all; what is no run is not
// taken for one. Where nothing can be stored the page says so, and trains.
func TestRunIsKeptWholeOrNot(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = `
		const put = IDBObjectStore.prototype.put;
		IDBObjectStore.prototype.put = function (value, key) {
			if (globalThis.broken === this.name) throw new DOMException('the disk is full', 'QuotaExceededError');
			return put.call(this, value, key);
		};`
	p := open(t, plain, v)
	stepTo := func(n int) {
		t.Helper()
		must(t, p.Click("#step"))
		must(t, p.Wait(step+fmt.Sprintf(` === %d && `, n)+state+` === 'paused'`, 20*time.Second))
	}
	stepTo(1)
	stored(t, p, 1)
	eval[any](t, p, `void (globalThis.broken = 'run')`) // its past is written before it
	stepTo(2)
	must(t, p.Wait(note+`.includes('A reload would lose this run') && `+note+`.includes('the disk is full')`, 10*time.Second))
	stored(t, p, 1)
	reload(t, p)
	must(t, p.Wait(step+` === 1 && `+state+` === 'paused'`, 20*time.Second))
	stepTo(2)
	stored(t, p, 2)

	for what, change := range map[string]string{
		"too few weights": `r.params.data = r.params.data.slice(1)`,
		"not a number":    `r.params.data[7] = NaN`,
		"another version": `r.v = 99`,
		"no run":          `for (const k in r) delete r[k]`,
	} {
		eval[any](t, p, `void (() => {
			const open = indexedDB.open('lenet', 1);
			open.onsuccess = () => {
				const store = open.result.transaction('run', 'readwrite').objectStore('run');
				store.get('run').onsuccess = (e) => {
					const r = globalThis.good ??= e.target.result;
					const copy = structuredClone(r);
					((r) => {`+change+`})(copy);
					store.put(copy, 'run').transaction.oncomplete = () => { globalThis.broken = 'run'; globalThis.changed = true; open.result.close(); };
				};
			};
		})()`)
		must(t, p.Wait(`globalThis.changed`, 10*time.Second))
		good := eval[int](t, p, `good.progress.step`)
		reload(t, p)
		must(t, p.Wait(state+` !== 'loading'`, 20*time.Second))
		time.Sleep(200 * time.Millisecond)
		if now := eval[string](t, p, state); now != "idle" {
			t.Errorf("%s: the run is %s", what, now)
		}
		if good != 2 {
			t.Errorf("step %d was stored", good)
		}
		stepTo(1)
		stepTo(2)
		stored(t, p, 2)
	}
}
