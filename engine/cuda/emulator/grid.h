// grid.h: runs a grid of blocks of fibers.
#pragma once

#include <cstddef>
#include <string>

#include "../task.h"
#include "device.h"

namespace emulator {

// Settings come from the environment.
long setting(const char *name, long otherwise);

// run runs a kernel on a grid and returns what went wrong, or "". All blocks
// are alive at once where cooperative is true.
std::string run(const Kernel &, const Task &, int grid, int threads, size_t shared, bool cooperative);

// guarded returns memory of that size, filled with NaN, that ends at a page
// which must not be touched. release gives it back.
void *guarded(size_t size);
void release(void *, size_t size);

} // namespace emulator
