package view

import (
	"lenet/engine"
	"testing"
)

func TestThemeScale(t *testing.T) {
	for a, want := range map[engine.Activation]int{engine.Sigmoid: 0, engine.Tanh: -1, engine.ReLU: 0} {
		s, low := DarkTheme.Scale(a)
		if low != want || s.Diverging != (want < 0) {
			t.Errorf("%v: from %d, diverging %t", a, low, s.Diverging)
		}
	}
}
