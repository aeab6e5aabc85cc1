// Command playground is the stage's WebAssembly program, which play.html loads.
package main

import (
	"syscall/js"

	"lenet/wasm/playground"
)

func main() {
	if err := playground.Run(); err != nil {
		js.Global().Get("lenetStage").Call("failed", err.Error())
	}
}
