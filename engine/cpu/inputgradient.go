package cpu

import (
	"fmt"

	"lenet/engine"
)

// backPath carries the gradient of one image from any module back to the
// pixels. It is plain loops in float32: one image has 0.5 million products. The
// conversions keep the compiler from fusing a product with a following sum.
type backPath struct {
	b      *Backend
	d, e   []float32 // gradient by a module's output, [c][y][x], and by its input
	inputs []float32 // gradient by the inputs of the first linear layer, (y, x, c)
	row    []float32 // a row of a convolution's gradient between four zeros
}

func newBackPath(b *Backend) *backPath {
	s := &b.shape
	most := max(s.c1*784, s.c2*100, s.u1, s.u2, s.n)
	return &backPath{b: b, d: make([]float32, most), e: make([]float32, most), inputs: make([]float32, s.F), row: make([]float32, 28+8)}
}

// InputGradient writes to g the gradient of Σ by[i]·(output i of the module
// layer) by the 784 inputs, pixel/255. t is the image's trace with the weights
// as they are; layer is a place in [engine.Config.Layers], 0 to 11, and by has
// a weight for each of its outputs, [c][y][x]. A largest value that a maximum
// pooling finds more than once takes the gradient at its first place, as in
// PyTorch. The first call allocates; training does not pay for it.
func (b *Backend) InputGradient(t *engine.Trace, layer int, by, g []float32) error {
	if err := b.checkTrace(t); err != nil {
		return err
	}
	if layer < 0 || layer >= engine.NumLayers || len(by) != len(t.Layer(layer)) || len(g) != engine.Pixels {
		return fmt.Errorf("a gradient of %d outputs of module %d by %d pixels: use a module from 0 to %d, as many weights as it has outputs, and %d pixels",
			len(by), layer, len(g), engine.NumLayers-1, engine.Pixels)
	}
	if b.back == nil {
		b.back = newBackPath(b)
	}
	b.back.run(t, layer, by, g)
	return nil
}

func (p *backPath) run(t *engine.Trace, layer int, by, g []float32) {
	s, pool := &p.b.shape, p.b.cfg.Pooling
	copy(p.d, by)
	for i := layer; i >= 0; i-- {
		d := p.d[:len(t.Layer(i))]
		switch i {
		case 11:
			p.linear(p.e[:s.u2], d, s.fc3, s.s3)
		case 9:
			p.linear(p.e[:s.u1], d, s.fc2, s.s2)
		case 7:
			p.linear(p.inputs, d, s.fc1, s.s1)
			for c := range s.c2 {
				for px := range 25 {
					p.e[c*25+px] = p.inputs[px*s.C2+c]
				}
			}
		case 5:
			unpool(p.e, d, t.Layer(4), s.c2, 10, pool)
		case 3:
			p.conv2(p.e[:s.c1*196], d)
		case 2:
			unpool(p.e, d, t.Layer(1), s.c1, 28, pool)
		case 0:
			p.conv1(g, d)
		case 6: // Flatten: the same values
			continue
		default:
			slopes(d, t.Layer(i), p.b.cfg.Activation)
			continue
		}
		p.d, p.e = p.e, p.d
	}
}

// linear takes d of a linear layer's outputs to dx of its inputs.
func (p *backPath) linear(dx, d []float32, weights, stride int) {
	clear(dx)
	for o, v := range d {
		if v == 0 {
			continue
		}
		w := p.b.weights[weights+o*stride:][:len(dx)]
		for k := range dx {
			dx[k] += float32(v * w[k])
		}
	}
}

// slopes multiplies d by the activation's derivative where its values are a.
func slopes(d, a []float32, act engine.Activation) {
	a = a[:len(d)]
	for i, v := range a {
		switch {
		case act == engine.Sigmoid:
			d[i] *= float32(v * (1 - v))
		case act == engine.Tanh:
			d[i] *= 1 - float32(v*v)
		case !(v > 0):
			d[i] = 0
		}
	}
}

// unpool takes d of pooled planes to da of the planes a, of side rows and columns.
func unpool(da, d, a []float32, channels, side int, pool engine.Pooling) {
	half := side / 2
	for y := range channels * half {
		d := d[y*half:][:half]
		a0, a1 := a[2*y*side:][:side], a[(2*y+1)*side:][:side]
		da0, da1 := da[2*y*side:][:side], da[(2*y+1)*side:][:side]
		for x, v := range d {
			if pool == engine.AvgPool {
				v *= 0.25
				da0[2*x], da0[2*x+1], da1[2*x], da1[2*x+1] = v, v, v, v
				continue
			}
			da0[2*x], da0[2*x+1], da1[2*x], da1[2*x+1] = 0, 0, 0, 0
			row, at, most := da0, 2*x, a0[2*x]
			if a0[2*x+1] > most {
				at, most = 2*x+1, a0[2*x+1]
			}
			if a1[2*x] > most {
				row, at, most = da1, 2*x, a1[2*x]
			}
			if a1[2*x+1] > most {
				row, at = da1, 2*x+1
			}
			row[at] = v
		}
	}
}

// conv2 takes d of the second convolution's outputs to dx of its inputs.
func (p *backPath) conv2(dx, d []float32) {
	s, row := &p.b.shape, p.row[:10+8]
	clear(dx)
	clear(row)
	for oc := range s.c2 {
		w := p.b.weights[s.conv2+oc*s.conv2Row():][:25*s.C1]
		for y := range 10 {
			copy(row[4:], d[(oc*10+y)*10:][:10])
			for ky := range 5 {
				for ic := range s.c1 {
					k := w[ky*5*s.C1+ic:]
					spread(dx[(ic*14+y+ky)*14:][:14], row, k[0], k[s.C1], k[2*s.C1], k[3*s.C1], k[4*s.C1])
				}
			}
		}
	}
}

// conv1 takes d of the first convolution's outputs to g of the image.
func (p *backPath) conv1(g, d []float32) {
	s, row := &p.b.shape, p.row[:28+4]
	clear(g)
	clear(row)
	for oc := range s.c1 {
		w := p.b.weights[oc*26:][:25]
		for y := range 28 {
			copy(row[2:], d[(oc*28+y)*28:][:28])
			for ky := max(0, 2-y); ky < min(5, 30-y); ky++ {
				k := w[ky*5:][:5]
				spread(g[(y+ky-2)*28:][:28], row, k[0], k[1], k[2], k[3], k[4])
			}
		}
	}
}

// spread adds to each dx[x] what five taps send back to it from d, which has
// four values more: tap k from d[x+4-k].
func spread(dx, d []float32, k0, k1, k2, k3, k4 float32) {
	d0, d1, d2, d3 := d[0], d[1], d[2], d[3]
	for x, d4 := range d[4:][:len(dx)] {
		dx[x] += float32(k4*d0) + float32(k3*d1) + float32(k2*d2) + float32(k1*d3) + float32(k0*d4)
		d0, d1, d2, d3 = d1, d2, d3, d4
	}
}
