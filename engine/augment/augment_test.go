package augment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"runtime"
	"testing"

	"lenet/engine"
	"lenet/engine/dataset"
)

func images(t testing.TB, n int) []byte {
	t.Helper()
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	return test.Images[:n*784]
}

func TestNothingToChange(t *testing.T) {
	src := images(t, 300)
	dst := make([]byte, len(src))
	Policy{}.Prepare(src).Epoch(dst, 1, 2)
	if !bytes.Equal(dst, src) {
		t.Error("a policy without changes changed an image")
	}
}

func TestEpochDependsOnSeedEpochAndPlaceOnly(t *testing.T) {
	src := images(t, 300)
	apply := func(seed uint64, epoch int, src []byte) []byte {
		dst := make([]byte, len(src))
		Digits().Prepare(src).Epoch(dst, seed, epoch)
		return dst
	}
	a := apply(1, 0, src)
	if !bytes.Equal(a, apply(1, 0, src)) {
		t.Error("two runs differ")
	}
	if !bytes.Equal(a[:100*784], apply(1, 0, src[:100*784])) {
		t.Error("the number of images changes what happens to one")
	}
	for name, b := range map[string][]byte{"the same image": src, "another seed": apply(2, 0, src), "another epoch": apply(1, 1, src)} {
		for i := range 300 {
			if bytes.Equal(a[i*784:][:784], b[i*784:][:784]) {
				t.Errorf("image %d equals %s", i, name)
				break
			}
		}
	}
	// The same bits everywhere: the sum is of the images made on linux/amd64.
	sum := sha256.Sum256(a)
	if got := hex.EncodeToString(sum[:8]); got != "08ad3fc6618800fb" {
		t.Errorf("SHA-256 begins with %s", got)
	}
}

// The examples of a recipe are those of its policy, seed and epoch; progress
// counts each of them once, and Ctrl-C stops before all are made.
func TestExamples(t *testing.T) {
	set := engine.Set{Images: images(t, 600), Labels: make([]byte, 600)}
	r := engine.Recipe{Augment: engine.AugmentDigits, Seed: 3}
	var counts []int
	e := Examples(r, set, func(done, total int) { counts = append(counts, done, total) })
	want := make([]byte, len(set.Images))
	for _, epoch := range []int{0, 2, 1} { // drawn in one epoch, kept for the others
		got, err := e.Epoch(t.Context(), epoch)
		if err != nil {
			t.Fatal(err)
		}
		Digits().Prepare(set.Images).Epoch(want, r.Seed, epoch)
		if !bytes.Equal(got.Images, want) || got.Len() != 600 {
			t.Errorf("epoch %d: other images", epoch)
		}
	}
	if n := len(counts); n != 3*3*2 || counts[n-2] != 600 || counts[n-1] != 600 {
		t.Errorf("progress %v", counts)
	}
	ctx, cancel := context.WithCancel(t.Context())
	e = Examples(r, set, func(done, total int) { cancel() })
	if _, err := e.Epoch(ctx, 0); !errors.Is(err, context.Canceled) && runtime.GOMAXPROCS(0) < 3 {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := e.Epoch(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if same, ok := Examples(engine.Recipe{}, set, nil).(engine.Set); !ok || same.Len() != 600 {
		t.Error("no augmentation is not the set itself")
	}
}

// moments returns the ink of an image, its centre of mass and its main axis' angle.
func moments(img []byte) (ink, cx, cy, angle float64) {
	for i, v := range img {
		ink += float64(v)
		cx += float64(v) * float64(i%28)
		cy += float64(v) * float64(i/28)
	}
	cx, cy = cx/ink, cy/ink
	var xx, yy, xy float64
	for i, v := range img {
		dx, dy := float64(i%28)-cx, float64(i/28)-cy
		xx, yy, xy = xx+float64(v)*dx*dx, yy+float64(v)*dy*dy, xy+float64(v)*dx*dy
	}
	return ink, cx, cy, math.Atan2(2*xy, xx-yy) / 2 * 180 / math.Pi
}

// bar is an upright bar in the middle, lit by 200.
func bar() *image {
	var img image
	for y := 8; y < 20; y++ {
		for x := 12; x < 16; x++ {
			img[y*side+x] = 200
		}
	}
	return &img
}

func TestWarpGeometry(t *testing.T) {
	src := bar()
	ink, cx, cy, _ := moments(src[:])
	rad := 10 * math.Pi / 180
	for name, c := range map[string]struct {
		m                    [4]float64
		dx, dy               float64
		ink, cx, cy, degrees float64
	}{
		"shift":   {[4]float64{1, 0, 0, 1}, 1.5, -2.25, ink, cx + 1.5, cy - 2.25, 90},
		"magnify": {[4]float64{0.8, 0, 0, 0.8}, 0, 0, ink / 0.64, cx, cy, 90},
		"stretch": {[4]float64{0.8, 0, 0, 1}, 0, 0, ink / 0.8, cx, cy, 90},
		"turn":    {[4]float64{math.Cos(rad), math.Sin(rad), -math.Sin(rad), math.Cos(rad)}, 0, 0, ink, cx, cy, -80},
	} {
		var dst image
		warp(&dst, src, c.m, c.dx, c.dy)
		gotInk, gx, gy, degrees := moments(dst[:])
		if math.Abs(gotInk/c.ink-1) > 0.01 || math.Abs(gx-c.cx) > 0.02 || math.Abs(gy-c.cy) > 0.02 || math.Abs(math.Abs(degrees)-math.Abs(c.degrees)) > 0.5 {
			t.Errorf("%s: ink %.0f, centre %.2f %.2f, axis %.1f°: want %.0f, %.2f %.2f, %.1f°", name, gotInk, gx, gy, degrees, c.ink, c.cx, c.cy, c.degrees)
		}
	}
	// What leaves the image is gone, and nothing wraps around.
	var dst image
	warp(&dst, src, [4]float64{1, 0, 0, 1}, 100, -300)
	if dst != (image{}) {
		t.Error("ink is left of an image moved away")
	}
}

func TestThicken(t *testing.T) {
	img := bar()
	thicken(img, 1)
	if img[14*side+11] != 200 || img[14*side+10] != 0 || img[14*side+14] != 200 {
		t.Error("a whole pixel wider is not")
	}
	img = bar()
	thicken(img, -0.5)
	if img[14*side+12] != 100 || img[14*side+13] != 200 || img[14*side+11] != 0 {
		t.Errorf("half a pixel narrower: %v", img[14*side+10:14*side+18])
	}
}

func BenchmarkEpoch(b *testing.B) {
	src := images(b, 1000)
	dst := make([]byte, len(src))
	m := Digits().Prepare(src)
	for b.Loop() {
		m.Epoch(dst, 1, 0)
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "examples/s")
}

func BenchmarkRedraw(b *testing.B) {
	src := images(b, 1000)
	var dst image
	for b.Loop() {
		for i := range 1000 {
			redraw(&dst, at(src, i))
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "examples/s")
}

// A wide bar becomes a line of the pen's width along its middle.
func TestRedraw(t *testing.T) {
	var img, thin image
	for y := 5; y < 23; y++ {
		for x := 10; x < 18; x++ {
			img[y*side+x] = 255
		}
	}
	redraw(&thin, &img)
	for y := 10; y < 18; y++ {
		row := thin[y*side:][:side]
		sum := 0
		for _, v := range row {
			sum += int(v)
		}
		if width := float64(sum) / 255; width < 1.9 || width > 2.6 || row[13] != 255 || row[10] != 0 || row[17] != 0 {
			t.Errorf("row %d: %.2f pixels wide: %v", y, width, row)
		}
	}
	// A ring stays a ring, one line round one hole.
	img = image{}
	for i := range img {
		if r := math.Hypot(float64(i%side)-13.5, float64(i/side)-13.5); r > 5 && r < 9 {
			img[i] = 255
		}
	}
	redraw(&thin, &img)
	if thin[13*side+13] != 0 || components(&thin, false) != 2 || components(&thin, true) != 1 {
		t.Errorf("%d grounds and %d lines in a ring drawn again", components(&thin, false), components(&thin, true))
	}
	var blank image
	redraw(&blank, &image{})
	if blank != (image{}) {
		t.Error("ink out of nothing")
	}
}

// components counts the connected areas of ink, or of ground.
func components(img *image, ink bool) int {
	seen := [len(img)]bool{}
	count := 0
	for start := range img {
		if seen[start] || (img[start] > 100) != ink {
			continue
		}
		count++
		stack := []int{start}
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[i] {
				continue
			}
			seen[i] = true
			for _, j := range []int{i - 1, i + 1, i - side, i + side} {
				if j >= 0 && j < len(img) && (img[j] > 100) == ink && !seen[j] {
					stack = append(stack, j)
				}
			}
		}
	}
	return count
}
