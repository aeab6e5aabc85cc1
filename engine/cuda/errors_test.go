//go:build cgo && linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
)

// wantError checks that an error says all those things.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one that says %q", parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

// openError opens a backend that must not open.
func openError(c engine.Config, o Options) error {
	b, err := open(c, o)
	if err == nil {
		b.Close()
	}
	return err
}

func TestOpenRefuses(t *testing.T) {
	small := engine.Classic()
	small.Channels[0] = 5
	wantError(t, openError(small, Options{}), "channels [6 16]", "[5 16]", "use the CPU")
	wantError(t, openError(engine.Classic().WithClasses(26), Options{}), "10 classes only, not 26", "use the CPU")
	bad := engine.Classic()
	bad.Activation = 9
	wantError(t, openError(bad, Options{}), "activation 9")
	wantError(t, openError(engine.Classic(), Options{PerBlock: 3}), "0 to 2 examples a block")
	wantError(t, openError(engine.Classic(), Options{Device: 99}), "no GPU 99", "numbered from 0")
}

func TestEmulatedGPUs(t *testing.T) {
	emulated(t)
	c := engine.Classic()
	for _, test := range []struct {
		name, value string
		options     Options
		parts       []string
	}{
		{"LENET_EMULATOR_DEVICES", "0", Options{}, []string{"no NVIDIA GPU: the driver finds none", "cuInit", "CUDA_ERROR_NO_DEVICE", "CUDA_VISIBLE_DEVICES"}},
		{"LENET_EMULATOR_COMPUTE", "70", Options{}, []string{"Emulated GPU", "7.0", "7.5 or later"}},
		{"LENET_EMULATOR_SHARED", "49152", Options{}, []string{"49152 bytes of shared memory", "63488"}},
		{"LENET_EMULATOR_SHARED", "65536", Options{PerBlock: 2}, []string{"too little shared memory for 2"}},
		{"LENET_EMULATOR_COOPERATIVE", "0", Options{Schedule: Cooperative}, []string{"cannot run cooperative kernels"}},
		{"LENET_EMULATOR_FAIL", "cuModuleLoadDataEx:1:218", Options{}, []string{"compiling the kernels for Emulated GPU", "CUDA_ERROR_INVALID_PTX", "ptxas fatal: emulated failure"}},
		{"LENET_EMULATOR_MEMORY", "200000", Options{}, []string{"out of GPU memory", "the parameters needs 0.2 MiB, 0.2 MiB are free"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(test.name, test.value)
			wantError(t, openError(c, test.options), test.parts...)
		})
	}
	// A GPU of compute capability 7.5 has room for one example a block, and one
	// without cooperative launches gets the graph.
	want := shortRun(t, c, Options{})
	t.Setenv("LENET_EMULATOR_COMPUTE", "75")
	t.Setenv("LENET_EMULATOR_SHARED", "65536")
	if got := shortRun(t, c, Options{}); !reflect.DeepEqual(got, want) {
		t.Errorf("with less shared memory %+v, want %+v", got, want)
	}
	t.Setenv("LENET_EMULATOR_COOPERATIVE", "0")
	if got := shortRun(t, c, Options{}); !reflect.DeepEqual(got, want) {
		t.Errorf("without cooperative launches %+v, want %+v", got, want)
	}
}

func TestProbe(t *testing.T) {
	info, err := probe(0)
	must(t, err)
	if info.Name == "" || info.Multiprocessors < 1 || info.Memory < 1<<30 || info.InitTime <= 0 || !strings.Contains(info.String(), info.Name) {
		t.Errorf("%+v", info)
	}
	b := newBackend(t, engine.Classic(), Options{})
	if b.Info().LoadTime <= 0 || b.Name() != "cuda:0" {
		t.Errorf("%s, %+v", b.Name(), b.Info())
	}
}

// Libraries that are not there, or lack a function, are named; the program goes
// on. In processes of their own, since a library is loaded once.
func TestLibraries(t *testing.T) {
	emulated(t)
	if os.Getenv("LENET_TEST_LIBRARY") != "" {
		_, err := probe(0)
		fmt.Println("said:", err)
		return
	}
	dir := t.TempDir()
	old := filepath.Join(dir, "old.so")
	stub := filepath.Join(dir, "old.c")
	must(t, os.WriteFile(stub, []byte("int cuInit(unsigned f) { return 0; }\nint cuDriverGetVersion(int *v) { return 0; }\n"), 0o600))
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", old, stub).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for path, parts := range map[string][]string{
		filepath.Join(dir, "none.so"): {"no NVIDIA GPU: no driver", "none.so", "use the CPU"},
		old:                           {"too old", "lacks cuDeviceGetCount", "470"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLibraries$", "-test.v")
		cmd.Env = append(os.Environ(), "LENET_LIBCUDA="+path, "LENET_TEST_LIBRARY=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		wantError(t, errors.New(string(out)), append(parts, "said:")...)
	}
}

// What callers do wrong is said, and changes nothing.
func TestMisuse(t *testing.T) {
	c := engine.Classic()
	b := newBackend(t, c, Options{})
	images, labels := randomSet(5, 1)
	_, err := b.Step([]int32{0}, 0.1)
	wantError(t, err, "SetData")
	wantError(t, b.SetData(images[1:], labels), "bytes of images")
	must(t, b.SetData(images, labels))
	_, err = b.Step(nil, 0.1)
	wantError(t, err, "no examples")
	_, err = b.Step([]int32{0, 5}, 0.1)
	wantError(t, err, "example 5", "training set of 5")
	_, err = b.Step([]int32{-1}, 0.1)
	wantError(t, err, "example -1")
	_, err = b.Step([]int32{0}, float32(math.Inf(1)))
	wantError(t, err, "learning rate")
	_, err = b.Epoch([]int32{0}, 0, 0.1, nil)
	wantError(t, err, "batch size 0")
	_, err = b.Evaluate(images, labels[1:])
	wantError(t, err, "bytes of images")
	other := c
	other.Activation = engine.ReLU
	wantError(t, b.SetParams(engine.NewParams(other)), "same configuration")
	wantError(t, b.Params(engine.NewParams(other)), "same configuration")
	wantError(t, b.Trace(images[:783], engine.NewTrace(c)), "783 bytes")
	wantError(t, b.Trace(images[:784], engine.NewTrace(other)), "same configuration")
	wantError(t, b.Logits(images[:784], make([]float32, 9)), "9 logits")
	if _, err := b.Epoch([]int32{0, 1}, 1<<30, 0.1, nil); err != nil {
		t.Errorf("a batch larger than the set: %v", err)
	}
	must(t, b.Close())
	must(t, b.Close())
	_, err = b.Step([]int32{0}, 0.1)
	wantError(t, err, "closed")
}

// The error for a batch that does not fit names the bytes asked for, the free ones, and the batch that fits; that batch then fits.
func TestOutOfMemory(t *testing.T) {
	emulated(t)
	t.Setenv("LENET_EMULATOR_MEMORY", fmt.Sprint(2<<20))
	b := newBackend(t, engine.Classic(), Options{})
	images, labels := randomSet(200, 1)
	must(t, b.SetData(images, labels))
	must(t, b.SetParams(initial(engine.Classic(), 1)))
	_, err := b.Epoch(sequence(0, 200), 200, 0.1, nil)
	wantError(t, err, "out of GPU memory", "a batch of 200 needs 2.6 MiB", "MiB are free", "; a batch of ")
	var m *memoryError
	if !errors.As(err, &m) {
		t.Fatal("not a memoryError")
	}
	if m.fits < 50 || m.fits >= 200 {
		t.Fatalf("a batch of %d is said to fit", m.fits)
	}
	_, err = b.Epoch(sequence(0, int32(m.fits)), m.fits, 0.1, nil)
	must(t, err)
}

// scenario uses every part of the backend once. A call that fails is made again,
// which must go well unless the GPU is lost.
func scenario(o Options) (err error) {
	b, err := open(engine.Classic(), o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	images, labels := randomSet(4, 1)
	p := engine.NewParams(engine.Classic())
	order := []int32{2, 0, 3, 1}
	for _, call := range []func() error{
		func() error { return b.SetParams(initial(engine.Classic(), 1)) },
		func() error { return b.SetData(images, labels) },
		func() error { _, err := b.Epoch(order, 2, 0.1, nil); return err },
		func() error { _, err := b.Epoch(order, 3, 0.1, nil); return err },
		func() error { _, err := b.Step(order[:1], 0.1); return err },
		func() error { _, err := b.Gradient(order, p); return err },
		func() error { _, err := b.Evaluate(images, labels); return err },
		func() error { return b.Trace(images[:784], engine.NewTrace(engine.Classic())) },
		func() error { return b.Logits(images, make([]float32, 40)) },
		func() error { return b.Params(p) },
	} {
		if err := call(); err != nil {
			if again := call(); again != nil && !errors.Is(again, ErrLost) {
				err = fmt.Errorf("%w; and once more: %w", err, again)
			}
			return err
		}
	}
	return nil
}

// Every part of the backend works in every design.
func TestEveryPart(t *testing.T) {
	for _, o := range Designs() {
		t.Run(o.Design(), func(t *testing.T) { must(t, scenario(o)) })
	}
}

// Every driver call, made to fail, gives an error that names it; nothing leaks, and
// the next user of the GPU is not affected.
func TestEveryCallFails(t *testing.T) {
	emulated(t)
	log := filepath.Join(t.TempDir(), "calls")
	tried := map[string]bool{}
	for _, o := range []Options{{Schedule: Graph, Blocks: 2}, {Schedule: Cooperative, Blocks: 2}} {
		t.Run(o.Schedule.String(), func(t *testing.T) {
			must(t, os.WriteFile(log, nil, 0o600))
			t.Setenv("LENET_EMULATOR_LOG", log)
			must(t, scenario(o))
			os.Unsetenv("LENET_EMULATOR_LOG")
			calls, err := os.ReadFile(log)
			must(t, err)
			count := map[string]int{}
			for _, name := range strings.Fields(string(calls)) {
				count[name]++
			}
			if o.Schedule == Graph && len(count) < 35 {
				t.Errorf("only %d different calls", len(count))
			}
			for name, n := range count {
				if tried[name] || name == "cuMemGetInfo_v2" { // asked only for an error's text
					continue
				}
				tried[name] = true
				fail := func(k, code int) {
					t.Setenv("LENET_EMULATOR_FAIL", fmt.Sprintf("%s:%d:%d", name, k, code))
					err := scenario(o)
					if err == nil {
						t.Errorf("call %d of %d of %s failed with %d, and nothing was said", k, n, name, code)
					} else if name != "cuCtxSetCurrent" { // which wrappers call for others
						wantError(t, err, name)
					}
					if err != nil && strings.Contains(err.Error(), "; and once more: ") {
						t.Errorf("call %d of %d of %s: the backend is of no use after it: %v", k, n, name, err)
					}
				}
				fail(1, 1)
				if name == "cuEventQuery" || name == "cuCtxSetCurrent" {
					n = 1 // made as often as it takes
				}
				if n > 1 {
					fail(n, 1)
				}
				fail(n, 719)
			}
			t.Setenv("LENET_EMULATOR_FAIL", "")
			must(t, scenario(o))
			checkLeaks(t)
		})
	}
}

// checkLeaks checks that only a new backend's memory is in use.
func checkLeaks(t *testing.T) {
	t.Helper()
	b := newBackend(t, engine.Classic(), Options{})
	if used := int(b.info.Memory) - b.free(); used > 1<<20 {
		t.Errorf("%d bytes are in use by a new backend", used)
	}
}

// When the GPU is lost in the middle of an epoch, the parameters of the epoch before are kept.
func TestLost(t *testing.T) {
	emulated(t)
	images, labels := randomSet(8, 1)
	b := newBackend(t, engine.Classic(), Options{})
	must(t, b.SetParams(initial(engine.Classic(), 1)))
	must(t, b.SetData(images, labels))
	_, err := b.Epoch(sequence(0, 8), 2, 0.1, nil)
	must(t, err)
	want, got := engine.NewParams(engine.Classic()), engine.NewParams(engine.Classic())
	must(t, b.Params(want))
	t.Setenv("LENET_EMULATOR_FAIL", "cuEventQuery:2:719")
	_, err = b.Epoch(sequence(0, 8), 1, 0.1, nil)
	if !errors.Is(err, ErrLost) {
		t.Fatalf("error %v, want ErrLost", err)
	}
	wantError(t, err, "cuEventQuery", "CUDA_ERROR_LAUNCH_FAILED", "of 8 steps")
	must(t, b.Params(got))
	if !slices.Equal(got.Data, want.Data) {
		t.Error("the parameters are not those of the last epoch")
	}
	if _, err := b.Step([]int32{0}, 0.1); !errors.Is(err, ErrLost) {
		t.Errorf("a step on a lost GPU: %v", err)
	}
	if err := b.SetParams(want); !errors.Is(err, ErrLost) {
		t.Errorf("parameters to a lost GPU: %v", err)
	}
}

// A GPU that hangs: progress is asked again whether to go on, and when it says
// no, the steps are given up. A count beyond the steps, as a damaged GPU may
// write it, is not believed.
func TestHangs(t *testing.T) {
	emulated(t)
	images, labels := randomSet(8, 1)
	b, err := open(engine.Classic(), Options{})
	must(t, err)
	must(t, b.SetParams(initial(engine.Classic(), 1)))
	must(t, b.SetData(images, labels))
	_, err = b.Epoch(sequence(0, 8), 8, 0.1, nil)
	must(t, err)
	*(*int32)(b.progress.p) = 99
	stats, err := b.follow(8, 8, 1, nil)
	if must(t, err); stats.Examples != 8 {
		t.Errorf("%d examples in a step of 8", stats.Examples)
	}
	t.Setenv("LENET_EMULATOR_HANG", "1")
	b.patience = 2
	asked := 0
	_, err = b.Epoch(sequence(0, 8), 8, 0.1, func(engine.Stats) bool { asked++; return asked < 3 })
	if !errors.Is(err, ErrLost) || asked != 3 {
		t.Errorf("asked %d times, error %v", asked, err)
	}
	wantError(t, err, "cuda:0 does not stop")
	must(t, b.Close())
}
