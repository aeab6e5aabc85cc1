package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/engine"
)

// With the keyboard alone one inspects, reads an image, trains, pauses, takes
// steps, goes back in time and looks at mistakes.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	focused := func() string { return eval[string](t, p, `document.activeElement.id`) }
	reach := func(id string) {
		t.Helper()
		for range 80 {
			must(t, p.Keys(kb.Tab))
			if focused() == id {
				return
			}
		}
		t.Fatalf("Tab does not reach #%s", id)
	}
	wait := func(condition string) {
		t.Helper()
		must(t, p.Wait(condition, 20*time.Second))
	}

	must(t, p.Set("epochs", long))
	reach("pick") // through the stage's frame
	must(t, p.Keys(kb.Enter))
	wait(`document.activeElement.closest('#samples .tiles')`)
	wait(`document.querySelectorAll('#samples .tiles button').length > 10`)
	must(t, p.Keys(kb.ArrowRight))
	must(t, p.Keys(kb.Enter))
	wait(class + ` === '2'`) // the second test image
	must(t, p.Keys("z", chromedp.ModifierCtrl))
	wait(class + ` === ''`)
	must(t, p.Keys(kb.Enter))
	wait(class + ` === '2'`)

	reach("stage") // the network in its frame
	must(t, p.Keys(kb.ArrowRight))
	wait(inspected + ` !== ''`)
	at := eval[string](t, p, inspected)
	must(t, p.Keys(kb.PageDown))
	wait(inspected + ` !== '` + at + `'`)
	at = eval[string](t, p, inspected)
	must(t, p.Keys(kb.Enter)) // opens it, with the focus in it
	wait(`document.activeElement.closest('#zoom')`)
	must(t, p.Keys(kb.ArrowDown))
	wait(inspected + ` !== '` + at + `'`)
	must(t, p.Keys(kb.Escape))
	wait(inspected + ` === ''`)
	if focused() != "stage" {
		t.Errorf("a closed unit leaves the focus on #%s", focused())
	}

	reach("train")
	must(t, p.Keys(kb.Enter))
	wait(state + ` === 'training' && ` + step + ` > 5`)
	if focused() != "pause" {
		t.Errorf("after Train the focus is on #%s", focused())
	}
	must(t, p.Keys(" "))
	wait(state + ` === 'paused'`)
	n := eval[int](t, p, step)
	reach("step")
	must(t, p.Keys(kb.Enter))
	wait(fmt.Sprintf(`%s === %d`, step, n+1))
	reach("timeline")
	must(t, p.Keys(kb.Home))
	wait(`document.querySelector('#moment .after').textContent.startsWith('after 0 of ')`)

	reach("tab-samples") // the one that is chosen
	must(t, p.Keys(kb.ArrowRight))
	wait(`document.activeElement.id === 'tab-mistakes' && !document.getElementById('mistakes').hidden && ` + score + ` >= 0`)
	must(t, p.Keys(kb.Tab))
	must(t, p.Keys(kb.ArrowDown))
	must(t, p.Keys(kb.ArrowRight))
	wait(`document.activeElement.dataset.cell === '1,1'`)
	must(t, p.Keys(kb.Enter))
	wait(`document.querySelector('[data-cell="1,1"]').ariaPressed === 'true'`)

	reach("reset")
	must(t, p.Keys(kb.Enter))
	wait(state + ` === 'idle'`)
}

// A 1 and a bar across it, drawn by keyboard alone, on the stage and without it:
// read as what it is, said in words, and taken back stroke by stroke.
func TestDrawByKeyboard(t *testing.T) {
	t.Parallel()
	for _, b := range []*Browser{normal, plain} {
		p := open(t, b, desktop)
		pad := `document.getElementById('pad')`
		if b == normal {
			pad = `document.getElementById('stage').contentDocument.getElementById('pad')`
		}
		eval[any](t, p, `void `+pad+`.focus()`)
		press := func(key string, n int, modifiers ...chromedp.Modifier) {
			t.Helper()
			for range n {
				must(t, p.Keys(key, modifiers...))
			}
		}
		press(kb.ArrowUp, 2, chromedp.ModifierShift)
		press(kb.ArrowUp, 2)
		press(" ", 1)
		must(t, p.Wait(`document.getElementById('announce-pen').textContent === 'Pen down, 14, 4'`, 5*time.Second))
		press(kb.ArrowDown, 5, chromedp.ModifierShift)
		press(" ", 1)
		must(t, p.Wait(`document.getElementById('announce-pen').textContent === 'Pen up, 14, 24'`, 5*time.Second))
		must(t, p.Wait(class+` === '1' && `+strokes+` === 1`, 10*time.Second))
		press(kb.ArrowLeft, 3)
		press(kb.Enter, 1)
		press(kb.ArrowRight, 6)
		press(kb.Enter, 1)
		must(t, p.Wait(strokes+` === 2`, 10*time.Second))
		must(t, p.Click("#undo"))
		must(t, p.Wait(class+` === '1' && `+strokes+` === 1`, 10*time.Second))
	}
}

const strokes = `Number(document.getElementById('prediction').dataset.strokes)`

// Language and theme can be changed while a run goes on: it does, and every
// text and the stage follow.
func TestLooksWhileTraining(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	must(t, p.Set("epochs", long))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'training' && `+step+` > 5`, 30*time.Second))
	frame := `document.getElementById('stage').contentDocument.documentElement`
	ground := `getComputedStyle(document.documentElement).backgroundColor`
	dark := eval[string](t, p, ground)
	for _, theme := range []string{"light", "dark"} {
		at := eval[int](t, p, step)
		must(t, p.Click("#theme"))
		must(t, p.Wait(fmt.Sprintf(`document.documentElement.dataset.theme === %[1]q && %[2]s.dataset.theme === %[1]q && (%[3]s === %[4]q) === %[5]t`, theme, frame, ground, dark, theme == "dark"), 10*time.Second))
		must(t, p.Wait(fmt.Sprintf(`%s > %d`, step, at), 20*time.Second))
	}

	// Buttons, labels and headings of the page, as they are read out.
	texts := `[...document.querySelectorAll('[data-t], [data-label]')].map((e) => (e.dataset.t || e.dataset.label) + '=' + (e.dataset.t ? e.textContent : e.ariaLabel))`
	english := eval[[]string](t, p, texts)
	at := eval[int](t, p, step)
	must(t, p.Set("lang", "zh"))
	must(t, p.Wait(frame+`.lang === 'zh-CN' && document.documentElement.lang === 'zh-CN'`, 10*time.Second))
	chinese := eval[[]string](t, p, texts)
	if len(chinese) != len(english) || len(chinese) < 60 {
		t.Errorf("%d texts, in Chinese %d", len(english), len(chinese))
	}
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	same := 0
	for i, s := range chinese {
		if i < len(english) && s == english[i] {
			same++
		}
	}
	if same > len(chinese)/4 { // names and numbers: MNIST, Tanh, 6,000
		t.Errorf("%d of %d texts are the same in both languages", same, len(chinese))
	}
	must(t, p.Wait(`!/[a-z]{4}/.test(document.getElementById('prediction').textContent)`, 10*time.Second))
	for _, id := range []string{"prediction", "status"} {
		if s := eval[string](t, p, `document.getElementById('`+id+`').textContent`); !han(s) {
			t.Errorf("#%s says %q", id, s)
		}
	}
	must(t, p.Wait(fmt.Sprintf(`%s > %d && %s === 'training'`, step, at, state), 20*time.Second))
	if n := eval[int](t, p, `document.querySelectorAll('#chart .curve').length`); n < 2 {
		t.Errorf("%d curves", n)
	}
}

// A link to a preset sets its recipe, and nothing begins by itself.
func TestPresetLinks(t *testing.T) {
	t.Parallel()
	p := openTab(t, normal, desktop)
	for _, preset := range engine.Presets() {
		r := preset.Recipe
		must(t, p.Go("about:blank"))
		must(t, p.Go(server.URL+"/#v=1&preset="+preset.Preset))
		must(t, p.Wait(`document.getElementById('status')?.dataset.state === 'idle' && document.getElementById('preset').value === '`+preset.Preset+`'`, 30*time.Second))
		size := map[bool]string{true: "subset", false: "full"}[preset.Subset]
		for id, want := range map[string]string{
			"dataset": preset.Dataset, "size": size, "activation": r.Config.Activation.String(), "pooling": r.Config.Pooling.String(),
			"lr": fmt.Sprint(r.LR), "batch": fmt.Sprint(r.Batch), "epochs": fmt.Sprint(r.Epochs), "seed": fmt.Sprint(r.Seed),
			"channels": fmt.Sprintf("%d, %d", r.Config.Channels[0], r.Config.Channels[1]), "units": fmt.Sprintf("%d, %d", r.Config.Units[0], r.Config.Units[1]),
		} {
			if got := eval[string](t, p, `document.getElementById('`+id+`').value`); got != want {
				t.Errorf("%s: %s is %q, want %q", preset.Preset, id, got, want)
			}
		}
		// The answer speaks of the preset's data.
		first := map[string]string{"mnist": "0", "fashion": "T-shirt"}[preset.Dataset]
		must(t, p.Wait(fmt.Sprintf(`document.querySelector('#bars .name').textContent === %q`, first), 10*time.Second))
	}
}
