//go:build !js || !goexperiment.simd

package worker

import (
	readers "lenet/wasm/files"
	"lenet/wasm/protocol"
)

// Files has the files that somebody dropped on the page.
type Files = readers.Files

// file answers a request about files.
func (w *Worker) file(req protocol.Request) (protocol.Reply, error) { return w.Files.Handle(req) }
