package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What one types into a field is taken as it was meant, or the field keeps its
// value and a sentence says why. Every field has help, in both languages.
func TestFields(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	const refusal = `(document.getElementById('refusal').hidden ? '' : document.getElementById('refusal').textContent)`
	for _, c := range []struct{ field, typed, want, said string }{
		{"lr", "0,5", "0.5", "0,5 is read as 0.5."},
		{"lr", "-1", "0.5", "-1 is out of range. Learning rate: 0.0001 to 100. The value stays 0.5."},
		{"lr", "0.1", "0.1", ""},
		{"lr", "fast", "0.1", "fast is not a number. Learning rate stays 0.1."},
		{"batch", "100,200", "32", "100,200 is out of range. Batch: 1 to 1024. The value stays 32."},
		{"batch", "2.5", "32", "2.5 is not a whole number. Batch stays 32."},
		{"channels", "100,200", "6, 16", "100,200 is out of range. Channels: 1 to 64. The value stays 6, 16."},
		{"units", "100,200", "100, 200", ""},
		{"seed", "", "0", "Nothing is not a number. Seed stays 0."},
	} {
		must(t, p.Set(c.field, c.typed))
		if got := eval[string](t, p, `document.getElementById('`+c.field+`').value`); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.field, c.typed, got, c.want)
		}
		if said := eval[string](t, p, refusal); said != c.said {
			t.Errorf("%s: of %q the page says %q, want %q", c.field, c.typed, said, c.said)
		}
	}
	const helped = `[...document.querySelectorAll('#experiment :is(select, input), .sliders input')].map((e) => e.id + ': ' + (e.title && e.labels[0].title === e.title ? e.title : ''))`
	helps := map[string][]string{"en": eval[[]string](t, p, helped)}
	must(t, p.Set("lang", "zh"))
	must(t, p.Wait(`document.documentElement.lang === 'zh-CN'`, 10*time.Second))
	helps["zh"] = eval[[]string](t, p, helped)
	for lang, list := range helps {
		if len(list) != 16+4 {
			t.Errorf("%s: %d fields", lang, len(list))
		}
		for i, help := range list {
			name, text, _ := strings.Cut(help, ": ")
			if text == "" || text == "help."+name || lang == "zh" && help == helps["en"][i] {
				t.Errorf("%s: help on %s is %q", lang, name, text)
			}
		}
	}
	must(t, p.Click("#settings > summary"))
	eval[any](t, p, `void document.getElementById('lr').focus()`)
	if help := eval[string](t, p, `document.getElementById('help').textContent`); !strings.Contains(help, "0.0001") {
		t.Errorf("the help on the field with the focus is %q", help)
	}
}

const sentence = `document.getElementById('prediction').textContent`

// Who looks at the past and goes on with the run is back at now. A moment shows
// what was known then. Random weights guess, and a network that differs from the
// form's is told. Replay shows the run from its beginning to now.
func TestPastAndNow(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	must(t, p.Wait(note+`.includes('The network shown has Sigmoid; “Train” begins one with Tanh.')`, 10*time.Second))
	drawOne(t, p)
	must(t, p.Click("#step"))
	must(t, p.Wait(step+` === 1 && `+state+` === 'paused'`, 30*time.Second))
	if said := eval[string](t, p, note); strings.Contains(said, "shown has") {
		t.Errorf("of the form's own network the note says %q", said)
	}
	must(t, p.Set("epochs", "2"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished'`, 2*time.Minute))
	must(t, p.Wait(`document.getElementById('replay').ariaDisabled === 'false'`, 10*time.Second))

	slide(t, p, "timeline", 0)
	must(t, p.Wait(sentence+`.startsWith('A guess') && `+sentence+`.includes('random weights')`, 10*time.Second))
	must(t, p.Wait(`document.getElementById('test-acc').textContent === '' && document.getElementById('train-loss').textContent !== ''`, 10*time.Second))

	eval[any](t, p, `void (() => {
		globalThis.at = [];
		new MutationObserver(() => at.push(Number(document.getElementById('timeline').value))).observe(document.querySelector('#moment'), { attributes: true, childList: true, characterData: true, subtree: true });
	})()`)
	must(t, p.Click("#replay"))
	must(t, p.Wait(`document.getElementById('now').hidden && document.getElementById('replay').dataset.playing === 'false'`, 2*time.Minute))
	if n, sorted := eval[int](t, p, `new Set(at).size`), eval[bool](t, p, `at.every((v, i) => i === 0 || v >= at[i - 1])`); n < 5 || !sorted {
		t.Errorf("the replay showed %d moments, in their order: %v", n, sorted)
	}

	slide(t, p, "timeline", 0)
	must(t, p.Wait(`!document.getElementById('now').hidden`, 10*time.Second))
	must(t, p.Set("epochs", "3"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished' && `+step+` === `+fmt.Sprint(3*188), time.Minute))
	must(t, p.Wait(`document.getElementById('now').hidden && `+class+` === '3' && `+testAcc+` > 80`, 10*time.Second))

	must(t, p.Set("activation", "relu"))
	must(t, p.Set("pooling", "max"))
	must(t, p.Wait(note+`.includes('The network shown has Tanh, average pooling; “Train” begins one with ReLU, max pooling.')`, 10*time.Second))
}

// Steps of a lesson that are passed in a hurry begin no run of theirs: what is
// on show is the last one's, with its settings and curves.
func TestHurriedLesson(t *testing.T) {
	t.Parallel()
	p := openTab(t, plain, desktop)
	must(t, p.Go(server.URL+"/#v=1&lesson=plateau.2"))
	must(t, p.Wait(state+` === 'training' && `+step+` > 5`, time.Minute))
	for range 4 {
		eval[any](t, p, `void (() => {
			const next = (go) => document.querySelector('#lessons [data-go="' + go + '"]').click();
			for (const go of ['next', 'next', 'next', 'back', 'back']) next(go);
		})()`) // to the third step, which shows the run of the second
		must(t, p.Wait(state+` === 'training' && `+step+` > 5`, time.Minute))
		if lr := eval[string](t, p, `document.getElementById('lr').value`); lr != "0.9" {
			t.Fatalf("the form has a rate of %s", lr)
		}
		must(t, p.Wait(`document.querySelector('#chart .curve.loss:not(.pale)')`, 20*time.Second))
		eval[any](t, p, `void (() => { for (let i = 0; i < 2; i++) document.querySelector('#lessons [data-go="next"]').click(); })()`)
		must(t, p.Wait(`document.getElementById('lr').value === '0.1' && `+state+` === 'idle'`, 20*time.Second))
		eval[any](t, p, `void (() => { for (let i = 0; i < 3; i++) document.querySelector('#lessons [data-go="back"]').click(); })()`)
	}
}
