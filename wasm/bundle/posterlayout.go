package bundle

import (
	"math"
	"slices"

	"lenet/wasm/protocol"
	"lenet/wasm/view"
)

// posterFrames returns the rooms that posters are laid out for. The page takes
// the one most like its own, and fits it in.
func posterFrames() []view.Frame {
	var frames []view.Frame
	for _, width := range []float64{200, 236, 272, 328, 358, 398, 460, 560, 672, 720, 820, 1000, 1180, 1450, 1900} {
		frames = append(frames, view.Frame{Width: width, Ratio: 1, Text: 16, Tools: 56}) // the height follows
	}
	for _, r := range filledRooms {
		frames = append(frames, view.Frame{Width: r[0], Height: r[1], Ratio: 1, Text: r[2]})
	}
	return frames
}

// filledRooms are the stage's width, height and size of text where the page
// fills windows of usual sizes, from 1080 by 640 to 2560 by 1440, and with a lesson beside it.
var filledRooms = [][3]float64{
	{622, 339, 16}, {708, 372, 16}, {790, 470, 16}, {792, 266, 16}, {792, 401, 16}, {892, 408, 16},
	{992, 266, 16}, {992, 339, 16}, {992, 394, 16}, {992, 460, 16}, {1078, 283, 16}, {1078, 372, 16},
	{1152, 386, 16}, {1152, 463, 16}, {1248, 346, 16}, {1248, 438, 16}, {1312, 380, 16}, {1312, 463, 16},
	{1378, 559, 16.8}, {1578, 480, 19.2}, {1578, 556, 19.2}, {1611, 498, 17.25}, {2109, 741, 25.6},
}

// posterLayout returns a layout as poster.js unfolds it: of each panel its
// layer, side, number of maps, columns, first map's place and side, and the
// distance of the maps; of the band behind them the places where it bends.
func posterLayout(f view.Frame, s protocol.StageLayout) map[string]any {
	m := s.Map()
	for _, key := range []string{"colors", "scale", "signed", "low", "high", "boxes"} {
		delete(m, key)
	}
	var panels []any
	for i := range s.Layout.Panels {
		p := &s.Layout.Panels[i]
		first, pitch := p.Map(0), 0.0
		if p.Maps > 1 {
			pitch = p.Map(1).X - first.X
		}
		cols := p.Maps
		for c := range p.Maps {
			if p.Map(c).Y > first.Y {
				cols = c
				break
			}
		}
		panels = append(panels, []float32{float32(p.Layer), float32(p.Side), float32(p.Maps), float32(cols), float32(first.X), float32(first.Y), float32(first.W), float32(pitch)})
	}
	m["panels"] = panels
	whole(m["legend"].([]any))
	for _, l := range m["labels"].([]any) {
		label := l.(map[string]any)
		whole(label["box"].([]any))
		for _, key := range []string{"brief", "fixed"} {
			if label[key] == false {
				delete(label, key)
			}
		}
	}
	m["flow"] = bends(s.Layout.Flow)
	m["room"] = map[string]any{"width": f.Width, "height": f.Height, "ratio": 1.0, "text": f.Text, "presenting": false, "tools": f.Tools}
	return m
}

// bends returns the first rib of a band and the ends of each bend: what lies
// between two of them follows the same curve everywhere.
func bends(flow []view.Rib) []any {
	ribs := []view.Rib{flow[0]}
	for bend := range slices.Chunk(flow[1:], view.BendRibs) {
		ribs = append(ribs, bend[0], bend[len(bend)-1])
	}
	var out []any
	for _, r := range ribs {
		out = append(out, r.At, r.From, r.To)
	}
	whole(out)
	return out
}

// whole rounds lengths to whole pixels.
func whole(lengths []any) {
	for i, v := range lengths {
		lengths[i] = math.Round(v.(float64))
	}
}
