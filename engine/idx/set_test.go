package idx

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
)

func TestDecodeSet(t *testing.T) {
	const n = 12
	want := engine.Set{Images: make([]byte, n*engine.Pixels), Labels: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1}}
	for i := range want.Images {
		want.Images[i] = byte(i * 7)
	}
	file := func(data []byte, shape ...int) []byte { return Append(nil, Array{Shape: shape, Data: data}) }
	images, labels := file(want.Images, n, 28, 28), file(want.Labels, n)
	got, err := DecodeSet(images, labels, n)
	if err != nil || !bytes.Equal(got.Images, want.Images) || !bytes.Equal(got.Labels, want.Labels) {
		t.Fatalf("%d examples, %v", got.Len(), err)
	}

	fewer := file(want.Labels[:n-1], n-1)
	label64 := file([]byte{0, 1, 2, 3, 4, 64, 6, 7, 8, 9, 0, 1}, n)
	flat, wide := file(want.Images, n, 784), file(want.Images, n, 14, 56)
	column := file(want.Labels, n, 1)
	for _, c := range []struct {
		name, message  string
		images, labels []byte
		limit          int
	}{
		{"labels missing", "11 labels", images, fewer, n},
		{"label 64", "label 64 of example 5", images, label64, n},
		{"flat images", "images: shape", flat, labels, n},
		{"images of another size", "images: shape", wide, labels, n},
		{"labels in two dimensions", "labels: shape", images, column, n},
		{"files swapped", "images: ", labels, images, n},
		{"more than the limit", "images: ", images, labels, n - 1},
		{"no images", "images: ", nil, labels, n},
		{"no labels", "labels: ", images, nil, n},
	} {
		if _, err := DecodeSet(c.images, c.labels, c.limit); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.message)
		}
	}
}

// Labels are bytes, or int32, also in QMNIST's eight columns.
func TestDecodeLabels(t *testing.T) {
	eight := []byte{0, 0, 0, 7}
	eight = append(eight, make([]byte, 28)...)
	eight = append(append(eight, 0, 0, 1, 2), make([]byte, 28)...)
	for name, c := range map[string]struct {
		file []byte
		want []int32
		err  string
	}{
		"bytes":        {raw(0x801, []uint32{3}, []byte{1, 2, 250}), []int32{1, 2, 250}, ""},
		"gzip":         {zip(t, raw(0x801, []uint32{3}, []byte{1, 2, 250})), []int32{1, 2, 250}, ""},
		"int32":        {raw(0xc01, []uint32{2}, []byte{0, 0, 0, 1, 255, 255, 255, 255}), []int32{1, -1}, ""},
		"QMNIST":       {zip(t, raw(0xc02, []uint32{2, 8}, eight)), []int32{7, 258}, ""},
		"images":       {raw(0x803, []uint32{1, 2, 2}, make([]byte, 4)), nil, "expected [n]"},
		"floats":       {raw(0xd01, []uint32{1}, make([]byte, 4)), nil, "type 0x0d"},
		"too many":     {raw(0x801, []uint32{4}, make([]byte, 4)), nil, "4 labels are more than the 3"},
		"int32, cut":   {raw(0xc01, []uint32{2}, make([]byte, 7)), nil, "takes 8 bytes"},
		"far too many": {raw(0xc01, []uint32{1 << 31}, nil), nil, "more than"},
	} {
		got, err := DecodeLabels(c.file, 3)
		if !slices.Equal(got, c.want) || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
