package pen

import "math"

const (
	// Points nearer than this to the last one kept, in pad units, add nothing
	// that 28 pixels can show.
	minGap = 1.0 / 16
	// A drawing within the limits has no more lines than points. Lines past this
	// many are left out, which bounds the time that any input takes.
	maxLines = MaxPoints
)

// line is a straight piece of a stroke on the pad; a dot has equal ends.
type line struct{ a, b Point }

// clean returns the drawing as lines that lie on the pad: points that are not
// finite dropped, near points merged, lines cut at the edges.
func clean(d Drawing) []line {
	var lines []line
	for _, s := range d {
		var last Point
		started, drawn := false, false
		for i, p := range s {
			if !finite(p.X) || !finite(p.Y) {
				continue
			}
			p = Point{clampFar(p.X), clampFar(p.Y)}
			if !started {
				last, started = p, true
				continue
			}
			// The last point stays, so that a stroke ends where the pen left.
			if i < len(s)-1 && math.Abs(p.X-last.X) < minGap && math.Abs(p.Y-last.Y) < minGap {
				continue
			}
			if l, ok := clip(line{last, p}); ok {
				if len(lines) == maxLines {
					return lines
				}
				lines = append(lines, l)
			}
			last, drawn = p, true
		}
		if started && !drawn { // a dot
			if l, ok := clip(line{last, last}); ok {
				if len(lines) == maxLines {
					return lines
				}
				lines = append(lines, l)
			}
		}
	}
	return lines
}

func finite(v float64) bool { return v-v == 0 }

// clampFar keeps differences and products of coordinates far from overflow.
func clampFar(v float64) float64 { return min(max(v, -1e6), 1e6) }

// clip cuts a line to the pad (Liang and Barsky 1984). ok is false when none
// of it lies there.
func clip(l line) (line, bool) {
	t0, t1 := 0.0, 1.0
	dx, dy := l.b.X-l.a.X, l.b.Y-l.a.Y
	for _, e := range [4][2]float64{ // direction towards an edge, room up to it
		{-dx, l.a.X}, {dx, Side - l.a.X}, {-dy, l.a.Y}, {dy, Side - l.a.Y},
	} {
		p, q := e[0], e[1]
		switch {
		case p == 0 && q < 0:
			return line{}, false
		case p < 0:
			t0 = max(t0, q/p)
		case p > 0:
			t1 = min(t1, q/p)
		}
	}
	if t0 > t1 {
		return line{}, false
	}
	at := func(t float64) Point {
		p := Point{l.a.X + t*dx, l.a.Y + t*dy}
		switch t {
		case 0:
			p = l.a
		case 1:
			p = l.b
		}
		// Rounding may leave it a little off the edge.
		return Point{min(max(p.X, 0), Side), min(max(p.Y, 0), Side)}
	}
	return line{at(t0), at(t1)}, true
}
