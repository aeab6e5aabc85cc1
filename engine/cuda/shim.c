//go:build cgo && linux && (amd64 || arm64)

#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <time.h>

static CUhandle context;

#define LENET_POINTER(name, parameters, arguments) static CUresult(*name) parameters;
LENET_PLAIN(LENET_POINTER)
LENET_IN_CONTEXT(LENET_POINTER)

#define LENET_WRAP(name, parameters, arguments) \
	CUresult lenet_##name parameters { return name arguments; }
LENET_PLAIN(LENET_WRAP)

#define LENET_WRAP_IN_CONTEXT(name, parameters, arguments)  \
	CUresult lenet_##name parameters {                  \
		CUresult e = cuCtxSetCurrent(context);      \
		return e ? e : name arguments;              \
	}
LENET_IN_CONTEXT(LENET_WRAP_IN_CONTEXT)

const char *lenet_open(const char *path, int *missing) {
	*missing = 0;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) return dlerror();
#define LENET_FIND(name, parameters, arguments)                          \
	if (!(*(void **)&name = dlsym(library, #name))) {                \
		*missing = 1;                                            \
		return #name;                                            \
	}
	LENET_PLAIN(LENET_FIND)
	LENET_IN_CONTEXT(LENET_FIND)
	return NULL;
}

void lenet_context(CUhandle c) { context = c; }

CUresult lenet_load(CUhandle *module, const char *ptx, char *log, size_t n) {
	int options[] = {5, 6}; // CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
	void *values[] = {log, (void *)n};
	log[0] = 0;
	return lenet_cuModuleLoadDataEx(module, ptx, 2, options, values);
}

CUresult lenet_upload(CUdeviceptr to, const void *from, size_t n, CUhandle stream) {
	CUresult e = lenet_cuMemcpyHtoDAsync_v2(to, from, n, stream), done = cuStreamSynchronize(stream);
	return e ? e : done;
}

CUresult lenet_download(void *to, CUdeviceptr from, size_t n, CUhandle stream) {
	CUresult e = lenet_cuMemcpyDtoHAsync_v2(to, from, n, stream), done = cuStreamSynchronize(stream);
	return e ? e : done;
}

CUresult lenet_launch(CUhandle f, unsigned blocks, unsigned threads, unsigned shared, CUhandle stream, const Task *task, int cooperative) {
	void *args[] = {(void *)task};
	if (cooperative) return lenet_cuLaunchCooperativeKernel(f, blocks, 1, 1, threads, 1, 1, shared, stream, args);
	return lenet_cuLaunchKernel(f, blocks, 1, 1, threads, 1, 1, shared, stream, args, NULL);
}

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

CUresult lenet_wait(CUhandle event, int microseconds) {
	const int64_t end = now() + microseconds;
	for (;;) {
		CUresult e = lenet_cuEventQuery(event);
		if (e != 600 || now() >= end) return e;
		nanosleep(&(struct timespec){0, 20000}, NULL);
	}
}
