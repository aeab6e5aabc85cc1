// device.h: the part of CUDA's headers that kernels.cu needs, so that clang
// compiles it without a CUDA toolkit. emulator/device.h is its twin for tests.
#pragma once

#include <stdint.h>

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define DEVICE __device__ inline __attribute__((always_inline))

// KERNEL starts an entry point for blocks of at most threads threads, blocks
// of which are to fit on a multiprocessor at once.
#define KERNEL(name, threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks) name(const Task task)

// SHARED is the block's dynamic shared memory.
extern __shared__ uint8_t dynamicShared[] __attribute__((aligned(16)));
#define SHARED(type) (*reinterpret_cast<type *>(dynamicShared))

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };

DEVICE int threadIndex() {
	int i;
	asm volatile("mov.u32 %0, %%tid.x;" : "=r"(i));
	__builtin_assume(i >= 0 && i < 1024);
	return i;
}
DEVICE int blockIndex() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE int gridSize() { return __nvvm_read_ptx_sreg_nctaid_x(); }

// blockSync waits for all threads of the block, barrierSync for the n threads
// that name the same barrier, 1 to 15.
DEVICE void blockSync() { __nvvm_bar_sync(0); }
DEVICE void barrierSync(int id, int n) { __nvvm_barrier_sync_cnt(id, n); }

// shuffleXor returns the value of the lane whose number differs in those bits.
// All 32 lanes take part.
DEVICE float shuffleXor(float v, int bits) { return __nvvm_shfl_sync_bfly_f32(~0u, v, bits, 31); }

DEVICE float exp2Fast(float x) { return __nvvm_ex2_approx_f(x); }       // 2^x within 2 ulp
DEVICE float log2Fast(float x) { return __nvvm_lg2_approx_f(x); }       // within 2^-22 where x is 0.5 to 2, 2 ulp elsewhere
DEVICE float reciprocal(float x) { return __nvvm_rcp_approx_ftz_f(x); } // within 1 ulp

DEVICE void addAtomic(int32_t *p, int32_t v) { __nvvm_atom_add_gen_i(p, v); }
// arrive adds one to a counter after all that this thread has seen and done;
// arrived returns it before all that follows.
DEVICE void arrive(uint32_t *p) { asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(p) : "memory"); }
DEVICE uint32_t arrived(const uint32_t *p) {
	uint32_t v;
	asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
	return v;
}
// publish stores to host memory after all stores before it; hear loads from it.
DEVICE void publish(int32_t *p, int32_t v) { asm volatile("st.release.sys.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory"); }
DEVICE int32_t hear(const int32_t *p) {
	int32_t v;
	asm volatile("ld.relaxed.sys.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
	return v;
}
// relax is a wait loop's body.
DEVICE void relax() {}
