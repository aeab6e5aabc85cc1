package page

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lenet/engine"
	"lenet/wasm/view"
)

// The page's pad lies where the layout will place it, in every room, and the
// labels are as large: nothing jumps when the layout comes.
func TestPadBox(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	var rooms []view.Frame
	for width := 100.0; width < 2600; width += 3 {
		for i, height := range []float64{0, 0, 150, 330, 360, 700} {
			text, ratio := []float64{16, 32, 14}[i%3], []float64{1, 1.5, 2}[int(width)%3]
			rooms = append(rooms, view.Frame{Width: width, Height: height, Ratio: ratio, Text: text, Presenting: i > 2 && int(width)%2 == 0})
		}
	}
	given, err := json.Marshal(rooms)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rooms.json")
	if err := os.WriteFile(file, given, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, "--input-type=module", "-e", `
		import { readFileSync } from 'node:fs';
		const { padBox } = await import('./stage/padbox.js');
		const rooms = JSON.parse(readFileSync(process.argv[1]));
		console.log(JSON.stringify(rooms.map((r) => {
			const room = Object.fromEntries(Object.entries(r).map(([k, v]) => [k.toLowerCase(), v]));
			const { box, font } = padBox(room);
			return [...box, font];
		})));`, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var boxes [][5]float64
	if err := json.Unmarshal(out, &boxes); err != nil {
		t.Fatal(err)
	}
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
