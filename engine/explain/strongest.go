package explain

import (
	"fmt"

	"lenet/engine"
)

// Driver is an image that drives a map or unit high.
type Driver struct {
	Image int     // its place in the set
	Value float32 // of the output
	Y, X  int     // where in the map the output is; 0 for a unit
}

// Strongest returns the n images of a set, 784 bytes each, in which one output
// of a map, or a unit, is highest, highest first. It costs a forward pass for
// each image.
func (e *Explainer) Strongest(images []byte, p Part, n int) ([]Driver, error) {
	if p.Layer < 0 || p.Layer >= engine.NumLayers {
		return nil, fmt.Errorf("layer %d: use 0 to %d", p.Layer, engine.NumLayers-1)
	}
	shape := e.net.Config().Layers()[p.Layer].Shape
	if p.Index < 0 || p.Index >= shape[0] {
		return nil, fmt.Errorf("layer %d has maps or units 0 to %d: there is no %d", p.Layer, shape[0]-1, p.Index)
	}
	columns := 1
	if len(shape) == 3 {
		columns = shape[2]
	}
	var best []Driver
	for i := range len(images) / engine.Pixels {
		tr, err := e.Read(images[i*engine.Pixels:][:engine.Pixels])
		if err != nil {
			return nil, err
		}
		out := tr.Layer(p.Layer)
		each := len(out) / shape[0]
		out = out[p.Index*each:][:each]
		at := engine.Argmax(out)
		if len(best) == n && (n == 0 || !(out[at] > best[n-1].Value)) {
			continue
		}
		if len(best) < n {
			best = append(best, Driver{})
		}
		place := len(best) - 1
		for ; place > 0 && out[at] > best[place-1].Value; place-- {
			best[place] = best[place-1]
		}
		best[place] = Driver{i, out[at], at / columns, at % columns}
	}
	return best, nil
}

// Field returns the pixels of the image that reach the output (y, x) of a map,
// or a unit, of a layer: rows y0 to y1 and columns x0 to x1, both last ones excluded.
func Field(layer, y, x int) (y0, x0, y1, x1 int) {
	var step, side int // from one output to the next, and of the field
	switch {
	case layer <= 1:
		step, side = 1, 5
	case layer == 2:
		step, side = 2, 6
	case layer <= 4:
		step, side = 2, 14
	case layer == 5:
		step, side = 4, 16
	default:
		return 0, 0, engine.Side, engine.Side
	}
	y0, x0 = y*step-2, x*step-2 // 2 of the first convolution's padding
	return max(y0, 0), max(x0, 0), min(y0+side, engine.Side), min(x0+side, engine.Side)
}
