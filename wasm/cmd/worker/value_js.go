package main

import (
	"fmt"
	"syscall/js"
	"unsafe"

	"lenet/engine/pen"
)

var (
	object       = js.Global().Get("Object")
	array        = js.Global().Get("Array")
	uint8Array   = js.Global().Get("Uint8Array")
	float32Array = js.Global().Get("Float32Array")
)

// fromJS converts a JavaScript value to the types that package protocol reads: float64,
// string, bool, nil, []byte, []float32, []any, map[string]any. Objects and
// lists nest at most depth deep, and lists are short: long ones come as typed arrays.
func fromJS(v js.Value, depth int) (any, error) {
	switch v.Type() {
	case js.TypeNumber:
		return v.Float(), nil
	case js.TypeString:
		return v.String(), nil
	case js.TypeBoolean:
		return v.Bool(), nil
	case js.TypeNull, js.TypeUndefined:
		return nil, nil
	case js.TypeObject:
	default:
		return nil, fmt.Errorf("a message cannot hold a %v", v.Type())
	}
	if depth == 0 {
		return nil, fmt.Errorf("message nested too deep")
	}
	switch {
	case v.InstanceOf(uint8Array):
		b := make([]byte, v.Get("length").Int())
		js.CopyBytesToGo(b, v)
		return b, nil
	case v.InstanceOf(float32Array):
		x := make([]float32, v.Get("length").Int())
		js.CopyBytesToGo(bytesOf(x), uint8Array.New(v.Get("buffer"), v.Get("byteOffset"), v.Get("byteLength")))
		return x, nil
	case array.Call("isArray", v).Bool():
		n := v.Length()
		if n > pen.MaxStrokes { // the longest list of any message
			return nil, fmt.Errorf("list of %d entries in a message: at most %d are allowed", n, pen.MaxStrokes)
		}
		list := make([]any, n)
		for i := range list {
			var err error
			if list[i], err = fromJS(v.Index(i), depth-1); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	keys := object.Call("keys", v)
	m := make(map[string]any, keys.Length())
	for i := range keys.Length() {
		key := keys.Index(i).String()
		var err error
		if m[key], err = fromJS(v.Get(key), depth-1); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// toJS converts a reply. Byte and float arrays are copied into new typed
// arrays, whose buffers JavaScript may transfer.
func toJS(v any) js.Value {
	switch v := v.(type) {
	case []byte:
		a := uint8Array.New(len(v))
		js.CopyBytesToJS(a, v)
		return a
	case []float32:
		b := uint8Array.New(4 * len(v))
		js.CopyBytesToJS(b, bytesOf(v))
		return float32Array.New(b.Get("buffer"))
	case []any:
		a := array.New(len(v))
		for i, e := range v {
			a.SetIndex(i, toJS(e))
		}
		return a
	case map[string]any:
		o := object.New()
		for key, e := range v {
			o.Set(key, toJS(e))
		}
		return o
	}
	return js.ValueOf(v)
}

// bytesOf views floats as bytes; WebAssembly is little-endian, as the typed
// arrays of every browser are.
func bytesOf(x []float32) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x))
}
