// shim.h: NVIDIA's driver, found at run time. No toolkit is needed to build this:
// the prototypes are its public interface, written down here.
#ifndef LENET_SHIM_H
#define LENET_SHIM_H

#include <stddef.h>
#include <stdint.h>

#include "task.h"

typedef int CUresult;         // 0 is success
typedef int CUdevice;
typedef uint64_t CUdeviceptr; // an address in device memory
typedef void *CUhandle;       // context, module, function, stream, event or graph

// Calls that need no context.
#define LENET_PLAIN(F)                                                                   \
	F(cuInit, (unsigned flags), (flags))                                             \
	F(cuDriverGetVersion, (int *version), (version))                                 \
	F(cuDeviceGetCount, (int *n), (n))                                               \
	F(cuDeviceGet, (CUdevice *device, int i), (device, i))                           \
	F(cuDeviceGetName, (char *name, int n, CUdevice device), (name, n, device))      \
	F(cuDeviceGetAttribute, (int *value, int attribute, CUdevice device), (value, attribute, device)) \
	F(cuDeviceTotalMem_v2, (size_t *bytes, CUdevice device), (bytes, device))        \
	F(cuDevicePrimaryCtxRetain, (CUhandle *context, CUdevice device), (context, device)) \
	F(cuDevicePrimaryCtxRelease_v2, (CUdevice device), (device))                     \
	F(cuCtxSetCurrent, (CUhandle context), (context))                                \
	F(cuGetErrorName, (CUresult e, const char **s), (e, s))                          \
	F(cuGetErrorString, (CUresult e, const char **s), (e, s))

// Calls in a context, which their wrappers make the thread's first: Go moves
// goroutines between threads.
#define LENET_IN_CONTEXT(F)                                                              \
	F(cuModuleLoadDataEx, (CUhandle *module, const void *image, unsigned n, int *options, void **values), (module, image, n, options, values)) \
	F(cuModuleUnload, (CUhandle module), (module))                                   \
	F(cuModuleGetFunction, (CUhandle *function, CUhandle module, const char *name), (function, module, name)) \
	F(cuFuncSetAttribute, (CUhandle function, int attribute, int value), (function, attribute, value)) \
	F(cuOccupancyMaxActiveBlocksPerMultiprocessor, (int *n, CUhandle function, int threads, size_t shared), (n, function, threads, shared)) \
	F(cuMemGetInfo_v2, (size_t *unused, size_t *total), (unused, total))             \
	F(cuMemAlloc_v2, (CUdeviceptr *p, size_t n), (p, n))                             \
	F(cuMemFree_v2, (CUdeviceptr p), (p))                                            \
	F(cuMemHostAlloc, (void **p, size_t n, unsigned flags), (p, n, flags))           \
	F(cuMemFreeHost, (void *p), (p))                                                 \
	F(cuMemHostGetDevicePointer_v2, (CUdeviceptr *d, void *p, unsigned flags), (d, p, flags)) \
	F(cuMemcpyHtoDAsync_v2, (CUdeviceptr to, const void *from, size_t n, CUhandle stream), (to, from, n, stream)) \
	F(cuMemcpyDtoHAsync_v2, (void *to, CUdeviceptr from, size_t n, CUhandle stream), (to, from, n, stream)) \
	F(cuMemsetD8Async, (CUdeviceptr p, unsigned char v, size_t n, CUhandle stream), (p, v, n, stream)) \
	F(cuStreamCreate, (CUhandle *stream, unsigned flags), (stream, flags))           \
	F(cuStreamDestroy_v2, (CUhandle stream), (stream))                               \
	F(cuStreamSynchronize, (CUhandle stream), (stream))                              \
	F(cuStreamBeginCapture_v2, (CUhandle stream, int mode), (stream, mode))          \
	F(cuStreamEndCapture, (CUhandle stream, CUhandle *graph), (stream, graph))       \
	F(cuGraphInstantiateWithFlags, (CUhandle *exec, CUhandle graph, unsigned long long flags), (exec, graph, flags)) \
	F(cuGraphLaunch, (CUhandle exec, CUhandle stream), (exec, stream))               \
	F(cuGraphDestroy, (CUhandle graph), (graph))                                     \
	F(cuGraphExecDestroy, (CUhandle exec), (exec))                                   \
	F(cuEventCreate, (CUhandle *event, unsigned flags), (event, flags))              \
	F(cuEventDestroy_v2, (CUhandle event), (event))                                  \
	F(cuEventRecord, (CUhandle event, CUhandle stream), (event, stream))             \
	F(cuEventQuery, (CUhandle event), (event))                                       \
	F(cuEventElapsedTime, (float *ms, CUhandle from, CUhandle to), (ms, from, to))   \
	F(cuLaunchKernel,                                                                \
	  (CUhandle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, CUhandle stream, void **args, void **extra), \
	  (f, gx, gy, gz, bx, by, bz, shared, stream, args, extra))                      \
	F(cuLaunchCooperativeKernel,                                                     \
	  (CUhandle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, CUhandle stream, void **args), \
	  (f, gx, gy, gz, bx, by, bz, shared, stream, args))

// lenet_NAME calls the driver's NAME, in the context given for a call that needs one.
#define LENET_DECLARE(name, parameters, arguments) CUresult lenet_##name parameters;
LENET_PLAIN(LENET_DECLARE)
LENET_IN_CONTEXT(LENET_DECLARE)

// lenet_open loads the library at path. It returns NULL, or the system's message,
// or with *missing set the name of a function that the library lacks.
const char *lenet_open(const char *path, int *missing);

// lenet_context is the context that calls are made in.
void lenet_context(CUhandle context);

// lenet_load compiles the PTX, and leaves the compiler's messages in log.
CUresult lenet_load(CUhandle *module, const char *ptx, char *log, size_t n);

// lenet_upload and lenet_download copy n bytes and wait, so that nothing of the
// caller's is in use afterwards.
CUresult lenet_upload(CUdeviceptr to, const void *from, size_t n, CUhandle stream);
CUresult lenet_download(void *to, CUdeviceptr from, size_t n, CUhandle stream);

// lenet_launch starts a kernel on blocks of that many threads and bytes of shared memory.
CUresult lenet_launch(CUhandle f, unsigned blocks, unsigned threads, unsigned shared, CUhandle stream, const Task *task, int cooperative);

// lenet_wait waits for the event, but not longer than that: 600 is "not ready".
CUresult lenet_wait(CUhandle event, int microseconds);

#endif
