//go:build !cgo || !linux || !(amd64 || arm64)

package cuda

import (
	"errors"
	"runtime"

	"lenet/engine"
)

var errUnsupported = errors.New("this program was built without CUDA support (for " + runtime.GOOS + "/" + runtime.GOARCH +
	"): it needs Linux on amd64 or arm64 and cgo (CGO_ENABLED=1 and a C compiler)")

// Probe reports why there is no GPU.
func Probe() (Info, error) { return Info{}, errUnsupported }

// Open reports why there is no GPU.
func Open(c engine.Config, o Options) (engine.Backend, error) {
	if err := checkConfig(c); err != nil {
		return nil, err
	}
	return nil, errUnsupported
}
