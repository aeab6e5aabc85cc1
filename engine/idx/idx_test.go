package idx

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// raw puts a file together from its magic number, dimensions and values.
func raw(magic uint32, dims []uint32, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func values(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func TestDecodeReadsWhatAppendWrites(t *testing.T) {
	for _, shape := range [][]int{{1}, {7}, {3, 28, 28}, {2, 3}, {2, 3, 4, 5}} {
		n := 1
		for _, d := range shape {
			n *= d
		}
		want := Array{Shape: shape, Data: values(n)}
		file := Append(nil, want)
		for name, f := range map[string][]byte{"plain": file, "gzip": zip(t, file)} {
			got, err := Decode(f, n)
			if err != nil {
				t.Fatalf("%s %v: %v", name, shape, err)
			}
			if !slices.Equal(got.Shape, shape) || !bytes.Equal(got.Data, want.Data) {
				t.Errorf("%s %v: got shape %v", name, shape, got.Shape)
			}
		}
	}
}

func TestDecodeReadsMNISTHeader(t *testing.T) {
	// The first sixteen bytes of MNIST's t10k images, with two images after them.
	file := raw(0x00000803, []uint32{2, 28, 28}, values(2*784))
	a, err := Decode(file, 2*784)
	if err != nil || !slices.Equal(a.Shape, []int{2, 28, 28}) {
		t.Fatalf("got %v, %v", a.Shape, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := raw(0x803, []uint32{2, 3, 4}, values(24))
	z := zip(t, good)
	badSum := slices.Clone(z)
	badSum[len(badSum)-8] ^= 1
	for _, c := range []struct {
		name, message string
		file          []byte
	}{
		{"empty", "breaks off", nil},
		{"three bytes", "breaks off", good[:3]},
		{"header cut", "breaks off", good[:9]},
		{"starts with 1", "starts with", raw(0x01000803, []uint32{2, 3, 4}, values(24))},
		{"second byte", "starts with", raw(0x00010803, []uint32{2, 3, 4}, values(24))},
		{"int32 values", "type 0x0c", raw(0xc03, []uint32{2, 3, 4}, values(96))},
		{"signed bytes", "type 0x09", raw(0x903, []uint32{2, 3, 4}, values(24))},
		{"no dimensions", "0 dimensions", raw(0x800, nil, values(1))},
		{"five dimensions", "5 dimensions", raw(0x805, []uint32{1, 1, 1, 1, 1}, values(1))},
		{"255 dimensions", "255 dimensions", raw(0x8ff, make([]uint32, 255), nil)},
		{"zero dimension", "dimension 1 is 0", raw(0x803, []uint32{2, 0, 4}, nil)},
		{"negative dimension", "more than", raw(0x801, []uint32{0xffffffff}, values(24))},
		{"product overflows", "more than", raw(0x804, []uint32{1 << 16, 1 << 16, 1 << 16, 1 << 16}, values(24))},
		{"product overflows to 0", "more than", raw(0x802, []uint32{1 << 31, 1 << 31}, nil)},
		{"above the limit", "more than", raw(0x803, []uint32{2, 3, 5}, values(30))},
		{"value missing", "holds 23", good[:len(good)-1]},
		{"trailing byte", "holds 25", append(slices.Clone(good), 0)},
		{"gzip header cut", "gzip", z[:5]},
		{"gzip of nothing", "breaks off", zip(t, nil)},
		{"gzip data cut", "breaks off", z[:len(z)-14]},
		{"gzip trailer cut", "gzip", z[:len(z)-1]},
		{"gzip checksum", "gzip", badSum},
		{"gzip value missing", "breaks off after 23", zip(t, good[:len(good)-1])},
		{"gzip trailing byte", "bytes follow", zip(t, append(slices.Clone(good), 0))},
		{"gzip trailing junk", "gzip", append(slices.Clone(z), 1, 2, 3)},
	} {
		a, err := Decode(c.file, 24)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.message)
		}
		if a.Shape != nil || a.Data != nil {
			t.Errorf("%s: values came with the error", c.name)
		}
	}
}

// A small file must not make Decode set aside the gigabyte that it announces.
// What tapes and some mirrors fill a file up with is passed over, as gzip and
// Python do; and a file may have several members.
func TestDecodeGzipMembers(t *testing.T) {
	a := Array{Shape: []int{3, 4}, Data: values(12)}
	plain := Append(nil, a)
	zeros := make([]byte, 512)
	for name, c := range map[string]struct {
		file []byte
		want string // of the error, "" for none
	}{
		"zeros":                   {append(zip(t, plain), zeros...), ""},
		"one zero":                {append(zip(t, plain), 0), ""},
		"two members":             {append(zip(t, plain[:9]), zip(t, plain[9:])...), ""},
		"zeros between members":   {slices.Concat(zip(t, plain[:9]), zeros, zip(t, plain[9:]), zeros), ""},
		"an empty member":         {slices.Concat(zip(t, plain), zip(t, nil)), ""},
		"more values":             {append(zip(t, plain), zip(t, []byte{1})...), "bytes follow"},
		"something else after it": {append(zip(t, plain), "junk"...), "gzip"},
		"zeros, then something":   {slices.Concat(zip(t, plain), zeros, []byte("junk and more")), "gzip"},
		"a member that is cut":    {append(zip(t, plain[:9]), zip(t, plain[9:])[:10]...), "breaks off"},
	} {
		got, err := Decode(c.file, 100)
		if c.want == "" && (err != nil || !slices.Equal(got.Data, a.Data)) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestDecodeAllocatesNothingForABomb(t *testing.T) {
	bomb := zip(t, raw(0x801, []uint32{1 << 30}, nil))
	got := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode(bomb, 1<<30); !errors.Is(err, ErrFormat) {
				b.Fatal(err)
			}
		}
	})
	if n := got.AllocedBytesPerOp(); n > 1<<20 {
		t.Errorf("%d bytes allocated for a file of %d", n, len(bomb))
	}
}

func FuzzDecode(f *testing.F) {
	good := raw(0x803, []uint32{2, 3, 4}, values(24))
	f.Add(good)
	f.Add(zip(f, good))
	f.Add(raw(0x801, []uint32{5}, values(5)))
	f.Add(raw(0x801, []uint32{0xffffffff}, nil))
	f.Add(raw(0x802, []uint32{1 << 31, 1 << 31}, nil))
	f.Add(zip(f, raw(0x801, []uint32{1 << 20}, nil)))
	f.Add(zip(f, good)[:30])
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, file []byte) {
		const limit = 1 << 20
		a, err := Decode(file, limit)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		n := 1
		for _, d := range a.Shape {
			n *= d
		}
		if n != len(a.Data) || n < 1 || n > limit {
			t.Fatalf("shape %v with %d values", a.Shape, len(a.Data))
		}
		// Writing and reading again gives the same set.
		b, err := Decode(Append(nil, a), limit)
		if err != nil || !slices.Equal(b.Shape, a.Shape) || !bytes.Equal(b.Data, a.Data) {
			t.Fatalf("written again: %v, %v", b.Shape, err)
		}
	})
}
