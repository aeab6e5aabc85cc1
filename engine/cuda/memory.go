//go:build cgo && linux && (amd64 || arm64)

package cuda

// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// buffer is device memory that grows as needed.
type buffer struct {
	p C.CUdeviceptr
	n int
}

// hostBuffer is the host's memory that the GPU reads and writes.
type hostBuffer struct {
	p unsafe.Pointer
	d C.CUdeviceptr
	n int
}

// grow makes a buffer hold at least n bytes. Growing loses its content.
func (b *Backend) grow(buf *buffer, n int, what string) error {
	if n <= buf.n {
		return nil
	}
	if buf.n > 0 {
		p := buf.p
		*buf = buffer{}
		if err := check("cuMemFree_v2", C.lenet_cuMemFree_v2(p)); err != nil {
			return b.note(err)
		}
	}
	if err := check("cuMemAlloc_v2", C.lenet_cuMemAlloc_v2(&buf.p, C.size_t(n))); err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == errOutOfMemory {
			return &memoryError{what: what, asked: n, free: b.free(), err: err}
		}
		return b.note(fmt.Errorf("%d bytes for %s: %w", n, what, err))
	}
	buf.n = n
	return nil
}

// free returns the bytes of device memory that are free, 0 where the driver does not say.
func (b *Backend) free() int {
	var free, total C.size_t
	if C.lenet_cuMemGetInfo_v2(&free, &total) != 0 {
		return 0
	}
	return int(free)
}

// memoryError is device memory that could not be had.
type memoryError struct {
	what        string
	asked, free int // bytes
	fits        int // a batch size that would fit; 0 where that is not the question
	err         error
}

func (e *memoryError) Error() string {
	s := fmt.Sprintf("out of GPU memory: %s needs %.1f MiB, %.1f MiB are free", e.what, float64(e.asked)/(1<<20), float64(e.free)/(1<<20))
	if e.fits > 0 {
		s += fmt.Sprintf("; a batch of %d fits", e.fits)
	}
	return s
}

func (e *memoryError) Unwrap() error { return e.err }

// growHost makes a shared buffer hold at least n bytes.
func (b *Backend) growHost(h *hostBuffer, n int) error {
	if n <= h.n {
		return nil
	}
	if h.n > 0 {
		p := h.p
		*h = hostBuffer{}
		if err := check("cuMemFreeHost", C.lenet_cuMemFreeHost(p)); err != nil {
			return b.note(err)
		}
	}
	if err := check("cuMemHostAlloc", C.lenet_cuMemHostAlloc(&h.p, C.size_t(n), hostPortable|hostMapped)); err != nil {
		return b.note(fmt.Errorf("%d bytes of page-locked memory: %w", n, err))
	}
	if err := check("cuMemHostGetDevicePointer_v2", C.lenet_cuMemHostGetDevicePointer_v2(&h.d, h.p, 0)); err != nil {
		C.lenet_cuMemFreeHost(h.p)
		*h = hostBuffer{}
		return b.note(err)
	}
	h.n = n
	return nil
}

// upload copies bytes to the device.
func (b *Backend) upload(to buffer, from unsafe.Pointer, n int) error {
	return b.note(check("cuMemcpyHtoDAsync_v2 and cuStreamSynchronize", C.lenet_upload(to.p, from, C.size_t(n), b.stream)))
}

// download copies bytes from the device.
func (b *Backend) download(to unsafe.Pointer, from buffer, n int) error {
	return b.note(check("cuMemcpyDtoHAsync_v2 and cuStreamSynchronize", C.lenet_download(to, from.p, C.size_t(n), b.stream)))
}
