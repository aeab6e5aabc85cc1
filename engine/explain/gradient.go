package explain

import "lenet/engine"

// Gradient writes to g the target's gradient by the 784 inputs, pixel/255, at
// an image, and returns the target's value. Where it is above 0, more ink
// raises the target.
func (e *Explainer) Gradient(image []byte, t Target, g []float32) (value float64, err error) {
	tr, err := e.Read(image)
	return e.gradientAt(tr, err, t, g)
}

// GradientInput is Gradient at an input.
func (e *Explainer) GradientInput(x []float32, t Target, g []float32) (value float64, err error) {
	tr, err := e.ReadInput(x)
	return e.gradientAt(tr, err, t, g)
}

func (e *Explainer) gradientAt(tr *engine.Trace, err error, t Target, g []float32) (float64, error) {
	if err == nil {
		err = e.net.InputGradient(tr, t.Layer, t.By, g)
	}
	if err != nil {
		return 0, err
	}
	return t.Value(tr), nil
}
