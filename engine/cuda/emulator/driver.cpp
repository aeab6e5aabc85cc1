// driver.cpp: the part of NVIDIA's driver interface that the backend calls, on the
// processor. Built with kernels.cu into a libcuda.so.1 for the tests.
//
// Settings, from the environment:
//   LENET_EMULATOR_FAIL     name[:k[:code]]: that call fails the k-th time (from 1) with that code (999)
//   LENET_EMULATOR_HANG     1 for a GPU whose events never come
//   LENET_EMULATOR_LOG      a file; every call's name is appended
//   LENET_EMULATOR_MEMORY   bytes of device memory (8 GiB)
//   LENET_EMULATOR_SHARED   bytes of shared memory a block may have (227 KiB)
//   LENET_EMULATOR_SMS      multiprocessors (2)
//   LENET_EMULATOR_COMPUTE  compute capability (90)
//   LENET_EMULATOR_COOPERATIVE  0 for a GPU without cooperative launches
//   LENET_EMULATOR_DEVICES  number of GPUs (1)
//   LENET_EMULATOR_SEED, LENET_EMULATOR_THREADS  see grid.cpp

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "grid.h"

using namespace emulator;
using Clock = std::chrono::steady_clock;

enum {
	kSuccess = 0, kInvalidValue = 1, kOutOfMemory = 2, kNotInitialized = 3, kNoDevice = 100, kInvalidDevice = 101,
	kInvalidContext = 201, kInvalidPtx = 218, kNotFound = 500, kNotReady = 600, kLaunchOutOfResources = 701,
	kLaunchFailed = 719, kTooLarge = 720, kUnknown = 999,
};

struct Op {
	std::function<int()> run;
};
struct Graph {
	std::vector<Op> ops;
};
struct Event {
	bool pending = false;
	Clock::time_point at;
};
struct Function {
	const Kernel *kernel;
	int shared = 48 << 10;
};
struct Module {
	std::map<std::string, Function> functions;
};

static std::mutex lock;
static bool initialized;
static int sticky; // the error that lost the device, until its context is released
static int retained;
static thread_local bool current;
static std::map<uint64_t, size_t> memory;
static size_t used;

static size_t total() { return setting("LENET_EMULATOR_MEMORY", 8l << 30); }

// failing logs a call and returns the error it is to have.
static int failing(const char *name) {
	std::lock_guard<std::mutex> hold(lock);
	if (const char *path = getenv("LENET_EMULATOR_LOG"); path && *path)
		if (FILE *f = fopen(path, "a")) fprintf(f, "%s\n", name), fclose(f);
	static std::string plan;
	static int calls;
	const char *env = getenv("LENET_EMULATOR_FAIL");
	std::string now = env ? env : "";
	if (now != plan) plan = now, calls = 0;
	const size_t colon = plan.find(':');
	if (plan.empty() || plan.substr(0, colon) != name) return 0;
	int k = 1, code = kUnknown;
	if (colon != std::string::npos) sscanf(plan.c_str() + colon, ":%d:%d", &k, &code);
	if (++calls != k) return 0;
	if (retained > 0 && code >= 700 && code < 730 && code != kLaunchOutOfResources && code != kTooLarge) sticky = code;
	return code;
}

#define API(name, ...) extern "C" __attribute__((visibility("default"))) int name(__VA_ARGS__)
#define ENTER(name) \
	if (int e = failing(#name)) return e
#define ENTER_DEVICE(name) \
	ENTER(name);       \
	if (sticky) return sticky; \
	if (!initialized) return kNotInitialized; \
	if (!current) return kInvalidContext

// LEAVE ends a call that frees: it does so even when it fails.
#define LEAVE(name) \
	if (int e = failing(#name)) return e; \
	return sticky

// ---- A stream: a thread that does what is asked in order ----

struct Stream {
	std::mutex m;
	std::condition_variable cv;
	std::deque<std::function<int()>> queue;
	bool busy = false, closing = false;
	int error = 0;
	Graph *capture = nullptr;
	std::thread worker{[this] {
		std::unique_lock<std::mutex> hold(m);
		for (;;) {
			cv.wait(hold, [&] { return closing || !queue.empty(); });
			if (queue.empty()) return;
			auto op = std::move(queue.front());
			queue.pop_front();
			busy = true;
			hold.unlock();
			int e = op();
			hold.lock();
			busy = false;
			if (e && !error) {
				error = e;
				std::lock_guard<std::mutex> all(lock);
				sticky = e;
			}
			cv.notify_all();
		}
	}};

	int add(std::function<int()> op) {
		if (capture) {
			capture->ops.push_back({op});
			return 0;
		}
		std::lock_guard<std::mutex> hold(m);
		queue.push_back(std::move(op));
		cv.notify_all();
		return 0;
	}
	int drain() {
		std::unique_lock<std::mutex> hold(m);
		cv.wait(hold, [&] { return queue.empty() && !busy; });
		return error;
	}
	~Stream() {
		{
			std::lock_guard<std::mutex> hold(m);
			closing = true;
			cv.notify_all();
		}
		worker.join();
	}
};

// ---- The interface ----

API(cuInit, unsigned) {
	ENTER(cuInit);
	if (setting("LENET_EMULATOR_DEVICES", 1) == 0) return kNoDevice;
	initialized = true;
	return 0;
}
API(cuDriverGetVersion, int *v) {
	ENTER(cuDriverGetVersion);
	*v = 12040;
	return 0;
}
API(cuDeviceGetCount, int *n) {
	ENTER(cuDeviceGetCount);
	*n = setting("LENET_EMULATOR_DEVICES", 1);
	return 0;
}
API(cuDeviceGet, int *d, int i) {
	ENTER(cuDeviceGet);
	if (i < 0 || i >= setting("LENET_EMULATOR_DEVICES", 1)) return kInvalidDevice;
	*d = i;
	return 0;
}
API(cuDeviceGetName, char *s, int n, int) {
	ENTER(cuDeviceGetName);
	snprintf(s, n, "Emulated GPU");
	return 0;
}
API(cuDeviceGetAttribute, int *v, int a, int) {
	ENTER(cuDeviceGetAttribute);
	switch (a) {
	case 16: *v = setting("LENET_EMULATOR_SMS", 2); return 0;          // multiprocessors
	case 75: *v = setting("LENET_EMULATOR_COMPUTE", 90) / 10; return 0; // compute capability
	case 76: *v = setting("LENET_EMULATOR_COMPUTE", 90) % 10; return 0;
	case 95: *v = setting("LENET_EMULATOR_COOPERATIVE", 1); return 0;  // cooperative launch
	case 97: *v = setting("LENET_EMULATOR_SHARED", 227 << 10); return 0; // shared memory a block may ask for
	}
	return kInvalidValue;
}
API(cuDeviceTotalMem_v2, size_t *n, int) {
	ENTER(cuDeviceTotalMem_v2);
	*n = total();
	return 0;
}
API(cuDevicePrimaryCtxRetain, void **c, int) {
	ENTER(cuDevicePrimaryCtxRetain);
	retained++;
	*c = &retained;
	return 0;
}
API(cuDevicePrimaryCtxRelease_v2, int) {
	if (--retained == 0) sticky = 0;
	ENTER(cuDevicePrimaryCtxRelease_v2);
	return 0;
}
API(cuCtxSetCurrent, void *c) {
	ENTER(cuCtxSetCurrent);
	if (c != &retained || retained == 0) return kInvalidContext;
	current = true;
	return 0;
}

API(cuModuleLoadDataEx, Module **out, const char *ptx, unsigned n, const int *options, void **values) {
	char *log = nullptr;
	size_t size = 0;
	for (unsigned i = 0; i < n; i++) {
		if (options[i] == 5) log = static_cast<char *>(values[i]);
		if (options[i] == 6) size = reinterpret_cast<size_t>(values[i]);
	}
	auto say = [&](const std::string &s) {
		if (log && size) snprintf(log, size, "%s", s.c_str());
		return kInvalidPtx;
	};
	if (int e = failing("cuModuleLoadDataEx")) return say("ptxas fatal: emulated failure"), e;
	if (!current) return kInvalidContext;
	// The PTX must have the same entry points, with the same argument.
	std::string text = ptx;
	auto m = std::make_unique<Module>();
	for (const Kernel *k = Kernel::first; k; k = k->next) {
		const std::string name = k->name, size = std::to_string(sizeof(Task));
		const size_t at = text.find(".visible .entry " + name + "(");
		if (at == std::string::npos) return say("the PTX has no entry " + name);
		if (text.substr(at, 200).find(name + "_param_0[" + size + "]") == std::string::npos) return say("entry " + name + " does not take " + size + " bytes");
		m->functions[name].kernel = k;
	}
	size_t entries = 0;
	for (size_t at = 0; (at = text.find(".entry ", at)) != std::string::npos; at++) entries++;
	if (entries != m->functions.size()) return say("the PTX has entries that the emulator lacks");
	*out = m.release();
	return 0;
}
API(cuModuleUnload, Module *m) {
	delete m;
	LEAVE(cuModuleUnload);
}
API(cuModuleGetFunction, Function **f, Module *m, const char *name) {
	ENTER_DEVICE(cuModuleGetFunction);
	auto found = m->functions.find(name);
	if (found == m->functions.end()) return kNotFound;
	*f = &found->second;
	return 0;
}
API(cuFuncSetAttribute, Function *f, int attribute, int value) {
	ENTER_DEVICE(cuFuncSetAttribute);
	if (attribute != 8 || value > setting("LENET_EMULATOR_SHARED", 227 << 10)) return kInvalidValue;
	f->shared = value;
	return 0;
}
static int occupancy(const Function *f, int threads, size_t shared) {
	size_t n = 228 * 1024 / (shared + 1024);
	n = std::min(n, size_t(2048 / threads));
	return std::min(n, size_t(f->kernel->blocks));
}
API(cuOccupancyMaxActiveBlocksPerMultiprocessor, int *n, const Function *f, int threads, size_t shared) {
	ENTER_DEVICE(cuOccupancyMaxActiveBlocksPerMultiprocessor);
	*n = occupancy(f, threads, shared);
	return 0;
}

API(cuMemGetInfo_v2, size_t *free, size_t *all) {
	ENTER_DEVICE(cuMemGetInfo_v2);
	*all = total(), *free = total() - used;
	return 0;
}
API(cuMemAlloc_v2, uint64_t *p, size_t n) {
	ENTER_DEVICE(cuMemAlloc_v2);
	std::lock_guard<std::mutex> hold(lock);
	if (n == 0) return kInvalidValue;
	if (used + n > total()) return kOutOfMemory;
	void *m = guarded(n);
	if (!m) return kOutOfMemory;
	*p = reinterpret_cast<uint64_t>(m);
	memory[*p] = n, used += n;
	return 0;
}
API(cuMemFree_v2, uint64_t p) {
	{
		std::lock_guard<std::mutex> hold(lock);
		auto found = memory.find(p);
		if (found == memory.end()) return kInvalidValue;
		used -= found->second;
		release(reinterpret_cast<void *>(p), found->second);
		memory.erase(found);
	}
	LEAVE(cuMemFree_v2);
}
API(cuMemHostAlloc, void **p, size_t n, unsigned) {
	ENTER_DEVICE(cuMemHostAlloc);
	if (!(*p = aligned_alloc(64, (n + 63) / 64 * 64))) return kOutOfMemory;
	memset(*p, 0xff, n);
	return 0;
}
API(cuMemFreeHost, void *p) {
	free(p);
	LEAVE(cuMemFreeHost);
}
API(cuMemHostGetDevicePointer_v2, uint64_t *d, void *p, unsigned) {
	ENTER_DEVICE(cuMemHostGetDevicePointer_v2);
	*d = reinterpret_cast<uint64_t>(p);
	return 0;
}

// inside reports whether n bytes at p are within one allocation.
static bool inside(uint64_t p, size_t n) {
	std::lock_guard<std::mutex> hold(lock);
	auto next = memory.upper_bound(p);
	if (next == memory.begin()) return false;
	auto a = std::prev(next);
	return p + n <= a->first + a->second;
}
API(cuMemcpyHtoDAsync_v2, uint64_t to, const void *from, size_t n, Stream *s) {
	ENTER_DEVICE(cuMemcpyHtoDAsync_v2);
	if (!inside(to, n)) return kInvalidValue;
	return s->add([=] { return memcpy(reinterpret_cast<void *>(to), from, n), 0; });
}
API(cuMemcpyDtoHAsync_v2, void *to, uint64_t from, size_t n, Stream *s) {
	ENTER_DEVICE(cuMemcpyDtoHAsync_v2);
	if (!inside(from, n)) return kInvalidValue;
	return s->add([=] { return memcpy(to, reinterpret_cast<void *>(from), n), 0; });
}
API(cuMemsetD8Async, uint64_t p, unsigned char v, size_t n, Stream *s) {
	ENTER_DEVICE(cuMemsetD8Async);
	if (!inside(p, n)) return kInvalidValue;
	return s->add([=] { return memset(reinterpret_cast<void *>(p), v, n), 0; });
}

API(cuStreamCreate, Stream **s, unsigned) {
	ENTER_DEVICE(cuStreamCreate);
	*s = new Stream;
	return 0;
}
API(cuStreamDestroy_v2, Stream *s) {
	s->drain();
	delete s;
	LEAVE(cuStreamDestroy_v2);
}
API(cuStreamSynchronize, Stream *s) {
	const int e = s->drain(); // also when the call fails: memory is freed next
	ENTER_DEVICE(cuStreamSynchronize);
	return e;
}
API(cuEventCreate, Event **e, unsigned) {
	ENTER_DEVICE(cuEventCreate);
	*e = new Event;
	return 0;
}
API(cuEventDestroy_v2, Event *e) {
	delete e;
	LEAVE(cuEventDestroy_v2);
}
API(cuEventRecord, Event *e, Stream *s) {
	ENTER_DEVICE(cuEventRecord);
	{
		std::lock_guard<std::mutex> hold(lock);
		e->pending = true;
	}
	return s->add([=] {
		std::lock_guard<std::mutex> hold(lock);
		e->pending = false, e->at = Clock::now();
		return 0;
	});
}
API(cuEventQuery, Event *e) {
	ENTER_DEVICE(cuEventQuery);
	std::lock_guard<std::mutex> hold(lock);
	return e->pending || setting("LENET_EMULATOR_HANG", 0) ? kNotReady : 0;
}
API(cuEventElapsedTime, float *ms, Event *a, Event *b) {
	ENTER_DEVICE(cuEventElapsedTime);
	std::lock_guard<std::mutex> hold(lock);
	if (a->pending || b->pending) return kNotReady;
	*ms = std::chrono::duration<float, std::milli>(b->at - a->at).count();
	return 0;
}

static int launch(Function *f, unsigned grid, unsigned threads, unsigned shared, Stream *s, void **args, bool cooperative) {
	if (grid < 1 || int(threads) > f->kernel->threads || threads % 32 != 0) return kInvalidValue;
	if (int(shared) > f->shared) return kInvalidValue;
	if (cooperative && int(grid) > occupancy(f, threads, shared) * setting("LENET_EMULATOR_SMS", 2)) return kTooLarge;
	const Kernel *k = f->kernel;
	Task task = *static_cast<Task *>(args[0]);
	return s->add([=] {
		std::string e = run(*k, task, grid, threads, shared, cooperative);
		if (e.empty()) return 0;
		fprintf(stderr, "emulator: %s\n", e.c_str());
		return int(kLaunchFailed);
	});
}
API(cuLaunchKernel, Function *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, Stream *s, void **args, void **extra) {
	ENTER_DEVICE(cuLaunchKernel);
	if (gy * gz * by * bz != 1 || extra) return kInvalidValue;
	return launch(f, gx, bx, shared, s, args, false);
}
API(cuLaunchCooperativeKernel, Function *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, Stream *s, void **args) {
	ENTER_DEVICE(cuLaunchCooperativeKernel);
	if (gy * gz * by * bz != 1) return kInvalidValue;
	return launch(f, gx, bx, shared, s, args, true);
}

#ifndef LENET_EMULATOR_OLD // a driver without graphs
API(cuStreamBeginCapture_v2, Stream *s, int) {
	ENTER_DEVICE(cuStreamBeginCapture_v2);
	if (s->capture) return kInvalidValue;
	s->capture = new Graph;
	return 0;
}
API(cuStreamEndCapture, Stream *s, Graph **g) {
	*g = s->capture;
	s->capture = nullptr;
	if (int e = failing("cuStreamEndCapture")) {
		delete *g;
		*g = nullptr;
		return e;
	}
	return *g ? 0 : kInvalidValue;
}
API(cuGraphInstantiateWithFlags, Graph **e, Graph *g, unsigned long long) {
	ENTER_DEVICE(cuGraphInstantiateWithFlags);
	*e = new Graph(*g);
	return 0;
}
API(cuGraphLaunch, Graph *g, Stream *s) {
	ENTER_DEVICE(cuGraphLaunch);
	for (auto &op : g->ops) s->add(op.run);
	return 0;
}
API(cuGraphDestroy, Graph *g) {
	delete g;
	LEAVE(cuGraphDestroy);
}
API(cuGraphExecDestroy, Graph *g) {
	delete g;
	LEAVE(cuGraphExecDestroy);
}
#endif

API(cuGetErrorName, int e, const char **s) {
	static const std::map<int, const char *> names = {
	    {kInvalidValue, "CUDA_ERROR_INVALID_VALUE"}, {kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY"}, {kNotInitialized, "CUDA_ERROR_NOT_INITIALIZED"},
	    {kNoDevice, "CUDA_ERROR_NO_DEVICE"}, {kInvalidDevice, "CUDA_ERROR_INVALID_DEVICE"}, {kInvalidContext, "CUDA_ERROR_INVALID_CONTEXT"},
	    {kInvalidPtx, "CUDA_ERROR_INVALID_PTX"}, {kNotFound, "CUDA_ERROR_NOT_FOUND"}, {kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED"},
	    {kTooLarge, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE"}, {kUnknown, "CUDA_ERROR_UNKNOWN"}};
	auto found = names.find(e);
	*s = found == names.end() ? nullptr : found->second;
	return *s ? 0 : kInvalidValue;
}
API(cuGetErrorString, int e, const char **s) {
	*s = e == kOutOfMemory ? "out of memory" : e == kLaunchFailed ? "unspecified launch failure" : e == kNoDevice ? "no CUDA-capable device is detected" : "emulated error";
	return 0;
}
