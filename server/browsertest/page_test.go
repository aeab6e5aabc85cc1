package browsertest

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/engine"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// readsRight draws digits and returns how many of them the page reads right.
func readsRight(t *testing.T, p *Page, perClass int, touch bool) (right, of int) {
	t.Helper()
	for _, s := range digits(t, perClass) {
		if touch {
			must(t, p.Touch(s.Drawing))
		} else {
			must(t, p.Draw(s.Drawing))
		}
		got, err := p.Read()
		must(t, err)
		if got.Class == fmt.Sprint(s.Label) {
			right++
		} else {
			t.Logf("a %d is read as %q with %.2f", s.Label, got.Class, got.P)
		}
		of++
		must(t, p.Click("#clear"))
		must(t, p.Wait(`document.getElementById('prediction').dataset.class === ''`, 5*time.Second))
	}
	return right, of
}

// Fifty digits, drawn with the mouse on the stage: at least 95 % are read right.
func TestReadsDrawnDigits(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	if right, of := readsRight(t, p, 5, false); of != 50 || right*100 < of*95 {
		t.Errorf("%d of %d digits are read right, want 95 %%", right, of)
	}
}

// The tests see what goes wrong: an error in the page, in a worker, a breach of
// the policy, a request to another origin.
func TestProblemsAreSeen(t *testing.T) {
	t.Parallel()
	p, err := normal.Open(desktop)
	must(t, err)
	defer p.Close()
	must(t, p.Go(server.URL+"/"))
	must(t, p.Wait(`document.getElementById('status').dataset.state === 'idle'`, 30*time.Second))
	if got := p.Problems(); len(got) > 0 {
		t.Errorf("at first: %q", got)
	}
	for expression, want := range map[string]string{
		`console.error('told')`:                              "told",
		`setTimeout(() => { throw new Error('thrown') }, 0)`: "thrown",
		`document.body.append(Object.assign(document.createElement('img'), { src: 'https://example.org/x.png' }))`: "img-src",
		`fetch('/missing').then(() => {})`:                                            "404",
		`new Worker(URL.createObjectURL(new Blob(["console.error('worker told')"])))`: "worker told",
	} {
		_, err := Eval[any](p, "(() => {"+expression+"})()")
		must(t, err)
		seen := func() bool {
			return slices.ContainsFunc(p.Problems(), func(s string) bool { return strings.Contains(s, want) })
		}
		for end := time.Now().Add(20 * time.Second); !seen() && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
		if !seen() {
			t.Errorf("%s is not seen: %q", expression, p.Problems())
		}
	}
	if !slices.Contains(p.Requests(), server.URL+"/missing") {
		t.Errorf("requests: %q", p.Requests())
	}
}

// Undo takes strokes back one by one, Clear all of them, and an empty pad is no digit.
func TestUndoAndClear(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	two := pen.Drawing{{{X: 8, Y: 6}, {X: 20, Y: 6}, {X: 12, Y: 22}}, {{X: 9, Y: 14}, {X: 19, Y: 14}}}
	var after []Prediction
	for _, s := range two {
		must(t, p.Draw(pen.Drawing{s}))
		got, err := p.Read()
		must(t, err)
		after = append(after, got)
	}
	is := func(want Prediction) {
		t.Helper()
		must(t, p.Wait(fmt.Sprintf(`(({ class: c, p }) => c === %q && Number(p) === %v)(document.getElementById('prediction').dataset)`, want.Class, want.P), 10*time.Second))
	}
	must(t, p.Click("#undo"))
	is(after[0])
	must(t, p.Keys("z", chromedp.ModifierCtrl))
	is(Prediction{})
	must(t, p.Draw(two))
	again, err := p.Read()
	must(t, err)
	after[1] = again
	must(t, p.Click("#clear"))
	is(Prediction{})
	must(t, p.Click("#undo")) // of Clear
	is(after[1])
	must(t, p.Click("#tab-samples"))
	must(t, p.Wait(`document.querySelectorAll('#samples .tiles button').length > 10`, 20*time.Second))
	must(t, p.Click("#samples .tiles button")) // a 7
	must(t, p.Wait(class+` === '7'`, 10*time.Second))
	must(t, p.Click("#undo"))
	is(after[1])
	must(t, p.Click("#clear"))
	is(Prediction{})
	if text := eval[string](t, p, `document.getElementById('prediction').textContent`); text != "Draw a digit." {
		t.Errorf("the empty pad says %q", text)
	}
}

// The page says which build it is, as the server does.
func checkBuild(t *testing.T, p *Page) {
	t.Helper()
	eval[any](t, p, `void fetch('healthz').then((r) => r.text()).then((text) => { globalThis.told = text; })`)
	must(t, p.Wait(`globalThis.told`, 10*time.Second))
	build := strings.TrimPrefix(eval[string](t, p, `document.getElementById('build').textContent`), "Build ")
	if told := eval[string](t, p, `told`); len(build) != 10 || !strings.Contains(told, build) {
		t.Errorf("the page is build %q, the server says %q", build, told)
	}
}

// The bars show the ten probabilities: they sum to one, and the longest is the answer.
func TestBars(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	checkBuild(t, p)
	drawOne(t, p)
	ps := eval[[]float64](t, p, `[...document.querySelectorAll('#bars li[data-class]')].map((e) => Number(e.dataset.p))`)
	sum, best := 0.0, 0
	for i, v := range ps {
		sum += v
		if v > ps[best] {
			best = i
		}
	}
	if len(ps) != 10 || sum < 0.9999 || sum > 1.0001 {
		t.Errorf("%d bars, sum %v", len(ps), sum)
	}
	if c := eval[string](t, p, `document.getElementById('prediction').dataset.class`); c != fmt.Sprint(best) {
		t.Errorf("the sentence says %s, the longest bar is %d", c, best)
	}
}

// A picked test image is read in place of a drawing, on Fashion-MNIST too.
func TestSamples(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	must(t, p.Set("dataset", "fashion"))
	must(t, p.Click("#tab-samples"))
	must(t, p.Wait(`document.querySelector('#samples .tiles button:nth-child(2)')?.ariaLabel?.includes('Pullover')`, 20*time.Second))
	must(t, p.Click("#samples .tiles button:nth-child(2)"))
	must(t, p.Wait(`document.getElementById('prediction').textContent.includes('label: Pullover')`, 10*time.Second)) // the second test image
}

// On a slow line the page says how much of the engine has come, and of how many
// bytes; a screen reader hears it now and then. Then the same of the stage.
func TestLoading(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = `addEventListener('DOMContentLoaded', () => {
		if (!document.getElementById('loading')) return;
		globalThis.said = [];
		const note = (e) => new MutationObserver(() => said.push(e.id + ' ' + e.textContent)).observe(e, { childList: true, characterData: true, subtree: true });
		for (const id of ['prediction', 'announce', 'loading']) note(document.getElementById(id));
	});`
	p := openTab(t, normal, v)
	engine, stage := 0, 0
	for _, f := range files {
		switch f.Name {
		case "worker.wasm":
			engine = len(f.Brotli)
		case "playground.wasm":
			stage = len(f.Brotli)
		}
	}
	_, err := chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{
			{URLPattern: server.URL + "/worker.*.wasm", Latency: 20, DownloadThroughput: 200e3, UploadThroughput: 200e3},
			{Latency: 20, DownloadThroughput: 600e3, UploadThroughput: 600e3},
		}})
	must(t, err)
	must(t, p.Go(server.URL+"/"))
	must(t, p.EmptyPad())
	must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, 60*time.Second))
	said := eval[[]string](t, p, `said`)
	for _, c := range []struct {
		what, before string
		bytes        int
		read         bool // by a screen reader
	}{
		{"the engine", "prediction Loading the network… ", engine, false},
		{"the engine, read out", "announce Loading the network… ", engine, true},
		{"the stage", "loading Full view: ", stage, false},
	} {
		form := regexp.MustCompile(fmt.Sprintf(`^%s(\d+).%% of %.1f MB$`, c.before, float64(c.bytes)/1e6))
		var shares []int
		for _, s := range said {
			if m := form.FindStringSubmatch(s); m != nil {
				share, _ := strconv.Atoi(m[1])
				shares = append(shares, share)
			}
		}
		ok := len(shares) > 5 && shares[len(shares)-1] > 90
		if c.read {
			ok = len(shares) > 0 && len(shares) < 5 && shares[0]%25 == 0
		}
		if !ok || !slices.IsSorted(shares) {
			t.Errorf("%s: %v of %q", c.what, shares, said)
		}
	}
	if !eval[bool](t, p, `document.getElementById('loading').hidden`) {
		t.Error("it still says that something is loading")
	}
}

// Without WebGL a simple view takes the stage's place: it draws, reads and trains.
func TestWithoutWebGL(t *testing.T) {
	t.Parallel()
	t.Run("draw", func(t *testing.T) {
		t.Parallel()
		p := open(t, plain, desktop)
		if right, of := readsRight(t, p, 2, false); of != 20 || right < 18 {
			t.Errorf("%d of %d digits are read right", right, of)
		}
		must(t, p.Click("#train"))
		must(t, p.Wait(testAcc+` > 50`, time.Minute))
	})
	t.Run("inspect", func(t *testing.T) {
		t.Parallel()
		p := open(t, plain, desktop)
		compareSums(t, p, 3)
		lit(t, p)
		eval[any](t, p, `void document.getElementById('maps').focus()`)
		must(t, p.Keys(kb.Escape))
		must(t, p.Wait(inspected+` === ''`, 10*time.Second))
		walk(t, p)
		kernelSlides(t, p, false)
		rows(t, p, "weights")
	})
	t.Run("touch", func(t *testing.T) {
		t.Parallel()
		p := open(t, plain, View{Width: 390, Height: 844, Ratio: 2, Touch: true})
		touchInspects(t, p)
	})
	t.Run("labels", func(t *testing.T) { // of a tablet, where they are close to each other
		t.Parallel()
		p := open(t, plain, View{Width: 768, Height: 1024})
		for _, view := range []string{"activations", "weights"} {
			must(t, p.Click(`[data-view="`+view+`"]`))
			must(t, p.Wait(fmt.Sprintf(`document.querySelector('.labels .legend .name')?.textContent.startsWith('%s')`, view[:7]), 20*time.Second))
			if touching := eval[[]string](t, p, `(() => {
				const texts = [...document.querySelectorAll('.labels .label b, .labels .label i, .labels .label > span')].map((e) => ({ e, r: e.getBoundingClientRect() }));
				return texts.flatMap((a, i) => texts.slice(0, i).filter((b) => a.r.x < b.r.right && b.r.x < a.r.right && a.r.y + 1 < b.r.bottom && b.r.y + 1 < a.r.bottom)
					.map((b) => b.e.textContent + ' and ' + a.e.textContent));
			})()`); len(touching) > 0 {
				t.Errorf("%s: labels lie over each other: %q", view, touching)
			}
		}
	})
}

// lit points at a unit of the second convolution on the reduced stage, and looks
// for the colour of what is pointed at around its receptive field, in every panel
// back to the input.
func lit(t *testing.T, p *Page) {
	t.Helper()
	l := stageLayout(t, p, engine.Classic())
	u := view.Unit{Panel: view.PanelConv2, C: 6, Y: 4, X: 5}
	x, y := spot(t, p, l, u)
	hover(t, p, x, y)
	showsUnit(t, p, u)
	for _, patch := range append(l.Field(u), view.Patch{Panel: u.Panel, C: u.C, Y0: u.Y, X0: u.X, Y1: u.Y, X1: u.X}) {
		l.Boxes(patch, func(r view.Rect) {
			must(t, p.Wait(fmt.Sprintf(`(() => { // the frame's upper edge, which lies between two pixels or on one
				const { data } = document.getElementById('maps').getContext('2d').getImageData(%v, %v, 1, 3);
				return [0, 4, 8].some((i) => data[i + 2] > 180 && data[i + 1] > 140 && data[i] < 120);
			})()`, math.Round(r.CX()), math.Round(r.Y-1)-1), 10*time.Second))
		})
	}
}

// Without WebAssembly SIMD the page takes the scalar worker.
func TestWithoutSIMD(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = `WebAssembly.validate = () => false;`
	p := open(t, normal, v)
	scalar := func(name string) bool {
		return slices.ContainsFunc(p.Requests(), func(url string) bool { return strings.Contains(url, "/"+name+".") && strings.HasSuffix(url, ".wasm") })
	}
	if !scalar("worker-scalar") || scalar("worker") {
		t.Errorf("requests %q", p.Requests())
	}
	drawOne(t, p)
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 20`, time.Minute))
}

// A finger draws on a phone, and the page stays where it is meanwhile.
func TestTouch(t *testing.T) {
	t.Parallel()
	p := open(t, normal, View{Width: 390, Height: 844, Ratio: 2, Touch: true})
	_, err := p.Pad() // scrolls to it
	must(t, err)
	at := eval[float64](t, p, `scrollY`)
	for _, s := range digits(t, 1)[:4] {
		must(t, p.Touch(s.Drawing))
		if now := eval[float64](t, p, `scrollY`); now != at {
			t.Errorf("drawing a %d scrolled the page by %v", s.Label, now-at)
		}
		_, err := p.Read()
		must(t, err)
		eval[any](t, p, `void document.getElementById('clear').click()`)
	}
	if w := eval[float64](t, p, `document.documentElement.scrollWidth`); w > 390 {
		t.Errorf("the page is %v pixels wide on a screen of 390", w)
	}
}

// In a course page's frame, 360 pixels wide, on another origin, the page works.
func TestInFrame(t *testing.T) {
	t.Parallel()
	course := Around(server.URL+"/", "360")
	defer course.Close()
	p, err := normal.Open(View{Width: 800, Height: 720})
	must(t, err)
	defer p.Close()
	must(t, p.Go(course.URL))
	must(t, p.Enter())
	must(t, p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, time.Minute))
	if w := eval[float64](t, p, `document.documentElement.scrollWidth`); w > 360 {
		t.Errorf("the page is %v pixels wide in a frame of 360", w)
	}
	must(t, p.Draw(digits(t, 1)[3].Drawing))
	got, err := p.Read()
	must(t, err)
	if got.Class != "3" {
		t.Errorf("a 3 is read as %q with %.2f", got.Class, got.P)
	}
	must(t, p.Click("#train"))
	must(t, p.Wait(testAcc+` > 50`, time.Minute))
	for _, problem := range p.Problems() {
		t.Error(problem)
	}
}
