package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const program = `package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println(os.Args[1:])
	for os.Args[1] == "forever" {
	}
	if os.Args[1] == "fail" {
		os.Exit(3)
	}
}
`

// TestRun runs a program in one worker and in two, and one that fails.
func TestRun(t *testing.T) {
	if _, err := Find(); err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "main.wasm")
	if err := os.WriteFile(source, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", binary, source)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	wasm, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	wasmExec, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Start(wasmExec)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for n := 1; n <= 2; n++ {
		out, err := b.Run(ctx, wasm, n, "one", "two words")
		if err != nil || len(out) != n {
			t.Fatal(out, err)
		}
		for _, o := range out {
			if o.Text != "[one two words]\n" {
				t.Errorf("%d workers: one printed %q", n, o.Text)
			}
		}
	}
	if out, err := b.Run(ctx, wasm, 1, "fail"); err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "[fail]") {
		t.Errorf("a program that fails: %v, %v", out, err)
	}
	// A run that is cancelled ends, and the next one gets its own output.
	short, cancelShort := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancelShort()
	if out, err := b.Run(short, wasm, 1, "forever"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a cancelled run: %v, %v", out, err)
	}
	if out, err := b.Run(ctx, wasm, 1, "next"); err != nil || out[0].Text != "[next]\n" {
		t.Errorf("after a cancelled run: %v, %v", out, err)
	}
	if out, err := b.Run(ctx, []byte("no program"), 1); err == nil || !strings.Contains(err.Error(), "WebAssembly") {
		t.Errorf("no program: %v, %v", out, err)
	}
}
