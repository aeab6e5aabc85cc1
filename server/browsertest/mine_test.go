package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lenet/engine/dataset/own"
	"lenet/engine/pen"
	"lenet/engine/picture/decode"
)

// others returns n of twenty people's drawings of something that is no digit, from
// the one at from on.
func others(t *testing.T, kind string, from, n int) []pen.Drawing {
	t.Helper()
	data, err := os.ReadFile("testdata/others.json")
	must(t, err)
	var all []struct {
		Kind    string
		Strokes [][][2]float64
	}
	must(t, json.Unmarshal(data, &all))
	var some []pen.Drawing
	for _, d := range all {
		if d.Kind != kind {
			continue
		}
		var drawing pen.Drawing
		for _, stroke := range d.Strokes {
			var s pen.Stroke
			for _, p := range stroke {
				s = append(s, pen.Point{X: p[0], Y: p[1]})
			}
			drawing = append(drawing, s)
		}
		some = append(some, drawing)
	}
	return some[from:][:n]
}

// press presses keys, one after the other, wherever the focus is: what a key that
// was taken would have typed is not typed, as at a keyboard.
func press(t *testing.T, p *Page, keys string) {
	t.Helper()
	for _, r := range keys {
		e := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: string(r), Text: string(r)}
		switch r {
		case '\r':
			e.Key, e.Code, e.WindowsVirtualKeyCode = "Enter", "Enter", 13
		case '→':
			e.Key, e.Code, e.Text, e.WindowsVirtualKeyCode = "ArrowRight", "ArrowRight", "", 39
		case '⌦':
			e.Key, e.Code, e.Text, e.WindowsVirtualKeyCode = "Delete", "Delete", "", 46
		}
		_, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, e)
		must(t, err)
		e.Type, e.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err = chromedp.Call(p.ctx, input.DispatchKeyEvent, e)
		must(t, err)
	}
}

// collected waits until Mine has so many drawings.
func collected(t *testing.T, p *Page, n int) {
	t.Helper()
	must(t, p.Wait(fmt.Sprintf(`document.getElementById('mine')?.dataset.size === '%d'`, n), 20*time.Second))
}

// file draws and files: under a new class, or by the key of one.
func file(t *testing.T, p *Page, d pen.Drawing, name, key string) {
	t.Helper()
	n := eval[int](t, p, `Number(document.getElementById('mine').dataset.size)`)
	must(t, p.Draw(d))
	if key == "" {
		press(t, p, "+")
		must(t, p.Wait(`document.activeElement.matches('#mine .naming input')`, 10*time.Second))
		press(t, p, name+"\r")
	} else {
		press(t, p, key)
	}
	collected(t, p, n+1)
}

// kindsOf is what the grid says: "house 3, ✓ 1".
const kindsOf = `[...document.querySelectorAll('#mine .kind')].map((k) => k.querySelector('.name span')?.textContent + ' ' + k.querySelectorAll('.tile').length).join(', ')`

// One collects drawings of one's own: by key, by click, under new classes and
// those of the network; all can be taken back, and is there again after a
// reload, in another tab and in the other language.
func TestMine(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	is := func(want string) {
		t.Helper()
		must(t, p.Wait(kindsOf+fmt.Sprintf(` === %q`, want), 20*time.Second))
	}
	press(t, p, "m")
	must(t, p.Wait(`document.getElementById('mine')?.hidden === false`, 20*time.Second))
	houses, faces := others(t, "house", 0, 2), others(t, "face", 0, 2)
	file(t, p, houses[0], "house", "")
	file(t, p, houses[1], "", "1")
	must(t, p.Draw(faces[0]))
	eval[any](t, p, `void document.querySelector('#mine .choices .new').click()`)
	press(t, p, "house\r") // there is one
	must(t, p.Wait(`document.querySelector('#mine .refusal').textContent.includes('of that name')`, 10*time.Second))
	eval[any](t, p, `void (document.querySelector('#mine .naming input').value = ' ✓ ')`)
	press(t, p, "\r")
	is("house 2, ✓ 1")
	file(t, p, faces[1], "", "2")
	is("house 2, ✓ 2")

	// Undo puts the drawing back into the pad, and there it can be filed anew.
	press(t, p, "1") // nothing is in the pad
	eval[any](t, p, `void document.querySelector('#mine .bar .undo').click()`)
	is("house 2, ✓ 1")
	must(t, p.Wait(`!document.querySelector('#mine [data-name=house]').matches('[aria-disabled=true]')`, 10*time.Second))
	press(t, p, "1")
	is("house 3, ✓ 1")

	// By keyboard: to the drawings, along them, Delete; the next one has the focus.
	eval[any](t, p, `void document.querySelector('#mine .tile button').focus()`)
	press(t, p, "→→⌦")
	is("house 2, ✓ 1")
	if at := eval[string](t, p, `document.activeElement.getAttribute('aria-label')`); !strings.HasPrefix(at, "house, drawing 2 of 2") {
		t.Errorf("the focus is on %q", at)
	}
	eval[any](t, p, `void document.querySelector('#mine .kind:last-child [data-do=rename]').click()`)
	press(t, p, "face\r")
	is("house 2, face 1")
	eval[any](t, p, `void document.querySelector('#mine [data-do=remove]').click()`)
	is("house 2, face 1") // it asks
	eval[any](t, p, `void document.querySelector('#mine [data-do=yes]').click()`)
	is("face 1")
	press(t, p, "\r") // the focus is on Undo
	is("house 2, face 1")

	// Beside the answer, in the page's other view: under a class of the network.
	eval[any](t, p, `history.back()`)
	must(t, p.Wait(`document.getElementById('mine').hidden`, 10*time.Second))
	must(t, p.Draw(digits(t, 1)[7].Drawing))
	must(t, p.Wait(`!document.querySelector('#ask[data-off]')`, 10*time.Second))
	eval[any](t, p, `void document.getElementById('ask').click()`)
	eval[any](t, p, `void document.querySelector('#asking [data-name="7"]').click()`)
	must(t, p.Wait(`document.querySelector('#asking .said').textContent === 'Filed under 7. Mine has 4.'`, 10*time.Second))
	eval[any](t, p, `void document.querySelector('#asking [data-name="1"]').click()`) // no, it is that
	collected(t, p, 4)

	must(t, p.Wait(inStore+` === 4`, 10*time.Second))
	must(t, p.Go(server.URL+"/#v=1&mine=1"))
	reload(t, p)
	must(t, p.Wait(`document.getElementById('mine')?.dataset.recalled === ''`, 30*time.Second))
	is("house 2, face 1, 7 0, 1 1")
	speak(t, p, "zh")
	must(t, p.Wait(`document.querySelector('#mine .total').textContent === '4 幅 · 4 类'`, 10*time.Second))
}

// inStore is how many drawings the storage has.
const inStore = `(globalThis.inStore ??= -1, indexedDB.open('lenet-mine').onsuccess = (e) => {
	e.target.result.transaction('items').objectStore('items').count().onsuccess = (r) => { globalThis.inStore = r.target.result; e.target.result.close(); };
}, globalThis.inStore)`

// After a stroke the focus is in the stage's frame: the keys work there, too, and
// Tab leads past the network, which lies below.
func TestMineInFrame(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	press(t, p, "m")
	must(t, p.Wait(`document.getElementById('mine')?.hidden === false`, 20*time.Second))
	must(t, p.Wait(`document.getElementById('stage').contentDocument.getElementById('stage').tabIndex === -1`, 10*time.Second))
	press(t, p, "+")
	must(t, p.Wait(`document.activeElement.matches('#mine .naming input')`, 10*time.Second))
	press(t, p, "three\r")
	collected(t, p, 1)
	must(t, p.Wait(`document.getElementById('prediction').dataset.strokes === '0'`, 10*time.Second))
	must(t, p.Draw(pen.Drawing{{{X: 14, Y: 5}, {X: 14, Y: 14}, {X: 14, Y: 23}}}))
	_, err := p.Read()
	must(t, err)
	press(t, p, "1")
	collected(t, p, 2)
	must(t, p.Keys("z", chromedp.ModifierCtrl))
	collected(t, p, 1)
	press(t, p, "m")
	must(t, p.Wait(`document.getElementById('mine').hidden && document.getElementById('stage').contentDocument.getElementById('stage').tabIndex === 0`, 10*time.Second))
}

// Where storage is refused, one collects all the same and is told.
func TestMineUnkept(t *testing.T) {
	t.Parallel()
	v := View{Width: 390, Height: 844, Ratio: 2, Touch: true, Script: `Object.defineProperty(globalThis, 'indexedDB', { get: () => ({ open: () => { throw new Error('refused here'); } }) });`}
	p := open(t, plain, v)
	eval[any](t, p, `void document.getElementById('own').click()`)
	must(t, p.Wait(`document.querySelector('#mine .said')?.textContent.includes('refused here')`, 20*time.Second))
	must(t, p.Touch(others(t, "house", 0, 1)[0]))
	eval[any](t, p, `void document.querySelector('#mine .choices .new').click()`)
	press(t, p, "house\r")
	must(t, p.Wait(kindsOf+` === 'house 1'`, 20*time.Second))
	if w := eval[int](t, p, `document.documentElement.scrollWidth`); w > 390 {
		t.Errorf("the page is %d pixels wide", w)
	}
}

// Three signs of one's own, ten drawings of each: filed by key, learned from the
// network on show, and ten more of each are read. What is on show says how many of
// the held-out drawings are right, beside it what it was from random weights; one
// click brings the network of before back. The files that are written are read by
// the program, and by the page.
func TestMineLearns(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	saves(t, p)
	press(t, p, "m")
	must(t, p.Wait(`document.getElementById('mine')?.hidden === false`, 20*time.Second))
	kinds := []string{"house", "face", "arrow"}
	for i, kind := range kinds {
		for j, d := range others(t, kind, 0, 10) {
			key := fmt.Sprint(i + 1)
			if j == 0 {
				key = ""
			}
			file(t, p, d, kind, key)
			if i == 0 && j == 5 && eval[string](t, p, needs) == "" {
				t.Error("with one class nothing says what is missing")
			}
		}
	}
	const outcome = `document.querySelector('#mine .outcome').textContent`
	teach := func() {
		t.Helper()
		must(t, p.Click("#mine .teach .main"))
		must(t, p.Wait(`document.querySelector('#mine .teach').dataset.state === 'preparing' || document.querySelector('#mine .teach').dataset.state === 'training'`, 20*time.Second))
		must(t, p.Wait(`document.querySelector('#mine .teach').dataset.state === 'done'`, 2*time.Minute))
	}
	read := func() (right int) {
		t.Helper()
		for _, kind := range kinds {
			for _, d := range others(t, kind, 10, 10) {
				must(t, p.Draw(d))
				_, err := p.Read()
				must(t, err)
				if eval[string](t, p, `document.querySelector('#prediction strong').textContent`) == kind {
					right++
				}
				must(t, p.Click("#clear"))
			}
		}
		return right
	}
	must(t, p.Click("#mine label:has([value=random])"))
	teach()
	random := eval[string](t, p, outcome)
	must(t, p.Click("#mine .links button:last-child"))
	must(t, p.Wait(`document.querySelectorAll('#bars li').length === 10`, 20*time.Second))
	must(t, p.Click("#mine label:has([value=shown])"))
	teach()
	if got, want := eval[string](t, p, outcome), "6 of 6 held-out drawings right"; got != want {
		t.Errorf("%q, want %q; from random weights %q", got, want, random)
	}
	if got := eval[string](t, p, `document.querySelector('#mine .beside').textContent`); !strings.Contains(got, "Learned from 24 drawings in ") || !strings.Contains(got, "From random weights it was ") {
		t.Errorf("beside the result: %q", got)
	}
	right := read()
	t.Logf("from the network on show: %d of 30 more drawings right; %s", right, eval[string](t, p, `document.querySelector('#mine .beside').textContent`))
	if right < 29 { // 95 %
		t.Errorf("%d of 30 more drawings are right", right)
	}

	for form, name := range map[string]string{"strokes": "mine.json", "idx": "mine-idx.zip", "npz": "mine.npz", "png": "mine-png.zip"} {
		eval[any](t, p, `void saved.clear()`)
		must(t, p.Click("#mine [data-form="+form+"]"))
		path := filepath.Join(t.TempDir(), name)
		must(t, keep(path, saved(t, p, name)))
		d, err := own.Read(own.Source{FS: os.DirFS(filepath.Dir(path)), Path: name}, own.Options{Picture: decode.RGBA})
		must(t, err)
		if !slices.Equal(d.Classes, []string{"arrow", "face", "house"}) || d.Train.Len() != 30 {
			t.Errorf("%s has %d examples of the classes %q", form, d.Train.Len(), d.Classes)
			continue
		}
		if got, want := prints(d), eval[[]string](t, p, tiles); !slices.Equal(got, want) {
			t.Errorf("%s: the images or their classes are others than those on show", form)
		}
		if form != "strokes" {
			continue
		}
		dropPaths(t, p, path) // on what is on show: they are added
		collected(t, p, 60)
		must(t, p.Click("#mine .bar .undo"))
		collected(t, p, 30)
	}
	must(t, p.Click("#mine .links button:last-child"))
	must(t, p.Wait(`document.querySelectorAll('#bars li').length === 10 && document.getElementById('dataset').value === 'mnist'`, 20*time.Second))
}

const needs = `document.querySelector('#mine .missing').textContent`

// prints is what the examples are, in an order of their own: the class and the
// sum of each one's pixels, each times its place.
func prints(d *own.Data) []string {
	var all []string
	for i, label := range d.Train.Labels {
		sum := 0
		for k, v := range d.Train.Images[i*784:][:784] {
			sum += (k + 1) * int(v)
		}
		all = append(all, fmt.Sprint(d.Classes[label], " ", sum))
	}
	slices.Sort(all)
	return all
}

// tiles is the same of the drawings on show.
const tiles = `[...document.querySelectorAll('#mine .kind')].flatMap((k) => [...k.querySelectorAll('.tile canvas')].map((c) => {
	const { data } = c.getContext('2d').getImageData(0, 0, 28, 28);
	let sum = 0;
	for (let i = 0; i < 784; i++) sum += (i + 1) * data[4 * i];
	return k.querySelector('.name span').textContent + ' ' + sum;
})).sort()`
