package browsertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lenet/engine/pen"
)

// Rect is a rectangle in CSS pixels of the view.
type Rect struct{ X, Y, W, H float64 }

// padRect finds the drawing area in the document: a part of the stage's frame
// when that is on show, otherwise the reduced view's canvas. It scrolls there.
const padRect = `(() => {
	const frame = document.querySelector('#stage-box[data-view=frame] iframe#stage');
	const e = frame ?? document.querySelector('canvas#pad');
	const at = frame ? frame.dataset.pad.split(',').map(Number) : [0, 0, e.clientWidth, e.clientHeight];
	const y = e.getBoundingClientRect().y + at[1];
	if (y < 0 || y + at[3] > innerHeight) scrollBy(0, y - Math.max(0, (innerHeight - at[3]) / 2));
	const r = e.getBoundingClientRect();
	return { X: r.x + e.clientLeft + at[0], Y: r.y + e.clientTop + at[1], W: at[2], H: at[3] };
})()`

// Pad returns where to draw.
func (p *Page) Pad() (Rect, error) {
	r, err := Eval[Rect](p, padRect)
	if err == nil && (r.W < 50 || r.H < 50) {
		err = fmt.Errorf("the pad is %v by %v pixels", r.W, r.H)
	}
	return r, err
}

// Still waits until the page stands still, as a person does before pointing at
// a place of it. While it scrolls smoothly, a busy page's script knows less than
// what is on the screen about where things lie. Every frame brings it up to date,
// so that frames are counted.
func (p *Page) Still() error {
	_, err := Await[any](p, `(async () => {
		let last = '';
		for (let frames = 0, same = 0; same < 6; frames++) {
			if (frames > 2000) throw new Error('the page does not come to rest');
			await new Promise(requestAnimationFrame);
			const { x, y, height } = document.getElementById('stage-box').getBoundingClientRect();
			const now = String([x, y, height, scrollX, scrollY]);
			same = now === last ? same + 1 : 0;
			last = now;
		}
	})()`)
	return err
}

// Draw draws with the mouse.
func (p *Page) Draw(d pen.Drawing) error {
	return p.draw(d, func(ctx context.Context, down, up bool, x, y float64) error {
		e := input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1}
		switch {
		case down:
			e.Type = input.DispatchMouseEventTypeMousePressed
		case up:
			e.Type, e.Buttons = input.DispatchMouseEventTypeMouseReleased, 0
		}
		_, err := chromedp.Call(ctx, input.DispatchMouseEvent, e)
		return err
	})
}

// Touch draws with a finger.
func (p *Page) Touch(d pen.Drawing) error {
	return p.draw(d, func(ctx context.Context, down, up bool, x, y float64) error {
		e := input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchMove, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}}
		switch {
		case down:
			e.Type = input.DispatchTouchEventTypeTouchStart
		case up:
			e.Type, e.TouchPoints = input.DispatchTouchEventTypeTouchEnd, []*input.TouchPoint{}
		}
		_, err := chromedp.Call(ctx, input.DispatchTouchEvent, e)
		return err
	})
}

// A pointer reports where it is this often, and does not wait for the page.
const pointerInterval = 8 * time.Millisecond

func (p *Page) draw(d pen.Drawing, event func(ctx context.Context, down, up bool, x, y float64) error) error {
	pad, err := p.Pad()
	if err != nil {
		return err
	}
	before, err := Eval[int](p, `Number(document.getElementById('prediction').dataset.strokes)`)
	if err != nil {
		return err
	}
	p.strokes = before + len(d)
	at := func(q pen.Point) (x, y float64) { return pad.X + q.X/pen.Side*pad.W, pad.Y + q.Y/pen.Side*pad.H }
	for _, s := range d {
		x, y := at(s[0])
		if err := event(p.ctx, true, false, x, y); err != nil {
			return err
		}
		for _, q := range s[1:] {
			x, y = at(q)
			// The event is on its way at once; only its answer is not waited for.
			ctx, cancel := context.WithTimeout(p.ctx, pointerInterval)
			err := event(ctx, false, false, x, y)
			<-ctx.Done()
			cancel()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
		}
		if err := event(p.ctx, false, true, x, y); err != nil {
			return err
		}
	}
	return nil
}

// EmptyPad takes the invitation to draw that the page greets with: its example
// goes, and the panels come. Nothing has the focus afterwards. A page that does
// not greet stays as it is.
func (p *Page) EmptyPad() error {
	_, err := Eval[any](p, `void (document.querySelector('.inviting [data-go="draw"]')?.click(), document.activeElement.blur())`)
	return err
}

// Click clicks on the middle of an element with the mouse.
func (p *Page) Click(selector string) error {
	at, err := Eval[*Rect](p, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e.scrollIntoView({ block: 'nearest', behavior: 'instant' });
		const r = e.getBoundingClientRect();
		const [x, y] = [r.x + r.width / 2, r.y + r.height / 2];
		return e.contains(document.elementFromPoint(x, y)) && !e.disabled ? { X: x, Y: y, W: r.width, H: r.height } : null;
	})()`, selector))
	if err == nil && at == nil {
		err = fmt.Errorf("it is disabled, or something lies over it")
	}
	if err == nil {
		err = chromedp.Do(p.ctx, chromedp.MouseClickXY(at.X, at.Y))
	}
	if err != nil {
		return fmt.Errorf("click on %s: %w", selector, err)
	}
	return nil
}

// Hover moves the mouse to a place of the view.
func (p *Page) Hover(x, y float64) error {
	_, err := chromedp.Call(p.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y})
	return err
}

// Keys sends key strokes to what has the focus.
func (p *Page) Keys(keys string, modifiers ...chromedp.Modifier) error {
	return chromedp.Do(p.ctx, chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// Set gives a form's field a value, as a user who picks or types it and leaves the field.
func (p *Page) Set(id, value string) error {
	_, err := Eval[bool](p, fmt.Sprintf(`(() => {
		const e = document.getElementById(%q);
		e.value = %q;
		if (e.value !== %[2]q) throw new Error('no such choice');
		for (const type of ['input', 'change']) e.dispatchEvent(new Event(type, { bubbles: true }));
		return true;
	})()`, id, value))
	return err
}

// Prediction is what the page says it reads.
type Prediction struct {
	Class string  // "" when nothing is drawn
	P     float64 // probability of the class
}

// Read waits until the page has read the drawing, all of it. After Draw or Touch
// that is when it has all strokes and says that no answer is under way.
// Otherwise it is when there is a prediction that stays the same for a while.
// The while is counted in looks too, each of which the page must find the time
// for: a busy page gets longer.
func (p *Page) Read() (Prediction, error) {
	const looks, still, atMost = 10, 500 * time.Millisecond, 20 * time.Second
	const look = `(({ class: c, p }) => ({ Class: c ?? '', P: Number(p) }))(document.getElementById('prediction').dataset)`
	var last Prediction
	if n := p.strokes; n >= 0 {
		p.strokes = -1
		err := p.Wait(fmt.Sprintf(`(({ strokes, settled, class: c }) => Number(strokes) === %d && settled !== undefined && c)(document.getElementById('prediction').dataset)`, n), atMost)
		if err != nil {
			return last, err
		}
		return Eval[Prediction](p, look)
	}
	begun := time.Now()
	for since, same := begun, 0; ; time.Sleep(still / looks) {
		now, err := Eval[Prediction](p, look)
		if err != nil {
			return now, err
		}
		same++
		if now != last || now.Class == "" {
			last, since, same = now, time.Now(), 0
		}
		if same >= looks && time.Since(since) >= still {
			return now, nil
		}
		if time.Since(begun) > atMost {
			return now, fmt.Errorf("no prediction that stays within %v; the last is %+v", atMost, now)
		}
	}
}

// Hide minimizes the page's window, which hides the page, or shows it again.
func (p *Page) Hide(yes bool) error {
	window, err := chromedp.Call(p.ctx, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
	if err != nil {
		return err
	}
	state := browser.WindowStateNormal
	if yes {
		state = browser.WindowStateMinimized
	}
	_, err = chromedp.Call(p.ctx, browser.SetWindowBounds, browser.SetWindowBoundsParams{
		WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state}})
	if err != nil {
		return err
	}
	return p.Wait(fmt.Sprintf("document.hidden === %v", yes), 10*time.Second)
}
