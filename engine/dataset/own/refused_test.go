package own

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"lenet/engine/idx"
	"lenet/engine/internal/zipfile"
	"lenet/engine/npy"
)

// What is refused, with the thing and the remedy.
func TestRefused(t *testing.T) {
	d := symbols([]string{"0", "1"}, 2, 0)
	x, y := exported(t, d, "idx", ".")["images-idx3-ubyte"], exported(t, d, "idx", ".")["labels-idx1-ubyte"]
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	array := func(arrays map[string]*npy.Array) *fstest.MapFile {
		b, err := npy.EncodeArchive(arrays, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b}
	}
	zeros := strings.Repeat(",0", 784) + "\n"
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"label": %d, "strokes": [[[1,1],[2,2]]]},`, 65), ",") + "]"
	numbers := make([]any, 65)
	for i := range numbers {
		numbers[i] = i
	}
	for name, c := range map[string]struct {
		files fstest.MapFS
		path  string
		want  string
	}{
		"missing":            {fstest.MapFS{}, "a.npz", "file does not exist"},
		"an empty folder":    {fstest.MapFS{"d/readme.txt": file("x")}, "d", "neither IDX files"},
		"empty":              {fstest.MapFS{"a.csv": file("")}, "a.csv", "it is empty; use IDX files"},
		"a web page":         {fstest.MapFS{"a.csv": file("<!doctype html>")}, "a.csv", "a web page"},
		"a picture":          {fstest.MapFS{"a.png": file("\x89PNG\r\n\x1a\n")}, "a.png", "a folder of pictures for each class"},
		"unknown":            {fstest.MapFS{"a": file("\x01\x02\x03\x04\x05\xff")}, "a", "its format is not known: use IDX"},
		"no labels":          {fstest.MapFS{"images-idx3-ubyte": x}, ".", "images-idx3-ubyte has no partner with labels"},
		"no images":          {fstest.MapFS{"labels-idx1-ubyte": y}, ".", "has no partner with images"},
		"fewer labels":       {fstest.MapFS{"images-idx3-ubyte": x, "labels-idx1-ubyte": {Data: idx.Append(nil, idx.Array{Shape: []int{1}, Data: []byte{1}})}}, ".", "1 labels for the 4 images"},
		"32×32":              {fstest.MapFS{"images-idx3-ubyte": {Data: idx.Append(nil, idx.Array{Shape: []int{1, 32, 32}, Data: make([]byte, 1024)})}, "labels-idx1-ubyte": y}, ".", "only 28×28"},
		"an odd name":        {fstest.MapFS{"a.bin": x}, "a.bin", "NAME-images-idx3-ubyte"},
		"one array":          {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: make([]byte, 784)}})}, "a.npz", "numpy.savez"},
		"other arrays":       {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"a": {Shape: []int{1}, Data: []byte{1}}, "b": {Shape: []int{1}, Data: []byte{1}}})}, "a.npz", "arrays a, b: call them x_train"},
		"one-hot labels":     {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: make([]byte, 784)}, "y": {Shape: []int{1, 10}, Data: make([]byte, 10)}})}, "a.npz", "argmax"},
		"colours":            {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 28, 28, 3}, Data: make([]byte, 3*784)}, "y": {Shape: []int{1}, Data: []byte{1}}})}, "a.npz", "only 28×28 grey"},
		"normalised":         {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: append(make([]float32, 783), -0.4)}, "y": {Shape: []int{1}, Data: []byte{1}}})}, "a.npz", "not normalised"},
		"a label of 1.5":     {fstest.MapFS{"a.npz": array(map[string]*npy.Array{"x": {Shape: []int{1, 784}, Data: make([]byte, 784)}, "y": {Shape: []int{1}, Data: []float32{1.5}}})}, "a.npz", "label 1.5"},
		"an .npy":            {fstest.MapFS{"a.npy": file("\x93NUMPY\x01\x00v\x00")}, "a.npy", "numpy.savez"},
		"CSV, no labels":     {fstest.MapFS{"a.csv": file(strings.Repeat("0,", 783) + "0\n")}, "a.csv", "line 1: it has no labels"},
		"CSV, 32×32":         {fstest.MapFS{"a.csv": file("1" + strings.Repeat(",0", 1024))}, "a.csv", "1025 columns rather than 785"},
		"CSV, a short line":  {fstest.MapFS{"a.csv": file("1" + zeros + "2,3,4\n")}, "a.csv", "line 2: it has 3 columns"},
		"CSV, 256":           {fstest.MapFS{"a.csv": file("1,256" + zeros)}, "a.csv", `pixel "256" in column 2`},
		"CSV, 0.5":           {fstest.MapFS{"a.csv": file("1,0.5" + zeros)}, "a.csv", "whole numbers from 0 to 255"},
		"CSV, a long line":   {fstest.MapFS{"a.csv": file(strings.Repeat("0", 1<<17))}, "a.csv", "line 1 has more than"},
		"CSV, an empty name": {fstest.MapFS{"a.csv": file("1" + zeros + zeros)}, "a.csv", "line 2: a label is empty"},
		"a broken gzip":      {fstest.MapFS{"a.csv.gz": {Data: zip([]byte("1" + zeros))[:30]}}, "a.csv.gz", "breaks off"},
		"no label":           {fstest.MapFS{"a.json": file(`[{"label": 1, "strokes": [[[1,1]]]}, {"strokes": []}]`)}, "a.json", "drawing 1 has no label"},
		"an odd label":       {fstest.MapFS{"a.json": file(`[{"label": [1], "strokes": [[[1,1]]]}]`)}, "a.json", "drawing 0: label [1]"},
		"65 classes":         {fstest.MapFS{"a.json": file(fmt.Sprintf(many, numbers...))}, "a.json", "more than 64 classes (0, 1, …, 64)"},
		"a long name":        {fstest.MapFS{"a.json": file(`[{"label": "` + strings.Repeat("x", 101) + `", "strokes": [[[1,1]]]}]`)}, "a.json", "shorten it"},
		"all blank":          {fstest.MapFS{"a.json": file(`[{"label": "a", "strokes": []}]`)}, "a.json", "no examples"},
		"too few names":      {fstest.MapFS{"images-idx3-ubyte": x, "labels-idx1-ubyte": y, "classes.txt": file("one")}, ".", "labels are 0 to 1, and the classes of classes.txt are 1"},
		"a name twice":       {fstest.MapFS{"images-idx3-ubyte": x, "labels-idx1-ubyte": y, "classes.txt": file("a\na")}, ".", `classes.txt: lines 1 and 2 are both "a"`},
		"no picture":         {fstest.MapFS{"d/a/1.png": file("x"), "d/b/1.png": file("x")}, "d", "a/1.png: it is text: neither a PNG"},
	} {
		_, err := read(c.files, c.path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	one := symbols([]string{"a"}, 3, 1)
	if err := one.Check(); err == nil || !strings.Contains(err.Error(), `the one class "a": add`) {
		t.Error(err)
	}
	if err := symbols([]string{"a", "b"}, 3, 0).Export("word", "x", nil); err == nil {
		t.Error("a form that there is not")
	}
	if _, err := Read(Source{exported(t, symbols([]string{"a", "b"}, 9, 0), "idx", "."), "."}, Options{Limit: 17}); err == nil || !strings.Contains(err.Error(), "images-idx3-ubyte: it has more than 17 images of 28×28 pixels: take fewer") {
		t.Error(err)
	}
	if _, err := Read(Source{exported(t, symbols([]string{"a", "b"}, 9, 0), "npz", "a.npz"), "a.npz"}, Options{Limit: 17}); err == nil || !strings.Contains(err.Error(), "at most 17") {
		t.Error(err)
	}
}

// A small file that announces much takes no memory.
func TestClaimed(t *testing.T) {
	d := symbols([]string{"0", "1"}, 2, 0)
	y := exported(t, d, "idx", ".")["labels-idx1-ubyte"]
	huge := []byte{0, 0, 8, 3, 0, 15, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28, 0}
	labels := []byte{0, 0, 0x0c, 2, 0, 15, 255, 255, 0, 0, 0, 8, 0}
	array := []byte("\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (300000, 28, 28), }" + strings.Repeat(" ", 50) + "\n")
	var w zipfile.Writer
	w.Add("images.npy", array)
	w.Add("labels.npy", array)
	npz, err := w.Close("")
	if err != nil {
		t.Fatal(err)
	}
	x := exported(t, d, "idx", ".")["images-idx3-ubyte"]
	for name, c := range map[string]struct {
		files fstest.MapFS
		path  string
	}{
		"IDX":            {fstest.MapFS{"images-idx3-ubyte": {Data: huge}, "labels-idx1-ubyte": y}, "."},
		"IDX, packed":    {fstest.MapFS{"images-idx3-ubyte.gz": {Data: zip(huge)}, "labels-idx1-ubyte": y}, "."},
		"labels, packed": {fstest.MapFS{"images-idx3-ubyte": x, "labels-idx2-int.gz": {Data: zip(labels)}}, "."},
		"arrays":         {fstest.MapFS{"a.npz": {Data: npz}}, "a.npz"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(c.files, c.path)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err == nil || took > 1<<20 {
			t.Errorf("%s: %d bytes of memory, %v", name, took, err)
		}
	}
}
