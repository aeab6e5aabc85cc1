package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"lenet/wasm/fulldata"
)

// script is an entry point below wasm/page. Scripts are added in order, each
// with the hashed names of those before it.
type script struct {
	name   string
	format api.Format
}

// addPage bundles the page's scripts, styles and documents. A hashed name must be
// known before it is used: so first the files of the frame, then the frame, then
// the files of index.html, then index.html.
func (b *builder) addPage() error {
	page := filepath.Join(b.Root, "wasm", "page")
	var err error
	if b.wasmExec, err = findWasmExec(b.Root); err != nil {
		return err
	}
	data, err := os.ReadFile(b.wasmExec)
	if err != nil {
		return err
	}
	if err := b.add("wasm_exec.js", data); err != nil {
		return err
	}
	for _, s := range []script{
		{"app.css", api.FormatDefault}, {"stage/labels.css", api.FormatDefault}, {"stage/play.css", api.FormatDefault},
		{"mine/mine.css", api.FormatDefault}, {"explain/zoom.css", api.FormatDefault}, // of parts that one opens later
		{"train/worker.js", api.FormatIIFE}, {"stage/play.js", api.FormatESModule},
	} {
		if err := b.addScript(page, s); err != nil {
			return err
		}
	}
	if err := b.addDocument("wasm/page/stage/play.html", "play.html"); err != nil {
		return err
	}
	if err := b.addApp(page); err != nil {
		return err
	}
	if err := b.addDocument("index.html", "index.html"); err != nil {
		return err
	}
	for _, name := range fixedScripts {
		if err := b.addFixed(page, name); err != nil {
			return err
		}
	}
	return b.addDemo()
}

// addApp adds app.js and the scripts that belong to it: those that it imports when
// they are wanted, and one with all that any of them shares with it, which
// index.html preloads.
func (b *builder) addApp(page string) error {
	result, meta, err := b.buildApp(page)
	if err != nil {
		return err
	}
	if b.besides = meta.together(b.Root); b.besides != nil {
		if result, meta, err = b.buildApp(page); err != nil {
			return err
		}
	}
	for _, i := range meta.Outputs["app.js"].Imports {
		if i.Kind == "import-statement" {
			b.preload = append(b.preload, i.Path)
		}
	}
	for _, f := range result.OutputFiles {
		name := filepath.Base(f.Path)
		var err error
		if name == "app.js" {
			err = b.add(name, f.Contents)
		} else {
			logical := chunkHash.ReplaceAllString(name, "")
			for n := 2; b.paths[logical] != ""; n++ { // several share something
				logical = chunkHash.ReplaceAllString(name, fmt.Sprint("-", n))
			}
			err = b.addAs(logical, name, true, f.Contents)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// appMeta is what esbuild tells of the scripts that it made.
type appMeta struct {
	Outputs map[string]struct {
		EntryPoint string
		Imports    []struct{ Path, Kind string }
		Inputs     map[string]any
	}
}

func (b *builder) buildApp(page string) (result api.BuildResult, meta appMeta, err error) {
	o := b.options(page, script{"app.js", api.FormatESModule})
	o.Splitting, o.Metafile = true, true
	o.AbsWorkingDir, o.Outdir, o.ChunkNames = b.Root, b.Root, "[name].[hash]"
	result = api.Build(o)
	if err = failed("app.js", result.Errors); err == nil {
		err = json.Unmarshal([]byte(result.Metafile), &meta)
	}
	return result, meta, err
}

// together returns imports for the scripts that are wanted later, by file: each
// imports all that any of them shares with app.js. So esbuild makes one script of
// that, where it otherwise makes one for each of the combinations.
func (m appMeta) together(root string) map[string]string {
	var shared []string
	for _, i := range m.Outputs["app.js"].Imports {
		if i.Kind != "import-statement" {
			continue
		}
		for input := range m.Outputs[i.Path].Inputs {
			if strings.HasSuffix(input, ".js") {
				shared = append(shared, input)
			}
		}
	}
	if len(shared) == 0 {
		return nil
	}
	slices.Sort(shared)
	besides := map[string]string{}
	for name, o := range m.Outputs {
		if o.EntryPoint == "" || name == "app.js" {
			continue
		}
		var imports strings.Builder
		for _, input := range shared {
			fmt.Fprintf(&imports, "import %q;\n", filepath.ToSlash(filepath.Join(root, filepath.FromSlash(input))))
		}
		besides[filepath.Join(root, filepath.FromSlash(o.EntryPoint))] = imports.String()
	}
	return besides
}

// chunkHash is the hash that esbuild puts into a script's name.
var chunkHash = regexp.MustCompile(`\.[0-9A-Z]{8}`)

// addDemo adds the course page that shows how to embed, where there is one.
func (b *builder) addDemo() error {
	assets := filepath.Join(b.Root, "assets")
	if _, err := os.Stat(filepath.Join(assets, demo+".html")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, ext := range []string{".css", ".js"} {
		if err := b.addScript(assets, script{demo + ext, api.FormatDefault}); err != nil {
			return err
		}
	}
	return b.addDocument("assets/"+demo+".html", demo+".html")
}

const demo = "course-demo"

// fixedScripts keep their names: other sites load embed.js, and a browser knows
// a service worker by its name. The last one knows the names of all files.
var fixedScripts = []string{"embed/embed.js", "shell/sw.js"}

func (b *builder) addFixed(page, file string) error {
	name := path.Base(file)
	data, err := b.script(page, script{file, api.FormatIIFE})
	if err != nil {
		return err
	}
	return b.addAs(name, name, false, data)
}

// addScript bundles one script or style sheet with all that it imports.
func (b *builder) addScript(dir string, s script) error {
	data, err := b.script(dir, s)
	if err != nil {
		return err
	}
	return b.add(path.Base(s.name), data)
}

func (b *builder) script(dir string, s script) ([]byte, error) {
	result := api.Build(b.options(dir, s))
	if err := failed(s.name, result.Errors); err != nil {
		return nil, err
	}
	if len(result.OutputFiles) != 1 {
		return nil, fmt.Errorf("%s: %d output files, want 1", s.name, len(result.OutputFiles))
	}
	return result.OutputFiles[0].Contents, nil
}

func (b *builder) options(dir string, s script) api.BuildOptions {
	return api.BuildOptions{
		EntryPoints:       []string{filepath.Join(dir, s.name)},
		Bundle:            true,
		Format:            s.format,
		Target:            api.ES2022,
		Platform:          api.PlatformBrowser,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsInline,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Plugins:           []api.Plugin{b.resolver()},
	}
}

// failed joins esbuild's messages to one error, nil without any.
func failed(name string, messages []api.Message) error {
	if len(messages) == 0 {
		return nil
	}
	var errs []error
	for _, m := range api.FormatMessages(messages, api.FormatMessagesOptions{}) {
		errs = append(errs, errors.New(strings.TrimSpace(m)))
	}
	return fmt.Errorf("%s: %w", name, errors.Join(errs...))
}

// resolver is the esbuild plugin that supplies the bundle's own facts: the
// content of bundle.js, where wasm_exec.js is, and the hashed names in
// style sheets. It also refuses a script that asks for a missing file.
func (b *builder) resolver() api.Plugin {
	return api.Plugin{Name: "bundle", Setup: func(build api.PluginBuild) {
		build.OnLoad(api.OnLoadOptions{Filter: `[/\\]bundle\.js$`}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			sizes := map[string]int{}
			for _, f := range b.files {
				if strings.HasSuffix(f.Name, ".wasm") {
					sizes[f.Name] = len(f.Data)
				}
			}
			known, err := json.Marshal([]any{b.paths, sizes, b.names})
			code := fmt.Sprintf("const [paths, sizes, names] = %s;\nexport const url = (name) => (globalThis.lenetBase ?? '') + (paths[name] ?? name);\nexport const all = () => Object.values(paths);\nexport const size = (name) => sizes[name];\nexport const languages = names;\n", known)
			return api.OnLoadResult{Contents: &code, Loader: api.LoaderJS}, err
		})
		build.OnLoad(api.OnLoadOptions{Filter: `[/\\]strings[/\\]en\.json$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			data, err := os.ReadFile(args.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			data, _, err = splitLater(data)
			code := string(data)
			return api.OnLoadResult{Contents: &code, Loader: api.LoaderJSON}, err
		})
		build.OnLoad(api.OnLoadOptions{Filter: `\.js$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			data, err := os.ReadFile(args.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			for _, m := range urlCall.FindAllSubmatch(data, -1) {
				name := string(m[1])
				if b.paths[name] == "" && !strings.HasPrefix(name, fulldata.Prefix) {
					return api.OnLoadResult{}, fmt.Errorf("%s asks for %s, which is not in the bundle or not yet made", filepath.Base(args.Path), m[0])
				}
			}
			code := b.besides[args.Path] + string(data)
			return api.OnLoadResult{Contents: &code, Loader: api.LoaderJS}, nil
		})
		build.OnResolve(api.OnResolveOptions{Filter: `(^|/)wasm_exec\.js$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: b.wasmExec}, nil
		})
		build.OnResolve(api.OnResolveOptions{Filter: `.*`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if args.Kind != api.ResolveCSSURLToken || fixed(args.Path) {
				return api.OnResolveResult{}, nil
			}
			rel, err := filepath.Rel(b.Root, filepath.Join(args.ResolveDir, filepath.FromSlash(args.Path)))
			if err != nil {
				return api.OnResolveResult{}, err
			}
			at, err := b.lookup(filepath.ToSlash(rel))
			return api.OnResolveResult{Path: at, External: true}, err
		})
	}}
}

// A script may ask for the full training sets even where there are none.
var (
	urlCall   = regexp.MustCompile(`\burl\(\s*['"]([^'"]+)['"]\s*\)`)
	reference = regexp.MustCompile(`\b(?:href|src)="([^"]*)"`)
)

// addDocument adds an HTML file with its references rewritten.
func (b *builder) addDocument(file, name string) error {
	data, err := os.ReadFile(filepath.Join(b.Root, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	var errs []error
	data = reference.ReplaceAllFunc(data, func(m []byte) []byte {
		ref := string(reference.FindSubmatch(m)[1])
		if fixed(ref) {
			return m
		}
		at, err := b.lookup(path.Join(path.Dir(file), ref))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			return m
		}
		return []byte(strings.Replace(string(m), ref, at, 1))
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if name == "index.html" {
		var links string
		for _, at := range b.preload {
			links += fmt.Sprintf("<link rel=\"modulepreload\" href=\"%s\">\n", at)
		}
		data = bytes.Replace(data, []byte("<script type=\"module\""), []byte(links+"<script type=\"module\""), 1)
	}
	if name == "index.html" || name == demo+".html" {
		return b.addAs(name, name, false, data)
	}
	return b.add(name, data)
}

// fixed reports whether a reference is left as it is: an absolute URL, one of
// another scheme, a query or a fragment.
func fixed(ref string) bool {
	return ref == "" || strings.ContainsAny(ref[:1], "/?#") || strings.Contains(ref, ":")
}

// lookup returns the path in the bundle of a file of the source tree or, for a
// built file, of its logical name in any directory.
func (b *builder) lookup(file string) (string, error) {
	names := []string{file, strings.TrimPrefix(file, "assets/")}
	if strings.HasPrefix(file, "wasm/page/") {
		names = []string{path.Base(file)}
	}
	for _, name := range names {
		if at, ok := b.paths[name]; ok {
			return at, nil
		}
	}
	return "", fmt.Errorf("a reference to %s, which is not in the bundle", file)
}
