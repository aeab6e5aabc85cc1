// Package reference is LeNet to be read: the network, its gradient and the step
// of gradient descent, in float64 and plain loops, in this one file. The fast
// kernels of packages cpu and cuda are tested against it; it is itself tested
// against PyTorch's numbers (package verify) and by finite differences.
//
// The layers have the names of LeCun, Bottou, Bengio and Haffner,
// "Gradient-based learning applied to document recognition" (1998), section II.B,
// and the form of "Dive into Deep Learning", section 7.6:
//
//	x  -C1-> z1 -σ-> a1 -S2-> p1 -C3-> z2 -σ-> a2 -S4-> p2 -C5-> z3 -σ-> a3 -F6-> z4 -σ-> a4 -out-> z5 -softmax-> ŷ
//
//	x        1×28×28   the image, 0 to 1, with a frame of 2 zeros around it in C1
//	C1, C3   convolutions with kernels of 5×5    z[o,i,j] = b[o] + Σ_c,u,v w[o,c,u,v]·x[c,i+u,j+v]
//	S2, S4   pooling of windows of 2×2           p[c,i,j] = mean, or max, of a[c,2i..2i+1,2j..2j+1]
//	C5, F6   fully connected, like the output    z[o]     = b[o] + Σ_k w[o,k]·x[k]
//	σ        the activation: sigmoid, tanh or ReLU
//	ℓ        the loss, -log ŷ[y] with ŷ = softmax(z5) and y the label
//
// Back-propagation goes the same way from the end: δ of a value is ∂ℓ/∂(that
// value). Arrays are flat, [c][i][j] row-major, as in PyTorch.
package reference

import (
	"math"
	"math/rand/v2"
	"slices"

	"lenet/engine"
)

// Net is one LeNet. It takes one example at a time.
type Net struct {
	Weights  map[string][]float64 // w and b of each layer, by PyTorch's state_dict name
	Gradient map[string][]float64 // ∂ℓ/∂w and ∂ℓ/∂b, summed over examples
	Loss     float64              // ℓ, summed over examples

	// Follow, see follow.go, is for comparisons with float32 implementations.
	Follow   func(example int) (a1, a2 []float32)
	Followed int // windows in which Follow changed the choice

	cfg    engine.Config
	rng    *rand.Rand // for noise
	a1, a2 []float32  // of the example under way; nil without Follow
}

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

// ---- Forward ----------------------------------------------------------------

// Forward returns every layer's output in Config.Layers' order, the input first:
// x, z1, a1, p1, z2, a2, p2, p2 (Flatten), z3, a3, z4, a4, z5.
func (r *Net) Forward(image []byte) [][]float64 {
	x := make([]float64, len(image))
	for i, v := range image {
		x[i] = float64(v) / 255
	}
	w, c := r.Weights, r.cfg.Channels
	z1 := conv(x, w["0.weight"], w["0.bias"], 1, c[0], 28, 2) // C1
	a1 := r.activate(z1)
	p1 := r.pool(a1, c[0], 28)                                    // S2
	z2 := conv(p1, w["3.weight"], w["3.bias"], c[0], c[1], 14, 0) // C3
	a2 := r.activate(z2)
	p2 := r.pool(a2, c[1], 10)                     // S4
	z3 := linear(p2, w["7.weight"], w["7.bias"])   // C5
	a3 := r.activate(z3)                           //
	z4 := linear(a3, w["9.weight"], w["9.bias"])   // F6
	a4 := r.activate(z4)                           //
	z5 := linear(a4, w["11.weight"], w["11.bias"]) // output
	return [][]float64{x, z1, a1, p1, z2, a2, p2, p2, z3, a3, z4, a4, z5}
}

// conv returns z[o,i,j] = b[o] + Σ_c,u,v w[o,c,u,v]·x[c,i+u,j+v], with x of n×n
// in a frame of zeros, frame wide.
func conv(x, w, b []float64, in, out, n, frame int) []float64 {
	x, m := framed(x, in, n, frame), n+2*frame
	n = m - 4 // of the output
	z := make([]float64, out*n*n)
	for o := range out {
		for i := range n * n {
			z[o*n*n+i] = b[o]
		}
		for c := range in {
			for u := range 5 {
				for v := range 5 {
					k := w[((o*in+c)*5+u)*5+v]
					for i := range n {
						zi, xi := z[(o*n+i)*n:][:n], x[(c*m+i+u)*m+v:][:n]
						for j := range zi {
							zi[j] += k * xi[j]
						}
					}
				}
			}
		}
	}
	return z
}

// framed returns the maps of n×n in a frame of zeros.
func framed(x []float64, maps, n, frame int) []float64 {
	if frame == 0 {
		return x
	}
	m := n + 2*frame
	y := make([]float64, maps*m*m)
	for c := range maps {
		for i := range n {
			copy(y[(c*m+i+frame)*m+frame:], x[(c*n+i)*n:][:n])
		}
	}
	return y
}

// unframed is the reverse of framed.
func unframed(y []float64, maps, n, frame int) []float64 {
	if frame == 0 {
		return y
	}
	m := n + 2*frame
	x := make([]float64, maps*n*n)
	for c := range maps {
		for i := range n {
			copy(x[(c*n+i)*n:][:n], y[(c*m+i+frame)*m+frame:])
		}
	}
	return x
}

// pool returns the mean or the maximum of each window of 2×2 of maps of n×n.
func (r *Net) pool(a []float64, maps, n int) []float64 {
	p := make([]float64, 0, maps*n*n/4)
	for c := range maps {
		for i := 0; i < n; i += 2 {
			for j := 0; j < n; j += 2 {
				at := (c*n+i)*n + j
				if r.cfg.Pooling == engine.AvgPool {
					p = append(p, (a[at]+a[at+1]+a[at+n]+a[at+n+1])/4)
				} else {
					p = append(p, a[largest(a, at, n)])
				}
			}
		}
	}
	return p
}

// largest returns the place of the first largest value of the window at a[at].
func largest[F float32 | float64](a []F, at, n int) int {
	best := at
	for _, k := range []int{at + 1, at + n, at + n + 1} {
		if a[k] > a[best] {
			best = k
		}
	}
	return best
}

// linear returns z[o] = b[o] + Σ_k w[o,k]·x[k].
func linear(x, w, b []float64) []float64 {
	z := make([]float64, len(b))
	for o := range z {
		z[o] = b[o]
		for k, v := range x {
			z[o] += w[o*len(x)+k] * v
		}
	}
	return z
}

// activate returns σ of each value.
func (r *Net) activate(z []float64) []float64 {
	a := make([]float64, len(z))
	for i, v := range z {
		switch r.cfg.Activation {
		case engine.Sigmoid:
			a[i] = 1 / (1 + math.Exp(-v))
		case engine.Tanh:
			a[i] = math.Tanh(v)
		default:
			a[i] = max(v, 0)
		}
	}
	return a
}

// softmax returns ŷ and the loss -log ŷ[y].
func softmax(z []float64, y byte) (p []float64, loss float64) {
	top := z[0] // exp(z - top) cannot overflow, and the quotient is the same
	for _, v := range z {
		top = max(top, v)
	}
	var sum float64
	for _, v := range z {
		sum += math.Exp(v - top)
	}
	p = make([]float64, len(z))
	for k, v := range z {
		p[k] = math.Exp(v-top) / sum
	}
	return p, math.Log(sum) + top - z[y]
}

// ---- Backward ---------------------------------------------------------------

// example runs one example forward and backward, adding to Loss and Gradient.
func (r *Net) example(image []byte, y byte) {
	l := r.Forward(image)
	δ, loss := softmax(l[engine.NumLayers], y)
	r.Loss += loss
	δ[y]-- // ∂ℓ/∂z5 = ŷ - onehot(y)

	r.back(l, engine.NumLayers-1, δ)
}

// InputGradient returns ∂/∂x of Σ by[k]·(output k of module layer of
// Config.Layers). What it adds to Gradient has no use. Follow is asked for example 0.
func (r *Net) InputGradient(image []byte, layer int, by []float64) []float64 {
	if r.Follow != nil {
		r.a1, r.a2 = r.Follow(0)
	}
	return r.back(r.Forward(image), layer, slices.Clone(by))
}

// back takes δ of the output of a module, 0 to 11, to δ of x, and adds to Gradient
// on its way. l is what Forward returned.
func (r *Net) back(l [][]float64, module int, δ []float64) []float64 {
	x, a1, p1, a2, p2, a3, a4 := l[0], l[2], l[3], l[5], l[6], l[9], l[11]
	w, g, c := r.Weights, r.Gradient, r.cfg.Channels
	switch module {
	case 11:
		δ = linearBack(δ, a4, w["11.weight"], g["11.weight"], g["11.bias"])
		fallthrough
	case 10:
		δ = r.activateBack(δ, a4)
		fallthrough
	case 9:
		δ = linearBack(δ, a3, w["9.weight"], g["9.weight"], g["9.bias"])
		fallthrough
	case 8:
		δ = r.activateBack(δ, a3)
		fallthrough
	case 7:
		δ = linearBack(δ, p2, w["7.weight"], g["7.weight"], g["7.bias"])
		fallthrough
	case 6: // Flatten
		fallthrough
	case 5:
		δ = r.poolBack(δ, a2, r.a2, c[1], 10)
		fallthrough
	case 4:
		δ = r.activateBack(δ, a2)
		fallthrough
	case 3:
		δ = convBack(δ, p1, w["3.weight"], g["3.weight"], g["3.bias"], c[0], c[1], 14, 0)
		fallthrough
	case 2:
		δ = r.poolBack(δ, a1, r.a1, c[0], 28)
		fallthrough
	case 1:
		δ = r.activateBack(δ, a1)
		fallthrough
	case 0:
		δ = convBack(δ, x, w["0.weight"], g["0.weight"], g["0.bias"], 1, c[0], 28, 2)
	}
	return δ
}

// linearBack takes δ of z, adds δ[o]·x[k] to dw[o,k] and δ[o] to db[o], and
// returns δ of x: Σ_o w[o,k]·δ[o].
func linearBack(δ, x, w, dw, db []float64) []float64 {
	dx := make([]float64, len(x))
	for o, d := range δ {
		db[o] += d
		for k, v := range x {
			dw[o*len(x)+k] += d * v
			dx[k] += d * w[o*len(x)+k]
		}
	}
	return dx
}

// activateBack takes δ of a = σ(z) and returns δ of z, σ'(z)·δ, with σ' written
// by means of a.
func (r *Net) activateBack(δ, a []float64) []float64 {
	for i, a := range a {
		slope := 1.0
		switch {
		case r.cfg.Activation == engine.Sigmoid:
			slope = a * (1 - a)
		case r.cfg.Activation == engine.Tanh:
			slope = 1 - a*a
		case a <= 0:
			slope = 0
		}
		δ[i] *= slope * r.noise()
	}
	return δ
}

// poolBack takes δ of the pooled maps and returns δ of a, maps of n×n: a quarter
// to each value of a window, or all to its largest. like is nil or what another
// implementation made of a, see follow.go.
func (r *Net) poolBack(δ, a []float64, like []float32, maps, n int) []float64 {
	da := make([]float64, len(a))
	for c := range maps {
		for i := 0; i < n; i += 2 {
			for j := 0; j < n; j += 2 {
				at := (c*n+i)*n + j
				d := δ[(c*n/2+i/2)*n/2+j/2]
				if r.cfg.Pooling == engine.AvgPool {
					for _, k := range []int{at, at + 1, at + n, at + n + 1} {
						da[k] += d / 4
					}
				} else {
					da[r.follow(a, like, at, n)] += d
				}
			}
		}
	}
	return da
}

// convBack takes δ of z, adds Σ_i,j δ[o,i,j]·x[c,i+u,j+v] to dw[o,c,u,v] and
// Σ_i,j δ[o,i,j] to db[o], and returns δ of x: each output sends w·δ back to the
// inputs that it was made of.
func convBack(δ, x, w, dw, db []float64, in, out, n, frame int) []float64 {
	x, m := framed(x, in, n, frame), n+2*frame
	dx, n0 := make([]float64, len(x)), n
	n = m - 4
	for o := range out {
		for _, d := range δ[o*n*n:][:n*n] {
			db[o] += d
		}
		for c := range in {
			for u := range 5 {
				for v := range 5 {
					at := ((o*in+c)*5+u)*5 + v
					k, sum := w[at], 0.0
					for i := range n {
						δi, row := δ[(o*n+i)*n:][:n], (c*m+i+u)*m+v
						xi, dxi := x[row:][:n], dx[row:][:n]
						for j, d := range δi {
							sum += d * xi[j]
							dxi[j] += d * k
						}
					}
					dw[at] += sum
				}
			}
		}
	}
	return unframed(dx, in, n0, frame)
}

// ---- Update -----------------------------------------------------------------

// Step takes one step of gradient descent on the mean loss of the examples at
// those places: w -= lr/n · Σ ∂ℓ/∂w.
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
		r.example(images[int(i)*engine.Pixels:][:engine.Pixels], labels[i])
	}
}
