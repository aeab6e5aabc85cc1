package main

import (
	"fmt"
	"image"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"lenet/engine"
	"lenet/engine/explain"
	"lenet/engine/figure"
)

const pictureHeight = 150 // of the figures' large pictures, in points

// occlusion answers --occlusion.
func (c explainCmd) occlusion(s *asked) (a answered, err error) {
	k, err := c.about(s)
	if err != nil {
		return a, err
	}
	o := explain.DefaultOcclusion
	if c.Patch != 0 {
		o.Size = int(c.Patch)
	}
	if c.Stride != 0 {
		o.Stride = int(c.Stride)
	}
	if c.Fill != nil {
		o.Fill = *c.Fill
	}
	side := o.Side()
	lost := make([]float32, side*side)
	if err := s.Occlude(s.image, k, o, lost); err != nil {
		return a, err
	}
	at, most, effect := engine.Argmax(lost), "takes most from", "covered where it costs most"
	if k != s.answer { // why not?
		at, most, effect = engine.Argmax(scaled(lost, -1)), "gives most to", "covered where "+s.info.Classes[k]+" gains most"
	}
	covered := make([]byte, engine.Pixels)
	o.Cover(covered, s.image, at/side, at%side)
	t, err := s.Read(covered)
	if err != nil {
		return a, err
	}
	chances := make([]float32, len(s.chances))
	engine.Softmax(chances, t.Logits())
	then := engine.Argmax(chances)

	name, reads := s.info.Classes[k], s.info.Classes[then]+" with "+percent(chances[then])
	row, column := o.Middle(at/side), o.Middle(at%side)
	a.said = fmt.Sprintf("%s: %s. A patch of %d×%d pixels at row %d, column %d %s %s: %s becomes %s, and it reads %s.",
		s.name, s.says(), o.Size, o.Size, row, column, most, name, percent(s.chances[k]), percent(chances[k]), reads)
	a.key, a.fields = "occlusion", map[string]any{
		"class": k, "name": name, "patch": o.Size, "stride": o.Stride, "fill": o.Fill, "lost": slices.Collect(slices.Chunk(lost, side)),
	}
	scale := largest(lost, 0.001)
	a.figure = figure.Panels{Title: s.title("Which parts speak for %s?", k), Rows: []figure.PanelRow{{
		Height: pictureHeight, Scale: scale, High: name + " loses", Low: name + " gains",
		Panels: []figure.Panel{
			s.picture(s.image, "read as "+s.info.Classes[s.answer], "with "+percent(s.chances[s.answer])),
			{Side: engine.Side, Image: inputOf(s.image), Over: spreadOut(lost, o), Most: scale,
				Name: "probability of " + name, Note: fmt.Sprintf("under a patch of %d×%d pixels", o.Size, o.Size)},
			s.picture(covered, "read as "+reads, effect),
		},
	}}}
	box := patchBox(o, at/side, at%side)
	a.figure.Rows[0].Panels[2].Box = &box
	return a, nil
}

// title returns the title of a figure: with the answer, unless k is it.
func (s *asked) title(question string, k int) string {
	if k == s.answer {
		return fmt.Sprintf(question, s.info.Classes[k])
	}
	return fmt.Sprintf("Why not %s? It reads %s", s.info.Classes[k], s.says())
}

// gradient answers --gradient.
func (c explainCmd) gradient(s *asked) (a answered, err error) {
	k, err := c.about(s)
	if err != nil {
		return a, err
	}
	t, err := s.Read(s.image)
	if err != nil {
		return a, err
	}
	rival := explain.Rival(t.Logits(), k)
	g := make([]float32, engine.Pixels)
	lead, err := s.Gradient(s.image, explain.Margin(t.Logits(), k), g)
	if err != nil {
		return a, err
	}
	up, down := engine.Argmax(g), engine.Argmax(scaled(g, -1))
	name, other := s.info.Classes[k], s.info.Classes[rival]
	where := "above"
	if lead < 0 {
		where = "below"
	}
	a.said = fmt.Sprintf("%s: %s. The output for %s is %.2f %s that for %s. More ink helps it most at row %d, column %d (slope %+.2f), and harms it most at row %d, column %d (slope %+.2f).",
		s.name, s.says(), name, math.Abs(lead), where, other, up/engine.Side, up%engine.Side, g[up], down/engine.Side, down%engine.Side, g[down])
	a.key, a.fields = "gradient", map[string]any{
		"class": k, "name": name, "rival": rival, "lead": lead, "gradient": slices.Collect(slices.Chunk(g, engine.Side)),
	}
	most := largest(g, 1e-30)
	a.figure = figure.Panels{Title: s.title("Which pixels would change its mind about %s?", k), Rows: []figure.PanelRow{{
		Height: pictureHeight, Scale: most, High: "for " + name, Low: "for " + other,
		Panels: []figure.Panel{
			s.picture(s.image, "read as "+s.info.Classes[s.answer], "with "+percent(s.chances[s.answer])),
			{Side: engine.Side, Over: g, Most: most, Name: "the effect of more ink", Note: fmt.Sprintf("on the output for %s less that for %s", name, other)},
			{Side: engine.Side, Image: inputOf(s.image), Over: g, Most: most, Name: "the same", Note: "over the image"},
		},
	}}}
	return a, nil
}

// fool answers --fool.
func (c explainCmd) fool(s *asked) (a answered, err error) {
	k, err := s.class("--fool", c.Fool)
	if err != nil {
		return a, err
	}
	if k == s.answer {
		return a, fmt.Errorf("%s is read as %s already: name another class", s.name, s.info.Classes[k])
	}
	var all []map[string]any
	a.said = fmt.Sprintf("%s: %s.", s.name, s.says())
	a.figure.Title = fmt.Sprintf("Nudged until it reads %s", s.info.Classes[k])
	for _, signed := range []bool{true, false} {
		f, err := s.Fool(s.image, explain.DefaultNudge(k, signed))
		if err != nil {
			return a, err
		}
		reads := s.info.Classes[f.Answer] + " with " + percent(f.Probability)
		change := make([]float32, engine.Pixels)
		for i, v := range f.Image {
			change[i] = (float32(v) - float32(s.image[i])) / 255
		}
		how, size := "Along the gradient", fmt.Sprintf("length %.2f, no pixel by more than %.0f of 255 grey levels", f.L2, 255*f.LInf)
		if signed {
			how, size = "By the gradient's sign", fmt.Sprintf("no pixel by more than %.0f of 255 grey levels, length %.2f", 255*f.LInf, f.L2)
		}
		if f.Success {
			a.said += fmt.Sprintf("\n%s: read as %s (%s).", how, reads, size)
		} else {
			a.said += fmt.Sprintf("\n%s: still read as %s after %d steps (%s).", how, reads, f.Steps, size)
		}
		pixels := make([]int, engine.Pixels) // bytes would be base64
		for i, v := range f.Image {
			pixels[i] = int(v)
		}
		all = append(all, map[string]any{"signed": signed, "class": k, "success": f.Success, "answer": f.Answer, "name": s.info.Classes[f.Answer],
			"probability": f.Probability, "steps": f.Steps, "linf": f.LInf, "l2": f.L2, "pixels": slices.Collect(slices.Chunk(pixels, engine.Side))})
		most := max(float32(f.LInf), 1e-3)
		a.figure.Rows = append(a.figure.Rows, figure.PanelRow{
			Label: how + ": " + size, Height: 134, Scale: most, High: "more ink", Low: "less ink",
			Panels: []figure.Panel{
				s.picture(s.image, "read as "+s.info.Classes[s.answer], "with "+percent(s.chances[s.answer])),
				{Side: engine.Side, Over: change, Most: most, Before: "+", Name: "the change", Note: fmt.Sprintf("%.0f times enlarged", 1/most)},
				s.picture(f.Image[:], "read as "+s.info.Classes[f.Answer], "with "+percent(f.Probability)),
			},
		})
		a.figure.Rows[len(a.figure.Rows)-1].Panels[2].Before = "="
	}
	a.key, a.fields = "fool", all
	return a, nil
}

// unit answers --unit.
func (c explainCmd) unit(s *asked) (a answered, err error) {
	at, _ := parseUnit(c.Unit)
	target, err := explain.Unit(s.config, at[0], at[1:]...)
	if err != nil {
		return a, fmt.Errorf("--unit %s: %w", c.Unit, err)
	}
	ascent := explain.DefaultAscent(target, c.Seed)
	fields := map[string]any{"unit": c.Unit}
	from := "noise"
	if s.image != nil {
		ascent.Start, from = inputOf(s.image), s.name
	}
	frames, err := s.Ascend(ascent)
	if err != nil {
		return a, err
	}
	first, last := frames[0], frames[len(frames)-1]
	name := c.nameOf(s, at)
	a.said = fmt.Sprintf("%s: %.3g in %s, %.3g in the input that it wants to see, %d steps on.", name, first.Value, from, last.Value, last.Step)
	fields["start"], fields["reached"], fields["input"] = first.Value, last.Value, slices.Collect(slices.Chunk(last.Input, engine.Side))

	a.figure.Title = "The input that drives " + name + " highest"
	ink := largest(last.Input, 1e-3)
	climb := figure.PanelRow{Label: fmt.Sprintf("Climbing from %s. The last input's darkest pixel is %.2f and drawn black", filepath.Base(from), ink), Height: pictureHeight}
	for _, step := range []int{0, 4, 10, 24, ascent.Steps} {
		i := slices.IndexFunc(frames, func(f explain.Frame) bool { return f.Step >= step })
		if i < 0 { // it ended early
			i = len(frames) - 1
		}
		f := frames[i]
		climb.Panels = append(climb.Panels, figure.Panel{Side: engine.Side, Image: scaled(f.Input, ink),
			Name: shown(f.Value), Note: fmt.Sprintf("after %d steps", f.Step)})
	}
	a.figure.Rows = append(a.figure.Rows, climb)
	if s.test.Len() > 0 {
		best, err := s.Strongest(s.test.Images, explain.Part{Layer: at[0], Index: at[1]}, 9)
		if err != nil {
			return a, err
		}
		a.figure.Rows = append(a.figure.Rows, c.strongest(s, at, best))
		var list []map[string]any
		for _, d := range best {
			list = append(list, map[string]any{"image": d.Image, "label": s.test.Labels[d.Image], "value": d.Value, "y": d.Y, "x": d.X})
		}
		fields["strongest"] = list
		d := best[0]
		what := "its highest value"
		if at[0] < 6 {
			what = "the map's highest value"
		}
		a.said += fmt.Sprintf(" Of %s test images number %d (%s) has %s, %.3g.", thousands(s.test.Len()), d.Image, s.info.Classes[s.test.Labels[d.Image]], what, d.Value)
	}
	a.key, a.fields = "unit", fields
	return a, nil
}

// nameOf names a unit in a sentence.
func (c explainCmd) nameOf(s *asked, at []int) string {
	if at[0] == engine.NumLayers-1 {
		return "the output for " + s.info.Classes[at[1]]
	}
	l := s.config.Layers()[at[0]]
	kind := fmt.Sprintf("%s (%d)", l.Kind, l.Index)
	switch {
	case len(at) == 4:
		return fmt.Sprintf("map %d of %s at row %d, column %d", at[1], kind, at[2], at[3])
	case len(l.Shape) == 3:
		return fmt.Sprintf("the sum of map %d of %s", at[1], kind)
	}
	return fmt.Sprintf("unit %d of %s", at[1], kind)
}

// strongest returns the row of the test images that drive a unit highest, with
// the part that it sees.
func (c explainCmd) strongest(s *asked, at []int, best []explain.Driver) figure.PanelRow {
	label := "The test images in which it is highest"
	if len(s.config.Layers()[at[0]].Shape) == 3 {
		label = "The test images in which this map is highest anywhere, and the part that the unit there sees"
	}
	row := figure.PanelRow{Label: label, Height: pictureHeight}
	for _, d := range best {
		p := figure.Panel{Side: engine.Side, Image: inputOf(s.test.Images[d.Image*engine.Pixels:][:engine.Pixels]),
			Name: shown(float64(d.Value)), Note: s.info.Classes[s.test.Labels[d.Image]]}
		if y0, x0, y1, x1 := explain.Field(at[0], d.Y, d.X); y1-y0 < engine.Side {
			box := image.Rect(x0, y0, x1, y1)
			p.Box = &box
		}
		row.Panels = append(row.Panels, p)
	}
	return row
}

// picture returns a panel of an image.
func (s *asked) picture(img []byte, name, note string) figure.Panel {
	return figure.Panel{Side: engine.Side, Image: inputOf(img), Name: name, Note: note}
}

// inputOf returns the input that an image is: pixel/255.
func inputOf(img []byte) []float32 {
	x := make([]float32, len(img))
	for i, v := range img {
		x[i] = float32(v) / 255
	}
	return x
}

// scaled returns v/by.
func scaled(v []float32, by float32) []float32 {
	w := make([]float32, len(v))
	for i, x := range v {
		w[i] = x / by
	}
	return w
}

// largest returns the largest absolute value, or least.
func largest(v []float32, least float32) float32 {
	for _, x := range v {
		least = max(least, float32(math.Abs(float64(x))))
	}
	return least
}

// spreadOut returns the values of a patch's places as 28×28 pixels.
func spreadOut(lost []float32, o explain.Occlusion) []float32 {
	out := make([]float32, engine.Pixels)
	for i := range out {
		out[i] = lost[i/engine.Side/o.Stride*o.Side()+i%engine.Side/o.Stride]
	}
	return out
}

// patchBox returns the pixels that a patch covers at place (i, j).
func patchBox(o explain.Occlusion, i, j int) image.Rectangle {
	at := image.Pt(o.Middle(j)-o.Size/2, o.Middle(i)-o.Size/2)
	return image.Rectangle{at, at.Add(image.Pt(o.Size, o.Size))}.Intersect(image.Rect(0, 0, engine.Side, engine.Side))
}

// shown writes a value as figures have it.
func shown(v float64) string { return strings.Replace(fmt.Sprintf("%.3g", v), "-", "−", 1) }
