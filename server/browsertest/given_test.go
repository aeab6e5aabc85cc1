package browsertest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// given is what comes back for a command about the reader's own drawings.
type given struct {
	Type, Message, Format, Data string
	Counts                      map[string]int
	Total                       int
}

// The page around files drawings under classes, and hears how many there are.
// The drawings themselves it gets when the reader agrees, and not otherwise.
func TestLabelAndRequest(t *testing.T) {
	t.Parallel()
	p := embedded(t, "&lang=en")
	send := func(message any) given {
		t.Helper()
		m, err := json.Marshal(message)
		must(t, err)
		a, err := Await[given](p, "ask("+string(m)+")")
		must(t, err)
		return a
	}
	refused := func(message any, says string) {
		t.Helper()
		if a := send(message); a.Type != "error" || !strings.Contains(a.Message, says) {
			t.Errorf("%v: %+v, want an error with %q", message, a, says)
		}
	}
	refused(dict{"type": "requestDrawings"}, "nothing to write")
	send(dict{"type": "draw"})
	refused(dict{"type": "label", "label": "three"}, "nothing in the pad")
	send(three(t))
	refused(dict{"type": "label", "label": " "}, "Give the class a name")
	refused(dict{"type": "label", "label": strings.Repeat("é", 51)}, "too long")
	for i, name := range []string{"house", " three", "✓", "three"} { // the first one was no house
		if i > 1 {
			send(three(t))
		}
		if a := send(dict{"type": "label", "label": name}); a.Type != "done" || a.Counts[strings.TrimSpace(name)] != max(1, i-1) || a.Total != max(1, i) {
			t.Errorf("label %q: %+v", name, a)
		}
	}
	must(t, p.Wait(`got.some((m) => m.type === 'mine' && m.total === 3 && m.counts.three === 2 && m.counts['✓'] === 1)`, 10*time.Second))

	inside, err := p.Frame(server.URL)
	must(t, err)
	if text := eval[string](t, inside, `document.querySelector('#mine .transfer').textContent`); !strings.Contains(text, "only if you agree") {
		t.Errorf("Mine in a frame says %q", text)
	}
	request := func() {
		t.Helper()
		eval[any](t, p, `void (globalThis.answered = null, ask({ type: 'requestDrawings' }).then((a) => { answered = a; }))`)
		must(t, inside.Wait(`document.activeElement?.matches('#giving [data-t="mine.give.no"]')`, 20*time.Second))
	}
	request()
	text := eval[string](t, inside, `document.getElementById('giving-what').textContent`)
	if origin := eval[string](t, p, `origin`); !strings.HasPrefix(text, origin+" asks for your drawings") || !strings.HasSuffix(text, ": three 2, ✓ 1.") {
		t.Errorf("the question is %q", text)
	}
	refused(dict{"type": "requestDrawings"}, "asks something else")
	eval[any](t, inside, `document.querySelector('#giving [data-t="mine.give.yes"]').click()`) // by a script: that is nobody's word
	must(t, chromedp.Do(inside.ctx, chromedp.KeyEvent(kb.Escape)))
	must(t, p.Wait(`answered?.type === 'error' && answered.message.includes('declined')`, 10*time.Second))
	if eval[bool](t, inside, `!!document.getElementById('giving')`) {
		t.Error("the question stays")
	}

	send(dict{"type": "set", "keys": dict{"lang": "zh"}})
	request()
	must(t, inside.Click(`#giving [data-t="mine.give.yes"]`)) // may come too early to be meant
	for i := 0; eval[bool](t, inside, `!!document.getElementById('giving')`); i++ {
		if i == 100 {
			t.Fatal("a click on Share does nothing")
		}
		time.Sleep(100 * time.Millisecond)
		inside.Click(`#giving [data-t="mine.give.yes"]`) // it may be gone by now
	}
	must(t, p.Wait(`answered`, 20*time.Second))
	a := eval[given](t, p, `answered`)
	var drawings []struct {
		Label   string
		Strokes [][][2]float64
	}
	if err := json.Unmarshal([]byte(a.Data), &drawings); err != nil || a.Type != "done" || a.Format != "strokes" || len(drawings) != 3 || len(drawings[0].Strokes) == 0 {
		t.Errorf("%v: %.300v", err, a)
	}
	if stored, err := Await[int](inside, `indexedDB.databases().then((all) => all.length)`); err != nil || stored > 0 {
		t.Errorf("%d databases were made, %v", stored, err)
	}
}

// A data set beside the playground is the chosen one, in the element and in a
// sandbox too, where it has the SHA-256 that it is named with; otherwise the page
// says which it has. None is fetched from another site.
func TestDataBeside(t *testing.T) {
	t.Parallel()
	_, letters, err := signs(t, 20).Pack("npz", "letters")
	must(t, err)
	sum := fmt.Sprintf("%x", sha256.Sum256(letters))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/sets/letters.npz" {
			server.Config.Handler.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Write(letters)
	}))
	defer s.Close()
	const chosen = `got.some((m) => m.type === 'ready' && m.live && m.keys.data === 'sets/letters.npz' && m.keys.sha256 && m.keys.lr === '0.02' && m.keys.from === 'shown')`
	element := `<script src="` + server.URL + `/embed.js"></script><lenet-playground src="` + s.URL + `/" data="sets/letters.npz" sha256="` + sum + `" lr="0.02"></lenet-playground>`
	sandbox := `<iframe sandbox="allow-scripts" src="` + s.URL + `/#embed=1&data=sets/letters.npz&lr=0.02&sha256=` + sum + `" width="700" height="500"></iframe>`
	var p *Page
	for _, body := range []string{sandbox, element} {
		p = openCourse(t, normal, View{Width: 720, Height: 600}, course(t, body))
		must(t, p.Wait(`got.some((m) => m.type === 'ready')`, 20*time.Second))
		if a := ask(t, p, dict{"type": "step", "n": 2}); a.Type != "done" || a.Step != 2 {
			t.Errorf("two steps on it: %+v", a)
		}
		must(t, p.Wait(chosen, 5*time.Second))
	}
	if got := eval[[]string](t, p, `got.filter((m) => m.type === 'prediction').map((m) => m.name)`); !strings.Contains(strings.Join(got, " "), "house") && !strings.Contains(strings.Join(got, " "), "K") && !strings.Contains(strings.Join(got, " "), "✓") {
		t.Errorf("after two steps it reads %q", got)
	}
	other := strings.Repeat("0", 64)
	for _, c := range []struct {
		keys dict
		says []string
	}{
		{dict{"data": "sets/letters.npz", "sha256": other}, []string{sum, other}},
		{dict{"data": s.URL + "/sets/letters.npz"}, []string{"sha256", sum}},
		{dict{"data": server.URL + "/sets/letters.npz", "sha256": sum}, []string{"want a file of " + s.URL}},
		{dict{"data": "nothing.npz", "sha256": sum}, []string{"404"}},
	} {
		a := ask(t, p, dict{"type": "set", "keys": c.keys})
		for _, says := range c.says {
			if a.Type != "error" || !strings.Contains(a.Message, says) {
				t.Errorf("%v: %+v, want an error with %q", c.keys, a, says)
			}
		}
	}
	before := eval[int](t, p, `got.length`)
	for _, keys := range []dict{{"data": "fashion"}, {"data": s.URL + "/sets/letters.npz", "sha256": strings.ToUpper(sum), "preset": "d2l"}} {
		if a := ask(t, p, dict{"type": "set", "keys": keys}); a.Type != "done" {
			t.Errorf("%v: %+v", keys, a)
		}
	}
	must(t, p.Wait(fmt.Sprintf(`((keys) => keys.data.startsWith('http') && keys.lr === '0.9')(Object.assign({}, ...got.slice(%d).filter((m) => m.type === 'change').map((m) => m.keys)))`, before), 10*time.Second))
}
