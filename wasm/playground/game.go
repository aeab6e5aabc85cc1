//go:build js

package playground

import (
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"lenet/engine"
	"lenet/engine/pen"
	"lenet/wasm/view"
)

// page is the game's side of the connection to the page.
type page interface {
	laidOut(*view.Layout)
	drawn(strokes pen.Drawing, done bool)
	pointed(l *view.Layout, u view.Unit, ok, held bool)
	blank(bool) // whether the pad shows nothing
	wake()      // run one more frame
}

// game is the stage. It runs a frame only when asked to by page.wake.
type game struct {
	page page

	config engine.Config
	frame  view.Frame
	theme  view.Theme
	still  bool // reduced motion

	layout *view.Layout
	values *view.Activations

	ink     view.Ink
	newInk  bool // something was drawn that the page does not know yet
	known   int  // finished strokes that the page knows
	picture []byte

	unit    view.Unit // the unit that one points at
	hasUnit bool
	held    bool        // the unit stays while the pointer moves on
	votes   []view.Vote // the strongest contributions to a linear unit
	onto    view.Onto   // where the pad lands in the image
	parts   *view.Parts // the panels' values in place of activations; nil for those
	row     []float32   // the weights of the linear unit that one points at, -1..1; nil unless parts are on show

	reveal  view.Reveal   // what is lit while an image is sent through
	sliding bool          // the kernel slides over its map
	slid    time.Duration // for how long
	told    time.Time     // when the page last heard of its place

	last time.Time // when a motion last went on
	canvas
}

func newGame(p page) *game {
	g := &game{page: p, config: engine.Classic(), theme: view.DarkTheme, reveal: view.Reveal{Level: view.Everything}}
	g.values = view.NewActivations(g.config)
	g.canvas.init()
	return g
}

// resize fits the stage to its frame. A frame without a width shows nothing.
func (g *game) resize(f view.Frame) {
	if f == g.frame && g.layout != nil {
		return
	}
	g.frame = f
	g.lay()
}

// configure shows another network.
func (g *game) configure(c engine.Config) {
	if c == g.config && g.layout != nil {
		return
	}
	g.config = c
	g.values = view.NewActivations(c)
	g.parts = nil
	if g.hasUnit && (g.layout == nil || !view.New(c, g.frame).Has(g.unit)) {
		g.point(view.Unit{}, false, false)
	}
	g.votes = nil
	g.lay()
}

func (g *game) lay() {
	if g.frame.Width <= 0 {
		return
	}
	g.layout = view.New(g.config, g.frame)
	g.canvas.fit(g.layout)
	if g.picture != nil {
		g.atlas.PaintPicture(g.picture)
	}
	g.page.laidOut(g.layout)
	g.page.wake()
}

func (g *game) setTheme(t view.Theme, still bool) {
	g.theme, g.still = t, still
	g.stale = true
	g.page.wake()
}

// changed shows the new values.Data(), at once or in a smooth transition.
func (g *game) changed(atOnce bool) {
	g.values.Changed(g.still || atOnce)
	g.stale = true
	g.page.wake()
}

// clear empties the panels, in the same way.
func (g *game) clear(atOnce bool) {
	if g.values.Dark() {
		return
	}
	g.values.Clear(g.still || atOnce)
	g.stale = true
	g.page.wake()
}

// setInk shows a drawing of the page's, with the strokes that the page does not
// know yet: they are newer than its message.
func (g *game) setInk(d pen.Drawing) {
	g.ink.Rebase(d, g.known)
	g.known = len(d)
	g.inked()
}

// setPicture shows an image of 28×28 grey levels on the pad in place of a drawing; nil shows the drawing.
func (g *game) setPicture(pixels []byte) {
	g.picture = pixels
	if pixels != nil {
		g.newInk = false // the picture took its place
	}
	if pixels != nil && g.layout != nil {
		g.atlas.PaintPicture(pixels)
		g.stale = true
	}
	g.inked()
}

func (g *game) inked() {
	g.inkStale = true
	g.page.blank(g.picture == nil && len(g.ink.Strokes) == 0)
	g.page.wake()
}

// A pen's phases.
const (
	penDown = iota
	penMove
	penUp
	penDrop // the last stroke was none
)

// draw follows the pen, whose place is in CSS pixels of the frame.
func (g *game) draw(phase int, x, y float64) {
	if g.layout == nil {
		return
	}
	pad := g.layout.Pad
	p := pen.Point{X: (x - pad.X) / pad.W * pen.Side, Y: (y - pad.Y) / pad.H * pen.Side}
	switch phase {
	case penDown:
		if g.picture != nil { // a new drawing takes the picture's place
			g.picture = nil
			g.ink.Set(nil)
			g.known = 0
		}
		g.ink.Begin(p)
	case penMove:
		if !g.ink.Move(p) {
			return
		}
	case penUp:
		if !g.ink.Drawing() {
			return
		}
		g.ink.Move(p)
		g.ink.End()
	case penDrop:
		g.ink.Drop()
		g.known = min(g.known, len(g.ink.Strokes))
	}
	g.newInk = true
	g.inked()
}

// hover points at the unit at that place of the frame. Where there is none,
// and while a unit is held, the pointed unit stays.
func (g *game) hover(x, y, slack float64) {
	if g.layout == nil || g.held {
		return
	}
	if u, ok := g.layout.Hit(x, y, slack); ok {
		g.point(g.aim(u), true, false)
	}
}

// tap holds the unit at that place, lets the one held go, or, where there is
// none, points at nothing.
func (g *game) tap(x, y, slack float64) {
	if g.layout == nil {
		return
	}
	u, ok := g.layout.Hit(x, y, slack)
	if ok {
		u = g.aim(u)
	}
	g.point(u, ok, ok && !(g.held && u == g.unit))
}

// drag moves the held unit to that place of the frame, where that is in its own map.
func (g *game) drag(x, y float64) {
	if g.layout == nil || !g.held {
		return
	}
	if u, ok := g.layout.Hit(x, y, 0); ok && u.Panel == g.unit.Panel && u.C == g.unit.C {
		g.point(u, true, true)
	}
}

// aim returns what pointing at a unit means in the view on show.
func (g *game) aim(u view.Unit) view.Unit {
	if g.parts == nil {
		return u
	}
	last := view.Unit{Panel: -1}
	if g.hasUnit {
		last = g.unit
	}
	return g.layout.Aim(u, last)
}

// step moves the pointed unit by one.
func (g *game) step(dx, dy int) {
	g.move(func() view.Unit { return g.layout.Step(g.unit, dx, dy) })
}

// skip moves the pointed unit to the neighbouring map.
func (g *game) skip(dx, dy int) {
	g.move(func() view.Unit { return g.aim(g.layout.Skip(g.unit, dx, dy)) })
}

// leap moves the pointed unit to the next layer, or the one before.
func (g *game) leap(along int) {
	g.move(func() view.Unit { return g.aim(g.layout.Leap(g.unit, along)) })
}

func (g *game) move(to func() view.Unit) {
	switch {
	case g.layout == nil:
	case g.hasUnit:
		if g.parts != nil { // a kernel on its way is caught where it is
			g.unit, _ = g.place()
		}
		g.point(to(), true, g.held)
	default:
		g.point(g.layout.First(), true, false)
	}
}

// hold holds the unit that one points at.
func (g *game) hold() {
	if u, _ := g.place(); g.hasUnit {
		g.point(u, true, true)
	}
}

func (g *game) point(u view.Unit, ok, held bool) {
	if u == g.unit && ok == g.hasUnit && held == g.held {
		return
	}
	if u != g.unit {
		g.votes, g.row, g.sliding = nil, nil, false
		g.stale = g.stale || g.parts != nil
	}
	other := !g.hasUnit || u.Panel != g.unit.Panel || u.C != g.unit.C
	g.unit, g.hasUnit, g.held = u, ok, held
	g.page.pointed(g.layout, u, ok, held)
	if ok && other && g.parts != nil && u.Kernel() {
		g.slide(true)
	}
	g.page.wake()
}

// setVotes shows the strongest contributions to the linear unit that one points at.
func (g *game) setVotes(votes []view.Vote) {
	g.votes = votes
	g.page.wake()
}

// setParts shows weights or gradients in place of activations; nil shows those again.
func (g *game) setParts(p *view.Parts) {
	if (p == nil) != (g.parts == nil) {
		g.row, g.sliding, g.stale = nil, false, true
		if g.hasUnit && !g.held { // it meant something else
			g.point(view.Unit{}, false, false)
		}
	}
	g.parts = p
	g.partsStale = true
	g.page.wake()
}

// setRow shows the weights of the linear unit that one points at on the layer before it.
func (g *game) setRow(row []float32) {
	g.row = row
	g.stale = true
	g.page.wake()
}

// rowOn returns the weights that a panel shows because one points at a linear unit after it; nil for none.
func (g *game) rowOn(panel int) []float32 {
	if g.parts == nil || !g.hasUnit || panel != g.unit.Panel-1 {
		return nil
	}
	if p := &g.layout.Panels[panel]; len(g.row) != p.Maps*p.Side*p.Side {
		return nil
	}
	return g.row
}

// setReveal lights what an image, or the error, has come to.
func (g *game) setReveal(r view.Reveal) {
	if r != g.reveal {
		g.reveal = r
		g.page.wake()
	}
}

// slide lets the kernel of the unit that one points at slide over its map once.
func (g *game) slide(on bool) {
	g.sliding = on && g.hasUnit && !g.still
	g.slid = 0
	g.page.wake()
}

// The page hears of a kernel's place this often, so that its numbers can be read.
const tellEvery = 100 * time.Millisecond

// place returns where the kernel is: at the unit, or on its way over the map.
func (g *game) place() (u view.Unit, sliding bool) {
	if !g.sliding {
		return g.unit, false
	}
	return g.layout.Slide(g.unit, g.slid)
}

// Update implements [ebiten.Game].
func (g *game) Update() error {
	if g.newInk {
		g.newInk = false
		g.known = len(g.ink.Strokes)
		if g.ink.Drawing() {
			g.known--
		}
		g.page.drawn(g.ink.Strokes, !g.ink.Drawing())
	}
	now := time.Now()
	by := min(now.Sub(g.last), 50*time.Millisecond) // a first step has no last one
	g.last = now
	if g.values.Moving() {
		g.values.Advance(by)
		g.stale = true
		if g.values.Moving() {
			g.page.wake()
		}
	}
	if g.sliding {
		g.slid += by
		at, on := g.place()
		g.sliding = on
		if g.parts != nil && (!on || now.Sub(g.told) >= tellEvery) {
			g.told = now
			g.page.pointed(g.layout, at, true, g.held)
		}
		g.page.wake()
	}
	return nil
}

// Layout implements [ebiten.Game]: the screen's pixels are the device's.
func (g *game) Layout(width, height int) (int, int) { return width, height }

// Draw implements [ebiten.Game].
func (g *game) Draw(screen *ebiten.Image) {
	if g.layout != nil {
		g.canvas.draw(screen, g)
	}
}
