package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// completions are command lines as they are typed, up to the key that completes,
// and the arguments that they become.
var completions = []struct{ typed, becomes string }{
	{"lenet tra", "<train>"},
	{"lenet train --prese", "<train><--preset"},
	{"lenet train --preset d2l-", "<train><--preset><d2l-1.0>"},
	{"lenet train --preset=d2l-", "<train><--preset=d2l-1.0>"},
	{"lenet train --preset=quick --pool=m", "<train><--preset=quick><--pool=max>"},
	{"lenet train --no-s", "<train><--no-subset>"},
	{"lenet train --resume my", "<train><--resume><my run.ckpt>"},
	{"lenet train --resume=my", "<train><--resume=my run.ckpt>"},
	{"lenet train --data-dir=so", "<train><--data-dir=some.d"},
	{"lenet plot conf", "<plot><confusion>"},
	{"lenet plot confusion --weights=mni", "<plot><confusion><--weights=mnist>"},
	{"lenet plot confusion --weights my", "<plot><confusion><--weights><my run.ckpt>"},
	{"lenet plot lo", "<plot><log.jsonl>"},
	{"lenet predict --weights mnist thr", "<predict><--weights><mnist><three.png>"},
	{"lenet data fetch fash", "<data><fetch><fashion>"},
	{"lenet eval --weights train --stro", "<eval><--weights><train><--strokes"},
	{"lenet help pred", "<help><predict>"},
	{"lenet completion fi", "<completion><fish>"},
}

// Each shell completes by itself, on a terminal: what it makes of a command line
// is seen from the arguments that a function in the program's place gets.
func TestCompletionInShells(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"my run.ckpt", "log.jsonl", "three.png"} {
		write(t, filepath.Join(dir, name), nil)
	}
	if err := os.Mkdir(filepath.Join(dir, "some.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	scripts := t.TempDir()
	show := `{ printf '\nGOT '; printf '<%s>' "$@"; printf '\n'; }` + "\n"
	for _, c := range []struct {
		shell string
		args  []string
		setup string
	}{
		{"bash", []string{"--norc", "--noprofile", "-i"}, "lenet() " + show},
		{"zsh", []string{"-f", "-i"}, "lenet() " + show},
		{"fish", []string{"--no-config", "-i"}, "function lenet; printf '\\nGOT '; printf '<%s>' $argv; printf '\\n'; end\n"},
	} {
		t.Run(c.shell, func(t *testing.T) {
			path, err := exec.LookPath(c.shell)
			if err != nil {
				t.Skip("NOT TESTED: completion in ", c.shell, ": ", err)
			}
			script := write(t, filepath.Join(scripts, c.shell), []byte(c.setup+good(t, "completion", c.shell)))
			x := startTerminal(t, []string{"TERM=vt100", "HOME=" + scripts, "ZDOTDIR=" + scripts, "INPUTRC=/dev/null"}, dir, path, c.args...)
			x.types("source " + script + "; printf 'REA%s\\n' DY\n")
			x.until("READY")
			for _, line := range completions {
				x.types(line.typed + "\t")
				x.types(" END\n")
				x.until("GOT ")
				got, _, _ := strings.Cut(x.until("\n"), "<END>")
				if got = strings.ReplaceAll(got, "=END>", ">"); !strings.HasPrefix(got, line.becomes) {
					t.Errorf("%q becomes %s, want %s", line.typed, got, line.becomes)
				}
			}
		})
	}
}
