package playground

import (
	"errors"
	"syscall/js"
	"unsafe"

	"github.com/hajimehoshi/ebiten/v2"

	"lenet/engine"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// Run shows the stage until Ebitengine fails. It talks to play.js through the
// global object lenetStage: it calls that object's methods (see host) and gives
// attach its own functions (see exports).
func Run() error {
	stage := js.Global().Get("lenetStage")
	if !stage.Truthy() {
		return errors.New("no lenetStage: load the program through play.html")
	}
	g := newGame(&host{stage: stage})
	stage.Call("attach", exports(g))
	ebiten.SetScreenClearedEveryFrame(false)
	ebiten.SetTPS(ebiten.SyncWithFPS)
	return ebiten.RunGameWithOptions(g, &ebiten.RunGameOptions{ScreenTransparent: true})
}

// host is the page as play.js stands for it.
type host struct {
	stage js.Value
	buf   []float32
}

func (h *host) wake() { h.stage.Call("wake") }

func (h *host) blank(yes bool) { h.stage.Call("blank", yes) }

// drawn sends the strokes as the bytes of [view.AppendStrokes].
func (h *host) drawn(strokes pen.Drawing, done bool) {
	h.buf = view.AppendStrokes(h.buf[:0], strokes)
	array := js.Global().Get("Uint8Array").New(4 * len(h.buf))
	js.CopyBytesToJS(array, asBytes(h.buf))
	h.stage.Call("drawn", array, done)
}

func (h *host) pointed(l *view.Layout, u view.Unit, ok, held bool) {
	if !ok {
		h.stage.Call("pointed", js.Null())
		return
	}
	b := l.Box(u)
	h.stage.Call("pointed", map[string]any{
		"layer": view.LayerOf(u.Panel), "channel": u.C, "y": u.Y, "x": u.X, "held": held,
		"top": b.Y, "bottom": b.Bottom(),
	})
}

func (h *host) laidOut(l *view.Layout) {
	labels := make([]any, len(l.Labels))
	for i, t := range l.Labels {
		labels[i] = map[string]any{
			"panel": t.Panel, "box": box(t.Box), "title": t.Title, "detail": t.Detail, "brief": t.Brief, "fixed": t.Fixed,
		}
	}
	boxes := make([]any, len(l.Panels))
	for i := range l.Panels {
		boxes[i] = box(l.Panels[i].Box)
	}
	end := l.Flow[len(l.Flow)-1]
	_, low := view.DarkTheme.Scale(l.Config.Activation)
	h.stage.Call("laidOut", map[string]any{
		"pad": box(l.Pad), "boxes": boxes, "height": l.Height, "font": l.Font, "vertical": l.Vertical, "wrapped": l.Wrapped,
		"end": []any{end.From, end.To}, "labels": labels, "low": low, "high": view.High(l.Config.Activation),
	})
}

func box(r view.Rect) []any { return []any{r.X, r.Y, r.W, r.H} }

// exports returns what play.js may call. A function that can be called wrongly
// returns an error's text, or null.
func exports(g *game) map[string]any {
	return map[string]any{
		"resize": call(func(a []js.Value) error { // (width, height, ratio, text, presenting, tools)
			g.resize(view.Frame{
				Width: a[0].Float(), Height: a[1].Float(), Ratio: a[2].Float(),
				Text: a[3].Float(), Presenting: a[4].Bool(), Tools: a[5].Float(),
			})
			return nil
		}),
		"config": call(func(a []js.Value) error { // (activation, pooling, channels, channels, units, units, classes)
			var c engine.Config
			err := errors.Join(c.Activation.UnmarshalText([]byte(a[0].String())), c.Pooling.UnmarshalText([]byte(a[1].String())))
			c.Channels = [2]int{a[2].Int(), a[3].Int()}
			c.Units = [2]int{a[4].Int(), a[5].Int()}
			c = c.WithClasses(a[6].Int())
			if err := errors.Join(err, c.Validate()); err != nil {
				return err
			}
			g.configure(c)
			return nil
		}),
		"theme": call(func(a []js.Value) error { // (dark, reduced motion)
			t := view.LightTheme
			if a[0].Bool() {
				t = view.DarkTheme
			}
			g.setTheme(t, a[1].Bool())
			return nil
		}),
		"trace": call(func(a []js.Value) error { // (bytes of float32s or null, at once)
			if a[0].IsNull() {
				g.clear(a[1].Bool())
				return nil
			}
			if err := g.values.Check(a[0].Length() / 4); err != nil {
				return err
			}
			js.CopyBytesToGo(asBytes(g.values.Data()), a[0])
			g.changed(a[1].Bool())
			return nil
		}),
		"onto": call(func(a []js.Value) error { // (scale, x, y), zero where it is not known
			g.onto = view.Onto{Scale: a[0].Float(), X: a[1].Float(), Y: a[2].Float()}
			return nil
		}),
		"ink": call(func(a []js.Value) error { // (bytes as in drawn)
			d, err := view.Strokes(floats(a[0]))
			if err == nil {
				g.setInk(d)
			}
			return err
		}),
		"picture": call(func(a []js.Value) error { // (784 bytes or null)
			if a[0].IsNull() {
				g.setPicture(nil)
				return nil
			}
			pixels := make([]byte, engine.Pixels)
			if n := js.CopyBytesToGo(pixels, a[0]); n != len(pixels) {
				return errors.New("a picture is not of 784 bytes")
			}
			g.setPicture(pixels)
			return nil
		}),
		"draw": call(func(a []js.Value) error { // (phase, x, y)
			g.draw(a[0].Int(), a[1].Float(), a[2].Float())
			return nil
		}),
		"hover": call(func(a []js.Value) error { // (x, y, slack)
			g.hover(a[0].Float(), a[1].Float(), a[2].Float())
			return nil
		}),
		"tap": call(func(a []js.Value) error { // (x, y, slack)
			g.tap(a[0].Float(), a[1].Float(), a[2].Float())
			return nil
		}),
		"drag": call(func(a []js.Value) error { // (x, y)
			g.drag(a[0].Float(), a[1].Float())
			return nil
		}),
		"hold": call(func([]js.Value) error {
			g.hold()
			return nil
		}),
		"leave": call(func([]js.Value) error {
			g.point(view.Unit{}, false, false)
			return nil
		}),
		"step": call(func(a []js.Value) error { // (dx, dy)
			g.step(a[0].Int(), a[1].Int())
			return nil
		}),
		"skip": call(func(a []js.Value) error { // (dx, dy)
			g.skip(a[0].Int(), a[1].Int())
			return nil
		}),
		"leap": call(func(a []js.Value) error { // (to the next layer 1, to the one before -1)
			g.leap(a[0].Int())
			return nil
		}),
		"point": call(func(a []js.Value) error { // (layer, channel, y, x, held)
			panel, ok := view.PanelOf(a[0].Int())
			u := view.Unit{Panel: panel, C: a[1].Int(), Y: a[2].Int(), X: a[3].Int()}
			if g.layout == nil || !ok || !g.layout.Has(u) {
				return errors.New("there is no such unit")
			}
			g.point(u, true, a[4].Bool())
			return nil
		}),
		"votes": call(func(a []js.Value) error { // (bytes of float32s: index and value of each)
			buf := floats(a[0])
			var votes []view.Vote
			for i := 0; i+1 < len(buf); i += 2 {
				votes = append(votes, view.Vote{Index: int(buf[i]), Value: buf[i+1]})
			}
			g.setVotes(votes)
			return nil
		}),
		"parts": call(func(a []js.Value) error { // (bytes of view.Parts' Data, or null)
			if a[0].IsNull() {
				g.setParts(nil)
				return nil
			}
			p := &view.Parts{Config: g.config, Data: floats(a[0])}
			if err := p.Check(); err != nil {
				return err
			}
			g.setParts(p)
			return nil
		}),
		"row": call(func(a []js.Value) error { // (bytes of float32s or null)
			if a[0].IsNull() {
				g.setRow(nil)
				return nil
			}
			g.setRow(floats(a[0]))
			return nil
		}),
		"reveal": call(func(a []js.Value) error { // (level, back)
			g.setReveal(view.Reveal{Level: a[0].Float(), Back: a[1].Bool()})
			return nil
		}),
	}
}

// floats copies a Uint8Array of float32s.
func floats(bytes js.Value) []float32 {
	buf := make([]float32, bytes.Length()/4)
	js.CopyBytesToGo(asBytes(buf), bytes)
	return buf
}

func call(f func(args []js.Value) error) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		if err := f(args); err != nil {
			return err.Error()
		}
		return nil
	})
}

// asBytes returns the memory of v.
func asBytes(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}
