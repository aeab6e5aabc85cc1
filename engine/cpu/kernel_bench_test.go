package cpu

import (
	"runtime"
	"testing"
	"time"
	"unsafe"

	"lenet/engine"
)

// BenchmarkKernel times each part of a training step on one block of 16
// examples and reports its speed in the fastest of many slices of time, which
// other programs disturb least.
func BenchmarkKernel(b *testing.B) {
	slice := 200 * time.Microsecond
	if runtime.GOOS == "js" {
		slice = 400 * time.Microsecond // a browser's clock is coarse
	}
	for _, reproducible := range []bool{false, true} {
		mode := "fused"
		if reproducible {
			mode = "split"
		}
		be := newBackend(b, engine.Classic(), Options{Threads: 1, Reproducible: reproducible})
		be.SetParams(initial(engine.Classic(), 1))
		images, labels := randomSet(256, 1)
		be.SetData(images, labels)
		be.Step(seq(0, 256), 0.1)
		w := be.workers[0]
		s, k := &be.shape, &be.kernels
		wt := unsafe.Pointer(unsafe.SliceData(be.weights))
		col2 := (s.C2 + 1) * cell
		g := aligned(s.total)
		for _, part := range []struct {
			name string
			macs float64 // per example
			run  func()
		}{
			{"setBlock", 0, func() {
				block := noImages
				for i := range lanes {
					block[i] = (*[784]byte)(images[i*784:])
				}
				w.setBlock(&block)
			}},
			{"conv1", 28 * 28 * 25 * 6, func() {
				for y := range 28 {
					k.conv1Row(unsafe.Add(w.a1, y*28*s.C1*cell), unsafe.Add(w.x, y*inputCols*cell), wt, s.C1)
				}
			}},
			{"activate1", 0, func() {
				for y := range 14 {
					k.activate(unsafe.Add(w.a1, y*56*s.C1*cell), 56*s.C1, engine.Sigmoid)
				}
			}},
			{"pool1", 0, func() {
				for y := range 14 {
					k.pool(unsafe.Add(w.p1, y*p1Cols*s.C1*cell), unsafe.Add(w.a1, 2*y*28*s.C1*cell), &w.pool1)
				}
			}},
			{"conv2", 100 * 16 * 150, func() {
				for y := range 10 {
					k.conv2Row(unsafe.Add(w.a2, (y*convCols+2)*col2), unsafe.Add(w.p1, y*p1Cols*s.C1*cell), unsafe.Add(wt, s.conv2*4), s.C1, s.C2, s.conv2Row()*4)
				}
			}},
			{"fc1", 400 * 120, func() {
				k.linear(w.h1, w.p2, unsafe.Add(wt, s.fc1*4), s.U1, s.F, s.s1*4, s.F*4)
			}},
			{"fc2", 84 * 120, func() {
				k.linear(w.h2, w.h1, unsafe.Add(wt, s.fc2*4), s.U2, s.U1, s.s2*4, s.U1*4)
			}},
			{"forward train", 416520, func() { w.forward(true) }},
			{"forward", 416520, func() { w.forward(false) }},
			{"loss", 0, func() { var l [16]byte; w.loss(&l, 16, 0) }},
			{"transpose", 0, func() { transpose(w.t1, w.p2, s.F, s.s1) }},
			{"fc1 input gradient", 400 * 120, func() {
				k.linearInputGrad(w.p2, w.dz3, unsafe.Add(wt, s.fc1*4), s.F, s.U1, s.s1*4)
			}},
			{"fc weight gradients x2", 58920 * 2, func() { w.linearGrads(g, 2, false) }},
			{"conv2 input gradient", 100 * 16 * 150, func() {
				for y := range 14 {
					k.conv2InputGradRow(unsafe.Add(w.p1, y*p1Cols*s.C1*cell), w.a2, unsafe.Pointer(&be.wt[0]), y, s.C1, s.C2)
				}
			}},
			{"conv2 weight gradient", 100 * 16 * 150, func() {
				inner := unsafe.Add(w.a2, 2*col2)
				for ic := range s.c1 {
					for oc := 0; oc < s.C2; oc += 2 {
						for ky := range 5 {
							k.convWeightGrad(unsafe.Add(w.grads, (w.g2+((oc*5+ky)*s.C1+ic)*5)*cell), unsafe.Add(inner, oc*cell),
								unsafe.Add(w.p1, (ky*p1Cols*s.C1+ic)*cell), &w.grad2)
						}
					}
				}
			}},
			{"pool1 gradient", 0, func() {
				for y := range 14 {
					k.poolGrad(w.dz1, unsafe.Add(w.p1, y*p1Cols*s.C1*cell), unsafe.Add(w.a1, 2*y*28*s.C1*cell), &w.pool1)
				}
			}},
			{"conv1 weight gradient", 28 * 28 * 25 * 6, func() {
				for y := range 14 {
					for ky := range 5 {
						for oc := 0; oc < s.C1; oc += 2 {
							k.convWeightGrad(unsafe.Add(w.grads, (w.g1+oc*25+ky*5)*cell), unsafe.Add(w.dz1, oc*cell), unsafe.Add(w.x, (2*y+ky)*inputCols*cell), &w.grad1)
						}
					}
				}
			}},
			{"backward", 58920 + 100*16*150*2 + 117600, func() { w.backward(0) }},
			{"conv grads of a shard", 0, func() { w.convGrads(g, false) }},
			{"whole example", 1132000, func() { w.forward(true); w.loss(&[16]byte{}, 16, 0); w.backward(0) }},
		} {
			b.Run(mode+"/"+part.name, func(b *testing.B) {
				best := time.Hour
				for b.Loop() {
					n := 0
					start := time.Now()
					for n == 0 || time.Since(start) < slice {
						part.run()
						n++
					}
					best = min(best, time.Since(start)/time.Duration(n))
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(best.Seconds()*1e9/lanes, "ns/example")
				if part.macs > 0 {
					b.ReportMetric(2*part.macs*lanes/best.Seconds()/1e9, "GFLOP/s")
				}
			})
		}
	}
}
