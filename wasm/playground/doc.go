// Package playground draws the stage with Ebitengine and takes its input: the
// pen on the pad, and the unit that one points at. It is a view without a state of its
// own beyond the picture. The page sends it the state to show and hears what
// was drawn or pointed at, through play.js.
//
// It builds for js/wasm only.
package playground
