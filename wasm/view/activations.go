package view

import (
	"fmt"
	"math"
	"time"

	"lenet/engine"
)

// Activations are the values that the panels show: between those of the last
// picture and those of the newest trace. No method but NewActivations allocates.
type Activations struct {
	trace  *engine.Trace // the newest
	empty  bool          // there is no picture
	scaled [NumPanels]float32
	shown  [NumPanels][]float32
	light  [NumPanels]float32 // 0 nothing to see .. 1 the values in full
	left   time.Duration      // of the fade; 0 when at rest
}

// A fade takes this long from the last change on. Each panel follows its
// values at a rate of its own, later panels slower, so that a change runs
// along the flow.
const fade = 180 * time.Millisecond

var lag = [NumPanels]time.Duration{ // time constants
	0, 12 * time.Millisecond, 18 * time.Millisecond, 24 * time.Millisecond,
	30 * time.Millisecond, 36 * time.Millisecond, 42 * time.Millisecond,
}

// NewActivations returns empty panels for a network. The configuration must be valid.
func NewActivations(c engine.Config) *Activations {
	a := &Activations{trace: engine.NewTrace(c), empty: true}
	for i := range a.shown {
		a.shown[i] = make([]float32, len(a.values(i)))
		a.scaled[i] = 1
	}
	return a
}

// Data returns the values of the newest trace, to be overwritten and then
// announced by Changed.
func (a *Activations) Data() []float32 { return a.trace.Data }

// values returns the values of a panel.
func (a *Activations) values(panel int) []float32 {
	if layer := panelLayers[panel]; layer != LayerInput {
		return a.trace.Layer(layer)
	}
	return a.trace.Input()
}

// Changed starts the fade to the values in Data, or at once shows them.
func (a *Activations) Changed(atOnce bool) {
	a.empty = false
	for i := range a.scaled {
		a.scaled[i] = 1
		if a.trace.Config.Activation == engine.ReLU && i != PanelInput {
			a.scaled[i] = largest(a.values(i))
		}
	}
	a.start(atOnce)
}

// Clear starts the fade to empty panels, or at once shows them.
func (a *Activations) Clear(atOnce bool) {
	a.empty = true
	a.start(atOnce)
}

func (a *Activations) start(atOnce bool) {
	a.left = fade
	if atOnce {
		a.Advance(fade)
	}
}

// Advance moves the fade on. It reports whether anything changed.
func (a *Activations) Advance(by time.Duration) bool {
	if a.left <= 0 {
		return false
	}
	a.left = max(a.left-by, 0)
	for i := range a.shown {
		k := float32(1)
		if a.left > 0 && lag[i] > 0 {
			k = float32(1 - math.Exp(-by.Seconds()/lag[i].Seconds()))
		}
		if a.empty {
			a.light[i] -= a.light[i] * k
			continue // the values stay while their light goes out
		}
		if a.light[i] < 0.01 {
			follow(a.shown[i], a.values(i), 1/a.scaled[i], 1) // nothing to fade from
		}
		a.light[i] += (1 - a.light[i]) * k
		follow(a.shown[i], a.values(i), 1/a.scaled[i], k)
	}
	return true
}

// follow moves shown a share k of the way to values·scale. A share of 1
// arrives exactly, and a value that is not finite is shown at once.
func follow(shown, values []float32, scale, k float32) {
	for i, v := range values {
		v *= scale
		if d := v - shown[i]; k < 1 && d-d == 0 {
			v = shown[i] + d*k
		}
		shown[i] = v
	}
}

// Dark reports whether the panels are empty, and nothing fades any more.
func (a *Activations) Dark() bool { return a.empty && a.left <= 0 }

// Moving reports whether the fade is under way.
func (a *Activations) Moving() bool { return a.left > 0 }

// Shown returns a panel's values in the range of its scale, [map][y][x], and
// how much of them to show, 0..1.
func (a *Activations) Shown(panel int) ([]float32, float32) { return a.shown[panel], a.light[panel] }

// Check reports whether values of that length are a trace of this network.
func (a *Activations) Check(n int) error {
	if want := len(a.trace.Data); n != want {
		return fmt.Errorf("a trace has %d values, this network's has %d", n, want)
	}
	return nil
}
