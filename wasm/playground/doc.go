// Package playground draws the stage with Ebitengine and takes its input: the
// pen on the pad, and what one points at. It is a view without a state of its
// own beyond what it shows. The page tells it what to show and is told what
// was drawn or pointed at, through play.js.
//
// It builds for js/wasm only.
package playground
