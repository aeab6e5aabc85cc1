// Package nodetest lets a Go test ask the page's scripts, by node.
package nodetest

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Ask calls a function in node and decodes its result into out. Imports are its
// module's, relative to the test's directory; body is the function's, in which
// input is the test's. Without node the test is skipped.
func Ask(t *testing.T, imports, body string, input, out any) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	data, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "input.json") // longer than an argument may be
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	answer, err := exec.Command(node, "--input-type=module", "-e", `
		import { readFileSync } from 'node:fs';
		`+imports+`
		const input = JSON.parse(readFileSync(process.argv[1]));
		console.log(JSON.stringify(await (async () => { `+body+` })()));`, file).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatal(err)
	}
}
