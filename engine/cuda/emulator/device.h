// emulator/device.h: kernels.cu as C++ on the processor. Every CUDA thread is a
// fiber; waiting for others switches to the next one. The twin of ../device.h.
#pragma once

#include <cmath>
#include <cstdint>

#define DEVICE static inline __attribute__((always_inline))
#define KERNEL(name, threads, blocks)                                                    \
	static void kernel_##name(const Task &task);                                     \
	static emulator::Kernel registered_##name(#name, kernel_##name, threads, blocks); \
	static void kernel_##name(const Task &task)
#define SHARED(type) (*reinterpret_cast<type *>(emulator::here->shared))

struct Task;

namespace emulator {

// Kernel is an entry point; its constructor adds it to the list that the driver searches.
struct Kernel {
	const char *name;
	void (*run)(const Task &);
	int threads, blocks;
	const Kernel *next;
	Kernel(const char *, void (*)(const Task &), int threads, int blocks);
	static const Kernel *first;
};

// Place is where the running fiber stands.
struct Place {
	int thread, block, grid;
	void *shared;
};
extern thread_local const Place *here __attribute__((tls_model("initial-exec")));

// barrier waits at that line for n threads that name the barrier, 0 for the whole block.
void barrier(int id, int n, int line);
float shuffle(float v, int bits, int line);
void yield();

} // namespace emulator

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };

DEVICE int threadIndex() { return emulator::here->thread; }
DEVICE int blockIndex() { return emulator::here->block; }
DEVICE int gridSize() { return emulator::here->grid; }

DEVICE void blockSync(int line = __builtin_LINE()) { emulator::barrier(0, 0, line); }
DEVICE void barrierSync(int id, int n, int line = __builtin_LINE()) { emulator::barrier(id, n, line); }
DEVICE float shuffleXor(float v, int bits, int line = __builtin_LINE()) { return emulator::shuffle(v, bits, line); }

DEVICE float exp2Fast(float x) { return exp2f(x); }
DEVICE float log2Fast(float x) { return log2f(x); }
DEVICE float reciprocal(float x) { return 1 / x; }

DEVICE void addAtomic(int32_t *p, int32_t v) { __atomic_fetch_add(p, v, __ATOMIC_RELAXED); }
DEVICE void arrive(uint32_t *p) { __atomic_fetch_add(p, 1, __ATOMIC_RELEASE); }
DEVICE uint32_t arrived(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
DEVICE void publish(int32_t *p, int32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
DEVICE int32_t hear(const int32_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
DEVICE void relax() { emulator::yield(); }
