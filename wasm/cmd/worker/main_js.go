// Command worker is the page's web worker as WebAssembly: the engine and the
// pen, no stage. worker.js loads it and passes it messages.
package main

import (
	"syscall/js"

	"lenet/wasm/protocol"
	"lenet/wasm/worker"
)

var w worker.Worker

// main hands JavaScript one function, from request to reply, and then sleeps.
// The reply has "error" set to a text when the request failed.
func main() {
	handle := js.FuncOf(func(_ js.Value, args []js.Value) any {
		reply, err := answer(args[0])
		if err != nil {
			return toJS(map[string]any{"error": err.Error()})
		}
		return toJS(reply.Map())
	})
	w.Files.Progress = func(share float64) { js.Global().Call("lenetProgress", share) }
	js.Global().Call("lenetStarted", handle, toJS(worker.Hello().Map()))
	select {}
}

func answer(message js.Value) (protocol.Reply, error) {
	m, err := fromJS(message, 3)
	if err != nil {
		return nil, err
	}
	fields, _ := m.(map[string]any) // nil when it is not an object; Decode refuses that
	req, err := protocol.Decode(fields)
	if err != nil {
		return nil, err
	}
	return w.Handle(req)
}
