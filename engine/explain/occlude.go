package explain

import (
	"fmt"

	"lenet/engine"
)

// Occlusion is a grey patch that slides over an image.
type Occlusion struct {
	Size   int  // pixels of a side, 1 to 28
	Stride int  // pixels from one place to the next, 1 to 28
	Fill   byte // its grey: 0 is MNIST's paper, 255 its ink
}

// DefaultOcclusion covers the width of a digit's stroke. Zeiler and Fergus cover
// with the mean grey of their pictures, which for digits is nearly the paper's: a
// darker patch adds ink where there is none.
var DefaultOcclusion = Occlusion{Size: 5, Stride: 1, Fill: 0}

// Side returns the number of places of the patch along a side: 28 for stride 1.
func (o Occlusion) Side() int { return (engine.Side + o.Stride - 1) / o.Stride }

func (o Occlusion) check() error {
	if o.Size < 1 || o.Size > engine.Side || o.Stride < 1 || o.Stride > engine.Side {
		return fmt.Errorf("a patch of %d pixels that moves %d: use 1 to %d for both", o.Size, o.Stride, engine.Side)
	}
	return nil
}

// Middle returns the row, or column, of the patch's middle at place i along a side.
func (o Occlusion) Middle(i int) int { return min(o.Stride*i+o.Stride/2, engine.Side-1) }

// Cover writes the image with the patch at place (i, j), of Side rows and
// columns, to dst. A patch of even size reaches one pixel further to the left
// and up from its middle; what lies outside the image is cut off.
func (o Occlusion) Cover(dst, image []byte, i, j int) {
	copy(dst, image)
	y, x := o.Middle(i)-o.Size/2, o.Middle(j)-o.Size/2
	for r := max(y, 0); r < min(y+o.Size, engine.Side); r++ {
		for c := max(x, 0); c < min(x+o.Size, engine.Side); c++ {
			dst[r*engine.Side+c] = o.Fill
		}
	}
}

// occludedAtOnce is how many covered images the network reads at a time.
const occludedAtOnce = 112

// Occlude slides the patch over the image and writes to lost, for each of
// Side·Side places, row by row, the probability of the class on the whole
// image less that on the covered one: above 0 where what is covered speaks for
// the class, below 0 where it speaks against it. It costs one forward pass for
// each place.
func (e *Explainer) Occlude(image []byte, class int, o Occlusion, lost []float32) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := e.checkClass(class); err != nil {
		return err
	}
	side := o.Side()
	if len(lost) != side*side {
		return fmt.Errorf("room for %d places: use %d", len(lost), side*side)
	}
	tr, err := e.Read(image)
	if err != nil {
		return err
	}
	n := e.net.Config().NumClasses()
	if e.patched == nil {
		e.patched, e.logits = make([]byte, occludedAtOnce*engine.Pixels), make([]float32, occludedAtOnce*n)
	}
	p := e.logits[:n]
	engine.Softmax(p, tr.Logits())
	whole := p[class]
	for at := 0; at < len(lost); at += occludedAtOnce {
		some := lost[at:min(at+occludedAtOnce, len(lost))]
		for k := range some {
			o.Cover(e.patched[k*engine.Pixels:][:engine.Pixels], image, (at+k)/side, (at+k)%side)
		}
		if err := e.net.Logits(e.patched[:len(some)*engine.Pixels], e.logits[:len(some)*n]); err != nil {
			return err
		}
		for k := range some {
			p := e.logits[k*n:][:n]
			engine.Softmax(p, p)
			some[k] = whole - p[class]
		}
	}
	return nil
}
