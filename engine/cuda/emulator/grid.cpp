// grid.cpp: fibers for CUDA threads, barriers and shuffles between them, blocks
// spread over the processor's threads.
//
// What a GPU would leave undefined is an error here: threads that wait at
// different places of the code, lanes missing from a shuffle, a thread that ends
// while others wait for it. Shared memory starts as NaN. LENET_EMULATOR_SEED
// other than 0 runs the threads between two barriers in a random order.

#include "grid.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace emulator {

const Kernel *Kernel::first;

Kernel::Kernel(const char *name, void (*run)(const Task &), int threads, int blocks)
    : name(name), run(run), threads(threads), blocks(blocks), next(first) {
	first = this;
}

thread_local const Place *here;

long setting(const char *name, long otherwise) {
	const char *s = getenv(name);
	return s && *s ? strtol(s, nullptr, 10) : otherwise;
}

static size_t pages(size_t size) {
	const size_t page = sysconf(_SC_PAGESIZE);
	return (size + page - 1) / page * page;
}

void *guarded(size_t size) {
	const size_t page = sysconf(_SC_PAGESIZE), whole = pages(size);
	char *p = static_cast<char *>(mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	if (p == MAP_FAILED) return nullptr;
	mprotect(p + whole, page, PROT_NONE);
	p += whole - (size + 15) / 16 * 16;
	memset(p, 0xff, size);
	return p;
}

void release(void *p, size_t size) {
	char *start = static_cast<char *>(p) - (pages(size) - (size + 15) / 16 * 16);
	munmap(start, pages(size) + sysconf(_SC_PAGESIZE));
}

// ---- Switching ----

#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kStack = 512 << 10;
#else
constexpr size_t kStack = 64 << 10;
#endif

#if defined(__x86_64__)
extern "C" void emulatorSwitch(void **from, void *to);
// Saves the registers that a call keeps on the running stack, and goes on with another's.
asm(R"(
.text
.type emulatorSwitch,@function
emulatorSwitch:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
)");
struct Context {
	void *sp;
	void prepare(char *stack, void (*entry)()) {
		void **top = reinterpret_cast<void **>(stack + kStack) - 2; // as after a call: 8 off a multiple of 16
		top[0] = reinterpret_cast<void *>(entry);
		top[1] = nullptr;
		sp = top - 6;
		memset(sp, 0, 6 * sizeof(void *));
	}
	void switchTo(Context &to) { emulatorSwitch(&sp, to.sp); }
};
#else
#include <ucontext.h>
struct Context {
	ucontext_t u;
	void prepare(char *stack, void (*entry)()) {
		getcontext(&u);
		u.uc_stack.ss_sp = stack, u.uc_stack.ss_size = kStack, u.uc_link = nullptr;
		makecontext(&u, entry, 0);
	}
	void switchTo(Context &to) { swapcontext(&u, &to.u); }
};
#endif

// ---- A block ----

struct Fiber {
	Context context;
	Place place;
	struct Block *block;
	char *stack;
	float value[2];       // what it shuffles, in turn
	int shuffles = 0;
};

struct Wait { // the fibers at a barrier or in a warp's shuffle
	std::vector<Fiber *> fibers;
	int line = 0, n = 0;
};

struct Block {
	const Kernel &kernel;
	const Task &task;
	std::vector<Fiber> fibers;
	std::vector<Fiber *> ready, spinning;
	std::vector<Wait> barriers{16}, warps;
	char *stacks;
	void *shared;
	size_t sharedSize;
	int grid, left = 0;
	long switches = 0;
	Fiber *running = nullptr;
	Context scheduler;
	std::minstd_rand random;
	bool shuffled = false;
	std::string error;

	Block(const Kernel &k, const Task &t, int grid, int threads, size_t size)
	    : kernel(k), task(t), fibers(threads), warps((threads + 31) / 32), sharedSize(size), grid(grid) {
		stacks = static_cast<char *>(mmap(nullptr, kStack * threads, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
		shared = guarded(size);
		if (stacks == MAP_FAILED || !shared) throw std::runtime_error("no memory for a block");
	}
	// start makes it the block of that index, all of whose threads are to begin.
	void start(int index, long seed) {
		random.seed(seed * 7919 + index + 1);
		shuffled = seed != 0;
		left = fibers.size();
		memset(shared, 0xff, sharedSize);
		forget();
		for (int i = 0; i < left; i++) {
			fibers[i].place = {i, index, grid, shared};
			fibers[i].block = this;
			fibers[i].shuffles = 0;
			fibers[i].stack = stacks + kStack * i;
			fibers[i].context.prepare(fibers[i].stack, begin);
			ready.push_back(&fibers[i]);
		}
		if (!shuffled) std::reverse(ready.begin(), ready.end());
	}
	~Block() {
		forget();
		munmap(stacks, kStack * fibers.size());
		release(shared, sharedSize);
	}
	Block(const Block &) = delete;

	// forget ends what the sanitizer knows of the stacks.
	void forget() {
#if defined(__SANITIZE_ADDRESS__)
		__asan_unpoison_memory_region(stacks, kStack * fibers.size());
#endif
	}
	static void begin();
	void leave(bool forGood);
	void wait(Wait &w, int n, int line, const char *what);

	// advance runs fibers until none can go on, and reports whether the block has ended.
	bool advance() {
		ready.insert(ready.end(), spinning.begin(), spinning.end());
		spinning.clear();
		while (!ready.empty() && error.empty()) {
			if (shuffled) std::swap(ready.back(), ready[random() % ready.size()]);
			running = ready.back();
			switches++;
			ready.pop_back();
			here = &running->place;
#if defined(__SANITIZE_ADDRESS__)
			void *fake;
			__sanitizer_start_switch_fiber(&fake, running->stack, kStack);
#endif
			scheduler.switchTo(running->context);
#if defined(__SANITIZE_ADDRESS__)
			__sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
		}
		if (error.empty() && left > 0 && spinning.empty()) error = "threads wait for ones that never come";
		return left == 0 || !error.empty();
	}
};

static thread_local Block *block __attribute__((tls_model("initial-exec")));

void Block::begin() {
	Block *b = block;
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
	b->kernel.run(b->task);
	b->left--;
	b->leave(true);
}

void Block::leave(bool forGood) {
	Fiber *me = running;
#if defined(__SANITIZE_ADDRESS__)
	static thread_local void *own;
	static thread_local size_t ownSize;
	if (!own) {
		pthread_attr_t a;
		pthread_getattr_np(pthread_self(), &a);
		pthread_attr_getstack(&a, &own, &ownSize);
		pthread_attr_destroy(&a);
	}
	void *fake;
	__sanitizer_start_switch_fiber(forGood ? nullptr : &fake, own, ownSize);
	me->context.switchTo(scheduler);
	__sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
	(void)forGood;
	me->context.switchTo(scheduler);
#endif
}

void Block::wait(Wait &w, int n, int line, const char *what) {
	if (w.fibers.empty()) w.line = line, w.n = n;
	if (w.line != line || w.n != n) {
		char text[200];
		snprintf(text, sizeof text, "kernel %s, block %d: thread %d is at the %s of line %d, thread %d at that of line %d", kernel.name, running->place.block,
			 running->place.thread, what, line, w.fibers[0]->place.thread, w.line);
		error = text;
		leave(true);
	}
	w.fibers.push_back(running);
	if (int(w.fibers.size()) < n) {
		leave(false);
		return;
	}
	for (Fiber *f : w.fibers)
		if (f != running) ready.push_back(f);
	w.fibers.clear();
}

void barrier(int id, int n, int line) {
	Block *b = block;
	b->wait(b->barriers[id], n ? n : int(b->fibers.size()), line, "barrier");
}

float shuffle(float v, int bits, int line) {
	Block *b = block;
	Fiber *me = b->running;
	Fiber &partner = b->fibers[me->place.thread ^ bits];
	// The other value may still be read by a lane that has not gone on since the last shuffle.
	const int turn = me->shuffles++ % 2;
	me->value[turn] = v;
	b->wait(b->warps[me->place.thread / 32], 32, line, "shuffle");
	return partner.value[turn];
}

void yield() {
	Block *b = block;
	b->spinning.push_back(b->running);
	b->leave(false);
}

// ---- A grid ----

std::string run(const Kernel &kernel, const Task &task, int grid, int threads, size_t shared, bool cooperative) {
	const long seed = setting("LENET_EMULATOR_SEED", 0);
	const int workers = setting("LENET_EMULATOR_THREADS", std::thread::hardware_concurrency());
	std::atomic<int> next{0};
	std::vector<std::string> errors(workers);
	std::atomic<bool> failed{false};
	auto work = [&](int worker) {
		auto advance = [&](Block &b) {
			block = &b;
			bool ended = b.advance();
			if (!b.error.empty()) errors[worker] = b.error, failed = true;
			return ended;
		};
		try {
			if (!cooperative) {
				std::unique_ptr<Block> b;
				for (int i; (i = next++) < grid && !failed;) {
					if (!b) b = std::make_unique<Block>(kernel, task, grid, threads, shared);
					b->start(i, seed);
					while (!advance(*b)) {}
				}
				return;
			}
			std::vector<std::unique_ptr<Block>> mine;
			for (int i = worker; i < grid; i += workers) {
				mine.push_back(std::make_unique<Block>(kernel, task, grid, threads, shared));
				mine.back()->start(i, seed);
			}
			for (size_t running = mine.size(); running > 0 && !failed;) {
				bool waiting = true; // all of this worker's blocks wait for another worker's
				for (auto &b : mine) {
					if (!b) continue;
					const long before = b->switches;
					if (advance(*b)) b.reset(), running--;
					else if (b->switches - before == 1) continue;
					waiting = false;
				}
				if (waiting) usleep(100);
			}
		} catch (std::exception &e) {
			errors[worker] = e.what(), failed = true;
		}
	};
	std::vector<std::thread> pool;
	for (int w = 0; w < workers; w++) pool.emplace_back(work, w);
	for (auto &t : pool) t.join();
	for (auto &e : errors)
		if (!e.empty()) return e;
	return "";
}

} // namespace emulator
