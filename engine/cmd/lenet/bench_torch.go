package main

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lenet/engine"
	"lenet/engine/speed"
)

//go:embed bench_torch.py
var torchProgram string

// torch is a Python process that measures PyTorch when asked to.
type torch struct {
	version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// startTorch starts PyTorch on the training set, which it leaves in dir. The
// error says why there is none. The process ends with ctx.
func startTorch(ctx context.Context, dir string, set engine.Set, threads, batch int) (*torch, error) {
	images, labels := filepath.Join(dir, "images"), filepath.Join(dir, "labels")
	if err := errors.Join(os.WriteFile(images, set.Images, 0o600), os.WriteFile(labels, set.Labels, 0o600)); err != nil {
		return nil, err
	}
	err := errors.New("python3 is not installed")
	for _, python := range []string{"python3", "/usr/bin/python3"} { // the system's has Debian's packages
		var t *torch
		t, e := runTorch(ctx, python, images, labels, fmt.Sprint(threads), fmt.Sprint(batch))
		if e == nil {
			return t, nil
		}
		if !errors.Is(e, exec.ErrNotFound) {
			err = e
		}
	}
	return nil, err
}

func runTorch(ctx context.Context, python string, args ...string) (*torch, error) {
	t := &torch{cmd: exec.CommandContext(ctx, python, append([]string{"-c", torchProgram}, args...)...)}
	t.cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1")
	var problem strings.Builder
	t.cmd.Stderr = &problem
	in, err := t.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	t.in, t.out = in, bufio.NewScanner(out)
	var hello struct{ Version string }
	if err := t.read(&hello); err != nil {
		t.close()
		lines := strings.Split(strings.TrimSpace(problem.String()), "\n")
		return nil, errors.New(cmp.Or(lines[len(lines)-1], err.Error()))
	}
	t.version = hello.Version
	return t, nil
}

func (t *torch) read(v any) error {
	if !t.out.Scan() {
		return cmp.Or(t.out.Err(), io.ErrUnexpectedEOF)
	}
	return json.Unmarshal(t.out.Bytes(), v)
}

// measure trains and infers for some time.
func (t *torch) measure(seconds float64) (r speed.Result, err error) {
	if _, err := fmt.Fprintln(t.in, seconds); err != nil {
		return r, err
	}
	return r, t.read(&r)
}

func (t *torch) close() {
	t.in.Close()
	t.cmd.Process.Kill()
	t.cmd.Wait()
}
