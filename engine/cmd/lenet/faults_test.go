package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lenet/engine/dataset"
	"lenet/engine/internal/disk"
)

// TestEveryOperationFails has every single operation on a file fail in turn, in
// every command that writes or reads files: opening, each read, which also comes
// short, each write, which writes half, on a full disk and on a broken one,
// syncing, closing, renaming. Then the exit status tells, the error names the
// file, every file is what it was before or all that it was to become, and
// nothing else is left; or the fault made no difference, as when a file that was
// read is closed.
func TestEveryOperationFails(t *testing.T) {
	_, _, mnist, err := dataset.Load("mnist", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	absolute := func(path string) string {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	strokes, oracle := absolute("../../../engine/pen/testdata/strokes_dev.json"), absolute("../../testdata/oracle/tanh_avg_fresh.npz")
	t.Setenv("LENET_DATA", t.TempDir())
	t.Chdir(t.TempDir())
	const tiny = "train --preset quick --channels 1,2 --units 4,4 --epochs 1 --quiet "
	good(t, strings.Fields(tiny+"--checkpoint run.ckpt --log run.jsonl --out w.safetensors")...)
	good(t, "convert", "w.safetensors", "w.npz")
	signs(t, "own.json", 2, "house", "K")
	good(t, strings.Fields("data export --data own.json own.csv")...)
	before := contents(t, ".")
	total := 0
	for _, command := range []string{
		tiny + "--checkpoint new.ckpt --log new.csv --out new.safetensors --plot new.png",
		"train --resume run.ckpt --epochs 2 --quiet --log run.jsonl --out w.safetensors --plot new.svg",
		"convert w.safetensors w.npz",
		"convert w.npz w.safetensors --names net",
		"convert run.ckpt new.onnx",
		"eval --weights w.npz --dataset mnist --data-dir " + mnist,
		"predict --weights w.safetensors --logits new.npy " + strokes,
		"explain --weights w.npz " + strokes + " --gradient --out new.png",
		"plot run.jsonl --out new.png",
		"plot kernels --weights w.npz --out new.svg",
		"plot confusion --weights w.npz --dataset mnist --subset --out new.svg",
		"data export mnist w.npz --subset",
		"data export --data own.csv new.npz",
		"data export --data own.json new.json",
		tiny + "--data own.csv --out new.safetensors",
		"verify " + oracle,
	} {
		n := failEach(t, before, strings.Fields(command))
		t.Logf("%3d faults: lenet %s", n, strings.Replace(command, mnist, "DIR", 1))
		total += n
	}
	t.Logf("%d faults", total)
}

// What is printed counts too.
func TestOutputThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("needs Linux's /dev/full")
	}
	defer full.Close()
	for _, args := range []string{"--version", "--help", "help", "help train", "train --help", "train --version", "layers", "eval --weights mnist --subset", "train --preset quick --epochs 1", "train --preset quick --epochs 1 --json"} {
		var stderr bytes.Buffer
		if code := run(&env{ctx: t.Context(), out: full, err: &stderr}, strings.Fields(args)); code != exitFailure || !strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("lenet %s: status %d, stderr %q", args, code, &stderr)
		}
	}
}

// contents returns all files of a directory.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		files[e.Name()] = string(read(t, filepath.Join(dir, e.Name())))
	}
	return files
}

// failEach runs a command on the files of before once undisturbed, and then with
// each operation on a file failing, and returns how many faults that made.
func failEach(t *testing.T, before map[string]string, args []string) (faults int) {
	defer func() { disk.Fault = nil }()
	once := func(fault func(op disk.Op, path string) error) (stderr string, code int, after map[string]string) {
		t.Chdir(t.TempDir())
		for name, content := range before {
			write(t, name, []byte(content))
		}
		disk.Fault = fault
		var errs bytes.Buffer
		code = run(&env{ctx: t.Context(), out: io.Discard, err: &errs}, args)
		return errs.String(), code, contents(t, ".")
	}
	type operation struct {
		op   disk.Op
		path string
	}
	var operations []operation
	stderr, code, whole := once(func(op disk.Op, path string) error {
		operations = append(operations, operation{op, path})
		return nil
	})
	if code != exitOK || stderr != "" {
		t.Fatalf("lenet %v: status %d, stderr %q", args, code, stderr)
	}
	for i, o := range operations {
		kinds := []error{syscall.EIO}
		switch o.op {
		case disk.Read:
			kinds = append(kinds, io.EOF)
		case disk.Write:
			kinds = append(kinds, syscall.ENOSPC)
		}
		for _, fault := range kinds {
			faults++
			n := -1
			stderr, code, after := once(func(disk.Op, string) error {
				if n++; n == i {
					return fault
				}
				return nil
			})
			name := strings.TrimPrefix(filepath.Base(o.path), ".")
			name, _, _ = strings.Cut(name, ".tmp")
			if d, err := os.Stat(o.path); err == nil && d.IsDir() { // another one each time
				name = " is written, and may be lost"
				if o.op == disk.Open && !strings.Contains(stderr, name) { // where the files of a data set lie
					name = "open .: "
				}
			}
			changed := false
			for file := range whole {
				changed = changed || steady(file, after[file]) != steady(file, whole[file])
			}
			if code == exitOK && (stderr != "" || changed) || code != exitOK && (code != exitFailure || !strings.Contains(stderr, name)) {
				t.Errorf("lenet %v, %s of %s: %v: status %d, stderr %q, files are whole: %t", args, o.op, o.path, fault, code, stderr, !changed)
			}
			for file, content := range after {
				old, was := before[file]
				if _, due := whole[file]; !due {
					t.Errorf("lenet %v, %s of %s: %v: leaves %s", args, o.op, o.path, fault, file)
				} else if !(was && content == old || content == whole[file] || isLog(file) && strings.HasPrefix(steady(file, whole[file]), steady(file, content))) {
					t.Errorf("lenet %v, %s of %s: %v: %s is neither what it was nor what it was to be", args, o.op, o.path, fault, file)
				}
			}
			for file := range before {
				if _, ok := after[file]; !ok {
					t.Errorf("lenet %v, %s of %s: %v: %s is lost", args, o.op, o.path, fault, file)
				}
			}
		}
	}
	return faults
}

func isLog(file string) bool { return slices.Contains([]string{".jsonl", ".csv"}, filepath.Ext(file)) }

var times = regexp.MustCompile(`"(time|train_sec|examples_per_sec)":[^,}]*|(?m:^{"event":"end".*\n)`)

// steady returns the whole lines of a log without times and how the run ended,
// other files as they are.
func steady(file, content string) string {
	switch filepath.Ext(file) {
	case ".jsonl":
		return times.ReplaceAllString(content[:strings.LastIndex(content, "\n")+1], "")
	case ".csv":
		var lines strings.Builder
		for line := range strings.Lines(content) {
			if strings.HasSuffix(line, "\n") {
				lines.WriteString(strings.Join(strings.Split(line, ",")[:9], ",") + "\n")
			}
		}
		return lines.String()
	}
	return content
}

// What a small file claims to hold is not set aside before it is there.
func TestClaimedSizes(t *testing.T) {
	t.Chdir(t.TempDir())
	npy := func(shape string) string {
		head := fmt.Sprintf("%-117s\n", "{'descr': '<f4', 'fortran_order': False, 'shape': ("+shape+"), }")
		return "\x93NUMPY\x01\x00" + string([]byte{byte(len(head)), 0}) + head
	}
	npz := func(name, content string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	tensors := func(size uint64, header string) string {
		return string(binary.LittleEndian.AppendUint64(nil, size)) + header
	}
	picture := func(side uint32) string {
		chunk := func(kind string, data []byte) []byte {
			b := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), kind...)
			b = append(b, data...)
			return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
		}
		head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
		return "\x89PNG\r\n\x1a\n" + string(chunk("IHDR", append(head, 8, 6, 0, 0, 0))) + string(chunk("IDAT", []byte("x\x9c")))
	}
	for _, c := range []struct{ file, content, command string }{
		{"header.safetensors", tensors(1<<62, "{}"), "convert header.safetensors w.npz"},
		{"long.safetensors", tensors(6<<20, "{}"), "convert long.safetensors w.npz"},
		{"tensor.safetensors", tensors(72, `{"0.weight":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}`[:72]), "eval --subset --dataset mnist --weights tensor.safetensors"},
		{"shape.npz", npz("0.weight.npy", npy("1000000000,")), "convert shape.npz w.safetensors"},
		{"more.npz", npz("0.weight.npy", npy("9999999999, 9999999999, 9999999999")), "convert more.npz w.safetensors"},
		{"images.npy", npy("60000, 28, 28"), "predict --weights mnist images.npy"},
		{"side.png", picture(1 << 30), "predict --weights mnist side.png"},
		{"megapixels.png", picture(8000), "predict --weights mnist megapixels.png"},
		{"run.ckpt", tensors(1<<40, "{}"), "train --resume run.ckpt"},
		{"run.jsonl", `{"event":"start","epochs":1000000000000}`, "plot run.jsonl --out a.svg"},
	} {
		write(t, c.file, []byte(c.content))
		var before, after runtime.MemStats
		var stderr bytes.Buffer
		runtime.ReadMemStats(&before)
		code := run(&env{ctx: t.Context(), out: io.Discard, err: &stderr}, strings.Fields(c.command))
		runtime.ReadMemStats(&after)
		took := after.TotalAlloc - before.TotalAlloc
		if code != exitFailure || !strings.Contains(stderr.String(), c.file) || took > 8<<20 {
			t.Errorf("lenet %s, %d bytes: status %d, %d bytes of memory, stderr %q", c.command, len(c.content), code, took, &stderr)
		}
	}
}
