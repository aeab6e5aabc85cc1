package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"lenet/engine/cpu"
)

// layerRow is a layer's forward and backward part; nil where it has none.
type layerRow struct {
	name              string
	forward, backward *cpu.Part
}

func layerRows(p *cpu.Profile) []layerRow {
	var rows []layerRow
	for i := range p.Parts {
		part := &p.Parts[i]
		at := slices.IndexFunc(rows, func(r layerRow) bool { return r.name == part.Layer })
		if at < 0 {
			at = len(rows)
			rows = append(rows, layerRow{name: part.Layer})
		}
		if part.Backward {
			rows[at].backward = part
		} else {
			rows[at].forward = part
		}
	}
	return rows
}

// partCells returns the part's µs for one example, GFLOP/s and share of the peak.
func partCells(part *cpu.Part, peak float64) [3]string {
	var c [3]string
	if part == nil {
		return c
	}
	c[0] = fmt.Sprintf("%.2f", part.Seconds*1e6)
	if part.FLOP > 0 {
		rate := part.FLOP / part.Seconds
		c[1], c[2] = fmt.Sprintf("%.0f", rate/1e9), fmt.Sprintf("%.0f %%", 100*rate/peak)
	}
	return c
}

// total is all parts as one.
func total(p *cpu.Profile, backward bool) *cpu.Part {
	t := &cpu.Part{}
	for _, part := range p.Parts {
		if part.Backward == backward {
			t.Seconds += part.Seconds
			t.FLOP += part.FLOP
		}
	}
	return t
}

// layerCells returns the profile as a table of texts, its heading first.
func layerCells(p *cpu.Profile) [][]string {
	cells := [][]string{{"", "forward, µs", "GFLOP/s", "of peak", "backward, µs", "GFLOP/s", "of peak"}}
	for _, r := range append(layerRows(p), layerRow{"all", total(p, false), total(p, true)}) {
		f, b := partCells(r.forward, p.Peak), partCells(r.backward, p.Peak)
		cells = append(cells, slices.Concat([]string{r.name}, f[:], b[:]))
	}
	return cells
}

// layersTitle explains the shares.
func layersTitle(p *cpu.Profile) string {
	return fmt.Sprintf("One example on one thread, by layer; the peak is what multiplying and adding reaches here when nothing is loaded or stored, %.0f GFLOP/s. The second convolution's operations are counted as its sum has them; it takes 6 products for 10, and so can pass the peak.", p.Peak/1e9)
}

// printLayers prints the profile for people.
func printLayers(w io.Writer, p *cpu.Profile) {
	fmt.Fprintln(w, layersTitle(p))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range layerCells(p) {
		for _, c := range row {
			fmt.Fprintf(t, "%s\t", c)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}
