package cpu

import (
	"math"
	"math/rand/v2"

	"lenet/engine"
)

// reference is LeNet in float64 and plain loops, [c][y][x], one example at a
// time: what the backend is tested against. Everything is indexed as in
// PyTorch's definition of the layers.
type reference struct {
	cfg  engine.Config
	w    map[string][]float64 // by state_dict name
	grad map[string][]float64 // summed over examples, not divided
	loss float64
}

func newReference(p *engine.Params) *reference {
	r := &reference{cfg: p.Config, w: map[string][]float64{}, grad: map[string][]float64{}}
	for _, t := range p.Tensors() {
		v := make([]float64, len(t.Data))
		for i, x := range t.Data {
			v[i] = float64(x)
		}
		r.w[t.Name] = v
		r.grad[t.Name] = make([]float64, len(v))
	}
	return r
}

func (r *reference) act(x float64) float64 {
	switch r.cfg.Activation {
	case engine.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case engine.Tanh:
		return math.Tanh(x)
	default:
		return max(x, 0)
	}
}

// slope is the derivative of act where its value is a.
func (r *reference) slope(a float64) float64 {
	switch r.cfg.Activation {
	case engine.Sigmoid:
		return a * (1 - a)
	case engine.Tanh:
		return 1 - a*a
	default:
		if a > 0 {
			return 1
		}
		return 0
	}
}

func (r *reference) activate(z []float64) []float64 {
	a := make([]float64, len(z))
	for i, x := range z {
		a[i] = r.act(x)
	}
	return a
}

func conv(x, w, b []float64, in, side, pad, out int) []float64 {
	so := side + 2*pad - 4
	z := make([]float64, out*so*so)
	for oc := range out {
		for y := range so {
			for px := range so {
				s := b[oc]
				for ic := range in {
					for ky := range 5 {
						for kx := range 5 {
							iy, ix := y+ky-pad, px+kx-pad
							if iy >= 0 && iy < side && ix >= 0 && ix < side {
								s += w[((oc*in+ic)*5+ky)*5+kx] * x[(ic*side+iy)*side+ix]
							}
						}
					}
				}
				z[(oc*so+y)*so+px] = s
			}
		}
	}
	return z
}

// convGrad adds to dw and db, and returns the gradient of x.
func convGrad(dz, x, w, dw, db []float64, in, side, pad, out int) []float64 {
	so := side + 2*pad - 4
	dx := make([]float64, len(x))
	for oc := range out {
		for y := range so {
			for px := range so {
				d := dz[(oc*so+y)*so+px]
				db[oc] += d
				for ic := range in {
					for ky := range 5 {
						for kx := range 5 {
							iy, ix := y+ky-pad, px+kx-pad
							if iy >= 0 && iy < side && ix >= 0 && ix < side {
								dw[((oc*in+ic)*5+ky)*5+kx] += d * x[(ic*side+iy)*side+ix]
								dx[(ic*side+iy)*side+ix] += d * w[((oc*in+ic)*5+ky)*5+kx]
							}
						}
					}
				}
			}
		}
	}
	return dx
}

func (r *reference) pool(a []float64, c, side int) []float64 {
	p := make([]float64, len(a)/4)
	for ch := range c {
		for y := range side / 2 {
			for x := range side / 2 {
				i := (ch*side+2*y)*side + 2*x
				v := a[i] + a[i+1] + a[i+side] + a[i+side+1]
				if r.cfg.Pooling == engine.AvgPool {
					v /= 4
				} else {
					v = a[r.first(a, i, side)]
				}
				p[(ch*side/2+y)*side/2+x] = v
			}
		}
	}
	return p
}

// first returns the place of the first largest of the four values at i.
func (r *reference) first(a []float64, i, side int) int {
	best := i
	for _, j := range []int{i + 1, i + side, i + side + 1} {
		if a[j] > a[best] {
			best = j
		}
	}
	return best
}

func (r *reference) poolGrad(dp, a []float64, c, side int) []float64 {
	da := make([]float64, len(a))
	for ch := range c {
		for y := range side / 2 {
			for x := range side / 2 {
				i := (ch*side+2*y)*side + 2*x
				d := dp[(ch*side/2+y)*side/2+x]
				if r.cfg.Pooling == engine.AvgPool {
					for _, j := range []int{i, i + 1, i + side, i + side + 1} {
						da[j] += d / 4
					}
				} else {
					da[r.first(a, i, side)] += d
				}
			}
		}
	}
	return da
}

func linear(x, w, b []float64) []float64 {
	z := make([]float64, len(b))
	for o := range z {
		z[o] = b[o]
		for i, v := range x {
			z[o] += w[o*len(x)+i] * v
		}
	}
	return z
}

func linearGrad(dz, x, w, dw, db []float64) []float64 {
	dx := make([]float64, len(x))
	for o, d := range dz {
		db[o] += d
		for i, v := range x {
			dw[o*len(x)+i] += d * v
			dx[i] += d * w[o*len(x)+i]
		}
	}
	return dx
}

// forward returns every layer's output in Config.Layers' order, the input first.
func (r *reference) forward(image []byte) [][]float64 {
	x := make([]float64, len(image))
	for i, v := range image {
		x[i] = float64(v) / 255
	}
	c := r.cfg.Channels
	z1 := conv(x, r.w["0.weight"], r.w["0.bias"], 1, 28, 2, c[0])
	a1 := r.activate(z1)
	p1 := r.pool(a1, c[0], 28)
	z2 := conv(p1, r.w["3.weight"], r.w["3.bias"], c[0], 14, 0, c[1])
	a2 := r.activate(z2)
	p2 := r.pool(a2, c[1], 10)
	z3 := linear(p2, r.w["7.weight"], r.w["7.bias"])
	a3 := r.activate(z3)
	z4 := linear(a3, r.w["9.weight"], r.w["9.bias"])
	a4 := r.activate(z4)
	z5 := linear(a4, r.w["11.weight"], r.w["11.bias"])
	return [][]float64{x, z1, a1, p1, z2, a2, p2, p2, z3, a3, z4, a4, z5}
}

// example runs one example forward and backward, adding to loss and grad.
func (r *reference) example(image []byte, label byte) {
	l := r.forward(image)
	x, a1, p1, a2, p2, a3, a4, z5 := l[0], l[2], l[3], l[5], l[6], l[9], l[11], l[12]
	top := z5[0]
	for _, v := range z5 {
		top = max(top, v)
	}
	var sum float64
	for _, v := range z5 {
		sum += math.Exp(v - top)
	}
	r.loss += math.Log(sum) + top - z5[label]
	d := make([]float64, len(z5))
	for k, v := range z5 {
		d[k] = math.Exp(v-top) / sum
	}
	d[label]--
	slope := func(d, a []float64) []float64 {
		for i := range d {
			d[i] *= r.slope(a[i])
		}
		return d
	}
	c := r.cfg.Channels
	d = linearGrad(d, a4, r.w["11.weight"], r.grad["11.weight"], r.grad["11.bias"])
	d = linearGrad(slope(d, a4), a3, r.w["9.weight"], r.grad["9.weight"], r.grad["9.bias"])
	d = linearGrad(slope(d, a3), p2, r.w["7.weight"], r.grad["7.weight"], r.grad["7.bias"])
	d = slope(r.poolGrad(d, a2, c[1], 10), a2)
	d = convGrad(d, p1, r.w["3.weight"], r.grad["3.weight"], r.grad["3.bias"], c[0], 14, 0, c[1])
	d = slope(r.poolGrad(d, a1, c[0], 28), a1)
	convGrad(d, x, r.w["0.weight"], r.grad["0.weight"], r.grad["0.bias"], 1, 28, 2, c[0])
}

// step trains one step on the examples at those places.
func (r *reference) step(images, labels []byte, order []int32, lr float64) {
	r.gradients(images, labels, order)
	for name, w := range r.w {
		for i := range w {
			w[i] -= lr * r.grad[name][i] / float64(len(order))
		}
	}
}

// gradients computes loss and grad, summed over the examples.
func (r *reference) gradients(images, labels []byte, order []int32) {
	r.loss = 0
	for _, g := range r.grad {
		clear(g)
	}
	for _, i := range order {
		r.example(images[int(i)*784:][:784], labels[i])
	}
}

// randomSet returns n noisy images with labels. The noise keeps the values that
// a maximum is taken of apart: float32 and float64 then choose the same one.
func randomSet(n int, seed uint64) (images, labels []byte) {
	rng := rand.New(rand.NewPCG(seed, 1))
	images, labels = make([]byte, n*784), make([]byte, n)
	for i := range labels {
		labels[i] = byte(rng.IntN(10))
		cx, cy := 8+12*rng.Float64(), 8+12*rng.Float64()
		for p := range 784 {
			dx, dy := float64(p%28)-cx, float64(p/28)-cy
			v := 255 * math.Exp(-(dx*dx+dy*dy)/40) * (0.6 + 0.4*math.Cos(float64(labels[i])*dx))
			images[i*784+p] = byte(max(0, min(255, v+60*rng.NormFloat64())))
		}
	}
	return images, labels
}

// norm returns ‖v‖.
func norm(v []float64) float64 {
	var n float64
	for _, x := range v {
		n += x * x
	}
	return math.Sqrt(n)
}

// relError is the relative L2 error of got, ‖got-want‖/max(‖want‖, floor).
func relError(got []float32, want []float64, floor float64) float64 {
	var d float64
	for i, w := range want {
		d += (float64(got[i]) - w) * (float64(got[i]) - w)
	}
	return math.Sqrt(d) / max(norm(want), floor)
}
