// Package reference is LeNet in float64 and plain loops: what the backends are
// tested against, itself tested against PyTorch's numbers and by finite
// differences. It is slow.
package reference

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"lenet/engine"
)

// Net is one LeNet. It takes one example at a time; everything is laid out and
// indexed as in PyTorch's definition of the layers, [c][y][x].
type Net struct {
	Weights  map[string][]float64 // by state_dict name
	Gradient map[string][]float64 // summed over examples, not divided
	Loss     float64              // summed over examples

	// Follow, when set, gives what a float32 implementation made of the two
	// activated convolutions for an example of the training set, [c][y][x].
	// Where the two largest values that a maximum is taken of differ by less
	// than float32 resolves, Net then sends the gradient where that
	// implementation does. No number of float32 steps can tell such values
	// apart, and the choice moves the whole gradient of a window elsewhere.
	Follow   func(example int) (a1, a2 []float32)
	Followed int // windows in which Follow changed the choice

	cfg    engine.Config
	rng    *rand.Rand // for noise
	a1, a2 []float32  // of the example under way; nil without Follow
}

// FollowTracer sets Follow to the choices that b makes, with its weights as they
// are when an example is computed.
func (r *Net) FollowTracer(b engine.Tracer, images []byte) {
	t := engine.NewTrace(r.cfg)
	r.Follow = func(example int) (a1, a2 []float32) {
		if err := b.Trace(images[example*engine.Pixels:][:engine.Pixels], t); err != nil {
			return nil, nil // follow nothing: the comparison will tell
		}
		return t.Layer(1), t.Layer(4)
	}
}

// resolution is the relative difference below which float32 arithmetic cannot
// order two sums of some hundred terms: 2^-20, 16 roundings.
const resolution = 1.0 / (1 << 20)

// New returns a network with those parameters.
func New(p *engine.Params) *Net {
	r := &Net{cfg: p.Config, Weights: map[string][]float64{}, Gradient: map[string][]float64{}}
	for _, t := range p.Tensors() {
		v := make([]float64, len(t.Data))
		for i, x := range t.Data {
			v[i] = float64(x)
		}
		r.Weights[t.Name] = v
		r.Gradient[t.Name] = make([]float64, len(v))
	}
	return r
}

// Near returns the network with every weight, and every gradient on its way back,
// a millionth larger or smaller, as seed has it. What changes a lot by that is
// nothing that float32 can tell.
func (r *Net) Near(seed uint64) *Net {
	n := &Net{Weights: map[string][]float64{}, Gradient: map[string][]float64{}, Follow: r.Follow, cfg: r.cfg}
	n.rng = rand.New(rand.NewPCG(seed, 0))
	for _, name := range slices.Sorted(maps.Keys(r.Weights)) {
		w := slices.Clone(r.Weights[name])
		for i := range w {
			w[i] *= n.noise()
		}
		n.Weights[name], n.Gradient[name] = w, make([]float64, len(w))
	}
	return n
}

// noise returns 1, near 1 for networks of Near.
func (r *Net) noise() float64 {
	if r.rng == nil {
		return 1
	}
	return 1 + 1e-6*float64(2*r.rng.IntN(2)-1)
}

func (r *Net) act(x float64) float64 {
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
func (r *Net) slope(a float64) float64 {
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

func (r *Net) activate(z []float64) []float64 {
	a := make([]float64, len(z))
	for i, x := range z {
		a[i] = r.act(x)
	}
	return a
}

// rows calls f for each weight of a convolution and each row of its output:
// with the weight's place, and where n outputs lie and the inputs that it
// multiplies for them, both next to each other.
func rows(in, side, pad, out int, f func(weight, output, input, n int)) {
	so := side + 2*pad - 4
	for oc := range out {
		for ic := range in {
			for k := range 25 {
				dy, dx := k/5-pad, k%5-pad
				from, to := max(0, -dx), min(so, side-dx)
				for y := max(0, -dy); y < min(so, side-dy); y++ {
					f((oc*in+ic)*25+k, (oc*so+y)*so+from, (ic*side+y+dy)*side+from+dx, to-from)
				}
			}
		}
	}
}

func conv(x, w, b []float64, in, side, pad, out int) []float64 {
	area := (side + 2*pad - 4) * (side + 2*pad - 4)
	z := make([]float64, out*area)
	for i := range z {
		z[i] = b[i/area]
	}
	rows(in, side, pad, out, func(weight, output, input, n int) {
		k, z := w[weight], z[output:][:n]
		for i, v := range x[input:][:n] {
			z[i] += k * v
		}
	})
	return z
}

// convGrad adds to dw and db, and returns the gradient of x.
func convGrad(dz, x, w, dw, db []float64, in, side, pad, out int) []float64 {
	dx := make([]float64, len(x))
	for i, d := range dz {
		db[i/(len(dz)/out)] += d
	}
	rows(in, side, pad, out, func(weight, output, input, n int) {
		k, x, dx := w[weight], x[input:][:n], dx[input:][:n]
		var sum float64
		for i, d := range dz[output:][:n] {
			sum += d * x[i]
			dx[i] += d * k
		}
		dw[weight] += sum
	})
	return dx
}

func (r *Net) pool(a []float64, c, side int) []float64 {
	p := make([]float64, len(a)/4)
	for ch := range c {
		for y := range side / 2 {
			for x := range side / 2 {
				i := (ch*side+2*y)*side + 2*x
				v := a[i] + a[i+1] + a[i+side] + a[i+side+1]
				if r.cfg.Pooling == engine.AvgPool {
					v /= 4
				} else {
					v = a[first(a, i, side)]
				}
				p[(ch*side/2+y)*side/2+x] = v
			}
		}
	}
	return p
}

// first returns the place of the first largest of the four values at i.
func first[F float32 | float64](a []F, i, side int) int {
	best := i
	for _, j := range []int{i + 1, i + side, i + side + 1} {
		if a[j] > a[best] {
			best = j
		}
	}
	return best
}

// poolGrad returns the gradient of pool's input a; other is nil or what the
// followed implementation made of a.
func (r *Net) poolGrad(dp, a []float64, other []float32, c, side int) []float64 {
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
					best := first(a, i, side)
					if other != nil {
						if j := first(other, i, side); j != best && a[best]-a[j] < resolution*math.Abs(a[best]) {
							best = j
							r.Followed++
						}
					}
					da[best] += d
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

// Forward returns every layer's output in Config.Layers' order, the input first.
func (r *Net) Forward(image []byte) [][]float64 {
	x := make([]float64, len(image))
	for i, v := range image {
		x[i] = float64(v) / 255
	}
	c := r.cfg.Channels
	z1 := conv(x, r.Weights["0.weight"], r.Weights["0.bias"], 1, 28, 2, c[0])
	a1 := r.activate(z1)
	p1 := r.pool(a1, c[0], 28)
	z2 := conv(p1, r.Weights["3.weight"], r.Weights["3.bias"], c[0], 14, 0, c[1])
	a2 := r.activate(z2)
	p2 := r.pool(a2, c[1], 10)
	z3 := linear(p2, r.Weights["7.weight"], r.Weights["7.bias"])
	a3 := r.activate(z3)
	z4 := linear(a3, r.Weights["9.weight"], r.Weights["9.bias"])
	a4 := r.activate(z4)
	z5 := linear(a4, r.Weights["11.weight"], r.Weights["11.bias"])
	return [][]float64{x, z1, a1, p1, z2, a2, p2, p2, z3, a3, z4, a4, z5}
}

// example runs one example forward and backward, adding to loss and grad.
func (r *Net) example(image []byte, label byte) {
	l := r.Forward(image)
	x, a1, p1, a2, p2, a3, a4, z5 := l[0], l[2], l[3], l[5], l[6], l[9], l[11], l[12]
	top := z5[0]
	for _, v := range z5 {
		top = max(top, v)
	}
	var sum float64
	for _, v := range z5 {
		sum += math.Exp(v - top)
	}
	r.Loss += math.Log(sum) + top - z5[label]
	d := make([]float64, len(z5))
	for k, v := range z5 {
		d[k] = math.Exp(v-top) / sum
	}
	d[label]--
	slope := func(d, a []float64) []float64 {
		for i := range d {
			d[i] *= r.slope(a[i]) * r.noise()
		}
		return d
	}
	c := r.cfg.Channels
	d = linearGrad(d, a4, r.Weights["11.weight"], r.Gradient["11.weight"], r.Gradient["11.bias"])
	d = linearGrad(slope(d, a4), a3, r.Weights["9.weight"], r.Gradient["9.weight"], r.Gradient["9.bias"])
	d = linearGrad(slope(d, a3), p2, r.Weights["7.weight"], r.Gradient["7.weight"], r.Gradient["7.bias"])
	d = slope(r.poolGrad(d, a2, r.a2, c[1], 10), a2)
	d = convGrad(d, p1, r.Weights["3.weight"], r.Gradient["3.weight"], r.Gradient["3.bias"], c[0], 14, 0, c[1])
	d = slope(r.poolGrad(d, a1, r.a1, c[0], 28), a1)
	convGrad(d, x, r.Weights["0.weight"], r.Gradient["0.weight"], r.Gradient["0.bias"], 1, 28, 2, c[0])
}

// Step takes one step of gradient descent on the mean loss of the examples at those places.
func (r *Net) Step(images, labels []byte, order []int32, lr float64) {
	r.Gradients(images, labels, order)
	for name, w := range r.Weights {
		for i := range w {
			w[i] -= lr * r.Gradient[name][i] / float64(len(order))
		}
	}
}

// Gradients computes Loss and Gradient of the examples at those places.
func (r *Net) Gradients(images, labels []byte, order []int32) {
	r.Loss = 0
	for _, g := range r.Gradient {
		clear(g)
	}
	for _, i := range order {
		if r.Follow != nil {
			r.a1, r.a2 = r.Follow(int(i))
		}
		r.example(images[int(i)*784:][:784], labels[i])
	}
}
