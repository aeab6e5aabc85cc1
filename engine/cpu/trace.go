package cpu

import (
	"fmt"
	"unsafe"

	"lenet/engine"
)

// plane1 is the size of a plane of a single image's first convolution, in floats: 28 rows of 32.
const plane1 = 28 * inputCols

// imagePath carries one image through the network, with pixels in the lanes:
// a block of which one lane is used would do 16 times the work. The second
// convolution has the rows of the image there and is a block's otherwise, so
// that both give the same bits.
type imagePath struct {
	b     *Backend
	arena []float32

	x    unsafe.Pointer // [32][32] input / 255 with a border of two zeros
	a1   unsafe.Pointer // [C1][28][32]
	p1   unsafe.Pointer // [14 columns][C1] cells of 14 rows, then zeros
	v    unsafe.Pointer // [6 points][5 pairs][5 rows on][C1] cells, transformed
	m    unsafe.Pointer // [6][5][C2]
	a2   unsafe.Pointer // [10 columns][C2] cells of 10 rows
	t1   unsafe.Pointer // [s1] input of the first linear layer (y, x, c), then 1 for the bias, then zeros
	t2   unsafe.Pointer // [s2] of the second
	t3   unsafe.Pointer // [s3] of the third
	sums unsafe.Pointer // [max(U1,U2,N)][16] partial sums
}

func newImagePath(b *Backend) *imagePath {
	p, s := &imagePath{b: b}, &b.shape
	p.arena = newArena(p.arrays())
	setFloat(p.t1, s.F, 1)
	setFloat(p.t2, s.U1, 1)
	setFloat(p.t3, s.U2, 1)
	return p
}

// arrays lists the arena's arrays. The convolutions read a little past their
// inputs' planes.
func (p *imagePath) arrays() []array {
	s := &p.b.shape
	return []array{
		{&p.x, inputCols*inputCols + 2*lanes}, {&p.a1, s.C1 * plane1}, {&p.p1, (14*s.C1 + 1) * lanes},
		{&p.v, points * pairs * 5 * s.C1 * lanes}, {&p.m, points * pairs * s.C2 * lanes}, {&p.a2, 10 * s.C2 * lanes},
		{&p.t1, s.s1}, {&p.t2, s.s2}, {&p.t3, s.s3}, {&p.sums, max(s.U1, s.U2, s.N) * lanes},
	}
}

// run computes every layer's output into t, from its input.
func (p *imagePath) run(t *engine.Trace) {
	b, s, k := p.b, &p.b.shape, &p.b.kernels
	act, w := b.cfg.Activation, unsafe.Pointer(unsafe.SliceData(b.weights))
	for i, v := range t.Input() {
		setFloat(p.x, (i/28+2)*inputCols+2+i%28, v)
	}
	k.imageConv1(p.a1, p.x, w, s.C1)
	crop(t.Layer(0), p.a1, s.c1, 28, inputCols, plane1)
	k.activate(p.a1, s.C1*plane1/lanes, act)
	crop(t.Layer(1), p.a1, s.c1, 28, inputCols, plane1)
	poolPlanes(t.Layer(2), t.Layer(1), s.c1, 28, b.cfg.Pooling)
	for i, v := range t.Layer(2) {
		setFloat(p.p1, (i%14*s.C1+i/196)*lanes+i/14%14, v)
	}
	pair := 5 * s.C1 * cell
	for ky := range 5 {
		k.transformRow(unsafe.Add(p.v, ky*s.C1*cell), unsafe.Add(p.p1, ky*4), s.C1, pair)
	}
	b.conv2Row(p.a2, p.m, p.v, pair)
	p.turn(t.Layer(3))
	k.activate(p.a2, 10*s.C2, act)
	p.turn(t.Layer(4))
	poolPlanes(t.Layer(5), t.Layer(4), s.c2, 10, b.cfg.Pooling)
	for c := range s.c2 {
		for px, v := range t.Layer(5)[c*25 : (c+1)*25] {
			setFloat(p.t1, px*s.C2+c, v)
		}
	}
	p.linear(t.Layer(7), p.t1, s.fc1, s.U1, s.s1)
	copy(floats(p.t2, s.u1), t.Layer(7))
	p.activate(t.Layer(8), p.t2, s.U1)
	p.linear(t.Layer(9), p.t2, s.fc2, s.U2, s.s2)
	copy(floats(p.t3, s.u2), t.Layer(9))
	p.activate(t.Layer(10), p.t3, s.U2)
	p.linear(t.Layer(11), p.t3, s.fc3, s.N, s.s3)
}

// linear computes a linear layer of rows outputs from its input x of n floats.
func (p *imagePath) linear(out []float32, x unsafe.Pointer, weights, rows, n int) {
	k := &p.b.kernels
	k.imageLinear(p.sums, x, unsafe.Pointer(&p.b.weights[weights]), rows, n/lanes, n*4)
	k.foldCells(p.sums, p.sums, rows)
	for o := range out {
		out[o] = quadSum(p.sums, o)
	}
}

// activate applies the activation to the n ≥ len(out) inputs of a linear layer
// at x, leaving the one of the bias, and copies them out.
func (p *imagePath) activate(out []float32, x unsafe.Pointer, n int) {
	p.b.kernels.activate(x, (n+lanes-1)/lanes, p.b.cfg.Activation)
	copy(out, floats(x, len(out)))
	clear(floats(x, roundUp(n+1, lanes))[len(out):])
	setFloat(x, n, 1)
}

// turn copies a2 to [c][y][x].
func (p *imagePath) turn(out []float32) {
	col := p.b.shape.C2 * lanes
	for i := range out {
		out[i] = float(p.a2, i%10*col+i/100*lanes+i/10%10)
	}
}

// crop copies planes of side rows, of which only side columns count.
func crop(out []float32, planes unsafe.Pointer, channels, side, cols, plane int) {
	for c := range channels {
		for y := range side {
			copy(out[(c*side+y)*side:][:side], floats(unsafe.Add(planes, (c*plane+y*cols)*4), side))
		}
	}
}

// poolPlanes pools planes of side rows and columns.
func poolPlanes(out, a []float32, channels, side int, pool engine.Pooling) {
	half := side / 2
	for y := range channels * half {
		r0, r1 := a[2*y*side:][:side], a[(2*y+1)*side:][:side]
		o := out[y*half:][:half]
		for x := range o {
			a0, a1, a2, a3 := r0[2*x], r0[2*x+1], r1[2*x], r1[2*x+1]
			if pool == engine.AvgPool {
				o[x] = float32((a0+a1)+(a2+a3)) * 0.25
			} else {
				o[x] = max(a0, a1, a2, a3)
			}
		}
	}
}

// Trace runs the network on one image of 784 pixels and keeps every layer's
// output. It is the fast way for a single image.
func (b *Backend) Trace(image []byte, t *engine.Trace) error {
	if len(image) != engine.Pixels {
		return fmt.Errorf("an image of %d bytes: use %d", len(image), engine.Pixels)
	}
	x := t.Input()
	for i, v := range image {
		x[i] = pixel[v]
	}
	return b.TraceInput(t)
}

// TraceInput is Trace of the 784 numbers in t.Input(), pixel/255, which need
// not be whole grey levels.
func (b *Backend) TraceInput(t *engine.Trace) error {
	if err := b.checkTrace(t); err != nil {
		return err
	}
	if b.image == nil {
		b.image = newImagePath(b)
	}
	b.image.run(t)
	return nil
}

func (b *Backend) checkTrace(t *engine.Trace) error {
	if !t.Config.Equal(b.cfg) {
		return fmt.Errorf("the trace is of %+v, the backend of %+v: use the same configuration", t.Config, b.cfg)
	}
	return nil
}
