//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lenet/engine/dataset"
)

// outputs are commands that write one file each, X, by every option that there is.
func outputs(t *testing.T) []string {
	t.Helper()
	good(t, "train", "--preset", "quick", "--channels", "1,1", "--units", "1,1", "--epochs", "1", "--quiet", "--log", "run.jsonl")
	write(t, "one.json", []byte(`[[[14,4],[14,24]]]`))
	const tiny = "train --preset quick --channels 1,1 --units 1,1 --epochs 1 --quiet "
	return []string{
		tiny + "--out X.safetensors", tiny + "--log X.jsonl", tiny + "--log X.csv", tiny + "--plot X.svg",
		"convert mnist X.safetensors", "convert mnist X.npz", "convert mnist X.onnx",
		"plot run.jsonl --out X.png", "plot kernels --weights mnist --out X.svg", "plot activations --weights mnist one.json --out X.pdf",
		"plot confusion --weights mnist --subset --out X.svg", "predict --weights mnist one.json --logits X.npy", "data export mnist X.npz --subset",
		"explain --weights mnist one.json --gradient --out X.png",
	}
}

// Every output goes through a link, keeps a mode, fills a pipe, and is refused in
// the place of a directory before there is any work.
func TestEveryOutputKeepsItsPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, command := range outputs(t) {
		name := command[strings.Index(command, "X."):]
		name, _, _ = strings.Cut(name, " ")
		real := "real-" + name
		if err := errors.Join(os.Symlink(real, name), os.WriteFile(real, []byte("old"), 0o600)); err != nil {
			t.Fatal(err)
		}
		good(t, strings.Fields(command)...)
		link, err := os.Lstat(name)
		file, err2 := os.Lstat(real)
		if err := errors.Join(err, err2); err != nil || link.Mode()&fs.ModeSymlink == 0 || file.Mode() != 0o600 || file.Size() < 10 {
			t.Errorf("lenet %s: %v, link %v, file %v of %d bytes", command, err, link.Mode(), file.Mode(), file.Size())
		}
		if err := errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o600)); err != nil {
			t.Fatal(err)
		}
		got := make(chan []byte)
		go func() {
			b, _ := os.ReadFile(name)
			got <- b
		}()
		good(t, strings.Fields(command)...)
		if b := <-got; !same(name, string(b), string(read(t, real))) {
			t.Errorf("lenet %s: %d bytes through a pipe, %d in a file", command, len(b), file.Size())
		}
		if pipe, err := os.Lstat(name); err != nil || pipe.Mode()&fs.ModeNamedPipe == 0 {
			t.Errorf("lenet %s: the pipe is replaced: %v", command, err)
		}
		if err := errors.Join(os.Remove(name), os.Remove(real), os.Mkdir(name, 0o755)); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := lenet(t, strings.Fields(command)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, name+" is a directory") {
			t.Errorf("lenet %s: status %d, stdout %q, stderr %q", command, code, stdout, stderr)
		}
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
	onlyFiles(t, ".", "one.json", "run.jsonl")
}

// same compares files, but for times: those of a log and of a PDF.
func same(name, a, b string) bool {
	if filepath.Ext(name) == ".pdf" {
		return len(a) == len(b)
	}
	return steady(name, a) == steady(name, b)
}

// Two outputs of a run that are one file, or an output in the place of an input,
// are refused before anything is written.
func TestSameFileTwice(t *testing.T) {
	t.Chdir(t.TempDir())
	good(t, "train", "--preset", "quick", "--channels", "1,1", "--units", "1,1", "--epochs", "1", "--quiet", "--checkpoint", "run.ckpt", "--log", "run.jsonl")
	if err := errors.Join(os.Mkdir("d", 0o755), os.Symlink("run.ckpt", "link.ckpt"), os.Link("run.jsonl", "log.svg"), os.Link("run.ckpt", "hard.safetensors"),
		os.Symlink("../new.ckpt", "d/new.safetensors"), os.Symlink("d", "e"), os.Symlink("p.svg", "p"), os.Symlink("r.csv", "r"), os.Symlink("link.ckpt", "again")); err != nil {
		t.Fatal(err)
	}
	write(t, "images.npy", nil)
	before := listing(t)
	for _, c := range []string{
		"train --checkpoint c.safetensors --out c.safetensors",
		"train --checkpoint c.safetensors --out ./d/../c.safetensors",
		"train --checkpoint new.ckpt --out d/new.safetensors",
		"train --checkpoint new.ckpt --out e/new.safetensors",
		"train --plot p.svg --out p",
		"train --log r.csv --out r",
		"train --checkpoint r.csv --log r.csv",
		"train --log run.jsonl --plot log.svg",
		"train --resume run.ckpt --out again",
		"train --resume link.ckpt --out again",
		"train --resume run.ckpt --out hard.safetensors",
		"train --resume run.ckpt --checkpoint more.ckpt --out again",
		"plot run.jsonl --out log.svg",
		"plot name=run.jsonl --out log.svg",
		"plot kernels --weights log.svg --out log.svg",
		"predict --weights mnist images.npy --logits images.npy",
		"predict --weights images.npy one.png --logits ./images.npy",
	} {
		stdout, stderr, code := lenet(t, strings.Fields(c)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, "are the same file: give another name") {
			t.Errorf("lenet %s: status %d, stdout %q, stderr %q", c, code, stdout, stderr)
		}
	}
	stdout, err := os.OpenFile("out.jsonl", os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "train", "--json", "--log", "out.jsonl")
	cmd.Stdout = stdout
	if cmd.Run(); cmd.ProcessState.ExitCode() != exitUsage {
		t.Errorf("a log on the standard output: %v", cmd.ProcessState)
	}
	os.Remove("out.jsonl")
	if after := listing(t); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	// Not the same: devices that take what they get, and the checkpoint itself.
	good(t, "train", "--resume", "run.ckpt", "--checkpoint", "link.ckpt", "--epochs", "2", "--quiet", "--out", "/dev/null", "--threads", "1")
	if s := state(t, "run.ckpt"); s.Epoch != 2 {
		t.Errorf("the checkpoint is of epoch %d", s.Epoch)
	}
}

// listing lists names and files of the directory and what they hold.
func listing(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		b.WriteString(path + " " + d.Type().String() + " ")
		if d.Type().IsRegular() {
			b.Write(read(t, path))
		}
		b.WriteString("\n")
		return err
	})
	return b.String()
}

// An interrupted run leaves a finished file as it is, and says where its own
// weights are.
func TestInterruptedRunReplacesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	good(t, "train", "--preset", "quick", "--epochs", "1", "--quiet", "--out", "w.safetensors", "--plot", "w.svg")
	good(t, "convert", "fashion", "fashion.safetensors")
	finished := listing(t)
	endless := []string{"train", "--preset", "quick", "--epochs", "200", "--out", "w.safetensors"}
	for _, c := range []struct {
		signal syscall.Signal
		args   []string
		says   string
		leaves []string
	}{
		{syscall.SIGINT, append(endless, "--plot", "w.svg"), "go to w.unfinished.safetensors; w.safetensors stays as it is", []string{"w.unfinished.safetensors", "w.unfinished.svg"}},
		{syscall.SIGTERM, append(endless, "--checkpoint", "run.ckpt"), "the run is saved; go on with\n  lenet train --resume run.ckpt", []string{"run.ckpt"}},
		{syscall.SIGHUP, append(endless, "--log", "l.csv"), "w.safetensors stays as it is", []string{"w.unfinished.safetensors", "l.csv"}},
		{syscall.SIGINT, []string{"weights", "--dir", ".", "fashion"}, "fashion.safetensors stays as it is", []string{"fashion.unfinished.safetensors"}},
		{syscall.SIGINT, []string{"train", "--preset", "quick", "--epochs", "100000", "--plot", "w.svg"}, "lenet: interrupted", nil}, // too long for a point
	} {
		if _, _, _, err := dataset.Load("fashion", dataset.Options{}); err != nil && c.args[0] == "weights" {
			t.Log("NOT TESTED: lenet weights: ", err)
			continue
		}
		r := start(t, c.args...)
		if !r.until("epoch ") {
			t.Fatal(r.stderr.String())
		}
		r.cmd.Process.Signal(c.signal)
		if _, code := r.end(); code != exitInterrupted || !strings.Contains(r.stderr.String(), c.says) {
			t.Errorf("lenet %v: status %d, stderr %s", c.args, code, &r.stderr)
		}
		for _, name := range c.leaves {
			if strings.HasSuffix(name, ".safetensors") {
				good(t, "layers", "--weights", name)
			}
			if err := os.Remove(name); err != nil {
				t.Errorf("lenet %v: %v", c.args, err)
			}
		}
		if after := listing(t); after != finished {
			t.Errorf("lenet %v: the files have changed", c.args)
		}
	}
}

// Commands that have nothing to save end with the first signal, whatever they
// wait for: here for what a pipe holds, or for the time to measure.
func TestOneInterruptEnds(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(syscall.Mkfifo("pipe", 0o600), os.Symlink("pipe", "pipe.csv")); err != nil {
		t.Fatal(err)
	}
	good(t, "train", "--preset", "quick", "--channels", "1,1", "--units", "1,1", "--epochs", "1", "--quiet", "--checkpoint", "run.ckpt")
	for _, args := range []string{
		"predict --weights mnist pipe", "eval --weights pipe --subset", "convert pipe w.npz", "plot pipe --out w.svg", "layers --weights pipe",
		"train --resume pipe --checkpoint new.ckpt", "verify pipe",
		// These say that they are at work.
		"bench --seconds 1e6 --threads 100000 --subset", "train --resume run.ckpt --epochs 2 --log pipe.csv --threads 100000",
	} {
		for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			r := start(t, strings.Fields(args)...)
			if strings.Contains(args, "100000") {
				r.says("are used")
			} else if f, err := os.OpenFile("pipe", os.O_WRONLY, 0); err != nil { // opens when the other end is open, too
				t.Fatal(err)
			} else {
				defer f.Close()
			}
			r.cmd.Process.Signal(s)
			if _, code := r.end(); code != exitInterrupted || !strings.Contains(r.stderr.String(), "lenet: interrupted") {
				t.Errorf("lenet %s, %v: %v, stderr %s", args, s, r.cmd.ProcessState, &r.stderr)
			}
		}
	}
	r := start(t, "bench", "--table", "--seconds", "1e6", "--threads", "1", "--subset")
	r.says("round 1 of 5")
	r.cmd.Process.Signal(os.Interrupt)
	if _, code := r.end(); code != exitInterrupted {
		t.Errorf("lenet bench --table: status %d, stderr %s", code, &r.stderr)
	}
	onlyFiles(t, ".", "pipe", "pipe.csv", "run.ckpt")
}

// A run under nohup goes on when its terminal is gone, and one without is saved
// although such a terminal sends more than one SIGHUP.
func TestHangUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.ckpt")
	args := []string{"train", "--preset", "quick", "--epochs", "100000", "--checkpoint", file}
	r := &running{cmd: exec.Command("sh", append([]string{"-c", `trap "" HUP; exec "$@"`, "sh", program}, args...)...)}
	r.begin(t)
	r.until("epoch      1/100000: ")
	r.cmd.Process.Signal(syscall.SIGHUP)
	if !r.until("epoch      3/100000: ") {
		t.Fatalf("ended: %s", &r.stderr)
	}
	r.cmd.Process.Signal(os.Interrupt)
	if _, code := r.end(); code != exitInterrupted || state(t, file).Epoch < 3 {
		t.Errorf("status %d, stderr %s", code, &r.stderr)
	}
	r = start(t, "train", "--resume", file)
	r.until("epoch ")
	for range 5 {
		r.cmd.Process.Signal(syscall.SIGHUP)
	}
	if _, code := r.end(); code != exitInterrupted || !strings.Contains(r.stderr.String(), "the run is saved") {
		t.Errorf("hung up: status %d, stderr %s", code, &r.stderr)
	}
}

// Going on from a checkpoint removes what killed runs have left, and nothing else.
func TestResumeTidies(t *testing.T) {
	t.Chdir(t.TempDir())
	good(t, "train", "--preset", "quick", "--channels", "1,1", "--units", "1,1", "--epochs", "1", "--quiet", "--checkpoint", "run.ckpt")
	for _, name := range []string{".run.ckpt.tmp12", ".w.safetensors.tmp345", ".l.csv.tmp6", ".p.svg.tmp7", ".run.ckpt.tmp1.mine", ".run.ckpt.tmp"} {
		write(t, name, nil)
	}
	if err := os.Mkdir(".run.ckpt.tmp8", 0o755); err != nil {
		t.Fatal(err)
	}
	good(t, "train", "--resume", "run.ckpt", "--epochs", "2", "--quiet", "--out", "w.safetensors", "--log", "l.csv", "--plot", "p.svg")
	onlyFiles(t, ".", ".run.ckpt.tmp", ".run.ckpt.tmp1.mine", ".run.ckpt.tmp8", "l.csv", "p.svg", "run.ckpt", "w.safetensors")
}
