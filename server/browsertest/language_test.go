package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Somebody's first visit is in the first of their languages that the page has,
// and fetches that one only. English, which is part of the page, stands in
// where there is none.
func TestLanguages(t *testing.T) {
	for _, c := range []struct{ reads, want string }{
		{`['en-GB', 'zh-CN']`, "en"},
		{`['zh-TW', 'en']`, "zh-CN"},
		{`['sw', 'ZH-hans-cn', 'en']`, "zh-CN"},
		{`['sw']`, "en"},
		{`[]`, "en"},
	} {
		v := desktop
		v.Script = `Object.defineProperty(navigator, 'languages', { get: () => ` + c.reads + ` });`
		p := openTab(t, plain, v)
		must(t, p.Go(server.URL+"/"))
		must(t, p.Wait(state+` === 'idle'`, 30*time.Second))
		must(t, p.Wait(fmt.Sprintf(`document.documentElement.lang === %q`, c.want), 10*time.Second))
		fetched := strings.Count(strings.Join(p.Requests(), "\n"), "/strings/")
		if want := map[bool]int{true: 0, false: 1}[c.want == "en"]; fetched != want {
			t.Errorf("%s: %d languages fetched, want %d", c.reads, fetched, want)
		}
		p.Close()
	}
}

// The list has every language by its own name; the choice is kept, and an
// older link's language need not be one of the page's.
func TestChooseLanguage(t *testing.T) {
	p := open(t, plain, desktop)
	names := eval[string](t, p, `[...document.querySelectorAll('#lang option')].map((e) => e.textContent).join()`)
	if names != "English,中文" {
		t.Errorf("the list has %s", names)
	}
	speak(t, p, "zh")
	if title := eval[string](t, p, `document.title`); title != "LeNet 游乐场" {
		t.Errorf("in Chinese the title is %q", title)
	}
	reload(t, p)
	must(t, p.Wait(`document.documentElement.lang === 'zh-CN' && document.getElementById('lang').value === 'zh'`, 10*time.Second))
	must(t, p.Go("about:blank"))
	must(t, p.Go(server.URL+"/#v=1&lang=tlh-Latn"))
	must(t, p.Wait(state+` === 'idle' && document.documentElement.lang === 'zh-CN'`, 30*time.Second))
}
