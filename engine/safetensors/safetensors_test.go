package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
)

func params(c engine.Config) *engine.Params {
	p := engine.NewParams(c)
	p.Init(7)
	return p
}

// pack puts a file together from a header and data.
func pack(header string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// split takes a file apart.
func split(file []byte) (header string, data []byte) {
	n := binary.LittleEndian.Uint64(file)
	return string(file[8 : 8+n]), file[8+n:]
}

func TestDecodeReadsWhatEncodeWrites(t *testing.T) {
	small := engine.Config{Activation: engine.ReLU, Pooling: engine.MaxPool, Channels: [2]int{3, 5}, Units: [2]int{17, 11}}
	tanh := engine.Classic()
	tanh.Activation = engine.Tanh
	for _, c := range []engine.Config{engine.Classic(), tanh, small, tanh.WithClasses(26), small.WithClasses(2), small.WithClasses(64)} {
		want := params(c)
		got, meta, err := DecodeMeta(Encode(want, map[string]string{"dataset": "mnist", "quote": "\"\\\n\x00é"}))
		if err != nil {
			t.Fatal(err)
		}
		if got.Config != c || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%+v came back as %+v", c, got.Config)
		}
		if meta["dataset"] != "mnist" || meta["quote"] != "\"\\\n\x00é" || meta["format"] != "pt" {
			t.Errorf("metadata %q", meta)
		}
	}
}

func TestEncodeIsDeterministicAndAligned(t *testing.T) {
	p := params(engine.Classic())
	meta := map[string]string{"a": "1", "b": "2", "c": "3", "activation": "tanh"}
	first := Encode(p, meta)
	for range 10 {
		if !slices.Equal(Encode(p, meta), first) {
			t.Fatal("two encodings differ")
		}
	}
	if n := binary.LittleEndian.Uint64(first); n%8 != 0 || len(first) != int(8+n)+4*61706 {
		t.Errorf("header of %d bytes, file of %d", n, len(first))
	}
	if got, err := Decode(first); err != nil || got.Config.Activation != engine.Sigmoid {
		t.Errorf("the caller's metadata changed the configuration: %v, %v", got, err)
	}
}

// PyTorch writes state_dicts under three kinds of names, without our metadata
// and with the arrays in any order.
func TestDecodeReadsPyTorchNames(t *testing.T) {
	want := params(engine.Classic())
	for _, c := range []struct {
		prefix string
		shift  int
	}{{"", 0}, {"", 1}, {"net.", 0}, {"net.", 1}} {
		var entries []string
		var data []byte
		ts := want.Tensors()
		for i := range ts {
			t := ts[len(ts)-1-i]
			var layer int
			var kind string
			fmt.Sscanf(strings.Replace(t.Name, ".", " ", 1), "%d %s", &layer, &kind)
			shape := strings.ReplaceAll(fmt.Sprint(t.Shape), " ", ",")
			entries = append(entries, fmt.Sprintf(`"%s%d.%s":{"data_offsets":[%d,%d],"shape":%s,"dtype":"F32"}`,
				c.prefix, layer+c.shift, kind, len(data), len(data)+4*len(t.Data), shape))
			for _, v := range t.Data {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
		}
		slices.Sort(entries)
		got, err := Decode(pack("{"+strings.Join(entries, ", ")+"}   ", data))
		if err != nil {
			t.Errorf("prefix %q, numbered from %d: %v", c.prefix, c.shift, err)
		} else if got.Config != engine.Classic() || !slices.Equal(got.Data, want.Data) {
			t.Errorf("prefix %q, numbered from %d: other weights", c.prefix, c.shift)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := Encode(params(engine.Classic()), nil)
	header, data := split(good)
	// edit replaces one piece of the header, once, and keeps the data.
	edit := func(old, new string) []byte {
		t.Helper()
		if !strings.Contains(header, old) {
			t.Fatalf("the header has no %s: %s", old, header)
		}
		return pack(strings.Replace(header, old, new, 1), data)
	}
	nan := slices.Clone(good)
	copy(nan[len(nan)-4:], []byte{0, 0, 0xc0, 0x7f})
	length := func(n uint64) []byte {
		b := slices.Clone(good)
		binary.LittleEndian.PutUint64(b, n)
		return b
	}
	many := `{`
	for i := range 100 {
		many += fmt.Sprintf(`"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},`, i)
	}
	for _, c := range []struct {
		name, message string
		file          []byte
	}{
		{"empty", "it is empty", nil},
		{"seven bytes", "too short", good[:7]},
		{"header length 2^64-1", "header would take", length(math.MaxUint64)},
		{"header length above limit", "at most", length(maxHeader + 1)},
		{"header length past the end", "are there", length(uint64(len(good)))},
		{"header shorter", "header", length(20)},
		{"data cut", "are there", good[:len(good)-1]},
		{"data too long", "are there", append(slices.Clone(good), 0)},
		{"no object", "does not start", pack(`[]`, nil)},
		{"leading space", "does not start", pack(` `+header, data)},
		{"empty object", `no "0.weight"`, pack(`{}`, nil)},
		{"two objects", "header", pack(header+`{}`, data)},
		{"broken JSON", "header", pack(header[:len(header)/2], data)},
		{"no JSON", "header", pack(`{nonsense`, data)},
		{"invalid UTF-8", "header", edit(`"0.bias"`, "\"0.bia\xff\"")},
		{"array given twice", "duplicate", edit(`"3.bias":`, `"0.bias":`)},
		{"property given twice", "duplicate", edit(`"dtype":"F32",`, `"dtype":"F32","dtype":"F32",`)},
		{"metadata given twice", "duplicate", edit(`"0.weight":`, `"__metadata__":{},"0.weight":`)},
		{"metadata not a string", "string is due", edit(`"format":"pt"`, `"format":1`)},
		{"metadata not an object", "is due", edit(`{"__metadata__":{`, `{"__metadata__":[],"x":{`)},
		{"half precision in too many bytes", "takes 300 bytes", edit(`"dtype":"F32"`, `"dtype":"F16"`)},
		{"a type that is not read", `dtype "F8\x1b[31m"`, edit(`"dtype":"F32"`, `"dtype":"F8\u001b[31m"`)},
		{"a LeNet with a sixth layer", `layer "13"`, edit(`"0.weight":`, `"13.weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"13.running_mean":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"0.weight":`)},
		{"Git LFS pointer", "git lfs pull", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\n")},
		{"web page", "a web page", []byte("\n<!DOCTYPE html><title>Not found</title>")},
		{"dtype no string", "string is due", edit(`"dtype":"F32"`, `"dtype":32`)},
		{"unknown property", "unknown property", edit(`"dtype":"F32"`, `"dtype":"F32","strides":[1]`)},
		{"no dtype", "needs a dtype", edit(`"dtype":"F32",`, ``)},
		{"no shape", "needs a dtype", edit(`"shape":[6],`, ``)},
		{"no offsets", "needs a dtype", edit(`,"data_offsets":[0,600]`, ``)},
		{"one offset", "needs a dtype", edit(`[0,600]`, `[0]`)},
		{"three offsets", "more than 2", edit(`[0,600]`, `[0,600,700]`)},
		{"negative offset", "whole number", edit(`[0,600]`, `[-600,0]`)},
		{"offset with a fraction", "whole number", edit(`[0,600]`, `[0,600.0]`)},
		{"offset 2^32", "whole number", edit(`[0,600]`, `[4294967296,4294967896]`)},
		{"offsets swapped", "offsets", edit(`[0,600]`, `[600,0]`)},
		{"overlap", "begins at byte", edit(`[600,624]`, `[596,620]`)},
		{"gap", "begins at byte", edit(`[600,624]`, `[604,628]`)},
		{"first byte unused", "begins at byte", edit(`[0,600]`, `[4,604]`)},
		{"shape smaller than offsets", "takes 500", edit(`[6,1,5,5]`, `[5,1,5,5]`)},
		{"shape overflows", "too large", edit(`[6,1,5,5]`, `[2147483647,2147483647,2147483647,2147483647]`)},
		{"nine dimensions", "more than 8", edit(`[6,1,5,5]`, `[1,1,1,1,1,6,1,5,5]`)},
		{"other kernel", "other arrays ask", edit(`[6,1,5,5]`, `[6,1,25,1]`)},
		{"rank 2 bias", "channels", edit(`"shape":[6]`, `"shape":[6,1]`)},
		{"renamed", `no "11.bias"`, edit(`"11.bias"`, `"12.bias"`)},
		{"a hundred arrays", "more than 64", pack(many[:len(many)-1]+`}`, nil)},
		{"unknown activation", `activation "gelu"`, edit(`"activation":"sigmoid"`, `"activation":"gelu"`)},
		{"unknown pooling", `pooling "sum"`, edit(`"pooling":"avg"`, `"pooling":"sum"`)},
		{"NaN", "11.bias holds", nan},
	} {
		p, err := Decode(c.file)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.message)
		}
		if p != nil {
			t.Errorf("%s: weights came with the error", c.name)
		}
	}
}

// What others add to a file, or leave out, does not keep it from being read.
func TestDecodeReadsOthersFiles(t *testing.T) {
	want := params(engine.Classic())
	header, data := split(Encode(want, nil))
	for name, c := range map[string]struct {
		file []byte
		said string
	}{
		"metadata is null":    {pack(`{"__metadata__":null,`+header[strings.Index(header, `"0.weight"`):], data), ""},
		"no metadata":         {pack(`{`+header[strings.Index(header, `"0.weight"`):], data), ""},
		"an empty array more": {pack(strings.Replace(header, `"0.weight"`, `"12.num_batches_tracked":{"dtype":"F8_E4M3","shape":[0],"data_offsets":[0,0]},"0.weight"`, 1), data), `"12.num_batches_tracked"`},
	} {
		p, _, notes, err := DecodeNotes(c.file)
		if err != nil || !slices.Equal(p.Data, want.Data) {
			t.Errorf("%s: %v", name, err)
		}
		if said := strings.Join(notes.Said, "\n"); !strings.Contains(said, c.said) || c.said == "" && said != "" {
			t.Errorf("%s: said %q", name, said)
		}
	}
}

func FuzzDecode(f *testing.F) {
	tiny := engine.Config{Channels: [2]int{1, 1}, Units: [2]int{1, 1}}
	good := Encode(params(tiny), map[string]string{"dataset": "mnist"})
	header, data := split(good)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(pack(`{}`, nil))
	f.Add(pack(`{"__metadata__":{"a":"b"}}`, nil))
	f.Add(pack(`{"0.weight":{"dtype":"F32","shape":[1,1,5,5],"data_offsets":[0,100]}}`, make([]byte, 100)))
	f.Add(pack(strings.ReplaceAll(header, "F32", "BF16"), data))
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, '{', '}'})
	f.Fuzz(func(t *testing.T, file []byte) {
		p, meta, err := DecodeMeta(file)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if err := p.Config.Validate(); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(Encode(p, meta))
		if err != nil || again.Config != p.Config || !slices.Equal(again.Data, p.Data) {
			t.Fatalf("written again: %v", err)
		}
	})
}
