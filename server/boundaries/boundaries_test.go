package boundaries

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// goCommand runs the go command in the repository's root and returns its output lines.
func goCommand(t *testing.T, env []string, args ...string) []string {
	t.Helper()
	return output(t, env, "go", args...)
}

// output runs a program in the repository's root and returns the words of its output.
func output(t *testing.T, env []string, name string, args ...string) []string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s %s: %v\n%s", strings.Join(env, " "), name, strings.Join(args, " "), err, stderr.String())
	}
	return strings.Fields(string(out))
}

var (
	js = []string{"GOOS=js", "GOARCH=wasm"}

	// gorgonia.org/tensor and what it brings: 9 MB of a program and most of its start.
	tensors = []string{"gorgonia.org/", "google.golang.org/protobuf", "github.com/golang/protobuf", "github.com/gogo/protobuf", "github.com/apache/arrow"}
	heavy   = slices.Concat(tensors, []string{"gonum.org/", "net/http"})
	ebiten  = []string{"github.com/hajimehoshi/ebiten"}
	cuda    = []string{"lenet/engine/cuda"}
	tools   = []string{"github.com/evanw/esbuild", "github.com/andybalholm/brotli", "github.com/chromedp"}
)

// Each program depends on what it needs and on nothing of another's.
func TestDependencies(t *testing.T) {
	for _, c := range []struct {
		pkg    string
		env    []string
		needs  []string
		forbid []string
	}{
		{"./wasm/cmd/worker", js, []string{"lenet/engine/cpu"}, slices.Concat(heavy, ebiten, tools, cuda)},
		{"./wasm/cmd/playground", js, []string{"github.com/hajimehoshi/ebiten/v2"}, slices.Concat(heavy, tools, cuda, []string{"lenet/engine/cpu", "lenet/assets"})},
		{"./wasm/cmd/speed", js, []string{"lenet/engine/cpu"}, slices.Concat(heavy, ebiten, tools, cuda, []string{"lenet/wasm/worker"})},
		{"./engine/cmd/lenet", nil, []string{"lenet/engine/cpu", "lenet/engine/cuda", "gonum.org/v1/plot"}, slices.Concat(tensors, ebiten, tools, []string{"syscall/js"})},
		{"./engine/interop", nil, []string{"gorgonia.org/tensor"}, slices.Concat(ebiten, tools)},
		{"./server", nil, []string{"lenet/server/site"}, slices.Concat(heavy[:len(heavy)-1], ebiten, tools, []string{"lenet/engine/cpu"})},
		{"./engine", nil, nil, slices.Concat(heavy, ebiten, tools, cuda, []string{"syscall/js", "github.com/", "encoding/json"})},
		{"./engine/cpu", nil, []string{"lenet/engine"}, slices.Concat(heavy, ebiten, tools, []string{"github.com/"})},
	} {
		t.Run(path.Base(c.pkg), func(t *testing.T) {
			deps := goCommand(t, c.env, "list", "-deps", c.pkg)
			for _, need := range c.needs {
				if !slices.Contains(deps, need) {
					t.Errorf("%s does not depend on %s", c.pkg, need)
				}
			}
			for _, dep := range deps {
				for _, f := range c.forbid {
					if strings.HasPrefix(dep, f) {
						t.Errorf("%s depends on %s", c.pkg, dep)
					}
				}
			}
		})
	}
}

// All arrows run server -> wasm -> engine, tests included: a package imports
// none of a folder above its own.
func TestArrows(t *testing.T) {
	level := map[string]int{"assets": 0, "engine": 1, "wasm": 2, "server": 3}
	of := func(pkg string) int {
		top, _, _ := strings.Cut(strings.TrimPrefix(pkg, "lenet/"), "/")
		return level[top]
	}
	const format = `{{.ImportPath}}{{range .Imports}}|{{.}}{{end}}{{range .TestImports}}|{{.}}{{end}}{{range .XTestImports}}|{{.}}{{end}}`
	seen := map[int]bool{}
	for _, line := range slices.Concat(goCommand(t, nil, "list", "-f", format, "./..."), goCommand(t, js, "list", "-f", format, "./wasm/...", "./engine/...")) {
		imports := strings.Split(line, "|")
		seen[of(imports[0])] = true
		for _, i := range imports[1:] {
			if strings.HasPrefix(i, "lenet/") && of(i) > of(imports[0]) {
				t.Errorf("%s imports %s", imports[0], i)
			}
		}
	}
	if len(seen) != len(level) {
		t.Errorf("packages of %d top-level folders were seen, want %d", len(seen), len(level))
	}
}

// walkGo calls f for every Go file below the root.
func walkGo(t *testing.T, f func(name string)) {
	t.Helper()
	n := 0
	for _, dir := range []string{"assets", "engine", "server", "wasm"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && path.Ext(p) == ".go" {
				n++
				f(p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 50 {
		t.Fatalf("found only %d Go files", n)
	}
}

// syscall/js is imported only where the file's name says so, and only in wasm;
// the engine and its packages know no browser at all.
func TestSyscallJS(t *testing.T) {
	users := 0
	walkGo(t, func(name string) {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		for _, spec := range f.Imports {
			if spec.Path.Value != `"syscall/js"` {
				continue
			}
			users++
			if !strings.HasSuffix(name, "_js.go") && !strings.HasSuffix(name, "_js_test.go") {
				t.Errorf("%s imports syscall/js: call it *_js.go", name)
			}
			if rel, _ := filepath.Rel(root, name); !strings.HasPrefix(filepath.ToSlash(rel), "wasm/") {
				t.Errorf("%s imports syscall/js outside wasm", name)
			}
		}
	})
	if users == 0 {
		t.Error("no file imports syscall/js")
	}
}

// Files that need the simd experiment say so, with a fallback beside them:
// everything builds without it too (TestCrossBuild), which a file that imports
// simd without a constraint would break only on some platforms.
func TestSIMDIsConstrained(t *testing.T) {
	walkGo(t, func(name string) {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Error(err)
			return
		}
		uses := slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool {
			return s.Path.Value == `"simd"` || s.Path.Value == `"simd/archsimd"`
		})
		if !uses {
			return
		}
		constrained := false
		for _, group := range f.Comments {
			for _, c := range group.List {
				constrained = constrained || constraint.IsGoBuild(c.Text) && strings.Contains(c.Text, "goexperiment.simd")
			}
		}
		if !constrained {
			t.Errorf("%s imports simd without //go:build goexperiment.simd", name)
		}
	})
}

// The top level is what the design says, so that a newcomer finds the way.
func TestTopLevel(t *testing.T) {
	want := []string{"LICENSE", "Makefile", "README.md", "assets", "engine", "go.mod", "go.sum", "index.html", "server", "wasm"}
	// What is built, and ignored by version control.
	built := []string{"bin", "dist"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(built, e.Name()) {
			got = append(got, e.Name())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("top level:\n got %v\nwant %v", got, want)
	}
}

// The contribution notes have a reason for every module that go.mod asks for.
func TestModules(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, ".github", "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range goCommand(t, nil, "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all") {
		if !strings.Contains(string(data), "`"+module+"`") {
			t.Errorf("go.mod asks for %s: .github/CONTRIBUTING.md does not say what for", module)
		}
	}
}

// The page's folders have an order: a script imports from its own folder or
// from lower ones. wasm/README.md has the picture.
func TestRooms(t *testing.T) {
	order := map[string]int{"shell": 0, "stage": 1, "train": 1, "explain": 2, "embed": 3, "learn": 3, "mine": 3, ".": 4}
	page := filepath.Join(root, "wasm", "page")
	imported := regexp.MustCompile(`(?m)^(?:import|export|\}) .*?'(\.[^']+\.js)'`)
	arrows := 0
	for room, level := range order {
		scripts, err := filepath.Glob(filepath.Join(page, room, "*.js"))
		if err != nil || len(scripts) == 0 {
			t.Fatalf("wasm/page/%s has no scripts: %v", room, err)
		}
		for _, script := range scripts {
			data, err := os.ReadFile(script)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range imported.FindAllSubmatch(data, -1) {
				to, err := filepath.Rel(page, filepath.Join(filepath.Dir(script), string(m[1])))
				if err != nil {
					t.Fatal(err)
				}
				toRoom := filepath.ToSlash(filepath.Dir(to))
				toLevel, ok := order[toRoom]
				if toRoom != room && (!ok || toLevel >= level) {
					t.Errorf("%s/%s imports %s", room, filepath.Base(script), to)
				}
				arrows++
			}
		}
	}
	if arrows < 50 {
		t.Errorf("found only %d imports", arrows)
	}
}

// The engine, the command line and the server build for every platform that
// the README names, the engine and the page's parts with and without SIMD.
func TestCrossBuild(t *testing.T) {
	null := os.DevNull
	for _, target := range [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"js", "wasm"}} {
		t.Run(target[0]+"-"+target[1], func(t *testing.T) {
			env := []string{"GOOS=" + target[0], "GOARCH=" + target[1], "CGO_ENABLED=0"}
			for _, experiment := range []string{"simd", "nosimd"} {
				goCommand(t, append(env, "GOEXPERIMENT="+experiment), "build", "./engine", "./engine/cpu", "./engine/idx", "./engine/dataset", "./engine/safetensors", "./engine/pen", "./wasm/protocol", "./wasm/view")
			}
			if target[0] != "js" {
				env = append(env, "GOEXPERIMENT=simd")
				goCommand(t, env, "build", "-o", null, "./engine/cmd/lenet")
				goCommand(t, env, "build", "-o", null, "./server")
			}
		})
	}
}
