package page

import (
	"encoding/json"
	"math"
	"os/exec"
	"testing"

	"lenet/engine"
	"lenet/wasm/view"
)

// The page's pad lies where the layout will place it, at every width: nothing
// jumps when the layout comes.
func TestPadBox(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	out, err := exec.Command(node, "--input-type=module", "-e", `
		const { padBox } = await import('./stage/padbox.js');
		console.log(JSON.stringify([1, 1.5, 2].map((ratio) => Array.from({ length: 2400 }, (_, i) => padBox(100 + i, ratio).box))));`).Output()
	if err != nil {
		t.Fatal(err)
	}
	var boxes [][][4]float64
	if err := json.Unmarshal(out, &boxes); err != nil {
		t.Fatal(err)
	}
	for i, ratio := range []float64{1, 1.5, 2} {
		for k, b := range boxes[i] {
			width := float64(100 + k)
			want := view.New(engine.Classic(), width, ratio).Pad
			for j, v := range [4]float64{want.X, want.Y, want.W, want.H} {
				if math.Abs(b[j]-v) > 1e-9 {
					t.Fatalf("at %v px, ratio %v, the page's pad is %v, the layout's %v", width, ratio, b, want)
				}
			}
		}
	}
}
