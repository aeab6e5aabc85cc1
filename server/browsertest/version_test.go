package browsertest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// deploy is a server on which another version of the page takes the place of
// one that is open. Nothing of it stays in the browser's cache.
type deploy struct {
	*httptest.Server
	gone  atomic.Pointer[regexp.Regexp] // files that are not there any more
	newer atomic.Bool                   // the page, for all but who navigates to it: an old one may come from a cache
	deny  atomic.Bool                   // WebAssembly, by the page's policy
}

func newDeploy(t *testing.T) *deploy {
	t.Helper()
	index, err := os.ReadFile(outDir + "/index.html")
	must(t, err)
	next := regexp.MustCompile(`app\.[0-9a-f]{10}\.js`).ReplaceAllString(string(index), "app.0123456789.js")
	d := &deploy{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gone := d.gone.Load()
		switch {
		case gone != nil && gone.MatchString(r.URL.Path):
			http.NotFound(w, r)
		case d.newer.Load() && r.URL.Path == "/" && r.Header.Get("Sec-Fetch-Mode") != "navigate":
			io.WriteString(w, next)
		default:
			server.Config.Handler.ServeHTTP(&headers{w, d}, r)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

// headers changes those of an answer before they are sent.
type headers struct {
	http.ResponseWriter
	d *deploy
}

func (h *headers) WriteHeader(status int) {
	h.Header().Set("Cache-Control", "no-store")
	if h.d.deny.Load() {
		h.Header().Set("Content-Security-Policy", strings.ReplaceAll(h.Header().Get("Content-Security-Policy"), " 'wasm-unsafe-eval'", ""))
	}
	h.ResponseWriter.WriteHeader(status)
}

// renew has the files that match gone, and the page before the one that is open.
func (d *deploy) renew(gone string) {
	d.gone.Store(regexp.MustCompile(gone))
	d.newer.Store(true)
}

// open opens a page whose console may hold the browser's own words of files
// that are not there, and nothing else.
func (d *deploy) open(t *testing.T, v View) *Page {
	t.Helper()
	p, err := normal.Open(v)
	must(t, err)
	t.Cleanup(func() {
		defer p.Close()
		for _, problem := range p.Problems() {
			if !strings.HasPrefix(problem, "network: Failed to load resource") && !strings.HasPrefix(problem, "security: Refused to apply style") {
				t.Error(problem)
			}
		}
		if t.Failed() {
			keepPicture(t, p)
		}
	})
	must(t, p.Go(d.URL+"/"))
	return p
}

const notice = `(document.getElementById('notice').hidden ? '' : document.getElementById('notice').innerText)`

// saysNew waits until the page says that there is a new version, in both languages.
func saysNew(t *testing.T, p *Page) {
	t.Helper()
	must(t, p.Wait(notice+`.includes('The server has a new version of this page')`, 30*time.Second))
	speak(t, p, "zh")
	if said := eval[string](t, p, notice); !strings.Contains(said, "服务器上有此页面的新版本") || !strings.Contains(said, "重新加载") {
		t.Errorf("in Chinese it says %q", said)
	}
	speak(t, p, "en")
}

// loadAnew takes the page's offer to load the new version.
func loadAnew(t *testing.T, p *Page) {
	t.Helper()
	eval[any](t, p, `void (globalThis.old = true)`)
	must(t, p.Click("#reload"))
	must(t, p.WaitNext(`!globalThis.old && document.getElementById('status')`, 20*time.Second))
}

// A page whose parts are gone from the server, as another version is there now,
// says so and offers to load it. What is there already goes on working.
func TestNewVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, gone, until string }{
		{"no engine", `^/worker.*\.wasm$`, state + ` === 'error'`},
		{"no worker", `^/worker\..*\.js$`, state + ` === 'error'`},
		{"no weights", `^/weights/`, state + ` === 'error'`},
		{"no stage", `^/play\..*\.html$`, state + ` === 'idle'`},
		{"no program of the stage", `^/playground\.`, state + ` === 'idle'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDeploy(t)
			d.renew(c.gone)
			p := d.open(t, desktop)
			saysNew(t, p)
			must(t, p.Wait(c.until, 20*time.Second))
			if strings.HasSuffix(c.until, "'idle'") {
				drawOne(t, p)
			}
			d.gone.Store(nil)
			d.newer.Store(false)
			loadAnew(t, p)
			must(t, p.Wait(state+` === 'idle' && document.getElementById('stage-box').dataset.view === 'frame'`, time.Minute))
			if said := eval[string](t, p, notice); said != "" {
				t.Errorf("the new page says %q", said)
			}
		})
	}
}

// A run and a drawing of before are there again in the new version.
func TestNewVersionKeepsRun(t *testing.T) {
	t.Parallel()
	d := newDeploy(t)
	p := d.open(t, desktop)
	must(t, p.Wait(state+` === 'idle' && document.getElementById('stage-box').dataset.view === 'frame'`, time.Minute))
	drawOne(t, p)
	must(t, p.Set("epochs", long))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 20`, 30*time.Second))
	must(t, p.Click("#pause"))
	must(t, p.Wait(state+` === 'paused'`, 10*time.Second))
	at := eval[int](t, p, step)
	stored(t, p, at)
	reload(t, p)
	must(t, p.Wait(state+` === 'paused'`, 20*time.Second))

	d.renew(`^/data/`)
	must(t, p.Click("#train")) // its workers want the images
	saysNew(t, p)
	if said := eval[string](t, p, notice); !strings.Contains(said, "your run and your drawing are kept") {
		t.Errorf("it says %q", said)
	}
	d.gone.Store(nil)
	d.newer.Store(false)
	loadAnew(t, p)
	must(t, p.Wait(state+` === 'paused' && document.getElementById('stage-box').dataset.view === 'frame'`, time.Minute))
	if now := eval[int](t, p, step); now != at {
		t.Errorf("the run was at step %d and is at %d", at, now)
	}
	must(t, p.Wait(class+` === '3'`, 10*time.Second))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > `+eval[string](t, p, `String(`+step+` + 20)`), 20*time.Second))
}

// Parts that talk another way are told from those of this page, wherever they come from.
func TestPartOfAnotherVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, script, until string }{
		{"engine", `
			globalThis.Worker = class extends Worker {
				constructor(url, options) {
					const code = [
						'lenetBase = ' + JSON.stringify(new URL('.', document.baseURI).href),
						'const post = postMessage; postMessage = (m, ...rest) => post(m.reply?.presets ? { ...m, reply: { ...m.reply, version: 2 } } : m, ...rest)',
						'importScripts(' + JSON.stringify(new URL(url, document.baseURI).href) + ')',
					];
					super(URL.createObjectURL(new Blob([code.join(';')], { type: 'text/javascript' })), options);
				}
			};`, state + ` === 'error'`},
		{"stage", `if (top !== self) {
				const post = MessagePort.prototype.postMessage;
				MessagePort.prototype.postMessage = function (m, ...rest) { post.call(this, m.type === 'hello' ? { ...m, v: 2 } : m, ...rest); };
			}`, state + ` === 'idle'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := desktop
			v.Script = c.script
			p := openTab(t, normal, v)
			must(t, p.Go(server.URL+"/"))
			saysNew(t, p)
			must(t, p.Wait(c.until, 20*time.Second))
		})
	}
}

// What fails for another reason is not taken for a new version; the console tells what it was.
func TestNoNewVersion(t *testing.T) {
	t.Parallel()
	d := newDeploy(t)
	d.gone.Store(regexp.MustCompile(`^/weights/`))
	p, err := normal.Open(desktop)
	must(t, err)
	defer p.Close()
	must(t, p.Go(d.URL+"/"))
	must(t, p.Wait(state+` === 'error'`, 30*time.Second))
	for end := time.Now().Add(10 * time.Second); !strings.Contains(strings.Join(p.Problems(), " "), "weights/mnist.safetensors: HTTP 404"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("problems: %q", p.Problems())
		}
	}
	if said := eval[string](t, p, notice); said != "" {
		t.Errorf("it says %q", said)
	}
}

// An old page from a cache whose script is gone says in plain HTML that it has
// not started, and its link leads to the new one.
func TestOldDocument(t *testing.T) {
	t.Parallel()
	d := newDeploy(t)
	d.renew(`^/app\..*\.(js|css)$`)
	p := d.open(t, desktop)
	must(t, p.Wait(`document.readyState === 'complete'`, 20*time.Second))
	eval[any](t, p, `void document.getAnimations().forEach((a) => a.finish())`) // without the wait
	said := eval[string](t, p, `document.getElementById('unstarted').innerText`)
	if !strings.Contains(said, "has not loaded") || !strings.Contains(said, "未能加载") {
		t.Errorf("it says %q", said)
	}
	d.gone.Store(nil)
	must(t, p.Click("#unstarted a"))
	must(t, p.WaitNext(`document.getElementById('status')?.dataset.state === 'idle' && !document.getElementById('unstarted')`, time.Minute))
}

// A kept copy of the page beside a server that has another one: its parts fit
// together, and what it lacks the page tells from the server's.
func TestKeptCopyBesideNewServer(t *testing.T) {
	t.Parallel()
	d := newDeploy(t)
	p := d.open(t, desktop)
	must(t, p.Wait(state+` === 'idle'`, 30*time.Second))
	must(t, p.Click("#share"))
	must(t, p.Click("#offline"))
	must(t, p.Wait(`document.getElementById('message').textContent.includes('opens offline')`, 30*time.Second))
	d.renew(`^/.+`) // nothing of this version is there any more
	reload(t, p)
	drawOne(t, p)
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 20`, 30*time.Second))
	if said := eval[string](t, p, notice); said != "" {
		t.Errorf("it says %q", said)
	}
	must(t, p.Click("#reset"))
	must(t, p.Wait(state+` === 'idle'`, 10*time.Second))
	eval[any](t, p, `void caches.open('lenet ' + new URL('./', location.href)).then(async (c) => {
		for (const r of await c.keys()) if (r.url.includes('/weights/fashion')) await c.delete(r);
		globalThis.lacking = true;
	})`)
	must(t, p.Wait(`globalThis.lacking`, 10*time.Second))
	must(t, p.Set("dataset", "fashion"))
	saysNew(t, p)
}

// Where WebAssembly is missing or refused, the page shows what was computed
// beforehand, and says what is missing and what helps.
func TestBlockedWasm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script, path, says string
		deny                     bool
	}{
		{"no WebAssembly", `delete globalThis.WebAssembly;`, "/", "Allow WebAssembly for this site", false},
		{"refused by a policy", ``, "/", "or open the page in another browser", true},
		{"a link, embedded", `delete globalThis.WebAssembly;`, "/#v=1&embed=1&data=fashion&autoplay=1&lang=zh", "请允许本站使用 WebAssembly", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDeploy(t)
			d.deny.Store(c.deny)
			v := desktop
			v.Script = c.script
			p, err := normal.Open(v)
			must(t, err)
			defer p.Close()
			must(t, p.Go(d.URL+c.path))
			must(t, p.Wait(notice+`.includes('`+c.says+`') && Number(document.getElementById('prediction').dataset.p) > 0.8`, 20*time.Second))
			must(t, p.Wait(`(({ data }) => data.some((v, i) => i % 4 === 1 && v > 100))(document.getElementById('maps').getContext('2d').getImageData(300, 0, 300, 200))`, 10*time.Second))
			if eval[bool](t, p, `['poster', 'train', 'share', 'reload'].some((id) => document.getElementById(id).checkVisibility())`) {
				t.Error("it offers what cannot be done")
			}
			for _, problem := range p.Problems() {
				if !c.deny || !strings.Contains(problem, "wasm") { // the browser's own words
					t.Error(problem)
				}
			}
			for _, url := range p.Requests() {
				if strings.HasSuffix(url, ".wasm") {
					t.Errorf("it loads %s", url)
				}
			}
		})
	}
}
