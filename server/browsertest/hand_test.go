package browsertest

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lenet/engine/pen"
)

// askew turns a drawing as one has it who holds the paper askew.
func askew(d pen.Drawing) pen.Drawing {
	sin, cos := math.Sincos(40 * math.Pi / 180)
	var turned pen.Drawing
	for _, s := range d {
		var t pen.Stroke
		for _, p := range s {
			x, y := 0.9*(p.X-14), 0.9*(p.Y-14)
			t = append(t, pen.Point{X: 14 + cos*x - sin*y, Y: 14 + sin*x + cos*y})
		}
		turned = append(turned, t)
	}
	return turned
}

// A digit that is misread is filed under what it is and taught, by keyboard: the
// network on show reads it after 40 steps, and MNIST's images still. Alone, it is
// learned as well, and many of them are forgotten. Taken back, the weights are
// those of before, to the bit. Nothing moves meanwhile.
func TestHand(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	saves(t, p)
	const name = "lenet.safetensors"
	weights := func() []byte {
		t.Helper()
		eval[any](t, p, `void (saved.delete('`+name+`'), document.querySelector('[data-save=weights]').click())`)
		return saved(t, p, name)
	}
	const told = `document.querySelector('.hand .told').textContent`
	const place = `JSON.stringify(['#asking', '.hand .main', '.hand .told'].map((e) => document.querySelector(e).getBoundingClientRect()))`
	idle := `document.querySelector('.hand .main').ariaDisabled === 'false'`
	must(t, p.Draw(askew(digits(t, 50)[7*50+23].Drawing)))
	must(t, p.Wait(class+` !== '' && `+class+` !== '7' && !document.querySelector('#ask[data-off]')`, 20*time.Second))
	before := weights()

	eval[any](t, p, `void document.getElementById('ask').focus()`)
	must(t, p.Keys(kb.Enter))
	must(t, p.Wait(`document.querySelector('#asking:popover-open .guess') === document.activeElement`, 20*time.Second))
	for i := 0; !eval[bool](t, p, `document.activeElement.dataset.name === '7'`) && i < 20; i++ {
		must(t, p.Keys(kb.Tab))
	}
	must(t, p.Keys(kb.Enter))
	must(t, p.Wait(idle, 20*time.Second))
	for i := 0; !eval[bool](t, p, `document.activeElement.matches('.hand .main')`) && i < 20; i++ {
		must(t, p.Keys(kb.Tab))
	}
	at := eval[string](t, p, place)
	must(t, p.Keys(kb.Enter))
	must(t, p.Wait(told+`.startsWith('It reads your 7 now')`, time.Minute))
	must(t, p.Wait(class+` === '7' && `+step+` === 40 && `+testAcc+` >= 97`, 10*time.Second))
	if now := eval[string](t, p, place); now != at {
		t.Errorf("what is asked has moved from %s to %s", at, now)
	}
	if bytes.Equal(weights(), before) {
		t.Error("the network has learned nothing")
	}
	if n := eval[int](t, p, `document.querySelectorAll('#dataset option').length`); n != 2 {
		t.Errorf("the form offers %d data sets", n)
	}
	back := func() {
		t.Helper()
		must(t, p.Click(".hand .link"))
		must(t, p.Wait(fmt.Sprintf(`%s === 'idle' && %s && %s !== '7'`, state, idle, class), 20*time.Second))
		if !bytes.Equal(weights(), before) {
			t.Error("the network of before is not back, to the bit")
		}
	}
	back()

	eval[any](t, p, `void document.querySelector('.hand input:checked').focus()`)
	must(t, chromedp.Do(p.ctx, chromedp.KeyEvent(kb.ArrowRight)))
	must(t, p.Click(".hand .main"))
	must(t, p.Wait(told+`.startsWith('It reads your 7 now')`, time.Minute))
	must(t, p.Wait(step+` === 40 && `+testAcc+` < 90`, 10*time.Second))
	back()
}
