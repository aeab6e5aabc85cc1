package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What bash proposes after some words.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("NOT TESTED: completion in bash: ", err)
	}
	script := write(t, filepath.Join(t.TempDir(), "lenet.bash"), []byte(good(t, "completion", "bash")))
	for line, want := range map[string]string{
		"lenet tr":                             "train",
		"lenet pl":                             "plot",
		"lenet train --dec":                    "--decay",
		"lenet train --decay ":                 "none cosine",
		"lenet train --preset d2l-":            "d2l-1.0",
		"lenet train --init f":                 "fashion",
		"lenet train --freeze ":                "none conv all-but-last",
		"lenet train --activation t":           "tanh",
		"lenet train --no":                     "--no-subset",
		"lenet plot con":                       "confusion",
		"lenet plot confusion --weights m":     "mnist",
		"lenet eval --weights mnist --datas":   "--dataset",
		"lenet eval --weights train --strok":   "--strokes",
		"lenet data export mnist --sub":        "--subset",
		"lenet data export --data a --as s":    "strokes",
		"lenet train --data ":                  "", // a file
		"lenet train --log ":                   "", // a file
		"lenet predict --weights mnist three.": "", // a file
		"lenet convert a b --names re":         "reshape",
		"lenet train --preset =":               "quick d2l d2l-1.0 modern", // as bash cuts --preset=
		"lenet train --preset = q":             "quick",
		"lenet train --preset=q":               "--preset=quick", // without "=" in COMP_WORDBREAKS
	} {
		cmd := exec.Command(bash, "--norc", "-c", `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lenet; echo "${COMPREPLY[*]}"`, "bash", script)
		cmd.Args = append(cmd.Args, strings.Split(line, " ")...)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", line, got, err, want)
		}
	}
}

// The manual page has every command and option, and no line that roff would
// take for a request that it does not know.
func TestManualPage(t *testing.T) {
	page := good(t, "man")
	plain := strings.ReplaceAll(page, `\-`, "-")
	for _, c := range commandsOf(newParser(&commandLine{}, &env{}).Model.Node) {
		if !strings.Contains(strings.ToLower(plain), strings.ToLower("lenet "+strings.Join(c.path, " "))) {
			t.Errorf("no %v", c.path)
		}
		for _, f := range c.flags() {
			if !strings.Contains(plain, "--"+f.Name) && !strings.Contains(plain, "--[no-]"+f.Name) {
				t.Errorf("%v: no --%s", c.path, f.Name)
			}
		}
	}
	requests := []string{".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".I", ".nf", ".fi"}
	for line := range strings.Lines(page) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasPrefix(line, ".") && !slices.Contains(requests, word) || strings.HasPrefix(line, "'") {
			t.Errorf("%q", line)
		}
	}
}
