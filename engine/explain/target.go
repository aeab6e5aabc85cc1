package explain

import (
	"fmt"
	"strings"

	"lenet/engine"
)

// Target is a number that the network computes: Σ By[i]·(output i of the module Layer).
type Target struct {
	Layer int
	By    []float32 // one for each output, [c][y][x]
}

// Value returns the target's value in a trace.
func (t Target) Value(tr *engine.Trace) float64 {
	var v float64
	for i, a := range tr.Layer(t.Layer) {
		if t.By[i] != 0 {
			v += float64(float64(t.By[i]) * float64(a))
		}
	}
	return v
}

// logitTarget returns a target in the last layer, of n classes.
func logitTarget(n int) Target {
	return Target{engine.NumLayers - 1, make([]float32, n)}
}

// Logit is the output for class k of n.
func Logit(n, k int) Target {
	t := logitTarget(n)
	t.By[k] = 1
	return t
}

// Margin is the output for class k less the largest other one: above 0 where k
// is the answer. It asks "why k?", or "why not k?" where it is below 0.
func Margin(logits []float32, k int) Target {
	t := Logit(len(logits), k)
	t.By[Rival(logits, k)] = -1
	return t
}

// Rival returns the class other than k with the largest output.
func Rival(logits []float32, k int) int {
	best := -1
	for i, v := range logits {
		if i != k && (best < 0 || v > logits[best]) {
			best = i
		}
	}
	return best
}

// CrossEntropy has the gradient of the loss -log p[k] at these outputs. Its
// value is not the loss.
func CrossEntropy(logits []float32, k int) Target {
	t := logitTarget(len(logits))
	engine.Softmax(t.By, logits)
	t.By[k]--
	return t
}

// Unit is one output of a module: L:C:Y:X in a layer of maps, L:U in one of
// units; the outputs of the last layer are the classes. Without Y and X, At[1:],
// it is the sum of a map.
func Unit(c engine.Config, layer int, at ...int) (Target, error) {
	if layer < 0 || layer >= engine.NumLayers {
		return Target{}, fmt.Errorf("layer %d: use 0 to %d", layer, engine.NumLayers-1)
	}
	l := c.Layers()[layer]
	t := Target{layer, make([]float32, l.Size())}
	if n := len(at); n != len(l.Shape) && n != 1 {
		return Target{}, fmt.Errorf("layer %d, %s, has outputs %s: name one so", layer, l.Kind, outputs(l))
	}
	first := 0
	for i, v := range at {
		if v < 0 || v >= l.Shape[i] {
			return Target{}, fmt.Errorf("layer %d, %s, has outputs %s: there is no %d", layer, l.Kind, outputs(l), v)
		}
		first = first*l.Shape[i] + v
	}
	count := 1
	for _, n := range l.Shape[len(at):] {
		count *= n
	}
	for i := range count {
		t.By[first*count+i] = 1
	}
	return t, nil
}

// outputs says how the outputs of a layer are named: "3:0:0:0 to 3:15:9:9".
func outputs(l engine.Layer) string {
	first, last := []string{fmt.Sprint(l.Index)}, []string{fmt.Sprint(l.Index)}
	for _, n := range l.Shape {
		first, last = append(first, "0"), append(last, fmt.Sprint(n-1))
	}
	return strings.Join(first, ":") + " to " + strings.Join(last, ":")
}
