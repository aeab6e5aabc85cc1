//go:build cgo && linux && (amd64 || arm64)

package cuda

// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"lenet/engine"
)

const (
	maxGraph  = 512   // steps in a graph; longer epochs launch it again
	pollEvery = 20000 // µs between reports of progress
	askEvery  = 25    // polls without a finished step after which progress is asked again whether to go on
)

// patience is how many polls a step that is to be the last one may take: 5 s.
const patience = 250

// Step takes one step of gradient descent.
func (b *Backend) Step(order []int32, lr float32) (engine.Stats, error) {
	return b.Epoch(order, max(1, len(order)), lr, nil)
}

// Epoch takes a step for every batch of order. The host starts them all at
// once; progress is called about every 20 ms from what the GPU reports, and a
// stop takes effect after the step that is running.
func (b *Backend) Epoch(order []int32, batch int, lr float32, progress func(engine.Stats) bool) (engine.Stats, error) {
	if batch < 1 {
		return engine.Stats{}, fmt.Errorf("batch size %d: use 1 or more", batch)
	}
	if math.IsNaN(float64(lr)) || math.IsInf(float64(lr), 0) {
		return engine.Stats{}, fmt.Errorf("learning rate %v: use a number", lr)
	}
	batch = min(batch, max(1, len(order)))
	task, steps, err := b.prepare(order, batch)
	if err != nil {
		return engine.Stats{}, err
	}
	task.lr = C.float(lr)
	if err := b.launch(task, steps); err != nil {
		return engine.Stats{}, err
	}
	stats, err := b.follow(len(order), batch, steps, progress)
	if err != nil {
		return stats, err
	}
	var ms C.float
	if err := check("cuEventElapsedTime", C.lenet_cuEventElapsedTime(&ms, b.from, b.to)); err != nil {
		return stats, b.note(err)
	}
	b.elapsed = time.Duration(float64(ms) * 1e6)
	return stats, b.save()
}

// Gradient computes the gradient of the mean loss of those examples, without a step.
func (b *Backend) Gradient(order []int32, g *engine.Params) (engine.Stats, error) {
	if err := b.checkParams(g); err != nil {
		return engine.Stats{}, err
	}
	task, steps, err := b.prepare(order, max(1, len(order)))
	if err != nil {
		return engine.Stats{}, err
	}
	if err := b.grow(&b.gradient, C.kSizeWeights, "the gradient"); err != nil {
		return engine.Stats{}, err
	}
	task.gradient = C.uint64_t(b.gradient.p)
	if err := b.launch(task, steps); err != nil {
		return engine.Stats{}, err
	}
	stats, err := b.follow(len(order), len(order), steps, nil)
	if err != nil {
		return stats, err
	}
	return stats, b.download(unsafe.Pointer(&g.Data[0]), b.gradient, C.kSizeWeights)
}

// prepare checks the order, brings it to the device, makes room for a batch,
// and returns the kernels' argument and the number of steps.
func (b *Backend) prepare(order []int32, batch int) (task C.Task, steps int, err error) {
	if err := b.ready(); err != nil {
		return task, 0, err
	}
	if len(order) == 0 {
		return task, 0, errors.New("a step on no examples: give at least one")
	}
	if b.examples == 0 {
		return task, 0, errors.New("no training set: call SetData first")
	}
	for _, i := range order {
		if i < 0 || int(i) >= b.examples {
			return task, 0, fmt.Errorf("example %d of a training set of %d", i, b.examples)
		}
	}
	steps = (len(order) + batch - 1) / batch
	if err := b.grow(&b.order, 4*len(order), "the order of training"); err != nil {
		return task, 0, err
	}
	if err := b.grow(&b.records, batch*C.kSizeRecord, fmt.Sprintf("a batch of %d", batch)); err != nil {
		var e *memoryError
		if errors.As(err, &e) {
			e.fits = e.free / (C.kSizeRecord + 8) * 9 / 10
		}
		return task, 0, err
	}
	if err := b.growScores(batch); err != nil {
		return task, 0, err
	}
	if err := b.growHost(&b.steps, steps*int(unsafe.Sizeof(C.Step{}))); err != nil {
		return task, 0, err
	}
	if err := b.upload(b.order, unsafe.Pointer(&order[0]), 4*len(order)); err != nil {
		return task, 0, err
	}
	task = b.task()
	task.n, task.batch = C.int32_t(len(order)), C.int32_t(batch)
	return task, steps, nil
}

// growScores makes room for the losses and hits of n examples.
func (b *Backend) growScores(n int) error {
	if err := b.grow(&b.losses, 4*n, "the losses"); err != nil {
		return err
	}
	return b.grow(&b.hits, n, "the hits")
}

// task returns the kernels' argument, with the training set.
func (b *Backend) task() C.Task {
	return C.Task{
		weights: C.uint64_t(b.weights.p), images: C.uint64_t(b.images.p), labels: C.uint64_t(b.labels.p), order: C.uint64_t(b.order.p),
		records: C.uint64_t(b.records.p), losses: C.uint64_t(b.losses.p), hits: C.uint64_t(b.hits.p), confusion: C.uint64_t(b.confusion.p),
		steps: C.uint64_t(b.steps.d), progress: C.uint64_t(b.progress.d), control: C.uint64_t(b.control.p),
		activation: C.int32_t(b.cfg.Activation), pooling: C.int32_t(b.cfg.Pooling),
	}
}

// perBlock returns how many examples a block takes, of n at once.
func (b *Backend) perBlock(n int) int {
	switch {
	case b.options.PerBlock != 0:
		return b.options.PerBlock
	case b.functions["epoch2"] != nil && n > b.info.Multiprocessors:
		return 2
	}
	return 1
}

// blocks returns how many blocks to launch for that much work.
func (b *Backend) blocks(work, each int) int {
	n := (work + each - 1) / each
	if b.options.Blocks > 0 {
		n = min(n, b.options.Blocks)
	}
	return n
}

// run starts a kernel.
func (b *Backend) run(name string, blocks, each int, task *C.Task, cooperative C.int) error {
	call := "cuLaunchKernel"
	if cooperative != 0 {
		call = "cuLaunchCooperativeKernel"
	}
	err := check(call, C.lenet_launch(b.functions[name], C.uint(blocks), C.uint(each*C.kTeam), C.uint(kernels[name]), b.stream, task, cooperative))
	if err != nil {
		return b.note(fmt.Errorf("kernel %s on %d blocks: %w", name, blocks, err))
	}
	return nil
}

// launch starts the steps between two events.
func (b *Backend) launch(task C.Task, steps int) error {
	p := (*C.Progress)(b.progress.p)
	p.done, p.stop = 0, 0
	if err := check("cuMemsetD8Async", C.lenet_cuMemsetD8Async(b.control.p, 0, C.size_t(b.control.n), b.stream)); err != nil {
		return b.note(err)
	}
	if err := check("cuEventRecord", C.lenet_cuEventRecord(b.from, b.stream)); err != nil {
		return b.note(err)
	}
	start := b.launchGraph
	if b.options.Schedule == Cooperative {
		start = b.launchCooperative
	}
	if err := start(task, steps); err != nil {
		return err
	}
	return b.note(check("cuEventRecord", C.lenet_cuEventRecord(b.to, b.stream)))
}

// launchCooperative starts one kernel for all steps, on as many blocks as have work and fit.
func (b *Backend) launchCooperative(task C.Task, steps int) error {
	each := b.perBlock(int(task.batch))
	name := fmt.Sprintf("epoch%d", each)
	var fit C.int
	err := check("cuOccupancyMaxActiveBlocksPerMultiprocessor",
		C.lenet_cuOccupancyMaxActiveBlocksPerMultiprocessor(&fit, b.functions[name], C.int(each*C.kTeam), C.size_t(kernels[name])))
	if err != nil {
		return b.note(err)
	}
	blocks := min(b.blocks(max(int(task.batch), C.kTiles), each), int(fit)*b.info.Multiprocessors)
	if blocks == 0 {
		return fmt.Errorf("kernel %s does not fit on %s", name, b.info.Name)
	}
	return b.run(name, blocks, each, &task, 1)
}

// launchGraph starts two kernels a step: one step as it is, more as a graph, which is kept.
func (b *Backend) launchGraph(task C.Task, steps int) error {
	each := b.perBlock(int(task.batch))
	name := fmt.Sprintf("gradients%d", each)
	blocks := [2]int{b.blocks(int(task.batch), each), b.blocks(C.kTiles, 1)}
	step := func() error {
		if err := b.run(name, blocks[0], each, &task, 0); err != nil {
			return err
		}
		return b.run("update", blocks[1], 1, &task, 0)
	}
	if steps == 1 {
		return step()
	}
	if n := min(steps, b.maxGraph); b.graph == nil || b.graphTask != task || b.graphSteps != n || b.graphBlocks != blocks {
		if err := b.capture(step, n); err != nil {
			return err
		}
		b.graphTask, b.graphSteps, b.graphBlocks = task, n, blocks
	}
	for at := 0; at < steps; at += b.graphSteps { // steps past the last do nothing
		if err := check("cuGraphLaunch", C.lenet_cuGraphLaunch(b.graph, b.stream)); err != nil {
			return b.note(err)
		}
	}
	return nil
}

// capture makes a graph of n steps.
func (b *Backend) capture(step func() error, n int) error {
	var failed error
	b.dropGraph(func(call string, code C.CUresult) { failed = errors.Join(failed, check(call, code)) })
	if failed != nil {
		return b.note(failed)
	}
	if err := check("cuStreamBeginCapture_v2", C.lenet_cuStreamBeginCapture_v2(b.stream, captureRelaxed)); err != nil {
		return b.note(err)
	}
	for range n {
		if failed = step(); failed != nil {
			break
		}
	}
	var graph C.CUhandle
	if err := check("cuStreamEndCapture", C.lenet_cuStreamEndCapture(b.stream, &graph)); failed == nil {
		failed = b.note(err)
	}
	if graph == nil {
		return failed
	}
	if failed == nil {
		if failed = b.note(check("cuGraphInstantiateWithFlags", C.lenet_cuGraphInstantiateWithFlags(&b.graph, graph, 0))); failed != nil {
			b.graph = nil
		}
	}
	if err := check("cuGraphDestroy", C.lenet_cuGraphDestroy(graph)); failed == nil {
		failed = b.note(err)
	}
	return failed
}

// dropGraph frees the graph; try gets the outcome.
func (b *Backend) dropGraph(try func(call string, code C.CUresult)) {
	if b.graph != nil {
		g := b.graph
		b.graph = nil
		try("cuGraphExecDestroy", C.lenet_cuGraphExecDestroy(g))
	}
}

// follow waits for the steps to end, reports them as they come, and adds them up.
func (b *Backend) follow(n, batch, steps int, progress func(engine.Stats) bool) (engine.Stats, error) {
	p := (*C.Progress)(b.progress.p)
	outcomes := unsafe.Slice((*C.Step)(b.steps.p), steps)
	var total engine.Stats
	stoppable := progress != nil // collect forgets it once it has said to stop
	seen, reported := 0, 0
	idle := 0 // polls since a step was finished or progress was asked
	collect := func() {
		for done := min(steps, int(atomic.LoadInt32((*int32)(&p.done)))); seen < done; seen++ {
			idle = 0
			s := outcomes[seen]
			total.Add(engine.Stats{Examples: min(batch, n-seen*batch), LossSum: float64(s.loss), Correct: int(s.correct)})
		}
		if progress != nil && (seen > reported || idle >= askEvery) {
			reported, idle = seen, 0
			if !progress(total) {
				progress = nil
				atomic.StoreInt32((*int32)(&p.stop), 1)
			}
		}
	}
	for {
		switch code := C.lenet_wait(b.to, pollEvery); code {
		case 0:
			collect()
			return total, nil
		case errNotReady:
			idle++
			collect()
			if progress == nil && stoppable && idle > b.patience {
				b.hung = true
				return total, b.note(fmt.Errorf("after %d of %d steps: %s does not stop: %w", seen, steps, b.Name(), ErrLost))
			}
		default:
			return total, b.note(fmt.Errorf("after %d of %d steps: %w", seen, steps, check("cuEventQuery", code)))
		}
	}
}
