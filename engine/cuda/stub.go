//go:build !cgo || !linux || !(amd64 || arm64)

package cuda

import (
	"fmt"
	"runtime"

	"lenet/engine"
)

var errUnsupported = fmt.Errorf("%w: this program was built without CUDA, which takes Linux on amd64 or arm64 (this is %s/%s) and a C compiler",
	ErrNone, runtime.GOOS, runtime.GOARCH)

// Open reports why there is no GPU.
func Open(c engine.Config, o Options) (Device, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return nil, errUnsupported
}
