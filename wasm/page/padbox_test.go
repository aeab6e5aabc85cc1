package page

import (
	"math"
	"testing"

	"lenet/engine"
	"lenet/wasm/internal/nodetest"
	"lenet/wasm/view"
)

// The page's pad lies where the layout will place it, in every room, and the
// labels are as large: nothing jumps when the layout comes.
func TestPadBox(t *testing.T) {
	var rooms []view.Frame
	for width := 100.0; width < 2600; width += 3 {
		for i, height := range []float64{0, 0, 150, 330, 360, 700} {
			text, ratio := []float64{16, 32, 14}[i%3], []float64{1, 1.5, 2}[int(width)%3]
			rooms = append(rooms, view.Frame{Width: width, Height: height, Ratio: ratio, Text: text, Presenting: i > 2 && int(width)%2 == 0})
		}
	}
	var boxes [][5]float64
	nodetest.Ask(t, `const { padBox } = await import('./stage/padbox.js');`, `
		return input.map((r) => {
			const room = Object.fromEntries(Object.entries(r).map(([k, v]) => [k.toLowerCase(), v]));
			const { box, font } = padBox(room);
			return [...box, font];
		});`, rooms, &boxes)
	for i, b := range boxes {
		l := view.New(engine.Classic(), rooms[i])
		for j, v := range [4]float64{l.Pad.X, l.Pad.Y, l.Pad.W, l.Pad.H} {
			if math.Abs(b[j]-v) > 1e-9 {
				t.Fatalf("in %+v the page's pad is %v, the layout's %v", rooms[i], b, l.Pad)
			}
		}
		if b[4] < l.Font-1e-9 { // the layout makes labels smaller where they do not fit
			t.Fatalf("in %+v the page's labels are of %v px, the layout's of %v", rooms[i], b[4], l.Font)
		}
	}
}
