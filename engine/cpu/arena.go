package cpu

import "unsafe"

// guard is the number of floats left unused before and after every array of
// an arena.
const guard = 64

// array is a part of an arena: floats numbers, at *p once it is allocated.
type array struct {
	p      *unsafe.Pointer
	floats int
}

// newArena allocates the arrays, zeroed, in one piece. Each starts on a cache
// line. The pointers stay valid as long as the arena is kept.
func newArena(arrays []array) []float32 {
	total := lanes + guard // to align
	for _, a := range arrays {
		total += roundUp(a.floats, lanes) + guard
	}
	arena := make([]float32, total)
	p := unsafe.Pointer(unsafe.SliceData(arena))
	p = unsafe.Add(p, -int(uintptr(p))&(cell-1))
	for _, a := range arrays {
		p = unsafe.Add(p, guard*4)
		*a.p = p
		p = unsafe.Add(p, roundUp(a.floats, lanes)*4)
	}
	return arena
}

func float(p unsafe.Pointer, i int) float32       { return *(*float32)(unsafe.Add(p, i*4)) }
func setFloat(p unsafe.Pointer, i int, v float32) { *(*float32)(unsafe.Add(p, i*4)) = v }

// aligned returns n zeros that start on a cache line, with room on both sides
// for the kernels' pointers, which end up to a row of weights further on.
func aligned(n int) []float32 {
	const room = 1024
	var p unsafe.Pointer
	newArena([]array{{new(unsafe.Pointer), room}, {&p, n}, {new(unsafe.Pointer), room}})
	return floats(p, n)
}

// floats returns n numbers of an arena as a slice.
func floats(p unsafe.Pointer, n int) []float32 { return unsafe.Slice((*float32)(p), n) }
