// Package augment makes small random changes to training images, new ones in each
// epoch, so that a network learns to ignore slant, size, position and pen width.
//
// The change of an image depends only on the seed, the epoch and its index in
// the set. Pixel arithmetic uses integers, so that every platform gives the same
// images.
package augment

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"lenet/engine"
)

// Policy bounds the changes. Each amount is drawn uniformly
// between minus and plus the value given here.
type Policy struct {
	Rotate  float64 // degrees
	Scale   float64 // of both sides; 0.1 is 0.9 to 1.1 times
	Stretch float64 // of the width against the height, in the same way
	Shear   float64 // sideways, pixels per pixel of height
	Shift   float64 // both ways, pixels
	Pen     float64 // 1 widens lines by up to a pixel on each side, or narrows them
	Flip    bool    // mirrors every second image, on average
	Redraw  float64 // share of the images that are redrawn with a pen of constant width
}

// Digits is for handwriting: the differences between hands, pens and screens.
func Digits() Policy {
	return Policy{Rotate: 12, Scale: 0.12, Stretch: 0.12, Shear: 0.2, Shift: 1.5, Pen: 0.6, Redraw: 0.5}
}

// Clothes is for Fashion-MNIST, whose pictures all have the same frame: it changes them slightly.
func Clothes() Policy { return Policy{Scale: 0.05, Stretch: 0.05, Shift: 1, Flip: true} }

// Drawings is for sets of a few drawings each: they differ more in slant and width
// than the digits of one hand.
func Drawings() Policy {
	return Policy{Rotate: 15, Scale: 0.12, Stretch: 0.3, Shear: 0.3, Shift: 1.5, Pen: 0.6, Redraw: 0.3}
}

// Of returns the policy of an augmentation; that of none changes nothing.
func Of(a engine.Augmentation) Policy {
	switch a {
	case engine.AugmentDigits:
		return Digits()
	case engine.AugmentClothes:
		return Clothes()
	case engine.AugmentDrawings:
		return Drawings()
	}
	return Policy{}
}

// Examples returns the training set as the recipe has it changed in each epoch:
// the set itself for none. progress, which may be nil, is called now and then
// while the images of an epoch are made, with how many of how many are ready.
func Examples(r engine.Recipe, train engine.Set, progress func(done, total int)) engine.Examples {
	if r.Augment == engine.NoAugment {
		return train
	}
	return &examples{
		Images: Of(r.Augment).Prepare(train.Images), changed: make([]byte, len(train.Images)),
		labels: train.Labels, seed: r.Seed, progress: progress,
	}
}

// examples are a set whose images change from epoch to epoch.
type examples struct {
	*Images
	changed, labels []byte
	seed            uint64
	progress        func(done, total int)
}

func (e *examples) Len() int { return len(e.labels) }

func (e *examples) Epoch(ctx context.Context, epoch int) (engine.Set, error) {
	err := e.make(ctx, e.changed, e.seed, epoch, e.progress)
	return engine.Set{Images: e.changed, Labels: e.labels}, err
}

// Images are training images with a policy.
type Images struct {
	policy         Policy
	plain, redrawn []byte
	ready          []bool // the images of redrawn that are there
}

// Prepare prepares the images for a policy. It keeps the slice, which must not change.
func (p Policy) Prepare(images []byte) *Images {
	if len(images)%engine.Pixels != 0 {
		panic(fmt.Sprintf("augment: %d bytes of images", len(images)))
	}
	m := &Images{policy: p, plain: images}
	if p.Redraw > 0 {
		m.redrawn, m.ready = make([]byte, len(images)), make([]bool, len(images)/engine.Pixels)
	}
	return m
}

// Epoch writes the images as changed in that epoch to dst, which has the same length.
// Drawing an image anew takes about a fifth of a millisecond; each is drawn in
// the first epoch that wants it and kept.
func (m *Images) Epoch(dst []byte, seed uint64, epoch int) {
	m.make(context.Background(), dst, seed, epoch, nil)
}

func (m *Images) make(ctx context.Context, dst []byte, seed uint64, epoch int, progress func(done, total int)) error {
	if len(dst) != len(m.plain) {
		panic(fmt.Sprintf("augment: %d bytes of images into %d", len(m.plain), len(dst)))
	}
	return parallel(ctx, len(dst)/engine.Pixels, progress, func(i int) {
		rng := rand.New(rand.NewPCG(seed^uint64(i)<<32, uint64(epoch)+0xa0611e47))
		src := m.plain
		if rng.Float64() < m.policy.Redraw {
			if src = m.redrawn; !m.ready[i] {
				redraw(at(m.redrawn, i), at(m.plain, i))
				m.ready[i] = true
			}
		}
		m.policy.apply(at(dst, i), at(src, i), rng)
	})
}

func at(images []byte, i int) *image { return (*image)(images[i*engine.Pixels:]) }

// parallel calls do for 0 to n-1, on all processors, and progress, if it is not
// nil, after every chunk. It ends early with ctx's error.
func parallel(ctx context.Context, n int, progress func(done, total int), do func(i int)) error {
	const chunk = 256
	var next atomic.Int64
	var wait sync.WaitGroup
	var mutex sync.Mutex // of done and progress
	done := 0
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for ctx.Err() == nil {
				end := int(next.Add(chunk))
				if end-chunk >= n {
					return
				}
				for i := end - chunk; i < min(end, n); i++ {
					do(i)
				}
				mutex.Lock()
				if done += min(end, n) - (end - chunk); progress != nil {
					progress(done, n)
				}
				mutex.Unlock()
			}
		})
	}
	wait.Wait()
	if done < n {
		return ctx.Err()
	}
	return nil
}

const side = engine.Side

type image [engine.Pixels]byte

// apply changes one image.
func (p Policy) apply(dst, src *image, rng *rand.Rand) {
	draw := func(most float64) float64 { return (2*rng.Float64() - 1) * most }
	angle := draw(p.Rotate) * math.Pi / 180
	scale, stretch := 1+draw(p.Scale), 1+draw(p.Stretch)
	shear, dx, dy := draw(p.Shear), draw(p.Shift), draw(p.Shift)
	pen := draw(p.Pen)
	if p.Flip && rng.Uint64()&1 == 1 {
		stretch = -stretch
	}
	// From the new image back to the old one: turn, shear, scale.
	sin, cos := math.Sincos(angle)
	sx, sy := 1/(scale*stretch), 1/scale
	warp(dst, src, [4]float64{
		(cos + shear*sin) * sx, (sin - shear*cos) * sx,
		-sin * sy, cos * sy,
	}, dx, dy)
	thicken(dst, pen)
}

// warp sets pixel q of dst to src at m·(q - centre - (dx,dy)) + centre,
// bilinear, with black around the image.
func warp(dst, src *image, m [4]float64, dx, dy float64) {
	var framed [(side + 2) * (side + 2)]int32 // src with a black frame of one pixel
	for y := range side {
		for x := range side {
			framed[(y+1)*(side+2)+x+1] = int32(src[y*side+x])
		}
	}
	const one = 1 << 16 // fixed point
	fix := func(v float64) int32 { return int32(math.Round(v * one)) }
	const centre = (side - 1) / 2.0
	a, b, c, d := fix(m[0]), fix(m[1]), fix(m[2]), fix(m[3])
	u0 := fix(centre + 1 - m[0]*(centre+dx) - m[1]*(centre+dy)) // + 1 for the frame
	v0 := fix(centre + 1 - m[2]*(centre+dx) - m[3]*(centre+dy))
	for y := range int32(side) {
		for x := range int32(side) {
			u, v := u0+a*x+b*y, v0+c*x+d*y
			iu, iv := u>>16, v>>16
			if uint32(iu) > side || uint32(iv) > side {
				dst[y*side+x] = 0
				continue
			}
			fu, fv := u>>8&255, v>>8&255
			at := iv*(side+2) + iu
			top := framed[at]*(256-fu) + framed[at+1]*fu
			bottom := framed[at+side+2]*(256-fu) + framed[at+side+3]*fu
			dst[y*side+x] = byte((top*(256-fv) + bottom*fv + 1<<15) >> 16)
		}
	}
}

// thicken moves each pixel towards the brightest of itself and its four
// neighbours by the share t, or towards the darkest by -t.
func thicken(img *image, t float64) {
	share := int32(math.Round(math.Abs(t) * 256))
	if share == 0 {
		return
	}
	// The darkest is the brightest of the negative.
	var flip byte
	if t < 0 {
		flip = 255
	}
	var framed [(side + 2) * (side + 2)]byte
	for y := range side {
		for x := range side {
			framed[(y+1)*(side+2)+x+1] = img[y*side+x] ^ flip
		}
	}
	for y := range side {
		rows := framed[y*(side+2):][:3*(side+2)]
		out := img[y*side:][:side]
		for x := range out {
			v := rows[side+2+x+1]
			e := max(max(v, rows[x+1]), max(rows[side+2+x], rows[side+2+x+2]), rows[2*(side+2)+x+1])
			out[x] = byte(int32(v)+(int32(e-v)*share+128)>>8) ^ flip
		}
	}
}
