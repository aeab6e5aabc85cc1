// task.h: what the host tells the kernels and they tell it. Included by the
// kernels, by the driver shim and, through cgo, by Go: one definition of the
// layout for all three.
#ifndef LENET_TASK_H
#define LENET_TASK_H

#include <stdint.h>

#ifdef __cplusplus
#define LENET_DEVICE(type) type *
#else
#define LENET_DEVICE(type) uint64_t // a device address, seen from the host
#endif

// Sizes that the host needs; kernels.cu asserts them.
enum {
	kTeam = 256,           // threads that share one example
	kTiles = 220,          // tiles of work in the update phase
	kSizeWeights = 246824, // bytes
	kSizeRecord = 13616,   // bytes, per example of a batch
	kSizeTrace = 61544,    // bytes
	kShared1 = 63488,      // bytes of shared memory of a block that takes one example
	kShared2 = 110688,     // and of one that takes two
};

// Step is one step's outcome, in host memory that the GPU writes.
typedef struct Step {
	double loss;     // sum over the step's examples, nats
	int32_t correct; // how many were classified correctly
	int32_t pad;
} Step;

// Progress is host memory shared with the GPU while steps run.
typedef struct Progress {
	int32_t done; // steps finished, written by the GPU after their Step
	int32_t stop; // set by the host to end after the running step
} Progress;

// Control is where the steps stand, in device memory, zeroed before they run.
typedef struct Control {
	uint32_t arrivals; // blocks that came to the grid's barrier
	int32_t next;      // step to take next; written by update, read by gradients
	int32_t current;   // step under way; written by gradients, read by update
	int32_t pad;
} Control;

// Task is the one argument of every kernel.
typedef struct Task {
	LENET_DEVICE(struct Weights) weights;
	LENET_DEVICE(struct Weights) gradient;     // update writes the gradient here and leaves the weights; or null
	LENET_DEVICE(const uint8_t) images;        // [..][28][28]
	LENET_DEVICE(const uint8_t) labels;        // [..], 0 to 9
	LENET_DEVICE(const int32_t) order;         // places in images, in the order of training; null for 0, 1, 2, ...
	LENET_DEVICE(struct Record) records;       // [batch]
	LENET_DEVICE(float) losses;                // [batch] cross-entropy of each example
	LENET_DEVICE(uint8_t) hits;                // [batch] 1 where the network's class is the label
	LENET_DEVICE(int32_t) confusion;           // [10][10] true class, network's class; evaluate adds to it
	LENET_DEVICE(struct Trace) trace;          // [n] layer outputs; evaluate writes them; or null
	LENET_DEVICE(float) logits;                // [n][10]; evaluate writes them and nothing else; or null
	LENET_DEVICE(Step) steps;                  // [steps], in host memory
	LENET_DEVICE(Progress) progress;           // in host memory
	LENET_DEVICE(struct Control) control;
	int32_t n;          // examples: of all steps, to evaluate or to trace
	int32_t batch;      // examples in a step, the last step may have fewer
	int32_t activation; // 0 sigmoid, 1 tanh, 2 ReLU
	int32_t pooling;    // 0 average, 1 maximum
	float lr;           // learning rate
	int32_t pad;
} Task;

#endif
