package bundle

import (
	"bytes"
	"encoding/json"
	"io"
	"lenet/wasm/manifest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// tree is a small site in the shape of the playground's.
var tree = map[string]string{
	"go.mod": "module site\n\ngo 1.27\n",
	"index.html": `<!doctype html><link rel="stylesheet" href="wasm/page/app.css"><link rel="icon" href="assets/icons/icon.svg">
<a href="?lang=zh">zh</a> <a href="https://d2l.ai">d2l</a> <a href="#main">skip</a>
<script type="module" src="wasm/page/app.js"></script>`,
	"wasm/page/app.css":          `body { background: url(../../assets/icons/icon.svg); color: #ff0000 }`,
	"wasm/page/app.js":           `import { languages, url } from './shell/bundle.js'; import { twice } from './lib/twice.js'; import en from '../../assets/strings/en.json'; new Worker(url('worker.js')); document.title = twice(url('data/x.gz')) + url('play.html') + url('strings/xx-ab.json') + languages.en + en[document.title];`,
	"wasm/page/train/worker.js":  `import { url } from '../shell/bundle.js'; import './wasm_exec.js'; fetch(url('weights/m.safetensors')); fetch(url("data/full/mnist/train.gz"));`,
	"wasm/page/stage/play.js":    `console.log('play');`,
	"wasm/page/stage/play.css":   `canvas { inset: 0 }`,
	"wasm/page/mine/mine.css":    `#mine { color: red }`,
	"wasm/page/explain/zoom.css": `#zoom { color: red }`,
	"wasm/page/stage/labels.css": `b { margin: 0 }`,
	"wasm/page/stage/play.html":  `<!doctype html><script type="module" src="play.js"></script>`,
	"wasm/page/shell/bundle.js":  `export const url = (name) => name; export const all = () => []; export const languages = {};`,
	"wasm/page/shell/sw.js":      `import { all } from './bundle.js'; console.log(all());`,
	"wasm/page/embed/embed.js":   `customElements.define('x-site', HTMLElement);`,
	"wasm/page/lib/twice.js": `/** A comment that goes. */
export const twice = (s) => s + s;
export const unused = 'never called';`,
	"assets/assets.go":             "package assets\n",
	"assets/ATTRIBUTION.md":        "# Attribution\n",
	"assets/icons/icon.svg":        "<svg>" + strings.Repeat(`<path d="M0 0h1"/>`, 50) + "</svg>",
	"assets/icons/.hidden":         "",
	"assets/data/x.gz":             zipped(strings.Repeat("01234567890000000", 999)),
	"assets/strings/en.json":       `{"language.name": "English", "lesson.draw": "A title", "lesson.draw.1": "A step"}`,
	"assets/strings/xx-ab.json":    `{"language.name": "Xabian"}`,
	"assets/screenshots/big.png":   "only for the README",
	"assets/weights/m.safetensors": strings.Repeat("weights", 100),
}

// zipped returns gzip of the text, not well compressed.
func zipped(text string) string {
	var b bytes.Buffer
	if err := writeGzip(&b, []byte(text), 1); err != nil {
		panic(err)
	}
	return b.String()
}

// makeSite writes the site with some files replaced and returns its options.
func makeSite(t *testing.T, change map[string]string) Options {
	t.Helper()
	root := t.TempDir()
	for _, files := range []map[string]string{tree, change} {
		for name, text := range files {
			if err := writeFile(filepath.Join(root, filepath.FromSlash(name)), []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return Options{Root: root, Out: filepath.Join(root, "out"), Cache: filepath.Join(root, "cache"), Level: Quick}
}

func byName(files []*File) map[string]*File {
	m := map[string]*File{}
	for _, f := range files {
		m[f.Name] = f
	}
	return m
}

func TestBuild(t *testing.T) {
	o := makeSite(t, nil)
	files, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	m := byName(files)
	if len(m) != 19 {
		t.Errorf("%d files", len(m))
	}
	hashed := regexp.MustCompile(`\.[0-9a-f]{10}\.[a-z]+$`)
	for name, f := range m {
		if f.Immutable != !slices.Contains([]string{"index.html", "embed.js", "sw.js", "data/full/index.json"}, name) || f.Immutable != hashed.MatchString(f.Path) {
			t.Errorf("%s is at %s, immutable %v", name, f.Path, f.Immutable)
		}
		onDisk, err := os.ReadFile(filepath.Join(o.Out, f.Path))
		if err != nil || !bytes.Equal(onDisk, f.Data) {
			t.Errorf("%s on disk: %v", f.Path, err)
		}
	}
	contains := func(name string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(string(m[name].Data), p) {
				t.Errorf("%s lacks %q:\n%s", name, p, m[name].Data)
			}
		}
	}
	contains("index.html", `href="`+m["app.css"].Path+`"`, `src="`+m["app.js"].Path+`"`, `href="`+m["icons/icon.svg"].Path+`"`, `href="?lang=zh"`, `href="https://d2l.ai"`, `href="#main"`)
	contains("play.html", `src="`+m["play.js"].Path+`"`)
	contains("app.js", m["worker.js"].Path, m["data/x.gz"].Path, m["play.html"].Path)
	contains("app.js", m["strings/xx-ab.json"].Path, `"Xabian"`, `"English"`)
	contains("app.js", "A title")
	if app := string(m["app.js"].Data); strings.Contains(app, "A step") {
		t.Errorf("app.js holds a step of a lesson, which is fetched with it: %s", app)
	}
	contains("strings/en.json", `{"lesson.draw.1":"A step"}`)
	contains("worker.js", m["weights/m.safetensors"].Path, "globalThis.Go", "data/full/mnist/train.gz")
	contains("sw.js", m["app.js"].Path, m["play.html"].Path)
	contains("app.css", "url("+m["icons/icon.svg"].Path+")", "red")
	if s := string(m["app.js"].Data); strings.Contains(s, "never called") || strings.Contains(s, "comment") || strings.Contains(s, "import") {
		t.Errorf("app.js is not bundled and minified:\n%s", s)
	}
}

// The compressed forms give the content back, the brotli form of a gzip file
// what that holds; what does not shrink has none.
func TestCompressed(t *testing.T) {
	files, err := Build(makeSite(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	m := byName(files)
	for name, forms := range map[string]string{"weights/m.safetensors": "br gz", "icons/icon.svg": "br gz", "data/x.gz": "br", "play.js": "", "wasm_exec.js": "br gz"} {
		f := m[name]
		plain := f.Data
		if name == "data/x.gz" {
			if plain, err = gunzip(f.Data); err != nil {
				t.Fatal(err)
			}
		}
		if (f.Brotli != nil) != strings.Contains(forms, "br") || (f.Gzip != nil) != strings.Contains(forms, "gz") {
			t.Errorf("%s: %d bytes, brotli %d, gzip %d, want %q", name, len(f.Data), len(f.Brotli), len(f.Gzip), forms)
		}
		if f.Brotli != nil {
			got, err := io.ReadAll(brotli.NewReader(bytes.NewReader(f.Brotli)))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s: brotli: %v", name, err)
			}
		}
		if f.Gzip != nil {
			if got, err := gunzip(f.Gzip); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s: gzip: %v", name, err)
			}
		}
	}
}

// A quick build takes the best form when the cache has it.
func TestQuickTakesBest(t *testing.T) {
	o := makeSite(t, map[string]string{"assets/icons/long.txt": strings.Repeat("It reads 5 with 99.9 %, while it is still learning. ", 300) + strings.Repeat("pen paper ink ", 99)})
	forms := map[Level][]byte{}
	for _, l := range []Level{Quick, Best, Quick} {
		o.Level = l
		files, err := Build(o)
		if err != nil {
			t.Fatal(err)
		}
		got := byName(files)["icons/long.txt"].Gzip
		if l == Quick && forms[Best] != nil && !bytes.Equal(got, forms[Best]) {
			t.Error("the best form in the cache is passed over")
		}
		forms[l] = got
	}
	if entries, err := os.ReadDir(o.Cache); err != nil || len(entries) == 0 {
		t.Errorf("cache: %d files, %v", len(entries), err)
	}
}

// The full training sets keep their names, and are listed.
func TestExtra(t *testing.T) {
	o := makeSite(t, map[string]string{"elsewhere/train.gz": "full"})
	o.Extra = []Extra{{"data/full/mnist/train.gz", filepath.Join(o.Root, "elsewhere/train.gz")}}
	files, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	m := byName(files)
	if f := m["data/full/mnist/train.gz"]; f == nil || f.Path != f.Name || !f.Immutable || f.Brotli != nil || string(f.Data) != "full" {
		t.Errorf("%+v", f)
	}
	if f := m["data/full/index.json"]; f == nil || string(f.Data) != `{"sets":["mnist"]}` {
		t.Errorf("%+v", f)
	}
}

func TestManifest(t *testing.T) {
	o := makeSite(t, nil)
	files, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(o.Out, manifest.Name))
	if err != nil {
		t.Fatal(err)
	}
	var got manifest.Manifest
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Files) != len(files) {
		t.Fatalf("%d entries for %d files", len(got.Files), len(files))
	}
	for i, e := range got.Files {
		f := files[i]
		if e.Name != f.Name || e.Path != f.Path || e.Size != len(f.Data) || e.Brotli != len(f.Brotli) || e.Immutable && !strings.Contains(e.Path, e.SHA256[:10]) {
			t.Errorf("entry %+v", e)
		}
	}
}

// A second build removes the first one's files, keeps dot-files, and is the
// same when nothing has changed. A directory with other things is left alone.
func TestRebuild(t *testing.T) {
	o := makeSite(t, nil)
	if err := writeFile(filepath.Join(o.Out, ".keep"), nil); err != nil {
		t.Fatal(err)
	}
	first, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range first {
		if first[i].Path != again[i].Path {
			t.Errorf("%s became %s without a change", first[i].Path, again[i].Path)
		}
	}
	if err := writeFile(filepath.Join(o.Root, "wasm/page/stage/play.js"), []byte("console.log('other')")); err != nil {
		t.Fatal(err)
	}
	second, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	a, b := byName(first), byName(second)
	for name, changed := range map[string]bool{"play.js": true, "play.html": true, "app.js": true, "worker.js": false, "app.css": false} {
		if (a[name].Path != b[name].Path) != changed {
			t.Errorf("%s: %s, then %s", name, a[name].Path, b[name].Path)
		}
		if _, err := os.Stat(filepath.Join(o.Out, a[name].Path)); (err != nil) != changed {
			t.Errorf("old %s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(o.Out, ".keep")); err != nil {
		t.Error(err)
	}

	o.Out = o.Root
	if _, err := Build(o); err == nil || !strings.Contains(err.Error(), "empty directory") {
		t.Errorf("building into the source: %v", err)
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"missing asset":    {map[string]string{"wasm/page/train/worker.js": `import { url } from '../shell/bundle.js'; url('weights/n.safetensors')`}, "weights/n.safetensors"},
		"used before made": {map[string]string{"wasm/page/stage/play.js": `import { url } from '../shell/bundle.js'; url('app.js')`}, "app.js"},
		"missing script":   {map[string]string{"index.html": `<script src="wasm/page/gone.js"></script>`}, "index.html: a reference to wasm/page/gone.js"},
		"missing image":    {map[string]string{"wasm/page/app.css": `a { background: url(gone.png) }`}, "gone.png"},
		"syntax":           {map[string]string{"wasm/page/lib/twice.js": `export const twice = (`}, "twice.js:1"},
		"damaged data":     {map[string]string{"assets/data/x.gz": "\x1f\x8b no"}, "data/x."},
	} {
		if _, err := Build(makeSite(t, c.change)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	b := builder{paths: map[string]string{}}
	if err := b.add("worker.wasm", nil); err != nil {
		t.Error(err)
	}
	if err := b.add("worker.wasm", []byte("another")); err == nil || !strings.Contains(err.Error(), "worker.wasm") {
		t.Errorf("two files of a name: %v", err)
	}
	o := makeSite(t, nil)
	o.Wasm = []Binary{{"w.wasm", "./gone", "nosimd"}}
	if _, err := Build(o); err == nil || !strings.Contains(err.Error(), "building w.wasm") {
		t.Errorf("missing package: %v", err)
	}
}

// A script that the page imports later is a file of its own; what it shares with
// the page is in one other, which index.html preloads, what they share alone in a third.
func TestLaterScripts(t *testing.T) {
	o := makeSite(t, map[string]string{
		"wasm/page/app.js":        `import { say } from './shell/say.js'; import { two } from './shell/two.js'; import './shell/bundle.js'; say('page'); two('page'); import('./zoom/zoom.js'); import('./mine/mine.js');`,
		"wasm/page/zoom/zoom.js":  `import { say } from '../shell/say.js'; import { both } from '../shell/both.js'; import { two } from '../shell/two.js'; two('zoom'); say('zoom'); both('zoom');`,
		"wasm/page/mine/mine.js":  `import { say } from '../shell/say.js'; import { both } from '../shell/both.js'; say('mine'); both('mine');`,
		"wasm/page/shell/say.js":  `let said = []; export const say = (text) => said.push(text);`,
		"wasm/page/shell/two.js":  `let some = []; export const two = (text) => some.push(text);`,
		"wasm/page/shell/both.js": `let all = []; export const both = (text) => all.push(text);`,
	})
	files, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	m := byName(files)
	for _, name := range []string{"zoom.js", "mine.js", "chunk.js", "chunk-2.js"} {
		if m[name] == nil || !m[name].Immutable {
			t.Fatalf("%s: %+v", name, m[name])
		}
		if !strings.Contains(string(m["sw.js"].Data), m[name].Path) {
			t.Errorf("sw.js does not keep %s", name)
		}
	}
	index, app := string(m["index.html"].Data), string(m["app.js"].Data)
	for _, name := range []string{"chunk.js", "chunk-2.js"} {
		at := m[name].Path
		if needs := strings.Contains(app, `from"./`+at); needs != strings.Contains(index, `<link rel="modulepreload" href="`+at) {
			t.Errorf("%s: the page needs it: %v; index.html is %s", name, needs, index)
		}
	}
	if strings.Count(index, "modulepreload") != 1 || !strings.Contains(app, `import("./`+m["zoom.js"].Path) {
		t.Errorf("index.html is %s, app.js %s", index, app)
	}
}
