package reference

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lenet/engine"
)

// The gradient agrees with central differences of the loss, for every
// activation and pooling and several numbers of classes.
func TestGradientNumerically(t *testing.T) {
	for act := engine.Sigmoid; act <= engine.ReLU; act++ {
		for pool := engine.AvgPool; pool <= engine.MaxPool; pool++ {
			classes := 10 + 8*int(act) - 7*int(pool)
			c := engine.Config{Activation: act, Pooling: pool, Channels: [2]int{2, 3}, Units: [2]int{7, 5}}.WithClasses(classes)
			t.Run(fmt.Sprintf("%v-%v-%d", act, pool, classes), func(t *testing.T) {
				p := engine.NewParams(c)
				p.Init(3)
				rng := rand.New(rand.NewPCG(1, 2))
				images, labels := make([]byte, 3*engine.Pixels), []byte{2, 0, byte(classes - 1)}
				for i := range images {
					images[i] = byte(rng.IntN(256))
				}
				order := []int32{2, 0, 1}
				r := New(p)
				r.Gradients(images, labels, order)
				gradient := map[string][]float64{}
				for name, g := range r.Gradient {
					gradient[name] = append([]float64(nil), g...)
				}
				const h = 1e-6
				for _, tensor := range p.Tensors() {
					w := r.Weights[tensor.Name]
					for range 5 {
						i := rng.IntN(len(w))
						was := w[i]
						w[i] = was + h
						r.Gradients(images, labels, order)
						up := r.Loss
						w[i] = was - h
						r.Gradients(images, labels, order)
						want := (up - r.Loss) / (2 * h)
						w[i] = was
						if got := gradient[tensor.Name][i]; math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
							t.Errorf("%s[%d]: gradient %v, differences give %v", tensor.Name, i, got, want)
						}
					}
				}
			})
		}
	}
}

// Follow moves a window's gradient only where float32 cannot order its values,
// and only to the place that the followed implementation chose.
func TestFollow(t *testing.T) {
	r := &Net{cfg: engine.Config{Pooling: engine.MaxPool}}
	near := []float64{1, 1 - 1e-8, 0.5, 0.2}
	far := []float64{1, 1 - 1e-3, 0.5, 0.2}
	second := []float32{0.9, 1, 0.5, 0.2}
	for _, c := range []struct {
		name  string
		a     []float64
		other []float32
		want  int // place of the gradient
		moved int
	}{
		{"near, chosen otherwise", near, second, 1, 1},
		{"near, not followed", near, nil, 0, 0},
		{"near, chosen alike", near, []float32{1, 1, 0, 0}, 0, 0},
		{"far, chosen otherwise", far, second, 0, 0},
	} {
		r.Followed = 0
		da := r.poolBack([]float64{7}, c.a, c.other, 1, 2)
		for i, d := range da {
			if want := map[bool]float64{true: 7}[i == c.want]; d != want {
				t.Errorf("%s: gradient %v, want 7 at %d", c.name, da, c.want)
				break
			}
		}
		if r.Followed != c.moved {
			t.Errorf("%s: %d followed, want %d", c.name, r.Followed, c.moved)
		}
	}
}
