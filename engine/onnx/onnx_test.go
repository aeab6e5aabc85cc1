package onnx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
)

// runtime is where .ci/tools puts onnxruntime-web.
const runtime = "../../.cache/onnxruntime"

// onnxruntime computes the engine's logits, for every activation and pooling.
func TestRuntimeAgrees(t *testing.T) {
	if _, err := os.Stat(filepath.Join(runtime, "ort.wasm.bundle.min.mjs")); err != nil {
		t.Skip("NOT TESTED: ONNX models in onnxruntime, which .ci/tools fetches: ", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("NOT TESTED: ONNX models in onnxruntime: ", err)
	}
	const n = 50
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		t.Fatal(err)
	}
	images := test.Images[:n*engine.Pixels]
	var x []byte
	for _, b := range images {
		x = binary.LittleEndian.AppendUint32(x, math.Float32bits(float32(b)/255))
	}
	dir := t.TempDir()
	args := []string{"testdata/run.mjs", runtime, filepath.Join(dir, "images")}
	if err := os.WriteFile(args[2], x, 0o644); err != nil {
		t.Fatal(err)
	}
	var nets []*engine.Params
	for _, act := range []engine.Activation{engine.Sigmoid, engine.Tanh, engine.ReLU} {
		for _, pool := range []engine.Pooling{engine.AvgPool, engine.MaxPool} {
			c := engine.Classic()
			c.Activation, c.Pooling = act, pool
			if act == engine.ReLU {
				c.Channels, c.Units = [2]int{5, 9}, [2]int{33, 17}
				c = c.WithClasses(26)
			}
			p := engine.NewParams(c)
			p.Init(uint64(len(nets)))
			model := filepath.Join(dir, fmt.Sprintf("%v-%v.onnx", act, pool))
			if err := os.WriteFile(model, Encode(p, map[string]string{"dataset": "mnist"}), 0o644); err != nil {
				t.Fatal(err)
			}
			nets, args = append(nets, p), append(args, model)
		}
	}
	if out, err := exec.Command(node, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n…%s", err, out[max(0, len(out)-1000):])
	}
	for i, p := range nets {
		file, err := os.ReadFile(args[3+i] + ".logits")
		if err != nil {
			t.Fatal(err)
		}
		theirs, ours := make([]float32, n*p.Config.NumClasses()), make([]float32, n*p.Config.NumClasses())
		if _, err := binary.Decode(file, binary.LittleEndian, theirs); err != nil {
			t.Fatal(err)
		}
		b, err := cpu.New(p.Config, cpu.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.SetParams(p); err != nil {
			t.Fatal(err)
		}
		if err := b.Logits(images, ours); err != nil {
			t.Fatal(err)
		}
		var worst float64
		for k := range ours {
			worst = max(worst, math.Abs(float64(ours[k]-theirs[k])))
		}
		t.Logf("%v, %v pooling: the logits of %d images differ by %.1e", p.Config.Activation, p.Config.Pooling, n, worst)
		if !(worst <= 1e-5) {
			t.Error("too far")
		}
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	p := engine.NewParams(engine.Classic())
	p.Init(1)
	meta := map[string]string{"a": "1", "b": "2", "c": "3"}
	first := Encode(p, meta)
	for range 10 {
		if !bytes.Equal(Encode(p, meta), first) {
			t.Fatal("two encodings differ")
		}
	}
	if n := len(first) - 4*p.Config.NumParams(); n > 2000 {
		t.Errorf("%d bytes beside the weights", n)
	}
}
