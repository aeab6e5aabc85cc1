package pen

import (
	"math"
	"os"
	"testing"
	"time"
)

// loadDev returns the strokes that MNIST test digits were traced to.
func loadDev(t testing.TB) []Sample {
	t.Helper()
	data, err := os.ReadFile("testdata/strokes_dev.json")
	if err != nil {
		t.Fatal(err)
	}
	samples, err := ParseJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(samples) != 500 {
		t.Fatalf("%d drawings in testdata, want 500", len(samples))
	}
	return samples
}

// inkBox returns the smallest box of pixels that holds all ink of at least half a pixel.
func inkBox(img *[Pixels]byte) (x0, y0, x1, y1 int) {
	x0, y0, x1, y1 = Side, Side, -1, -1
	for i, v := range img {
		if v >= 128 {
			x0, x1 = min(x0, i%Side), max(x1, i%Side)
			y0, y1 = min(y0, i/Side), max(y1, i/Side)
		}
	}
	return
}

// Every digit comes out by MNIST's rule: the longest side of the ink is 20
// pixels, the centre of mass lies at the centre, and the pen is 2 to 3 pixels wide.
func TestRenderIsMNISTs(t *testing.T) {
	for i, s := range loadDev(t) {
		img, st, ok := RenderStages(s.Drawing, Options{})
		if !ok {
			t.Fatalf("drawing %d is blank", i)
		}
		x0, y0, x1, y1 := inkBox(&st.Boxed)
		if longest := max(x1-x0, y1-y0) + 1; longest < 19 || longest > 20 {
			t.Errorf("drawing %d: ink of %d pixels, want 20", i, longest)
		}
		if m := massCentre(&img); math.Abs(m.X-massAt) > 0.1 || math.Abs(m.Y-massAt) > 0.1 {
			// Samples are an eighth of a pixel apart. Ink that centring pushes over the edge shifts the centre; MNIST has that too.
			if x0, y0, x1, y1 = inkBox(&img); x0 > 0 && y0 > 0 && x1 < Side-1 && y1 < Side-1 {
				t.Errorf("drawing %d: centre of mass %v", i, m)
			}
		}
	}
}

// The image does not depend on where on the pad, how big, or with how many
// points the digit was drawn.
func TestRenderIsInvariant(t *testing.T) {
	for i, s := range loadDev(t)[:50] {
		want, _ := Render(s.Drawing, Options{})
		moved := make(Drawing, len(s.Drawing))
		for j, st := range s.Drawing {
			for k, p := range st {
				q := Point{p.X*0.5 + 3.3, p.Y*0.5 + 11.7}
				moved[j] = append(moved[j], q)
				if k+1 < len(st) { // a point half way to the next
					n := Point{st[k+1].X*0.5 + 3.3, st[k+1].Y*0.5 + 11.7}
					moved[j] = append(moved[j], Point{(q.X + n.X) / 2, (q.Y + n.Y) / 2})
				}
			}
		}
		got, _ := Render(moved, Options{})
		var sum, diff float64
		for p := range want {
			sum += float64(want[p])
			diff += math.Abs(float64(want[p]) - float64(got[p]))
		}
		if diff > 0.01*sum {
			t.Errorf("drawing %d: moved, halved and refined it differs by %.1f %% of its ink", i, 100*diff/sum)
		}
	}
}

// An upright stroke of pen width w has w full pixels across, halves counted by
// area, and round caps: its ink is w·length + π(w/2)².
func TestInkArea(t *testing.T) {
	for _, width := range []float64{1, 2, 2.25, 3} {
		for _, l := range []line{{Point{14, 5}, Point{14, 20}}, {Point{6, 9}, Point{6, 9}}, {Point{4, 6}, Point{22, 19}}, {Point{22, 4}, Point{5, 4.3}}} {
			img, ok := Render(Drawing{{l.a, l.b}}, Options{Raw: true, Pen: width})
			if !ok {
				t.Fatal("blank")
			}
			var ink float64
			for _, v := range img {
				ink += float64(v) / 255
			}
			length := math.Hypot(l.b.X-l.a.X, l.b.Y-l.a.Y)
			if want := width*length + math.Pi*width*width/4; math.Abs(ink-want) > 0.01*want+0.08 {
				t.Errorf("width %g, %v: ink %.3f, want %.3f", width, l, ink, want)
			}
		}
	}
}

// The drawing agrees with the plain rule: a sample is inked when it is within
// the radius of a line.
func TestCapsuleAgainstDistance(t *testing.T) {
	for i, s := range loadDev(t)[:40] {
		lines := clean(s.Drawing)
		var c canvas
		c.draw(lines, 1, Point{}, 1.125)
		for row := range Side * sub {
			for col := range Side * sub {
				p := Point{(float64(col) + 0.5) / sub, (float64(row) + 0.5) / sub}
				d := math.Inf(1)
				for _, l := range lines {
					d = min(d, distance(p, l))
				}
				got := c[row][col/sub]>>(col%sub)&1 == 1
				if math.Abs(d-1.125) > 1e-9 && got != (d < 1.125) {
					t.Fatalf("drawing %d: sample (%d, %d) at distance %v: inked %v", i, col, row, d, got)
				}
			}
		}
	}
}

func distance(p Point, l line) float64 {
	dx, dy := l.b.X-l.a.X, l.b.Y-l.a.Y
	t := 0.0
	if n := dx*dx + dy*dy; n > 0 {
		t = min(max(((p.X-l.a.X)*dx+(p.Y-l.a.Y)*dy)/n, 0), 1)
	}
	return math.Hypot(p.X-l.a.X-t*dx, p.Y-l.a.Y-t*dy)
}

func TestDotAndSmallMarks(t *testing.T) {
	for _, d := range []Drawing{{{{3, 25}}}, {{{3, 25}, {3, 25}}}, {{{3, 25}, {3.01, 25}, {3, 25.01}}}} {
		img, ok := Render(d, Options{})
		if !ok || img[14*Side+14] != 255 || math.Abs(float64(img[14*Side+13])-float64(img[14*Side+15])) > 32 || img[14*Side+13] < 100 {
			t.Errorf("%v: ok %v, pixels left, middle, right %v", d, ok, img[14*Side+13:14*Side+16])
		}
		if x0, y0, x1, y1 := inkBox(&img); x1-x0 > 3 || y1-y0 > 3 {
			t.Errorf("%v: a dot takes %d by %d pixels", d, x1-x0+1, y1-y0+1)
		}
	}
}

func TestBlank(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, d := range []Drawing{nil, {}, {{}}, {nil, nil}, {{{nan, 3}}}, {{{3, inf}, {-inf, 3}}}, {{{-5, -5}, {-5, 40}, {40, 40}}}, {{{29, 29}}}} {
		if img, ok := Render(d, Options{}); ok || img != [Pixels]byte{} {
			t.Errorf("%v: ok %v", d, ok)
		}
	}
}

// A line that only touches the pad leaves a dot there, whichever way it runs.
func TestClipTouching(t *testing.T) {
	for _, l := range []line{{Point{-9, 7}, Point{0, 7}}, {Point{0, 7}, Point{-9, 7}}, {Point{35, -7}, Point{28, 0}}, {Point{-1, 1}, Point{1, -1}}} {
		got, ok := clip(l)
		if !ok || got.a != got.b {
			t.Errorf("%v: %v, %v", l, got, ok)
		}
	}
}

// Ink beside the pad does not count; the visible part does, to the edge.
func TestClip(t *testing.T) {
	inside, _ := Render(Drawing{{{10, 4}, {10, 28}}, {{10, 14}, {28, 14}}}, Options{})
	outside, _ := Render(Drawing{{{10, 4}, {10, 300}}, {{10, 14}, {1e300, 14}}, {{-3, 5}, {-3, 9}}}, Options{})
	if inside != outside {
		t.Error("lines that leave the pad are not cut at its edge")
	}
}

func TestRaw(t *testing.T) {
	img, st, ok := RenderStages(Drawing{{{2, 3}, {7, 3}}}, Options{Raw: true, Pen: 2})
	if x0, y0, x1, y1 := inkBox(&img); !ok || x0 != 1 || x1 != 7 || y0 != 2 || y1 != 3 {
		t.Errorf("ok %v, ink from (%d, %d) to (%d, %d)", ok, x0, y0, x1, y1)
	}
	if st.Scale != 1 || st.Offset != (Point{}) || st.Min != (Point{1, 2}) || st.Max != (Point{8, 4}) {
		t.Errorf("stages %+v", st)
	}
}

// Scale and Offset lead from the pad to the image: the ink's box lands where they say.
func TestStages(t *testing.T) {
	for i, s := range loadDev(t)[:50] {
		img, st, _ := RenderStages(s.Drawing, Options{})
		x0, y0, x1, y1 := inkBox(&img)
		at := func(v, offset float64) float64 { return min(max(v*st.Scale+offset, 0), Side) }
		for _, e := range [][2]float64{
			{float64(x0), at(st.Min.X, st.Offset.X)}, {float64(x1 + 1), at(st.Max.X, st.Offset.X)},
			{float64(y0), at(st.Min.Y, st.Offset.Y)}, {float64(y1 + 1), at(st.Max.Y, st.Offset.Y)},
		} {
			if math.Abs(e[0]-e[1]) > 1.1 {
				t.Errorf("drawing %d: ink ends at %g, stages say %.2f", i, e[0], e[1])
			}
		}
	}
}

func hostile() Drawing {
	d := Drawing{make(Stroke, 100_000)}
	for i := range d[0] { // across the pad and back
		d[0][i] = Point{float64(i%2) * 28, float64(i) * 28 / 100_000}
	}
	for range 100_000 {
		d = append(d, Stroke{{14, 14}})
	}
	return d
}

// 200,000 lines take no longer than maxLines do.
func TestHostileSize(t *testing.T) {
	d := hostile()
	start := time.Now()
	if _, ok := Render(d, Options{Pen: 8}); !ok {
		t.Error("blank")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func BenchmarkRender(b *testing.B) {
	samples := loadDev(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Render(samples[i%len(samples)].Drawing, Options{})
	}
}

func BenchmarkRenderHostile(b *testing.B) {
	d := hostile()
	for b.Loop() {
		Render(d, Options{Pen: 8})
	}
}
