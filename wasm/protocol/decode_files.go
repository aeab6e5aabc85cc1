//go:build !js || !goexperiment.simd

package protocol

import (
	"encoding/binary"
	"math"

	"lenet/engine"
	"lenet/engine/pen"
)

// files reads the requests about data sets of somebody's own.
func (f *fields) files(kind string) Request {
	switch kind {
	case "put":
		return Put{Path: f.name("path", MaxPath), Data: f.bytes("data", MaxFile), Sum: f.has("sum") && f.boolean("sum")}
	case "read":
		return Read{}
	case "write":
		return Write{Form: f.name("form", 20), Name: f.name("name", 200), Examples: f.examples()}
	}
	p := Prepare{Examples: f.examples(), Share: f.number("share", 0, 1), Seed: uint64(f.integer("seed", 0, MaxSeed))}
	if f.has("each") {
		p.Each = f.integer("each", 1, MaxEach)
	}
	if f.has("mix") {
		m, _ := f.get("mix").(map[string]any)
		g := fields{m: m}
		p.Mix = &Mix{
			Classes: g.names("classes"), Images: g.bytes("images", MaxFile), Labels: g.bytes("labels", MaxFile),
			TestImages: g.bytes("testImages", MaxFile), TestLabels: g.bytes("testLabels", MaxFile), Take: -1,
		}
		if g.has("take") {
			p.Mix.Take = g.integer("take", 0, math.MaxInt32)
		}
		if g.err == nil {
			g.onlyKnown()
		}
		f.check("mix", g.err)
	}
	return p
}

// name reads a text of at most so many bytes.
func (f *fields) name(key string, most int) string {
	s := f.text(key)
	if len(s) > most {
		f.fail("%s: %d bytes: at most %d are allowed", key, len(s), most)
	}
	return s
}

// names reads the names of classes.
func (f *fields) names(key string) []string {
	var names []string
	for _, v := range f.list(key, engine.MaxClasses) {
		name, ok := v.(string)
		if !ok {
			f.fail("%s: %v is not a text", key, v)
		}
		names = append(names, name)
	}
	return names
}

func (f *fields) examples() Examples {
	e := Examples{Classes: f.names("classes"), Images: f.bytes("images", MaxFile), Labels: f.bytes("labels", MaxFile), Tests: f.integer("tests", 0, math.MaxInt32)}
	n := len(e.Labels)
	switch {
	case f.err != nil:
		return e
	case n == 0:
		f.fail("there are no examples: draw some, or drop a file of them")
	case len(e.Images) != n*engine.Pixels:
		f.fail("images: %d bytes: %d images take %d", len(e.Images), n, n*engine.Pixels)
	case e.Tests > n:
		f.fail("tests: %d of %d examples", e.Tests, n)
	}
	for i, l := range e.Labels {
		if int(l) >= len(e.Classes) {
			f.fail("labels: example %d is of class %d: there are %d", i, l, len(e.Classes))
		}
	}
	if f.has("points") {
		e.Drawings = f.drawings(n)
	}
	return e
}

// drawings reads the strokes of n examples: "points" holds x and y of all points
// as float64s, in pad units; "lengths" for each example how many strokes it has
// and how many points each of them has.
func (f *fields) drawings(n int) []pen.Drawing {
	points, lengths := f.bytes("points", MaxFile), f.floats("lengths", MaxFile/4)
	next := func(most int) int {
		if len(lengths) == 0 || !(lengths[0] >= 0 && lengths[0] <= float32(most)) {
			f.fail("lengths: they are not those of %d drawings", n)
			return 0
		}
		v := int(lengths[0])
		lengths = lengths[1:]
		return v
	}
	coordinate := func() float64 {
		v := math.Float64frombits(binary.LittleEndian.Uint64(points))
		points = points[8:]
		if !(v >= -pen.Side && v <= 2*pen.Side) {
			f.fail("points: %v: a pad has %d by %d units", v, pen.Side, pen.Side)
		}
		return v
	}
	all := make([]pen.Drawing, n)
	for i := range all {
		if f.err != nil {
			return nil
		}
		all[i] = make(pen.Drawing, next(pen.MaxStrokes))
		for k := range all[i] {
			count := next(pen.MaxPoints)
			if 16*count > len(points) {
				f.fail("points: there are fewer than lengths says")
				return nil
			}
			all[i][k] = make(pen.Stroke, count)
			for j := range all[i][k] {
				all[i][k][j] = pen.Point{X: coordinate(), Y: coordinate()}
			}
		}
	}
	if len(points) > 0 || len(lengths) > 0 {
		f.fail("points: there are more than those of %d drawings", n)
	}
	return all
}
