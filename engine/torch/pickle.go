package torch

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Limits of a pickle, far above those of a network's state_dict.
const (
	maxPickle = 4 << 20
	maxItems  = 1 << 16 // on the stack, in the memo, and in all collections
)

// The values that a pickle is read into, beside string, float64, int64, bool,
// nil, []any for lists and tuples.
type (
	// dict keeps the order of its keys.
	dict struct {
		keys   []any
		values []any
	}
	// global is a name, such as torch._utils _rebuild_tensor_v2. Nothing of
	// that name is looked up or called.
	global struct{ module, name string }
	// object is what a call of a global would have made.
	object struct {
		of    global
		args  []any
		state any // as BUILD gives it
	}
	// stored is a reference to something outside the pickle: a storage.
	stored struct{ id any }
	mark   struct{}
)

// machine reads a pickle: it does what its instructions say, but for calling anything.
type machine struct {
	in    []byte
	at    int
	stack []any
	memo  map[int]any
	items int
}

// unpickle returns the value of a pickle of protocol 2 to 5. See Python's
// pickletools for the instructions.
func unpickle(b []byte) (v any, err error) {
	m := machine{in: b, memo: map[int]any{}}
	defer func() {
		if p := recover(); p != nil {
			broken, ok := p.(broken)
			if !ok {
				panic(p)
			}
			v, err = nil, refuse("data.pkl: byte %d: %s", m.at, string(broken))
		}
	}()
	for {
		if v, done := m.step(); done {
			return v, nil
		}
	}
}

// broken ends the reading.
type broken string

func fail(format string, args ...any) { panic(broken(fmt.Sprintf(format, args...))) }

func (m *machine) bytes(n int) []byte {
	if n < 0 || n > len(m.in)-m.at {
		fail("it breaks off")
	}
	m.at += n
	return m.in[m.at-n : m.at]
}

func (m *machine) byte() int   { return int(m.bytes(1)[0]) }
func (m *machine) short() int  { return int(binary.LittleEndian.Uint16(m.bytes(2))) }
func (m *machine) long() int   { return int(binary.LittleEndian.Uint32(m.bytes(4))) }
func (m *machine) signed() int { return int(int32(m.long())) }

func (m *machine) line() string {
	i := strings.IndexByte(string(m.in[m.at:]), '\n')
	if i < 0 {
		fail("it breaks off")
	}
	s := string(m.bytes(i))
	m.at++
	return s
}

func (m *machine) push(v any) {
	if m.items++; m.items > maxItems {
		fail("more than %d items", maxItems)
	}
	m.stack = append(m.stack, v)
}

func (m *machine) pop() any {
	if len(m.stack) == 0 {
		fail("its stack is empty")
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v
}

// sinceMark returns what was pushed since the last mark, and takes it away.
func (m *machine) sinceMark() []any {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, ok := m.stack[i].(mark); ok {
			some := append([]any(nil), m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return some
		}
	}
	fail("it has no mark")
	return nil
}

func (m *machine) popN(n int) []any {
	some := make([]any, n)
	for i := range some {
		some[n-1-i] = m.pop()
	}
	return some
}

func (m *machine) top() any {
	v := m.pop()
	m.stack = append(m.stack, v)
	return v
}

// remember puts the top of the stack into the memo.
func (m *machine) remember(i int) {
	if i > maxItems {
		fail("memo %d", i)
	}
	m.memo[i] = m.top()
}

func (m *machine) recall(i int) {
	v, ok := m.memo[i]
	if !ok {
		fail("no memo %d", i)
	}
	m.push(v)
}

// list is behind a pointer, so that what is appended later is seen through the memo.
type list struct{ items []any }

func (m *machine) step() (any, bool) {
	op := m.byte()
	switch op {
	case 0x80: // PROTO
		if v := m.byte(); v < 2 || v > 5 {
			fail("protocol %d", v)
		}
	case 0x95: // FRAME
		m.bytes(8)
	case '.': // STOP
		return m.pop(), true
	case '(':
		m.push(mark{})
	case '0':
		m.pop()
	case '1':
		m.sinceMark()
	case '2':
		m.push(m.top())
	case 'N':
		m.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		m.push(op == 0x88)
	case 'K':
		m.push(int64(m.byte()))
	case 'M':
		m.push(int64(m.short()))
	case 'J':
		m.push(int64(m.signed()))
	case 0x8a: // LONG1
		b := m.bytes(m.byte())
		if len(b) > 8 {
			m.push(nil) // no size is as large
			break
		}
		var v uint64
		for i, x := range b {
			v |= uint64(x) << (8 * i)
		}
		if n := len(b); n > 0 && n < 8 && b[n-1] >= 0x80 {
			v |= math.MaxUint64 << (8 * n)
		}
		m.push(int64(v))
	case 'G':
		m.push(math.Float64frombits(binary.BigEndian.Uint64(m.bytes(8))))
	case 'X':
		m.push(string(m.bytes(m.long())))
	case 0x8c: // SHORT_BINUNICODE
		m.push(string(m.bytes(m.byte())))
	case 'U', 'C': // SHORT_BINSTRING, SHORT_BINBYTES
		m.push(string(m.bytes(m.byte())))
	case 'T', 'B': // BINSTRING, BINBYTES
		m.push(string(m.bytes(m.long())))
	case '}':
		m.push(&dict{})
	case ']', 0x8f: // EMPTY_LIST, EMPTY_SET
		m.push(&list{})
	case ')':
		m.push([]any{})
	case 't':
		m.push(m.sinceMark())
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		m.push(m.popN(op - 0x84))
	case 'a':
		v := m.pop()
		m.append(v)
	case 'e', 0x90: // APPENDS, ADDITEMS
		some := m.sinceMark()
		m.append(some...)
	case 's':
		pair := m.popN(2)
		m.set(pair)
	case 'u':
		pairs := m.sinceMark()
		m.set(pairs)
	case 'q':
		m.remember(m.byte())
	case 'r':
		m.remember(m.long())
	case 0x94: // MEMOIZE
		m.remember(len(m.memo))
	case 'h':
		m.recall(m.byte())
	case 'j':
		m.recall(m.long())
	case 'c':
		module := m.line()
		m.push(global{module, m.line()})
	case 0x93: // STACK_GLOBAL
		names := m.popN(2)
		module, ok1 := names[0].(string)
		name, ok2 := names[1].(string)
		if !ok1 || !ok2 {
			fail("a global without a name")
		}
		m.push(global{module, name})
	case 'R', 0x81: // REDUCE, NEWOBJ
		pair := m.popN(2)
		args, _ := pair[1].([]any)
		m.push(call(pair[0], args))
	case 0x92: // NEWOBJ_EX
		some := m.popN(3)
		args, _ := some[1].([]any)
		m.push(call(some[0], args))
	case 'b':
		state := m.pop()
		if o, ok := m.top().(*object); ok {
			o.state = state
		}
	case 'Q':
		m.push(stored{m.pop()})
	default:
		fail("instruction 0x%02x is not read", op)
	}
	return nil, false
}

// call returns what a call would make: an OrderedDict or something opaque.
func call(f any, args []any) any {
	g, _ := f.(global)
	if g == (global{"collections", "OrderedDict"}) && len(args) == 0 {
		return &dict{}
	}
	return &object{of: g, args: args}
}

func (m *machine) append(some ...any) {
	if l, ok := m.top().(*list); ok {
		l.items = append(l.items, some...)
	}
}

func (m *machine) set(pairs []any) {
	d, ok := m.top().(*dict)
	if !ok {
		return // of something opaque
	}
	for ; len(pairs) >= 2; pairs = pairs[2:] {
		d.keys, d.values = append(d.keys, pairs[0]), append(d.values, pairs[1])
	}
}
