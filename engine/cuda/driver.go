//go:build cgo && linux && (amd64 || arm64)

package cuda

// #cgo CFLAGS: -std=c11 -Wall -Wextra -Wno-unused-parameter
// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
	"unsafe"
)

// ptx is kernels.cu, compiled by tools/ptx.sh.
//
//go:embed kernels.ptx
var ptx string

// The driver's numbers, from its public interface.
const (
	errOutOfMemory    = 2
	errNoDevice       = 100
	errNotReady       = 600
	attrCount         = 16 // multiprocessors
	attrMajor         = 75
	attrMinor         = 76
	attrCooperative   = 95
	attrShared        = 97 // shared memory that a block may ask for
	funcShared        = 8  // dynamic shared memory of a function
	hostPortable      = 1
	hostMapped        = 2
	captureRelaxed    = 2
	streamNonBlocking = 1
)

// Error is a driver call that failed.
type Error struct {
	Call string // e.g. "cuMemAlloc_v2"
	Code int
	Name string // e.g. "CUDA_ERROR_OUT_OF_MEMORY", empty when the driver does not say
	Text string // the driver's description
}

func (e *Error) Error() string {
	name, text := e.Name, e.Text
	if name == "" {
		name = fmt.Sprintf("error %d", e.Code)
	}
	if text == "" {
		return e.Call + ": " + name
	}
	return fmt.Sprintf("%s: %s: %s", e.Call, name, text)
}

// Unwrap makes the error an [ErrLost] where the context is of no use any more.
func (e *Error) Unwrap() error {
	switch {
	case e.Code >= 700 && e.Code < 720 && e.Code != 701 && e.Code != 704 && e.Code != 705 && e.Code != 708 && e.Code != 712 && e.Code != 713,
		e.Code == 46, e.Code == 214, e.Code == 220, e.Code == 999: // unavailable, memory error, link error, unknown
		return ErrLost
	}
	return nil
}

// check returns the error of a driver call.
func check(call string, code C.CUresult) error {
	if code == 0 {
		return nil
	}
	e := &Error{Call: call, Code: int(code)}
	var s *C.char
	if C.lenet_cuGetErrorName(code, &s) == 0 && s != nil {
		e.Name = C.GoString(s)
	}
	if C.lenet_cuGetErrorString(code, &s) == 0 && s != nil {
		e.Text = C.GoString(s)
	}
	return e
}

// library is the driver's library, loaded once in a process.
var library = sync.OnceValue(func() error {
	path := os.Getenv("LENET_LIBCUDA")
	if path == "" {
		path = "libcuda.so.1"
	}
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	var missing C.int
	why := C.lenet_open(cpath, &missing)
	switch {
	case why == nil:
		return nil
	case missing != 0:
		return fmt.Errorf("the NVIDIA driver is too old: %s lacks %s; install driver 470 or later", path, C.GoString(why))
	default:
		return fmt.Errorf("%w: no driver (%s); install NVIDIA's driver, or use the CPU", ErrNone, C.GoString(why))
	}
})

// probe finds a GPU by its number without using it: the driver, and the device.
func probe(number int) (Info, error) {
	start := time.Now()
	info := Info{Device: number}
	if err := library(); err != nil {
		return info, err
	}
	if err := check("cuInit", C.lenet_cuInit(0)); err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == errNoDevice {
			return info, fmt.Errorf("%w: the driver finds none (%w); see that nvidia-smi lists one and that CUDA_VISIBLE_DEVICES does not hide it, or use the CPU", ErrNone, err)
		}
		return info, fmt.Errorf("starting the NVIDIA driver: %w", err)
	}
	var version, n C.int
	if err := check("cuDriverGetVersion", C.lenet_cuDriverGetVersion(&version)); err != nil {
		return info, err
	}
	info.Driver = [2]int{int(version) / 1000, int(version) % 1000 / 10}
	if err := check("cuDeviceGetCount", C.lenet_cuDeviceGetCount(&n)); err != nil {
		return info, err
	}
	info.Devices = int(n)
	if number < 0 || number >= info.Devices {
		return info, fmt.Errorf("no GPU %d: there are %d, numbered from 0", number, info.Devices)
	}
	var device C.CUdevice
	if err := check("cuDeviceGet", C.lenet_cuDeviceGet(&device, C.int(number))); err != nil {
		return info, err
	}
	var name [256]C.char
	if err := check("cuDeviceGetName", C.lenet_cuDeviceGetName(&name[0], C.int(len(name)), device)); err != nil {
		return info, err
	}
	info.Name = C.GoString(&name[0])
	var memory C.size_t
	if err := check("cuDeviceTotalMem_v2", C.lenet_cuDeviceTotalMem_v2(&memory, device)); err != nil {
		return info, err
	}
	info.Memory = uint64(memory)
	var cooperative int
	for _, a := range []struct {
		number C.int
		to     *int
	}{{attrCount, &info.Multiprocessors}, {attrMajor, &info.Compute[0]}, {attrMinor, &info.Compute[1]}, {attrCooperative, &cooperative}, {attrShared, &info.SharedMemory}} {
		var v C.int
		if err := check("cuDeviceGetAttribute", C.lenet_cuDeviceGetAttribute(&v, a.number, device)); err != nil {
			return info, err
		}
		*a.to = int(v)
	}
	info.Cooperative = cooperative != 0
	info.InitTime = time.Since(start)
	if c, m := info.Compute, minCompute; c[0] < m[0] || c[0] == m[0] && c[1] < m[1] {
		return info, fmt.Errorf("%s has compute capability %d.%d; the kernels need %d.%d or later (Turing, 2018): use the CPU", info.Name, c[0], c[1], m[0], m[1])
	}
	return info, nil
}
