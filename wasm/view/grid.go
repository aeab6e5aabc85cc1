package view

import "math"

// grid is n equal square tiles in rows, filled row by row.
type grid struct {
	n, cols, rows int
	tile          float64 // side of a tile
	gap           float64 // between tiles
}

func (g grid) width() float64  { return span(g.cols, g.tile, g.gap) }
func (g grid) height() float64 { return span(g.rows, g.tile, g.gap) }

func span(n int, tile, gap float64) float64 { return float64(n)*tile + float64(n-1)*gap }

// fit chooses the grid with the largest tiles, none larger than limit, that
// keeps within width and height. The gap is a share of the tile. A grid whose
// last row is not full counts as worse than a full one with tiles a third
// smaller, and one that strays from the wanted ratio of width to height by a
// factor of e as worse by a quarter.
//
// When not even tiles of one pixel fit, the grid sticks out.
func fit(n int, width, height, limit, gapShare, aspect float64) grid {
	best, bestScore := grid{}, 0.0
	for cols := 1; cols <= n; cols++ {
		rows := (n + cols - 1) / cols
		if (n+rows-1)/rows < cols {
			continue // as many rows with fewer columns
		}
		// cols·t + (cols-1)·gapShare·t <= width, and the same for the height.
		w, h := span(cols, 1, gapShare), span(rows, 1, gapShare)
		t := min(width/w, height/h, limit)
		score := t / (1 + math.Abs(math.Log(w/h/aspect))/3)
		if cols*rows != n {
			score *= 0.65
		}
		if score > bestScore {
			best, bestScore = grid{n: n, cols: cols, rows: rows, tile: t, gap: t * gapShare}, score
		}
	}
	return best
}

// snapped returns the grid with tiles and gaps of whole device pixels, within
// width and height if tiles of one pixel fit there.
func (g grid) snapped(width, height, ratio float64) grid {
	g.gap = max(math.Round(g.gap*ratio), 1) / ratio
	room := func() float64 {
		return min((width-float64(g.cols-1)*g.gap)/float64(g.cols), (height-float64(g.rows-1)*g.gap)/float64(g.rows))
	}
	if room() < 1/ratio {
		g.gap = 0
	}
	g.tile = snapDown(min(g.tile, room()), ratio)
	return g
}
