// selftest.cpp: the emulator sees the mistakes that it is there for. Built with
// grid.cpp by a test.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "grid.h"

using namespace emulator;

struct Result {
	float value[64];
};
static Result result;

// good reverses 64 numbers through shared memory.
KERNEL(good, 64, 1) {
	(void)task;
	auto &m = SHARED(Result);
	m.value[threadIndex()] = threadIndex();
	blockSync();
	result.value[threadIndex()] = m.value[63 - threadIndex()];
}
// race is good without the barrier.
KERNEL(race, 64, 1) {
	(void)task;
	auto &m = SHARED(Result);
	m.value[threadIndex()] = threadIndex();
	result.value[threadIndex()] = m.value[63 - threadIndex()];
}
KERNEL(divergent, 64, 1) {
	(void)task;
	if (threadIndex() < 32) blockSync();
	else
		blockSync();
}
KERNEL(early, 64, 1) {
	(void)task;
	if (threadIndex() == 5) return;
	blockSync();
}
KERNEL(lanes, 64, 1) {
	(void)task;
	if (threadIndex() % 2) result.value[threadIndex()] = shuffleXor(1, 2);
}
KERNEL(sums, 64, 1) {
	(void)task;
	float v = threadIndex();
	for (int bits = 16; bits > 0; bits /= 2) v += shuffleXor(v, bits);
	result.value[threadIndex()] = v;
}
KERNEL(alone, 64, 1) { // a barrier across the grid, that needs all blocks at once
	(void)task;
	static uint32_t arrivals;
	if (threadIndex() == 0) {
		arrive(&arrivals);
		while (arrived(&arrivals) < uint32_t(gridSize())) relax();
	}
	blockSync();
}

static int failures;

static void expect(const char *what, bool ok, const std::string &got) {
	if (!ok) printf("%s: %s\n", what, got.c_str()), failures++;
}

static std::string go(const char *name, int grid = 1, bool cooperative = false) {
	for (float &v : result.value) v = NAN;
	for (const Kernel *k = Kernel::first; k; k = k->next)
		if (name == std::string(k->name)) return run(*k, Task{}, grid, 64, sizeof(Result), cooperative);
	return "no kernel";
}

static bool reversed() {
	for (int i = 0; i < 64; i++)
		if (result.value[i] != 63 - i) return false;
	return true;
}

int main() {
	int caught = 0;
	for (const char *seed : {"0", "1", "2", "3"}) {
		setenv("LENET_EMULATOR_SEED", seed, 1);
		std::string e = go("good");
		expect("good", e.empty() && reversed(), e);
		e = go("race");
		caught += !reversed();
		e = go("divergent");
		expect("divergent", e.find("barrier of line") != e.npos, e);
		e = go("early");
		expect("early", e.find("never come") != e.npos, e);
		e = go("lanes");
		expect("lanes", e.find("never come") != e.npos, e);
		e = go("sums");
		expect("sums", e.empty() && result.value[0] == 496 && result.value[63] == 1520, e);
	}
	expect("race", caught == 4, "seen under " + std::to_string(caught) + " of 4 orders");
	std::string e = go("alone", 5, true);
	expect("alone", e.empty(), e);
	return failures != 0;
}
