package browsertest

import (
	"fmt"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lenet/wasm/pen"
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

// Draw draws with the mouse.
func (p *Page) Draw(d pen.Drawing) error {
	return p.draw(d, func(down, up bool, x, y float64) error {
		typ := input.DispatchMouseEventTypeMouseMoved
		switch {
		case down:
			typ = input.DispatchMouseEventTypeMousePressed
		case up:
			typ = input.DispatchMouseEventTypeMouseReleased
		}
		return chromedp.Do(p.ctx, chromedp.MouseEvent(typ, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1), func(e *input.DispatchMouseEventParams) {
			if !up {
				e.Buttons = 1
			}
		}))
	})
}

// Touch draws with a finger.
func (p *Page) Touch(d pen.Drawing) error {
	return p.draw(d, func(down, up bool, x, y float64) error {
		e := input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchMove, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}}
		switch {
		case down:
			e.Type = input.DispatchTouchEventTypeTouchStart
		case up:
			e.Type, e.TouchPoints = input.DispatchTouchEventTypeTouchEnd, []*input.TouchPoint{}
		}
		_, err := chromedp.Call(p.ctx, input.DispatchTouchEvent, e)
		return err
	})
}

func (p *Page) draw(d pen.Drawing, event func(down, up bool, x, y float64) error) error {
	pad, err := p.Pad()
	if err != nil {
		return err
	}
	for _, s := range d {
		for i, q := range s {
			x, y := pad.X+q.X/pen.Side*pad.W, pad.Y+q.Y/pen.Side*pad.H
			if err := event(i == 0, false, x, y); err != nil {
				return err
			}
			if i == len(s)-1 {
				if err := event(false, true, x, y); err != nil {
					return err
				}
			}
		}
	}
	return nil
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

// Settled waits until the prediction has stayed the same for a while, so that
// it is of all that was drawn, and returns it. The while is counted in looks
// too, each of which the page must find the time for: a busy page gets longer.
func (p *Page) Settled() (Prediction, error) {
	const looks, still, atMost = 10, 300 * time.Millisecond, 20 * time.Second
	const read = `(({ class: c, p }) => ({ Class: c ?? '', P: Number(p) }))(document.getElementById('prediction').dataset)`
	var last Prediction
	begun := time.Now()
	for since, same := begun, 0; ; time.Sleep(still / looks) {
		now, err := Eval[Prediction](p, read)
		if err != nil {
			return now, err
		}
		same++
		if now != last {
			last, since, same = now, time.Now(), 0
		}
		if same >= looks && time.Since(since) >= still {
			return now, nil
		}
		if time.Since(begun) > atMost {
			return now, fmt.Errorf("the prediction does not settle within %v", atMost)
		}
	}
}
