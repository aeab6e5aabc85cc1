package browsertest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// axe-core finds nothing serious or critical in the page, in either theme, on a
// desktop and a phone, with each of its parts open. .ci/tools fetches it.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join("..", "..", ".cache", "axe.min.js"))
	if err != nil {
		t.Skipf("axe-core is not here: run .ci/tools, which needs npm (%v)", err)
	}
	phone := View{Width: 390, Height: 844, Ratio: 2, Touch: true}
	for _, c := range []struct {
		name  string
		view  View
		light bool
	}{{"desktop", desktop, false}, {"desktop, light", desktop, true}, {"phone, light", phone, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := c.view
			v.Light = c.light
			p := openTab(t, normal, v)
			must(t, p.Go(server.URL+"/"))
			must(t, p.Wait(state+` === 'idle'`, 30*time.Second))
			eval[any](t, p, string(axe)+`; undefined`)
			check := func(name, part string) {
				t.Helper()
				eval[any](t, p, `void (globalThis.found = undefined, axe.run(`+part+`, { iframes: false, resultTypes: ['violations'] }).then((r) => {
					globalThis.found = r.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
						.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120) + ' ' + n.any.map((a) => a.message).join(' ')).join('; '));
				}))`)
				must(t, p.Wait(`globalThis.found`, time.Minute))
				for _, found := range eval[[]string](t, p, `found`) {
					t.Errorf("%s: %s", name, found)
				}
			}
			press := func(selector string) { eval[any](t, p, `void document.querySelector('`+selector+`').click()`) }
			check("first sight", "document")
			must(t, p.EmptyPad())
			drawOne(t, p)
			check("the page", "document")
			for _, id := range eval[[]string](t, p, `[...document.querySelectorAll('[role=tab]')].map((e) => e.id)`) {
				press("#" + id)
				check(id, "'#side'")
			}
			press("#share")
			check("sharing", "'#sharing'")
			press("#ask")
			must(t, p.Wait(`document.querySelector('#asking:popover-open')`, 20*time.Second))
			press(`#asking [data-name="7"]`)
			must(t, p.Wait(`document.querySelector('.hand .main').ariaDisabled === 'false'`, 20*time.Second))
			check("what it is", "'#asking'")
			eval[any](t, p, `void document.getElementById('asking').hidePopover()`)
			press("#bars li")
			must(t, p.Wait(`!document.getElementById('zoom').hidden`, 10*time.Second))
			check("an open unit", "document")
			press("#zoom .close")
			press("#play")
			must(t, p.Wait(`!document.getElementById('through').hidden`, 10*time.Second))
			check("layer by layer", "document")
			press("#through .close")
			press("#own")
			must(t, p.Wait(`document.getElementById('mine')?.hidden === false`, 20*time.Second))
			check("Mine", "document")
			press("#mine .choices .new")
			eval[any](t, p, `void (document.querySelector('#mine .naming input').value = 'seven', document.querySelector('#mine .naming').requestSubmit())`)
			collected(t, p, 1)                                                               // it was a 7 before
			eval[any](t, p, `void document.querySelector('#mine [data-do=remove]').click()`) // it asks
			check("Mine with a drawing", "document")
			press("#own")
			press("#learn")
			check("lessons", "'#lessons'")
			eval[any](t, p, `void (location.hash = 'v=1&lesson=conv.3')`)
			setUp(t, p, "conv.3")
			check("a lesson", "document")
			// The stage is a document of its own.
			must(t, p.Enter())
			eval[any](t, p, string(axe)+`; undefined`)
			eval[any](t, p, `void (globalThis.found = undefined, axe.run(document, { resultTypes: ['violations', 'passes'] }).then((r) => {
				globalThis.found = r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120)).join('; '));
				globalThis.passed = r.passes.length;
			}))`)
			must(t, p.Wait(`globalThis.found`, time.Minute))
			for _, found := range eval[[]string](t, p, `found`) {
				t.Errorf("stage: %s", found)
			}
			if n := eval[int](t, p, `passed`); n < 10 {
				t.Errorf("axe checked the stage by %d rules", n)
			}
		})
	}
}
