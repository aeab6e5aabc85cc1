package bundle

import (
	"math"
	"testing"

	"lenet/engine"
	"lenet/wasm/internal/nodetest"
	"lenet/wasm/protocol"
	"lenet/wasm/view"
)

// In any room the page lays its first picture out about as the engine will: the
// pad at the same place, the maps near their places. Nothing jumps when the engine comes.
func TestPosterLayouts(t *testing.T) {
	lay := func(f view.Frame) protocol.StageLayout {
		return protocol.StageLayout{Layout: view.New(engine.Classic(), f), Theme: view.DarkTheme}
	}
	var layouts []any
	for _, f := range posterFrames() {
		layouts = append(layouts, rounded(posterLayout(f, lay(f))))
	}
	var rooms []view.Frame
	usual := posterFrames()
	for i := range usual {
		usual[i].Width++
		usual[i].Tools += 4
		if usual[i].Height > 0 {
			usual[i].Height -= 2
		}
	}
	rooms = append(rooms, usual...)
	for width := 200.0; width < 2600; width += 37 { // somewhere
		for _, height := range []float64{0, width / 1.9, width / 3.5} {
			rooms = append(rooms, view.Frame{Width: width, Height: math.Floor(height), Ratio: 1.5, Text: 16 + math.Floor(width/400)})
		}
	}
	type room struct {
		Width      float64 `json:"width"`
		Height     float64 `json:"height"`
		Ratio      float64 `json:"ratio"`
		Text       float64 `json:"text"`
		Presenting bool    `json:"presenting"`
		Tools      float64 `json:"tools"`
	}
	var given []room
	for _, f := range rooms {
		given = append(given, room(f))
	}
	var got []struct {
		Pad    [4]float64
		Height float64
		Font   float64
		Tiles  [][]float64
	}
	nodetest.Ask(t, `const { fitted, nearest } = await import('../page/embed/fitted.js');`, `
		const { layouts, rooms } = input;
		return rooms.map((room) => {
			const l = fitted(nearest(layouts, room), room);
			return { pad: l.pad, height: l.height, font: l.font, tiles: l.panels.map((p) => [...p.tiles]) };
		});`, map[string]any{"layouts": layouts, "rooms": given}, &got)
	off := 0
	for i, g := range got {
		l := view.New(engine.Classic(), rooms[i])
		if g.Pad != [4]float64{l.Pad.X, l.Pad.Y, l.Pad.W, l.Pad.H} {
			t.Errorf("in %+v the pad is at %v, and will be at %v", rooms[i], g.Pad, l.Pad)
		}
		far := 0.0
		for k := range l.Panels {
			p, tiles := &l.Panels[k], g.Tiles[k]
			if len(tiles) != 3*p.Maps {
				t.Fatalf("in %+v panel %d has %d maps, want %d", rooms[i], k, len(tiles)/3, p.Maps)
			}
			for c := range p.Maps {
				m := p.Map(c)
				far = max(far, math.Abs(tiles[3*c]+tiles[3*c+2]/2-m.CX()), math.Abs(tiles[3*c+1]+tiles[3*c+2]/2-m.CY()))
			}
		}
		if i < len(usual) && (far > 0.02*rooms[i].Width || math.Abs(g.Height-l.Height) > 2 || math.Abs(g.Font-l.Font) > 0.1) {
			t.Logf("in %+v a map is %.0f px off, the height is %.1f and will be %.1f, the font %.2f and %.2f", rooms[i], far, g.Height, l.Height, g.Font, l.Font)
			off++
		}
	}
	if off > len(usual)/10 { // where one pixel more makes another grid of maps
		t.Errorf("%d of %d usual rooms are laid out otherwise", off, len(usual))
	}
}
