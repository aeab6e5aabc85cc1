package browsertest

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/inspect"
	"lenet/engine/safetensors"
	"lenet/wasm/view"
)

// zoomed is what a unit that is open says.
type zoomed struct {
	Unit, Title, Where, Words, Formula, Torch, Sees string
	Sums, Cells, Numbers                            []float64 // of the maps before; of the products in a single window; of the sum
	Value, Engine                                   float64
}

const readZoom = `(() => {
	const z = document.getElementById('zoom');
	const text = (s) => z.querySelector(s).textContent;
	const numbers = (s) => [...z.querySelectorAll(s)].map((e) => parseFloat(e.textContent.replace(/[\s\u2009+]/g, '').replace('−', '-')));
	return {
		Unit: z.hidden ? '' : z.dataset.unit, Title: text('h2'), Where: text('.where'), Words: text('.words'), Formula: text('.formula'), Torch: text('.torch'), Sees: text('.sees figcaption'),
		Sums: numbers('.sum output'), Cells: numbers('.product .written span'), Numbers: numbers('.numbers dd'), Value: Number(z.dataset.value), Engine: Number(z.dataset.engine),
	};
})()`

// opens waits until the unit is open.
func opens(t *testing.T, p *Page, u view.Unit) {
	t.Helper()
	must(t, p.Wait(fmt.Sprintf(`!document.getElementById('zoom').hidden && document.getElementById('zoom').dataset.unit === %q`, name(u)), 20*time.Second))
}

// closed waits until no unit is open.
func closed(t *testing.T, p *Page) {
	t.Helper()
	must(t, p.Wait(`document.getElementById('zoom').hidden`, 10*time.Second))
}

// hold clicks on a unit of the stage, or on an output's bar, and waits until it is open.
func hold(t *testing.T, p *Page, l *view.Layout, u view.Unit) {
	t.Helper()
	if u.Panel == view.PanelOutput {
		must(t, p.Click(fmt.Sprintf(`#bars li[data-class="%d"]`, u.C)))
	} else {
		x, y := spot(t, p, l, u)
		must(t, chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y)))
	}
	opens(t, p, u)
}

// firstPicture has the page read its first test image.
func firstPicture(t *testing.T, p *Page) {
	t.Helper()
	must(t, p.Click("#tab-samples"))
	must(t, p.Wait(`document.querySelector('#samples .tiles button')?.dataset.index === '0'`, 30*time.Second))
	must(t, p.Click("#samples .tiles button"))
	must(t, p.Wait(class+` === '7'`, 20*time.Second))
}

// What a unit says when it is open is what the weights and the values before it
// come to: products, sums, sentence, formula and line of PyTorch.
func TestZoomComputes(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	firstPicture(t, p)
	file, err := assets.Weights("mnist")
	must(t, err)
	params, err := safetensors.Decode(file)
	must(t, err)
	tr := firstImage(t)
	l := stageLayout(t, p, tr.Config)
	for _, c := range []struct {
		unit         view.Unit
		title, where string
		sees         string
	}{
		{view.Unit{Panel: view.PanelInput, Y: 8, X: 12}, "Input", "row 9, column 13", ""},
		{view.Unit{Panel: view.PanelConv1, C: 2, Y: 10, X: 11}, "Conv2d + Sigmoid", "map 3 of 6, row 11, column 12", "5 × 5"},
		{view.Unit{Panel: view.PanelConv1, C: 3, Y: 0, X: 27}, "Conv2d + Sigmoid", "map 4 of 6, row 1, column 28", "3 × 3"},
		{view.Unit{Panel: view.PanelPool1, C: 1, Y: 4, X: 6}, "AvgPool2d", "map 2 of 6, row 5, column 7", "6 × 6"},
		{view.Unit{Panel: view.PanelConv2, C: 2, Y: 6, X: 4}, "Conv2d + Sigmoid", "map 3 of 16, row 7, column 5", "14 × 14"},
		{view.Unit{Panel: view.PanelPool2, C: 9, Y: 2, X: 2}, "AvgPool2d", "map 10 of 16, row 3, column 3", "16 × 16"},
		{view.Unit{Panel: view.PanelLinear1, C: 67}, "Linear + Sigmoid", "unit 68 of 120", ""},
		{view.Unit{Panel: view.PanelLinear2, C: 5}, "Linear + Sigmoid", "unit 6 of 84", ""},
		{view.Unit{Panel: view.PanelOutput, C: 7}, "Linear", "class 7", ""},
	} {
		hold(t, p, l, c.unit)
		z := eval[zoomed](t, p, readZoom)
		s, err := inspect.Take(params, tr, inspect.Unit{Layer: view.LayerOf(c.unit.Panel), C: c.unit.C, Y: c.unit.Y, X: c.unit.X})
		must(t, err)
		if z.Title != c.title || z.Where != c.where || z.Formula != s.Formula() || z.Torch != s.Torch() {
			t.Errorf("%s is called %q, %q, with %q and %q", name(c.unit), z.Title, z.Where, z.Formula, z.Torch)
		}
		if math.Abs(z.Value-s.Engine) > 1e-5 || math.Abs(z.Engine-s.Engine) > 1e-5 {
			t.Errorf("%s: the value is %v, the page's engine has %v, the native one %v", name(c.unit), z.Value, z.Engine, s.Engine)
		}
		if c.sees != "" && z.Sees != "sees "+c.sees+" of the 28 × 28 pixels" {
			t.Errorf("%s %q, want %s", name(c.unit), z.Sees, c.sees)
		}
		sums(t, c.unit, z, params, tr)
		says(t, c.unit, z, s)
		must(t, p.Click("#zoom .close"))
		closed(t, p)
	}
}

// sums multiplies the window of a convolution's unit with its kernel, and compares.
func sums(t *testing.T, u view.Unit, z zoomed, params *engine.Params, tr *engine.Trace) {
	t.Helper()
	var weights, before []float32
	var maps, side, from int
	switch u.Panel {
	case view.PanelConv1:
		weights, before, maps, side, from = params.Tensor("0.weight").Data, tr.Input(), 1, engine.Side, -2
	case view.PanelConv2:
		weights, before, maps, side = params.Tensor("3.weight").Data, tr.Layer(2), 6, 14
	default:
		return
	}
	var total float64
	var products []float64
	for m := range maps {
		var sum float64
		for k := range engine.Kernel * engine.Kernel {
			y, x := u.Y+from+k/engine.Kernel, u.X+from+k%engine.Kernel
			var v float64
			if y >= 0 && y < side && x >= 0 && x < side {
				v = float64(before[(m*side+y)*side+x])
			}
			products = append(products, v*float64(weights[(u.C*maps+m)*engine.Kernel*engine.Kernel+k]))
			sum += products[len(products)-1]
		}
		total += sum
		if maps > 1 && (len(z.Sums) != maps || math.Abs(z.Sums[m]-sum) > 0.0051) {
			t.Fatalf("%s: map %d comes to %v, on show are %v", name(u), m, sum, z.Sums)
		}
	}
	if maps == 1 {
		if len(z.Cells) != len(products) {
			t.Fatalf("%s shows %d products", name(u), len(z.Cells))
		}
		for i, v := range products {
			if math.Abs(z.Cells[i]-v) > 0.0051 {
				t.Errorf("%s: product %d is %v, on show is %v", name(u), i, v, z.Cells[i])
			}
		}
	}
	if math.Abs(z.Numbers[0]-total) > 1e-4 {
		t.Errorf("%s: the products come to %v, on show is %v", name(u), total, z.Numbers[0])
	}
}

// says compares the sentence and the sum with the computation.
func says(t *testing.T, u view.Unit, z zoomed, s *inspect.Sum) {
	t.Helper()
	two := func(v float64) string { return strings.Replace(fmt.Sprintf("%.2f", v), "-", "−", 1) }
	want := map[int]string{
		view.PanelInput:   fmt.Sprintf("One of the 28 × 28 pixels that the network sees: grey level %.0f of 255, which is %s.", 255*s.Value, two(s.Value)),
		view.PanelConv1:   fmt.Sprintf("These 25 pixels times these 25 weights, plus the bias: %s; sigmoid makes it %s.", two(s.Z), two(s.Value)),
		view.PanelPool1:   fmt.Sprintf("The mean of these four numbers, a window of the map before: %s.", two(s.Value)),
		view.PanelConv2:   fmt.Sprintf("A window of 25 numbers from each of the 6 maps before, times 25 weights of this map’s kernel, all added up, plus the bias: %s; sigmoid makes it %s.", two(s.Z), two(s.Value)),
		view.PanelPool2:   fmt.Sprintf("The mean of these four numbers, a window of the map before: %s.", two(s.Value)),
		view.PanelLinear1: fmt.Sprintf("Each of the 400 numbers before times a weight of its own, all added up, plus the bias: %s; sigmoid makes it %s.", two(s.Z), two(s.Value)),
		view.PanelLinear2: fmt.Sprintf("Each of the 120 numbers before times a weight of its own, all added up, plus the bias: %s; sigmoid makes it %s.", two(s.Z), two(s.Value)),
		view.PanelOutput:  fmt.Sprintf("Each of the 84 numbers before times a weight of its own, plus the bias, gives the score (logit) of “7”: %s; softmax makes it >99.9\u00a0%%.", two(s.Z)),
	}[u.Panel]
	if z.Words != want {
		t.Errorf("%s says %q, want %q", name(u), z.Words, want)
	}
	add := 0 // the numbers before the total, which they add up to
	switch s.Kind {
	case inspect.Conv:
		add = 2
	case inspect.Linear:
		add = 3
	}
	var sum float64
	for _, v := range z.Numbers[:add] {
		sum += v
	}
	if add > 0 && (math.Abs(sum-z.Numbers[add]) > 2e-4 || math.Abs(s.Z-z.Numbers[add]) > 1e-4) {
		t.Errorf("%s: %v do not add up to %v", name(u), z.Numbers, s.Z)
	}
}

// inBothForms runs a test on the stage and on its reduced form.
func inBothForms(t *testing.T, test func(t *testing.T, b *Browser)) {
	for form, b := range map[string]*Browser{"stage": normal, "simple view": plain} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			test(t, b)
		})
	}
}

// By keyboard, with and without WebGL, Enter opens the unit one points at, with
// the focus in it; arrow keys move its place, with Shift they lead to the next
// map; Escape closes it, and Back does; the focus is on the network again.
func TestZoomByKeyboard(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, b *Browser) {
		p := open(t, b, desktop)
		drawOne(t, p)
		focus := `(() => {
			const frame = document.getElementById('stage');
			if (document.getElementById('stage-box').dataset.view === 'frame') return document.activeElement === frame && frame.contentDocument.activeElement.id;
			return document.activeElement.id === 'maps' && 'stage';
		})() === 'stage'`
		eval[any](t, p, `void (document.getElementById('stage-box').dataset.view === 'frame' ? (document.getElementById('stage').focus(), document.getElementById('stage').contentDocument.getElementById('stage').focus()) : document.getElementById('maps').focus())`)
		l := stageLayout(t, p, engine.Classic())
		u := l.First()
		must(t, p.Keys(kb.ArrowRight))
		showsUnit(t, p, u)
		closed(t, p)
		must(t, p.Keys(kb.Enter))
		opens(t, p, u)
		must(t, p.Wait(`document.activeElement.matches('#zoom .map')`, 10*time.Second))
		must(t, p.Wait(`document.getElementById('announce-unit').textContent.includes('These 25 pixels times these 25 weights')`, 10*time.Second))
		for _, k := range []struct {
			key    string
			dx, dy int
		}{{kb.Home, 0, 0}, {kb.ArrowRight, 1, 0}, {kb.ArrowDown, 0, 1}, {kb.ArrowDown, 0, 1}, {kb.ArrowLeft, -1, 0}, {kb.ArrowUp, 0, -1}} {
			if k.key == kb.Home {
				u.Y, u.X = 0, 0
			}
			u.Y, u.X = u.Y+k.dy, u.X+k.dx
			must(t, p.Keys(k.key))
			opens(t, p, u)
		}
		must(t, p.Keys(kb.ArrowRight, chromedp.ModifierShift))
		u.C++
		opens(t, p, u)
		must(t, p.Keys(kb.Escape))
		closed(t, p)
		must(t, p.Wait(focus, 10*time.Second))
		must(t, p.Keys(kb.ArrowRight))
		must(t, p.Wait(inspected+` !== ''`, 10*time.Second))
		must(t, p.Keys(kb.Enter))
		must(t, p.Wait(`!document.getElementById('zoom').hidden`, 10*time.Second))
		eval[any](t, p, `void history.back()`)
		closed(t, p)
		must(t, p.Wait(focus, 10*time.Second))
	})
}

// While a window plays over its map, a frame costs its scripts 8 ms of processor
// time at most; while the network learns and a unit is open, no task takes 50 ms.
func TestZoomIsSmooth(t *testing.T) {
	p := open(t, normal, desktop)
	drawOne(t, p)
	hold(t, p, stageLayout(t, p, engine.Classic()), view.Unit{Panel: view.PanelConv2, C: 6, Y: 0, X: 0})
	stop, err := p.Frames()
	must(t, err)
	must(t, p.Click("#zoom .play"))
	must(t, p.Wait(`Number(document.querySelector('#zoom .at').value) >= 60`, time.Minute))
	frames, err := stop()
	must(t, err)
	if len(frames) < 20 {
		t.Fatalf("only %d frames in the trace", len(frames))
	}
	median := frames[len(frames)/2]
	t.Logf("%d frames: median %v, ninth decile %v, longest %v of script", len(frames), median, frames[len(frames)*9/10], frames[len(frames)-1])
	if median > 8*time.Millisecond {
		t.Errorf("scripts take %v of a frame at the median", median)
	}

	must(t, p.Click("#zoom .play"))
	eval[any](t, p, `void document.getElementById('train').click()`)
	must(t, p.Wait(state+` === 'training'`, 20*time.Second))
	stop2, err := p.Trace()
	must(t, err)
	must(t, p.Wait(testAcc+` > 85`, 2*time.Minute))
	tasks, err := stop2()
	must(t, err)
	t.Logf("longest task: %v", tasks[0])
	if tasks[0].CPU > 50*time.Millisecond {
		t.Errorf("a task held the page up: %v", tasks[0])
	}
}

// Played, the place goes over the map in reading order, and the map fills;
// it can be paused, moved with the slider, and played to its end. For those
// who want no motion the button leads to the next place.
func TestZoomPlays(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	l := stageLayout(t, p, engine.Classic())
	u := view.Unit{Panel: view.PanelPool2, C: 6, Y: 1, X: 3}
	hold(t, p, l, u)
	eval[any](t, p, `void (globalThis.places = [], new MutationObserver(() => {
		const [, , y, x] = document.getElementById('zoom').dataset.unit.split(',').map(Number);
		if (places.at(-1) !== 5 * y + x) places.push(5 * y + x);
	}).observe(document.getElementById('zoom'), { attributes: true, attributeFilter: ['data-unit'] }))`)
	const open = `(() => { // places of the map that are not computed yet
		const canvas = document.querySelector('#zoom .map canvas');
		return canvas.getContext('2d').getImageData(0, 0, 5, 5).data.filter((v, i) => i % 4 === 3 && v === 0).length;
	})()`
	must(t, p.Click("#zoom .play"))
	must(t, p.Wait(`places.length > 2`, 20*time.Second))
	must(t, p.Click("#zoom .play"))
	must(t, p.Wait(`document.querySelector('#zoom .play').dataset.label === 'zoom.play'`, 10*time.Second))
	at := eval[int](t, p, `Number(document.querySelector('#zoom .at').value)`)
	if n := eval[int](t, p, open); n != 24-at {
		t.Errorf("paused at place %d, %d of 25 places are not filled", at, n)
	}
	slideTo := func(to int) {
		eval[any](t, p, fmt.Sprintf(`void (() => {
			const slider = document.querySelector('#zoom .at');
			slider.value = %d;
			slider.dispatchEvent(new Event('input', { bubbles: true }));
		})()`, to))
	}
	slideTo(22)
	opens(t, p, view.Unit{Panel: u.Panel, C: u.C, Y: 4, X: 2})
	must(t, p.Click("#zoom .play"))
	opens(t, p, view.Unit{Panel: u.Panel, C: u.C, Y: 4, X: 4})
	must(t, p.Wait(open+` === 0 && document.querySelector('#zoom .play').dataset.label === 'zoom.play'`, 10*time.Second))
	for i, v := range eval[[]int](t, p, `places.slice(1)`) {
		if before := eval[int](t, p, fmt.Sprintf(`places[%d]`, i)); v <= before {
			t.Fatalf("after place %d comes %d", before, v)
		}
	}
	wantNoMotion(t, p)
	must(t, p.Wait(`document.querySelector('#zoom .play').dataset.label === 'zoom.step'`, 10*time.Second))
	must(t, p.Click("#zoom .play")) // after the last place comes the first
	opens(t, p, view.Unit{Panel: u.Panel, C: u.C})
	must(t, p.Click("#zoom .play"))
	opens(t, p, view.Unit{Panel: u.Panel, C: u.C, X: 1})
}

// The place is dragged over the map, and on the stage where that is in sight.
func TestZoomIsDragged(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, b *Browser) {
		p := open(t, b, tablet)
		drawOne(t, p)
		l := stageLayout(t, p, engine.Classic())
		u := view.Unit{Panel: view.PanelConv1, C: 1, Y: 8, X: 8}
		x, y := spot(t, p, l, u) // a unit is little more than a pixel wide
		must(t, chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y)))
		within := func(u view.Unit) {
			t.Helper()
			must(t, p.Wait(fmt.Sprintf(`(([layer, c, y, x]) => layer === %d && c === %d && Math.abs(y - %d) < 2 && Math.abs(x - %d) < 2)(%s.Unit.split(',').map(Number))`,
				view.LayerOf(u.Panel), u.C, u.Y, u.X, readZoom), 20*time.Second))
		}
		within(u)
		drag := func(x0, y0, x1, y1 float64) {
			t.Helper()
			for _, e := range []input.DispatchMouseEventParams{
				{Type: input.DispatchMouseEventTypeMousePressed, X: x0, Y: y0, Buttons: 1},
				{Type: input.DispatchMouseEventTypeMouseMoved, X: (x0 + x1) / 2, Y: (y0 + y1) / 2, Buttons: 1},
				{Type: input.DispatchMouseEventTypeMouseMoved, X: x1, Y: y1, Buttons: 1},
				{Type: input.DispatchMouseEventTypeMouseReleased, X: x1, Y: y1},
			} {
				e.Button, e.ClickCount = input.MouseButtonLeft, 1
				_, err := chromedp.Call(p.ctx, input.DispatchMouseEvent, e)
				must(t, err)
			}
		}
		to := view.Unit{Panel: u.Panel, C: u.C, Y: 20, X: 14}
		x1, y1 := spot(t, p, l, to)
		drag(x, y, x1, y1)
		within(to)
		eval[any](t, p, `void document.querySelector('#zoom .map').scrollIntoView({ block: 'nearest' })`)
		r := eval[Rect](t, p, `(({ x, y, width, height }) => ({ X: x, Y: y, W: width, H: height }))(document.querySelector('#zoom .map canvas').getBoundingClientRect())`)
		at := func(u view.Unit) (float64, float64) {
			return r.X + (float64(u.X)+0.5)*r.W/engine.Side, r.Y + (float64(u.Y)+0.5)*r.H/engine.Side
		}
		x, y = at(to)
		x1, y1 = at(view.Unit{Y: 3, X: 25})
		drag(x, y, x1, y1)
		opens(t, p, view.Unit{Panel: u.Panel, C: u.C, Y: 3, X: 25})
	})
}
