package boundaries

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents returns the Markdown files of the tree, by their path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	for _, name := range output(t, nil, "git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		docs[name] = string(data)
	}
	if docs["README.md"] == "" || len(docs) < 5 {
		t.Fatalf("found %d documents", len(docs))
	}
	return docs
}

// The README has at most 1,000 words, counted as wc -w does.
func TestReadmeIsShort(t *testing.T) {
	if n := len(strings.Fields(documents(t)["README.md"])); n > 1000 {
		t.Errorf("README.md has %d words, at most 1,000: move details beside what they describe", n)
	}
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading      = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	fenced       = regexp.MustCompile("(?s)```.*?```")
	notInAnchor  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchor returns what a heading is linked by: lower case, spaces as hyphens, no punctuation.
func anchor(heading string) string {
	return strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// Every link between the documents leads to a file and a heading that exist.
func TestLinks(t *testing.T) {
	docs := documents(t)
	checked := 0
	for name, text := range docs {
		for _, m := range markdownLink.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], ":") {
				continue // another site
			}
			checked++
			file, fragment, _ := strings.Cut(m[1], "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
				continue
			}
			if fragment == "" {
				continue
			}
			var anchors []string
			for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(docs[target], ""), -1) {
				anchors = append(anchors, anchor(h[1]))
			}
			if !slices.Contains(anchors, fragment) {
				t.Errorf("%s links to %s: %s has no such heading", name, m[1], target)
			}
		}
	}
	if checked < 20 {
		t.Errorf("found only %d links", checked)
	}
}

var (
	goTest    = regexp.MustCompile("go test ([^`\n#]*)")
	goRun     = regexp.MustCompile(`go run (\./[\w/]+)`)
	makeRun   = regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)")
	runOrFuzz = regexp.MustCompile(`-(?:run|fuzz) '?([^' ]+)`)
	testFunc  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
)

// Every command of the documents names packages, tests and targets that exist.
func TestCommands(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, text := range documents(t) {
		for _, m := range makeRun.FindAllStringSubmatch(text, -1) {
			checked++
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: the Makefile has no target %s", name, m[1])
			}
		}
		for _, m := range goRun.FindAllStringSubmatch(text, -1) {
			checked++
			if info, err := os.Stat(filepath.Join(root, m[1])); err != nil || !info.IsDir() {
				t.Errorf("%s: go run %s: there is no such package", name, m[1])
			}
		}
		for _, m := range goTest.FindAllStringSubmatch(text, -1) {
			checked++
			command := strings.ReplaceAll(m[1], `\|`, "|")
			var functions []string
			for _, pkg := range regexp.MustCompile(`\./\S+`).FindAllString(command, -1) {
				functions = append(functions, testsOf(t, pkg)...)
			}
			if len(functions) == 0 {
				t.Errorf("%s: go test %s: there are no such tests", name, command)
			}
			for _, p := range runOrFuzz.FindAllStringSubmatch(command, -1) {
				for alternative := range strings.SplitSeq(p[1], "|") {
					pattern, err := regexp.Compile(alternative)
					if err != nil || alternative != "^$" && !slices.ContainsFunc(functions, pattern.MatchString) {
						t.Errorf("%s: go test %s: no test matches %s", name, command, alternative)
					}
				}
			}
		}
	}
	if checked < 40 {
		t.Errorf("found only %d commands", checked)
	}
}

// testsOf returns the names of a package's tests, or of all below for "./dir/...".
func testsOf(t *testing.T, pkg string) (names []string) {
	t.Helper()
	dir, below := strings.CutSuffix(pkg, "/...")
	err := filepath.WalkDir(filepath.Join(root, dir), func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && !below && p != filepath.Join(root, dir) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(p)
		for _, m := range testFunc.FindAllSubmatch(data, -1) {
			names = append(names, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Errorf("%s: %v", pkg, err)
	}
	return names
}

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// The README's library example runs in a module of its own, made by the
// commands of engine/README.md.
func TestLibraryExample(t *testing.T) {
	docs := documents(t)
	program := goBlock.FindStringSubmatch(docs["README.md"])
	if program == nil {
		t.Fatal("README.md has no Go program")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program[1]), 0o644); err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(docs["engine/README.md"], "## As a library")
	_, commands, found := strings.Cut(section, "```\n")
	commands, _, _ = strings.Cut(commands, "```")
	if commands = strings.ReplaceAll(commands, "/path/to/lenet-playground", top); !found || !strings.Contains(commands, top) {
		t.Fatal("engine/README.md has no commands that name the checkout")
	}
	cmd := exec.Command("bash", "-ec", commands)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var out, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 6 || !strings.HasPrefix(lines[5], "epoch 6: test acc 0.9") {
		t.Errorf("it printed %q", out.String())
	}
}
