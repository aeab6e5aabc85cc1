// Package page has no code of its own: the page's scripts lie here. Its tests
// give those that read what comes from elsewhere anything to read, under node.
package page

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// script is fuzz.mjs, running.
type script struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func start(f *testing.F) *script {
	f.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		f.Skip("node is not installed")
	}
	cmd := exec.Command(node, "fuzz.mjs")
	in, err := cmd.StdinPipe()
	if err != nil {
		f.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		f.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			f.Errorf("node: %v\n%s", err, said.String())
		}
	})
	return &script{in, bufio.NewReaderSize(out, 1<<20)}
}

// ask sends a line and decodes the answer.
func ask[T any](t *testing.T, s *script, question any) T {
	t.Helper()
	line, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	answer, err := s.out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(answer, &v); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return v
}

// A link may say anything: it is read as a setup or as nothing, and what is
// read is the same when it was written and is read once more.
func FuzzLink(f *testing.F) {
	for _, s := range []string{"", "#", "#v=1&preset=d2l&data=fashion&lr=0.5&seed=1", "#v=2&preset=d2l", "#lr=NaN&epochs=1e99&batch=-1",
		"#ink=AAAA.____.x&image=99999&rotate=1e400&noise=Infinity", "#data=sets/letters.npz&sha256=" + strings.Repeat("0f", 32) + "&data=https://a.b/c.zip", "#unit=3.1.2.2&view=weights&lock=all,lr&panels=look,,x&theme=dark",
		"#weights=../x.safetensors&origin=javascript:alert(1)&lesson=../../x.9999", "#__proto__=1&constructor=1&toString=1&v=1", "#%E0%A4%A&%00=%ff&lang=zh",
		"#" + strings.Repeat("ink=AAAA&", 1000)} {
		f.Add(s)
	}
	node := start(f)
	f.Fuzz(func(t *testing.T, fragment string) {
		got := ask[struct {
			Setup          map[string]any
			Written, Again string
			Thrown         string
		}](t, node, map[string]string{"fragment": fragment})
		if got.Thrown != "" {
			t.Fatalf("%q: %s", fragment, got.Thrown)
		}
		if got.Written != got.Again {
			t.Errorf("%q is written as %q, and read again as %q", fragment, got.Written, got.Again)
		}
		if len(got.Written) > 3*9000 {
			t.Errorf("%d bytes became a link of %d", len(fragment), len(got.Written))
		}
		for _, name := range []string{"__proto__", "constructor", "toString"} {
			if _, ok := got.Setup[name]; ok {
				t.Errorf("%q sets %s", fragment, name)
			}
		}
	})
}

// A message to the page in a frame may be anything: its parts are read, or
// refused with a reason.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{`{}`, `null`, `[]`, `{"strokes":[[[1,2],[3,4]]]}`, `{"strokes":[[[1,"2"]]]}`, `{"strokes":[[[1e999,2]]]}`, `{"pixels":[1,2]}`,
		`{"ink":"AAAA.B"}`, `{"image":-1}`, `{"keys":{"lr":0.1,"lock":["all"]}}`, `{"keys":"v=1&lr=2"}`, `{"label":"✓"}`, `{"label":{"toString":1}}`, `{"keys":{"data":"../x.npz","sha256":7}}`, `{"n":1e300}`, `{"n":"x"}`, `{"n":-1}`, `{"epoch":-1}`, `{"lesson":"conv.2"}`, `{"keys":{"lr":{"toString":1}}}`, `{"keys":{"lesson":["conv",{"a":[]}]}}`, `{"image":"1"}`, `{"ink":7}`, `{"data":[1,2,3]}`, `{"keys":{"__proto__":{"x":1}}}`} {
		f.Add([]byte(s))
	}
	node := start(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var m map[string]any // the page has looked whether it is an object
		if json.Unmarshal(text, &m) != nil || m == nil {
			return
		}
		type part struct {
			Value         any
			Refused, Kind string
		}
		got := ask[struct {
			Input, File, Keys, Steps, Label, Place part
			Thrown                                 string
		}](t, node, map[string]any{"m": m})
		if got.Thrown != "" {
			t.Fatalf("%s: %s", text, got.Thrown)
		}
		for name, p := range map[string]part{"input": got.Input, "file": got.File, "keys": got.Keys, "steps": got.Steps, "label": got.Label, "place": got.Place} {
			if p.Kind != "" && (p.Kind != "Error" || !strings.Contains(p.Refused, "want ")) {
				t.Errorf("%s of %s: %s: %s", name, text, p.Kind, p.Refused)
			}
		}
		if n, ok := got.Steps.Value.(float64); got.Steps.Kind == "" && (!ok || n < 1 || n > 1000 || n != float64(int(n))) {
			t.Errorf("%s asks for %v steps", text, got.Steps.Value)
		}
	})
}
