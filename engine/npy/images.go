package npy

import (
	"fmt"
	"slices"

	"lenet/engine"
)

// Images returns the images of an array as a backend takes them, with zeros for
// labels. Its shape is (n, 28, 28), (n, 784), (n, 1, 28, 28) as PyTorch has it,
// (n, 28, 28, 1) as Keras has it, or one image without the n. Whole numbers are
// 0 to 255. Floats are such numbers, or divided by 255 as torchvision's ToTensor
// makes them. uint8 values are shared, others copied.
func (a *Array) Images() (engine.Set, error) {
	n, ok := CountImages(a.Shape)
	if !ok {
		return engine.Set{}, fmt.Errorf("images of shape %v: use (n, 28, 28), (n, 1, 28, 28), (n, 28, 28, 1) or (n, 784)", a.Shape)
	}
	s := engine.Set{Labels: make([]byte, n)}
	if b, ok := a.Data.([]uint8); ok {
		s.Images = b
		return s, nil
	}
	values, err := a.Float64s()
	if err != nil {
		return s, err
	}
	scale := 255.0
	if a.Integer || whole(values) {
		scale = 1
	}
	s.Images = make([]byte, len(values))
	for i, v := range values {
		b := byte(min(max(v*scale+0.5, 0), 255))
		if d := v - float64(b)/scale; !(d < 1e-6 && d > -1e-6) {
			if scale == 1 {
				return s, fmt.Errorf("value %v in image %d: whole numbers are 0 to 255", v, i/engine.Pixels)
			}
			return s, fmt.Errorf("value %v in image %d is none of 0/255, 1/255, …, 255/255: give images as uint8, or as floats divided by 255 and not normalised further", v, i/engine.Pixels)
		}
		s.Images[i] = b
	}
	return s, nil
}

// CountImages returns how many images an array of that shape has, not ok for a
// shape that is not of images. See [Array.Images].
func CountImages(shape []int) (n int, ok bool) {
	const side = engine.Side
	forms := [][]int{{side, side}, {1, side, side}, {side, side, 1}, {engine.Pixels}}
	for _, form := range forms {
		switch {
		case slices.Equal(shape, form):
			return 1, true
		case len(shape) > 0 && slices.Equal(shape[1:], form):
			return shape[0], true
		}
	}
	return 0, false
}

// whole reports whether all are whole numbers and some of them above 1, so that
// they were not divided by 255.
func whole(values []float64) bool {
	above := false
	for _, v := range values {
		if v != float64(int(v)) {
			return false
		}
		above = above || v > 1
	}
	return above
}
