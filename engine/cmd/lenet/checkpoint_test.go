//go:build unix

package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lenet/engine/checkpoint"
)

// state reads a checkpoint, which must be whole.
func state(t *testing.T, path string) checkpoint.State {
	t.Helper()
	_, s, err := checkpoint.Decode(read(t, path))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}

// onlyFiles fails when the directory holds anything but these.
func onlyFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, f := range files {
		left = append(left, f.Name())
	}
	if got, want := strings.Join(left, " "), strings.Join(names, " "); got != want {
		t.Errorf("in the directory: %s; want %s", got, want)
	}
}

var seconds = regexp.MustCompile(`"(train_sec|examples_per_sec|epochs)":[-+.e0-9]+`)

// untimed returns the lines of a log about training, without times and the
// number of epochs to run.
func untimed(log []byte) string {
	var lines []string
	for line := range strings.Lines(string(log)) {
		if !strings.Contains(line, `"start"`) && !strings.Contains(line, `"end"`) {
			lines = append(lines, seconds.ReplaceAllString(strings.TrimSpace(line), ""))
		}
	}
	return strings.Join(lines, "\n")
}

// 2N epochs are N epochs, --resume, and N more: every byte of the weights, of
// the checkpoint, of the figure and, but for times, of the logs.
func TestResumeEveryByte(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"train", "--preset", "quick", "--seed", "3", "--quiet"}
	good(t, append(args, "--epochs", "4", "--checkpoint", at("whole.ckpt"), "--out", at("whole"), "--plot", at("whole.svg"), "--log", at("whole.jsonl"))...)
	good(t, append(args, "--epochs", "2", "--checkpoint", at("parts.ckpt"), "--out", at("half"), "--log", at("parts.jsonl"), "--threads", "1")...)
	good(t, "eval", "--weights", at("parts.ckpt"), "--subset") // a checkpoint serves as weights
	out := good(t, "train", "--resume", at("parts.ckpt"), "--epochs", "4", "--out", at("parts"), "--plot", at("parts.svg"), "--log", at("parts.jsonl"), "--threads", "3")
	if !strings.Contains(out, "going on after 2 epochs") || !strings.Contains(out, "epoch 4/4") || strings.Contains(out, "epoch 2/4") {
		t.Errorf("printed\n%s", out)
	}
	for _, kind := range []string{"", ".ckpt", ".svg"} {
		if !bytes.Equal(read(t, at("whole"+kind)), read(t, at("parts"+kind))) {
			t.Errorf("whole%s and parts%s differ", kind, kind)
		}
	}
	if a, b := untimed(read(t, at("whole.jsonl"))), untimed(read(t, at("parts.jsonl"))); a != b {
		t.Errorf("the logs differ:\n%s\n\n%s", a, b)
	}
	// Resumed once more it has nothing to do but to write what is asked for.
	stdout, stderr, code := lenet(t, "train", "--resume", at("parts.ckpt"), "--out", at("again"), "--quiet")
	if code != exitOK || !strings.Contains(stderr, "the run is finished after 4 epochs") || !strings.Contains(stdout, "test acc") {
		t.Errorf("status %d, stderr %q, stdout %q", code, stderr, stdout)
	}
	if !bytes.Equal(read(t, at("again")), read(t, at("whole"))) {
		t.Error("the finished run's weights differ")
	}
}

// running is the program at work.
type running struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr notes
}

// notes are what a program has said on stderr so far.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// says waits until the program has said that on stderr.
func (r *running) says(text string) {
	for !strings.Contains(r.stderr.String(), text) {
		time.Sleep(time.Millisecond)
	}
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{cmd: exec.Command(program, args...)}
	r.begin(t)
	return r
}

func (r *running) begin(t *testing.T) {
	t.Helper()
	r.cmd.Stderr = &r.stderr
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.lines = bufio.NewScanner(out)
}

// until reads output up to a line with that prefix.
func (r *running) until(prefix string) bool {
	for r.lines.Scan() {
		if strings.HasPrefix(r.lines.Text(), prefix) {
			return true
		}
	}
	return false
}

// end reads the rest of the output and returns it and the exit status.
func (r *running) end() (stdout string, code int) {
	var b strings.Builder
	for r.lines.Scan() {
		fmt.Fprintln(&b, r.lines.Text())
	}
	r.cmd.Wait()
	return b.String(), r.cmd.ProcessState.ExitCode()
}

// Ctrl-C within an epoch saves the step reached and prints the command that
// goes on, with the same weights in the end. Augmentation and decay, too.
func TestInterruptedRunsGoOn(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"train", "--preset", "quick", "--epochs", "5", "--augment", "clothes", "--decay", "cosine", "--seed", "7"}
	good(t, append(args, "--quiet", "--out", at("whole"))...)
	args = append(args, "--checkpoint", at("a b.ckpt"), "--out", at("parts"), "--log", at("log.jsonl"))
	inside := 0
	for signals := 0; ; signals++ {
		if signals == 50 {
			t.Fatal("does not come to an end")
		}
		r := start(t, args...)
		if r.until("training on") {
			time.Sleep(time.Duration(150+rand.IntN(150)+50*signals) * time.Millisecond)
		}
		r.cmd.Process.Signal([]os.Signal{os.Interrupt, syscall.SIGTERM}[signals%2])
		_, code := r.end()
		if code == exitOK {
			break
		}
		if code != exitInterrupted {
			t.Fatalf("status %d, stderr %s", code, &r.stderr)
		}
		if s, err := os.Stat(at("a b.ckpt")); err != nil || s.Size() == 0 {
			continue // interrupted before the first step
		}
		if s := state(t, at("a b.ckpt")); !s.Between {
			inside++
		}
		_, command, ok := strings.Cut(r.stderr.String(), "go on with\n  lenet ")
		if want := "train --resume '" + at("a b.ckpt") + "' --log " + at("log.jsonl") + " --out " + at("parts") + "\n"; !ok || !strings.HasPrefix(command, want) {
			t.Fatalf("stderr %q, want %q", &r.stderr, want)
		}
		args = []string{"train", "--resume", at("a b.ckpt"), "--log", at("log.jsonl"), "--out", at("parts")}
	}
	t.Logf("%d interruptions within an epoch", inside)
	if !bytes.Equal(read(t, at("whole")), read(t, at("parts"))) {
		t.Error("the weights differ")
	}
	onlyFiles(t, dir, "a b.ckpt", "log.jsonl", "parts", "whole")
}

// A second Ctrl-C or SIGTERM does not wait for the work that is to be saved: here
// for a reader of the weights, who never comes.
func TestSecondInterruptAborts(t *testing.T) {
	for _, c := range []struct{ first, second syscall.Signal }{{syscall.SIGINT, syscall.SIGINT}, {syscall.SIGTERM, syscall.SIGINT}, {syscall.SIGINT, syscall.SIGTERM}} {
		dir := t.TempDir()
		pipe := filepath.Join(dir, "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		r := start(t, "train", "--preset", "quick", "--epochs", "1", "--checkpoint", filepath.Join(dir, "run.ckpt"), "--out", pipe)
		r.until("epoch 1/1: ")
		r.cmd.Process.Signal(c.first)
		r.says("a second Ctrl-C ends at once")
		r.cmd.Process.Signal(c.second)
		r.end()
		if status := r.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != c.second {
			t.Errorf("%v, then %v: %v", c.first, c.second, r.cmd.ProcessState)
		}
		onlyFiles(t, dir, "pipe", "run.ckpt") // no lock is left
	}
}

var kills = flag.Int("kills", 1, "TestKilledAtRandom kills at least so often")

// Killed at random moments, a run leaves a whole checkpoint, of every epoch that
// it has announced, and goes on to the same weights. A run survives some 20
// kills; with -kills 100, as many runs are made as that takes:
//
//	go test ./engine/cmd/lenet -run Killed -v -args -kills 100
func TestKilledAtRandom(t *testing.T) {
	killed, epochs, runs := 0, 0, 0
	for ; killed < *kills; runs++ {
		k, e := killAtRandom(t)
		killed, epochs = killed+k, epochs+e
	}
	t.Logf("%d runs killed %d times in all: %d finished epochs kept, every file whole", runs, killed, epochs)
}

// killAtRandom kills a run until it gets to its end all the same, and returns
// how often it was killed and how many epochs it had announced by then.
func killAtRandom(t *testing.T) (kills, epochs int) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"train", "--preset", "quick", "--epochs", "12", "--batch", "64", "--seed", "2"}
	good(t, append(args, "--quiet", "--checkpoint", at("whole.ckpt"), "--out", at("whole"))...)
	args = append(args, "--checkpoint", at("run.ckpt"), "--out", at("parts"))
	for ; ; kills++ { // later and later, so that a busy machine gets to the end, too
		if kills == 100 {
			t.Fatal("does not come to an end")
		}
		r := start(t, args...)
		r.until("training on")
		time.AfterFunc(time.Duration(rand.IntN(400+40*kills))*time.Millisecond, func() { r.cmd.Process.Kill() })
		printed, code := r.end()
		epochs += strings.Count(printed, "/12: ")
		if code == exitOK {
			break
		}
		if r.stderr.String() != "" {
			t.Fatal(r.stderr.String())
		}
		if _, err := os.Stat(at("run.ckpt")); err != nil {
			if strings.Contains(printed, "/12: ") {
				t.Fatalf("an epoch was announced, and there is no checkpoint: %v", err)
			}
			continue
		}
		saved := state(t, at("run.ckpt")).Epoch
		if strings.Contains(printed, fmt.Sprintf("epoch %2d/12", saved+1)) {
			t.Errorf("more epochs announced than the %d that are saved:\n%s", saved, printed)
		}
		args = []string{"train", "--resume", at("run.ckpt"), "--out", at("parts")}
	}
	for _, pair := range [][2]string{{"whole", "parts"}, {"whole.ckpt", "run.ckpt"}} {
		if !bytes.Equal(read(t, at(pair[0])), read(t, at(pair[1]))) {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
	onlyFiles(t, dir, "parts", "run.ckpt", "whole", "whole.ckpt")
	return kills, epochs
}

// Of the processes that go on from one checkpoint at the same time, one does; the
// others say so and change nothing. Killed, it holds nothing up.
func TestResumedTwiceAtOnce(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"train", "--preset", "quick", "--seed", "2", "--epochs"}
	good(t, append(args, "4", "--quiet", "--checkpoint", at("whole.ckpt"))...)
	good(t, append(args, "1", "--quiet", "--checkpoint", at("run.ckpt"))...)
	early := read(t, at("run.ckpt"))

	first := start(t, "train", "--resume", at("run.ckpt"), "--epochs", "100000")
	if !first.until("epoch      2/100000: ") {
		t.Fatal(first.stderr.String())
	}
	stdout, stderr, code := lenet(t, "train", "--resume", at("run.ckpt"), "--epochs", "4", "--log", at("log.csv"))
	want := fmt.Sprintf("%s is in use by process %d, another lenet train: let that end, or have this run keep a file of its own with --checkpoint", at("run.ckpt"), first.cmd.Process.Pid)
	if code != exitFailure || !strings.Contains(stderr, want) || stdout != "" {
		t.Errorf("status %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	first.cmd.Process.Kill()
	first.end()
	if s := state(t, at("run.ckpt")); s.Epoch < 2 {
		t.Errorf("the checkpoint is of epoch %d", s.Epoch)
	}

	write(t, at("run.ckpt"), early)
	var all []*running
	for range 5 {
		all = append(all, start(t, "train", "--resume", at("run.ckpt"), "--epochs", "4"))
	}
	done := 0
	for _, r := range all {
		_, code := r.end()
		refused := code == exitFailure && strings.Contains(r.stderr.String(), "is in use by")
		if code == exitOK {
			done++
		} else if !refused {
			t.Errorf("status %d, stderr %q", code, &r.stderr)
		}
	}
	if done == 0 {
		t.Error("none went on")
	}
	t.Logf("of 5 at once, %d went on, one after the other", done)
	if !bytes.Equal(read(t, at("run.ckpt")), read(t, at("whole.ckpt"))) {
		t.Error("the checkpoint differs from an unbroken run's")
	}
	onlyFiles(t, dir, "run.ckpt", "whole.ckpt")
}

// On a full disk, for which a limit on the size of files stands in, and in a
// directory that cannot be written to, the checkpoint before stays as it is,
// training goes on, and the exit status tells.
func TestNoRoomForTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "run.ckpt")
	good(t, "train", "--preset", "quick", "--epochs", "2", "--checkpoint", file)
	before := read(t, file)
	check := func(name string, cmd *exec.Cmd, message string) {
		t.Helper()
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != exitFailure || !strings.Contains(stderr.String(), message) ||
			!strings.Contains(stderr.String(), "the one of epoch 2 is kept; training goes on") ||
			!strings.Contains(stderr.String(), "error: the last checkpoint was not saved: ") {
			t.Errorf("%s: status %d, stderr %s", name, code, &stderr)
		}
		if !strings.Contains(stdout.String(), "epoch 4/4") || strings.Contains(stdout.String(), "wrote") {
			t.Errorf("%s: stdout %s", name, &stdout)
		}
		if !bytes.Equal(read(t, file), before) {
			t.Errorf("%s: the checkpoint has changed", name)
		}
		onlyFiles(t, dir, "run.ckpt")
	}
	resume := []string{"train", "--resume", file, "--epochs", "4"}
	check("full", exec.Command("sh", append([]string{"-c", `ulimit -f 400 && exec "$@"`, "sh", program}, resume...)...), "file too large")

	cmd := exec.Command(program, resume...)
	if os.Getuid() == 0 { // whom no permission keeps out
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		for _, d := range []string{dir, filepath.Dir(dir), filepath.Dir(program)} {
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	check("read-only", cmd, "permission denied")
}

// A log that cannot be written to its end is said to be broken off; training goes on.
func TestNoRoomForTheLog(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "run.csv")
	cmd := exec.Command("sh", "-c", `ulimit -f 8 && exec "$@"`, "sh", program, "train", "--preset", "quick", "--epochs", "2", "--log", log, "--log-every", "1")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != exitFailure || strings.Count(stderr.String(), "the log breaks off: ") != 1 ||
		!strings.Contains(stderr.String(), "error: "+log+" is not whole: ") || !strings.Contains(stdout.String(), "epoch 2/2") {
		t.Errorf("status %d, stderr %s, stdout %s", code, &stderr, &stdout)
	}
	good(t, "plot", log, "--out", filepath.Join(dir, "a.svg")) // what there is can be read
}

// A run that diverges names step and layer, keeps the last good checkpoint and
// tells how to go on.
func TestDivergedRunKeepsItsCheckpoint(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "run.ckpt")
	good(t, "train", "--preset", "quick", "--activation", "relu", "--epochs", "1", "--checkpoint", file)
	before := read(t, file)
	_, stderr, code := lenet(t, "train", "--resume", file, "--epochs", "3", "--lr", "1e20", "--log", filepath.Join(dir, "log.jsonl"))
	ok, err := regexp.MatchString(`training diverged in epoch 2 at step \d+: the output of \w+ \(\d+\) is not finite; try a learning rate below 1e\+20\n`+
		`The last good checkpoint, of epoch 1, is kept; go on from it at a lower rate:\n  lenet train --resume `+regexp.QuoteMeta(file)+` --lr 5e\+19\n`, stderr)
	if err != nil || code != exitFailure || !ok {
		t.Errorf("status %d, stderr %s", code, stderr)
	}
	if !bytes.Equal(read(t, file), before) {
		t.Error("the checkpoint has changed")
	}
	if log := string(read(t, filepath.Join(dir, "log.jsonl"))); !strings.Contains(log, `"event":"end","status":"diverged","error":"training diverged`) {
		t.Errorf("log\n%s", log)
	}
}

func TestCheckpointMistakes(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "run.ckpt")
	good(t, "train", "--preset", "quick", "--epochs", "1", "--decay", "cosine", "--checkpoint", file)
	weights := filepath.Join(dir, "w")
	good(t, "train", "--preset", "quick", "--epochs", "1", "--out", weights)
	damaged := read(t, file)
	damaged[len(damaged)/2] ^= 1
	write(t, filepath.Join(dir, "damaged"), damaged)
	for _, c := range []struct {
		args, message string
		code          int
	}{
		{"--checkpoint " + file, "is there already: go on from it with --resume " + file, exitUsage},
		{"--resume " + file + " --checkpoint " + weights, "is there already: go on from it with --resume " + weights, exitUsage},
		{"--checkpoint " + dir, "is a directory: give the name of a file in it", exitUsage},
		{"--resume " + file + " --seed 1", "leave out --seed; --epochs and --lr may change", exitUsage},
		{"--resume " + file + " --preset d2l", "leave out --preset", exitUsage},
		{"--resume " + file + ".none", "no such file", exitUsage},
		{"--resume " + file + " --epochs 3", "leave out --epochs", exitFailure},
		{"--resume " + file + " --lr 0", "learning rate 0", exitUsage},
		{"--resume " + weights, "weights alone", exitFailure},
		{"--resume " + filepath.Join(dir, "damaged"), "it is damaged", exitFailure},
		{"--log a.txt", "ends in .jsonl or .csv", exitUsage},
		{"--log-every 3", "together with --log", exitUsage},
	} {
		_, stderr, code := lenet(t, append([]string{"train"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(stderr, c.message) {
			t.Errorf("lenet train %s: status %d, stderr %q; want %d and %q", c.args, code, stderr, c.code, c.message)
		}
	}
}
