//go:build cgo && linux && (amd64 || arm64)

package cuda

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"lenet/engine"
)

// kernels lists the entry points and the shared memory of each.
var kernels = map[string]C.int{
	"gradients1": C.kShared1, "gradients2": C.kShared2, "update": C.kShared1, "epoch1": C.kShared1, "epoch2": C.kShared2,
	"evaluate": C.kShared1, "sum": C.kShared1,
}

// Backend is LeNet on a GPU. It implements [engine.Backend]. Backends on
// different GPUs must not be used at the same time.
type Backend struct {
	cfg     engine.Config
	options Options
	info    Info

	device           C.CUdevice
	context          C.CUhandle
	module           C.CUhandle
	stream           C.CUhandle
	from, to         C.CUhandle // events around the last steps
	functions        map[string]C.CUhandle
	weights, control buffer
	images, labels   buffer // training set
	order            buffer
	records          buffer
	losses, hits     buffer
	gradient         buffer
	evalImages       buffer
	evalLabels       buffer
	confusion        buffer
	traces, logits   buffer
	steps, progress  hostBuffer
	graph            C.CUhandle // steps that were captured, for that task
	graphTask        C.Task
	graphSteps       int
	maxGraph         int // most steps of it
	graphBlocks      [2]int
	examples         int       // of the training set
	saved            []float32 // parameters when the last call that changed them had ended well
	elapsed          time.Duration
	lost             error
	patience         int  // polls to wait for a step to end after a stop
	hung             bool // that was not enough: calls that wait for the GPU would wait for ever
	retained, closed bool
}

// Open finds the GPU and compiles the kernels for it.
func Open(c engine.Config, o Options) (Device, error) {
	b, err := open(c, o)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func open(c engine.Config, o Options) (*Backend, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if o.Schedule > Graph || o.Blocks < 0 || o.PerBlock < 0 || o.PerBlock > 2 {
		return nil, fmt.Errorf("options %+v: use a known schedule, 0 or more blocks, 0 to 2 examples a block", o)
	}
	info, err := probe(o.Device)
	if err == nil {
		err = checkConfig(c) // where there is no GPU, its kernels do not matter
	}
	if err != nil {
		return nil, err
	}
	b := &Backend{cfg: c, options: o, info: info, functions: map[string]C.CUhandle{}, saved: make([]float32, c.NumParams()), maxGraph: maxGraph, patience: patience}
	if err := b.start(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// start makes the context, loads the kernels, and allocates what does not depend on the data.
func (b *Backend) start() error {
	began := time.Now()
	if err := check("cuDeviceGet", C.lenet_cuDeviceGet(&b.device, C.int(b.options.Device))); err != nil {
		return err
	}
	if err := check("cuDevicePrimaryCtxRetain", C.lenet_cuDevicePrimaryCtxRetain(&b.context, b.device)); err != nil {
		return fmt.Errorf("using %s: %w; another program may have it for itself", b.info.Name, err)
	}
	b.retained = true
	b.use()
	if err := b.load(); err != nil {
		return err
	}
	if err := check("cuStreamCreate", C.lenet_cuStreamCreate(&b.stream, streamNonBlocking)); err != nil {
		return err
	}
	if err := check("cuEventCreate", C.lenet_cuEventCreate(&b.from, 0)); err != nil {
		return err
	}
	if err := check("cuEventCreate", C.lenet_cuEventCreate(&b.to, 0)); err != nil {
		return err
	}
	for _, need := range []struct {
		b    *buffer
		n    int
		what string
	}{{&b.weights, C.kSizeWeights, "the parameters"}, {&b.control, int(unsafe.Sizeof(C.Control{})), "the control block"},
		{&b.confusion, engine.DefaultClasses * engine.DefaultClasses * 4, "the confusion matrix"}} {
		if err := b.grow(need.b, need.n, need.what); err != nil {
			return err
		}
		if err := check("cuMemsetD8Async", C.lenet_cuMemsetD8Async(need.b.p, 0, C.size_t(need.n), b.stream)); err != nil {
			return err
		}
	}
	if err := b.growHost(&b.progress, int(unsafe.Sizeof(C.Progress{}))); err != nil {
		return err
	}
	if err := check("cuStreamSynchronize", C.lenet_cuStreamSynchronize(b.stream)); err != nil {
		return err
	}
	b.info.LoadTime = time.Since(began)
	return nil
}

// load compiles the PTX and finds the entry points.
func (b *Backend) load() error {
	text := C.CString(ptx)
	log := (*C.char)(C.malloc(16 << 10))
	defer C.free(unsafe.Pointer(text))
	defer C.free(unsafe.Pointer(log))
	if err := check("cuModuleLoadDataEx", C.lenet_load(&b.module, text, log, 16<<10)); err != nil {
		b.module = nil
		if s := C.GoString(log); s != "" {
			return fmt.Errorf("compiling the kernels for %s: %w; the driver says:\n%s", b.info.Name, err, s)
		}
		return fmt.Errorf("compiling the kernels for %s: %w", b.info.Name, err)
	}
	for name, shared := range kernels {
		if int(shared) > b.info.SharedMemory {
			if name[len(name)-1] == '2' {
				continue // for larger GPUs
			}
			return fmt.Errorf("%s has %d bytes of shared memory for a block; the kernels need %d: use the CPU", b.info.Name, b.info.SharedMemory, shared)
		}
		cname := C.CString(name)
		var f C.CUhandle
		err := check("cuModuleGetFunction", C.lenet_cuModuleGetFunction(&f, b.module, cname))
		C.free(unsafe.Pointer(cname))
		if err != nil {
			return fmt.Errorf("kernel %s: %w", name, err)
		}
		if err := check("cuFuncSetAttribute", C.lenet_cuFuncSetAttribute(f, funcShared, shared)); err != nil {
			return fmt.Errorf("kernel %s: %d bytes of shared memory: %w", name, shared, err)
		}
		b.functions[name] = f
	}
	if b.options.PerBlock == 2 && b.functions["epoch2"] == nil {
		return fmt.Errorf("%s has too little shared memory for 2 examples a block: use 1", b.info.Name)
	}
	if b.options.Schedule == Cooperative && !b.info.Cooperative {
		return fmt.Errorf("%s cannot run cooperative kernels: use the graph schedule", b.info.Name)
	}
	return nil
}

// use makes the driver's calls go to this backend's context.
func (b *Backend) use() { C.lenet_context(b.context) }

// note remembers an error after which the GPU is lost, and returns it.
func (b *Backend) note(err error) error {
	if err != nil && errors.Is(err, ErrLost) && b.lost == nil {
		b.lost = fmt.Errorf("%s: %w", b.Name(), err)
	}
	return err
}

var errClosed = errors.New("the GPU backend is closed")

// ready is called first by every method.
func (b *Backend) ready() error {
	if b.closed {
		return errClosed
	}
	b.use()
	return b.lost
}

// Name returns "cuda:0", or another number.
func (b *Backend) Name() string { return fmt.Sprintf("cuda:%d", b.options.Device) }

// Info describes the GPU.
func (b *Backend) Info() Info { return b.info }

// Elapsed returns how long the GPU took over the steps of the last Epoch or
// Step, measured by its own events.
func (b *Backend) Elapsed() time.Duration { return b.elapsed }

// SetParams copies the parameters to the device.
func (b *Backend) SetParams(p *engine.Params) error {
	if err := b.checkParams(p); err != nil {
		return err
	}
	if err := b.ready(); err != nil {
		return err
	}
	if err := b.upload(b.weights, unsafe.Pointer(&p.Data[0]), C.kSizeWeights); err != nil {
		return err
	}
	copy(b.saved, p.Data)
	return nil
}

// Params gives the parameters after the last call that changed them and ended
// well. They were copied out then, so this works even when the GPU is lost.
func (b *Backend) Params(p *engine.Params) error {
	if err := b.checkParams(p); err != nil {
		return err
	}
	if b.closed {
		return errClosed
	}
	copy(p.Data, b.saved)
	return nil
}

// save keeps a copy of the parameters on the host.
func (b *Backend) save() error {
	fresh := make([]float32, len(b.saved))
	if err := b.download(unsafe.Pointer(&fresh[0]), b.weights, C.kSizeWeights); err != nil {
		return err
	}
	b.saved = fresh
	return nil
}

func (b *Backend) checkParams(p *engine.Params) error {
	if !p.Config.Equal(b.cfg) || len(p.Data) != b.cfg.NumParams() {
		return fmt.Errorf("parameters are of %+v, the backend of %+v: use the same configuration", p.Config, b.cfg)
	}
	return nil
}

// SetData copies the training set to the device.
func (b *Backend) SetData(images, labels []byte) error {
	if err := (engine.Set{Images: images, Labels: labels}).Check(); err != nil {
		return err
	}
	if err := b.ready(); err != nil {
		return err
	}
	b.examples = 0
	if err := b.grow(&b.images, len(images), "the training set"); err != nil {
		return err
	}
	if err := b.grow(&b.labels, len(labels), "the training set's labels"); err != nil {
		return err
	}
	if err := b.upload(b.images, unsafe.Pointer(&images[0]), len(images)); err != nil {
		return err
	}
	if err := b.upload(b.labels, unsafe.Pointer(&labels[0]), len(labels)); err != nil {
		return err
	}
	b.examples = len(labels)
	return nil
}

// Close frees the device. The first error is returned, but all is freed.
func (b *Backend) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	if b.hung {
		return nil // the driver frees all when the program ends
	}
	var errs []error
	try := func(call string, code C.CUresult) {
		if err := check(call, code); err != nil && b.lost == nil {
			errs = append(errs, err)
		}
	}
	if b.retained {
		b.use()
		if b.stream != nil {
			try("cuStreamSynchronize", C.lenet_cuStreamSynchronize(b.stream))
		}
		b.dropGraph(try)
		for _, buf := range []*buffer{&b.weights, &b.control, &b.images, &b.labels, &b.order, &b.records, &b.losses, &b.hits,
			&b.gradient, &b.evalImages, &b.evalLabels, &b.confusion, &b.traces, &b.logits} {
			if buf.n > 0 {
				try("cuMemFree_v2", C.lenet_cuMemFree_v2(buf.p))
			}
		}
		for _, h := range []*hostBuffer{&b.steps, &b.progress} {
			if h.n > 0 {
				try("cuMemFreeHost", C.lenet_cuMemFreeHost(h.p))
			}
		}
		for _, e := range []C.CUhandle{b.from, b.to} {
			if e != nil {
				try("cuEventDestroy_v2", C.lenet_cuEventDestroy_v2(e))
			}
		}
		if b.stream != nil {
			try("cuStreamDestroy_v2", C.lenet_cuStreamDestroy_v2(b.stream))
		}
		if b.module != nil {
			try("cuModuleUnload", C.lenet_cuModuleUnload(b.module))
		}
		try("cuDevicePrimaryCtxRelease_v2", C.lenet_cuDevicePrimaryCtxRelease_v2(b.device))
	}
	return errors.Join(errs...)
}
