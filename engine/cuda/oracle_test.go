//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"lenet/engine/verify"
)

// The kernels agree with PyTorch in float64: layer outputs, logits, loss,
// gradients, the losses of 20 steps, and the weights after them.
func TestAgreesWithPyTorch(t *testing.T) {
	for name, o := range map[string]Options{
		"sigmoid_avg_fresh":   {Schedule: Cooperative},
		"sigmoid_avg_trained": {Schedule: Graph},
		"tanh_avg_fresh":      {Schedule: Cooperative, PerBlock: 2},
		"relu_max_fresh":      {Schedule: Graph, PerBlock: 2},
	} {
		t.Run(name, func(t *testing.T) {
			want := oracle(t, name)
			checks, err := verify.Run(newBackend(t, want.Config, o), want)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range checks {
				t.Logf("%-14s %.1e of %.0e (%s)", c.Name, c.Error, c.Limit, c.Where)
				if !c.OK() {
					t.Errorf("%s: error %g in %s, limit %g", c.Name, c.Error, c.Where, c.Limit)
				}
			}
		})
	}
}
