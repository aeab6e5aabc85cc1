package view

import "math"

// Rect is a box with its upper left corner at X, Y.
type Rect struct{ X, Y, W, H float64 }

func (r Rect) Right() float64  { return r.X + r.W }
func (r Rect) Bottom() float64 { return r.Y + r.H }
func (r Rect) CX() float64     { return r.X + r.W/2 }
func (r Rect) CY() float64     { return r.Y + r.H/2 }

// Contains reports whether the point lies in the box; its right and lower edges are outside.
func (r Rect) Contains(x, y float64) bool {
	return x >= r.X && x < r.Right() && y >= r.Y && y < r.Bottom()
}

// Grow returns the box with d more on each side.
func (r Rect) Grow(d float64) Rect { return Rect{r.X - d, r.Y - d, r.W + 2*d, r.H + 2*d} }

// Transposed returns the box with x and y exchanged.
func (r Rect) Transposed() Rect { return Rect{r.Y, r.X, r.H, r.W} }

// Point is a place on the stage.
type Point struct{ X, Y float64 }

// snap rounds a length to whole device pixels.
func snap(v, ratio float64) float64 { return math.Round(v*ratio) / ratio }

// snapDown rounds a length down to whole device pixels, but not below one.
func snapDown(v, ratio float64) float64 { return max(math.Floor(v*ratio+1e-6), 1) / ratio }
