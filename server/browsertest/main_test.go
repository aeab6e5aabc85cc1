package browsertest

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lenet/engine/pen"
	"lenet/wasm/bundle"
)

var (
	files  []*bundle.File
	outDir string // that is served
	server *httptest.Server
	normal *Browser // with WebGL
	plain  *Browser // without it, for tests that the stage has no part in: drawing it takes the processors here
)

// TestMain builds the page as it is now and serves it. Well compressed, as the
// sizes are tested, that takes a minute or two when the code has changed; with
// -short it takes seconds.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		root, err := filepath.Abs("../..")
		if err == nil {
			outDir = filepath.Join(root, ".cache", "browsertest")
			o := bundle.Options{Root: root, Out: outDir, Cache: filepath.Join(root, ".cache", "bundle"), Level: bundle.Best, Wasm: bundle.Binaries(), Posters: bundle.Posters}
			if flag.Parse(); testing.Short() {
				o.Level = bundle.Quick
			}
			files, err = bundle.Build(o)
			if err == nil {
				server, err = Serve(outDir)
			}
		}
		if err == nil {
			normal, err = Start(context.Background(), Launch{})
		}
		if err == nil {
			plain, err = Start(context.Background(), Launch{NoWebGL: true})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "browsertest:", err)
			return 1
		}
		defer server.Close()
		defer normal.Close()
		defer plain.Close()
		return m.Run()
	}())
}

var (
	desktop = View{Width: 1280, Height: 800}
	tablet  = View{Width: 768, Height: 1024}
)

// open opens the page and waits until it reads a drawing and its stage is on
// show, or what there is without WebGL; the pad is empty. At the test's end it
// looks at what went wrong meanwhile. [openTab] is for what one sees first.
func open(t *testing.T, b *Browser, v View) *Page {
	t.Helper()
	p := openTab(t, b, v)
	must(t, p.Go(server.URL+"/"))
	must(t, p.Wait(`document.getElementById('status').dataset.state === 'idle'`, 30*time.Second))
	must(t, p.EmptyPad())
	switch b {
	case normal:
		must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, 60*time.Second))
	case plain:
		must(t, p.Wait(`!document.getElementById('simple').hidden`, 60*time.Second))
	}
	return p
}

func openTab(t *testing.T, b *Browser, v View) *Page {
	t.Helper()
	p, err := b.Open(v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer p.Close()
		for _, problem := range p.Problems() {
			t.Error(problem)
		}
		for _, url := range p.Requests() {
			if !strings.HasPrefix(url, server.URL+"/") && !strings.HasPrefix(url, "blob:"+server.URL+"/") && !strings.HasPrefix(url, "data:") {
				t.Errorf("a request to another origin: %s", url)
			}
		}
		if t.Failed() {
			keepPicture(t, p)
		}
	})
	return p
}

// keepPicture saves what the page looks like, for whoever looks into a failure.
func keepPicture(t *testing.T, p *Page) {
	data, err := p.Screenshot(false)
	if err == nil {
		name := filepath.Join("..", "..", ".cache", strings.ReplaceAll(t.Name(), "/", "-")+".png")
		if err = os.WriteFile(name, data, 0o644); err == nil {
			t.Logf("the page: %s", name)
		}
	}
	if err != nil {
		t.Logf("no picture of the page: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, p *Page, expression string) T {
	t.Helper()
	v, err := Eval[T](p, expression)
	must(t, err)
	return v
}

// speak chooses a language and waits until the page has it.
func speak(t *testing.T, p *Page, lang string) {
	t.Helper()
	must(t, p.Set("lang", lang))
	must(t, p.Wait(fmt.Sprintf(`document.documentElement.lang.startsWith(%q)`, lang), 10*time.Second))
}

// long is a number of epochs that is not over before a test has done what it
// does to a run.
const long = "100"

// drawOne draws one digit that is read well.
func drawOne(t *testing.T, p *Page) {
	t.Helper()
	must(t, p.Draw(digits(t, 1)[3].Drawing))
	_, err := p.Read()
	must(t, err)
}

// digits returns perClass drawings of every digit, spread over the file.
func digits(t *testing.T, perClass int) []pen.Sample {
	t.Helper()
	data, err := os.ReadFile("../../engine/pen/testdata/strokes_dev.json")
	must(t, err)
	all, err := pen.ParseJSON(data)
	must(t, err)
	var some []pen.Sample
	for label := range 10 {
		of := slices.DeleteFunc(slices.Clone(all), func(s pen.Sample) bool { return s.Label != label })
		for i := range perClass {
			some = append(some, of[i*len(of)/perClass])
		}
	}
	return some
}
