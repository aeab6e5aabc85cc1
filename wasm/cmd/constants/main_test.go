package main

import (
	"bytes"
	"os"
	"testing"
)

// The page's numbers are those of the Go programs.
func TestUpToDate(t *testing.T) {
	want, err := module()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("../../page/shell/constants.js"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("constants.js is not what this command writes (%v): run go generate ./wasm/cmd/constants", err)
	}
}
