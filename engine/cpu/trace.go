package cpu

import (
	"fmt"
	"unsafe"

	"lenet/engine"
)

// Trace runs the network on one image of 784 pixels and keeps every layer's output.
func (b *Backend) Trace(image []byte, t *engine.Trace) error {
	if len(image) != engine.Pixels {
		return fmt.Errorf("an image of %d bytes: use %d", len(image), engine.Pixels)
	}
	if t.Config != b.cfg {
		return fmt.Errorf("the trace is of %+v, the backend of %+v: use the same configuration", t.Config, b.cfg)
	}
	w, s, k := b.workers[0], &b.shape, &b.kernels
	block := noImages
	block[0] = (*[engine.Pixels]byte)(image)
	w.setBlock(&block)
	w.forward(true)
	for i, v := range image {
		t.Input()[i] = pixel[v]
	}
	take := func(layer int, p unsafe.Pointer, c, area, stride int) {
		out := t.Layer(layer)
		for ch := range c {
			for i := range area {
				out[ch*area+i] = float(p, (i*stride+ch)*lanes)
			}
		}
	}
	take(1, w.a1, s.c1, 784, s.C1)
	take(2, w.p1, s.c1, 196, s.C1)
	take(4, w.a2, s.c2, 100, s.C2+1)
	take(5, w.p2, s.c2, 25, s.C2)
	take(8, w.h1, s.u1, 1, 1)
	take(10, w.h2, s.u2, 1, 1)
	take(11, w.z, engine.Classes, 1, 1)
	// The values before each activation are not kept: compute them again.
	wt := unsafe.Pointer(unsafe.SliceData(b.weights))
	for y := range 28 {
		k.conv1Row(unsafe.Add(w.a1, y*28*s.C1*cell), unsafe.Add(w.x, y*inputCols*cell), wt, s.C1)
	}
	for y := range 10 {
		k.conv2Row(unsafe.Add(w.a2, y*10*(s.C2+1)*cell), unsafe.Add(w.p1, y*p1Cols*s.C1*cell), unsafe.Add(wt, s.conv2*4), s.C1, s.C2, s.conv2Row()*4)
	}
	take(0, w.a1, s.c1, 784, s.C1)
	take(3, w.a2, s.c2, 100, s.C2+1)
	k.linear(w.dz3, w.p2, unsafe.Add(wt, s.fc1*4), s.U1, s.F, s.s1*4, s.F*4)
	k.linear(w.dz4, w.h1, unsafe.Add(wt, s.fc2*4), s.U2, s.U1, s.s2*4, s.U1*4)
	take(7, w.dz3, s.u1, 1, 1)
	take(9, w.dz4, s.u2, 1, 1)
	return nil
}
