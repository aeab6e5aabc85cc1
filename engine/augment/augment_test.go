package augment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"testing"

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
	Policy{}.Apply(dst, src, 1, 2)
	if !bytes.Equal(dst, src) {
		t.Error("a policy without changes changed an image")
	}
}

func TestApplyDependsOnSeedEpochAndPlaceOnly(t *testing.T) {
	src := images(t, 300)
	apply := func(seed uint64, epoch int, src []byte) []byte {
		dst := make([]byte, len(src))
		Digits().Apply(dst, src, seed, epoch)
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
	if got := hex.EncodeToString(sum[:8]); got != "b33a8319a4ccd4cb" {
		t.Errorf("SHA-256 begins with %s", got)
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

func BenchmarkApply(b *testing.B) {
	src := images(b, 1000)
	dst := make([]byte, len(src))
	for b.Loop() {
		Digits().Apply(dst, src, 1, 0)
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "examples/s")
}
