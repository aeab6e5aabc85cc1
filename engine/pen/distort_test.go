package pen

import (
	"math"
	"testing"
)

// mark is an image with a dark pixel off the middle.
func mark(x, y int) (img [Pixels]byte) {
	img[y*Side+x] = 200
	return img
}

func TestDistortMoves(t *testing.T) {
	for _, c := range []struct {
		name string
		d    Distort
		want [Pixels]byte
	}{
		{"nothing", Distort{}, mark(20, 10)},
		{"right and up", Distort{X: 3, Y: -2}, mark(23, 8)},
		{"off the edge", Distort{X: 8}, [Pixels]byte{}},
		{"a quarter turn", Distort{Rotate: 90}, mark(17, 20)}, // (6.5, -3.5) from the middle goes to (3.5, 6.5)
		{"half a turn", Distort{Rotate: 180}, mark(7, 17)},
	} {
		if got := c.d.Apply(mark(20, 10)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, marks(got), marks(c.want))
		}
	}
	half := Distort{X: 0.5}.Apply(mark(20, 10))
	if half[10*Side+20] != 100 || half[10*Side+21] != 100 {
		t.Errorf("half a pixel: %v", marks(half))
	}
}

// marks lists the pixels that are not paper.
func marks(img [Pixels]byte) (list [][3]int) {
	for i, v := range img {
		if v > 0 {
			list = append(list, [3]int{i % Side, i / Side, int(v)})
		}
	}
	return list
}

// Noise has the spread asked for, and stays the same.
func TestDistortNoise(t *testing.T) {
	var flat [Pixels]byte
	for i := range flat {
		flat[i] = 128
	}
	d := Distort{Noise: 0.1}
	got := d.Apply(flat)
	var sum, squares float64
	for _, v := range got {
		x := float64(v) - 128
		sum += x
		squares += x * x
	}
	mean, sd := sum/Pixels, math.Sqrt(squares/Pixels)
	if math.Abs(mean) > 3*25.5/28 || math.Abs(sd-25.5) > 2 {
		t.Errorf("noise of mean %.2f, standard deviation %.2f, want 0, 25.5", mean, sd)
	}
	if d.Apply(flat) != got {
		t.Error("another pattern the second time")
	}
}
