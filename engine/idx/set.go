package idx

import (
	"fmt"

	"lenet/engine"
)

// DecodeSet makes a set of an image file and a label file, each plain or
// gzip-compressed. It takes at most limit examples and refuses images that are
// not 28×28, labels that no network of
// the family has, and counts that differ. The set may alias the files.
func DecodeSet(images, labels []byte, limit int) (engine.Set, error) {
	x, err := Decode(images, limit*engine.Pixels)
	if err != nil {
		return engine.Set{}, fmt.Errorf("images: %w", err)
	}
	if len(x.Shape) != 3 || x.Shape[1] != engine.Side || x.Shape[2] != engine.Side {
		return engine.Set{}, fmt.Errorf("images: shape %v: expected [n %d %d]", x.Shape, engine.Side, engine.Side)
	}
	y, err := Decode(labels, limit)
	if err != nil {
		return engine.Set{}, fmt.Errorf("labels: %w", err)
	}
	if len(y.Shape) != 1 {
		return engine.Set{}, fmt.Errorf("labels: shape %v: expected [n]", y.Shape)
	}
	s := engine.Set{Images: x.Data, Labels: y.Data}
	return s, s.CheckFor(engine.MaxClasses)
}
