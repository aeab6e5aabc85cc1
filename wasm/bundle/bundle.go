// Package bundle makes the directory that a browser loads the playground
// from: the page's JavaScript and CSS bundled and minified, the WebAssembly
// binaries, weights and data. Everything but index.html, embed.js, sw.js, the
// demo course page, and the full training sets with their list, has a hash of
// its content in its name and may be cached for ever; every reference is
// relative, so the directory works from any host and below any path.
//
// A file has a logical name: its name in wasm/page, whichever folder it lies in
// ("app.css"), its path below assets ("weights/mnist.safetensors"), or the name
// of something built ("worker.wasm").
// index.html and play.html refer to files by their place in the source tree,
// which the bundle rewrites. JavaScript asks for a URL by logical name:
//
//	import { url } from './bundle.js';
//	fetch(url('weights/mnist.safetensors'));
//
// In the source tree bundle.js returns the name as it is; the bundle puts a
// module with the map from names to hashed names in its place.
package bundle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"lenet/engine/dataset"
	"lenet/wasm/fulldata"
	"lenet/wasm/manifest"
)

// Options selects the content of a bundle.
type Options struct {
	Root  string   // the repository's root
	Out   string   // the directory to write; files of an earlier bundle are removed from it
	Cache string   // directory for compressed files, by content
	Level Level    // how hard to compress: Best or Quick
	Extra []Extra  // files to add under their own names
	Wasm  []Binary // WebAssembly binaries to build; usually Binaries
	// Posters are the networks of assets/weights that an embedded page shows
	// before it loads the engine; usually Posters.
	Posters []string
}

// Extra is a file of a full training set, added as it is: neither renamed nor compressed.
type Extra struct {
	Name string // path in the bundle, below fulldata.Prefix
	File string // where it is
}

// Posters are the playground's: one for each data set.
var Posters = dataset.Names()

// File is one file of a bundle.
type File struct {
	Name      string // logical name
	Path      string // path in the bundle, with slashes
	Immutable bool   // the content at this path never changes: the path has its hash, or it is a constant
	Data      []byte
	Brotli    []byte // nil when it saves too little
	Gzip      []byte // the same
}

// builder gathers the files.
type builder struct {
	Options
	files    []*File
	paths    map[string]string // logical name → path in the bundle
	preload  []string          // paths of the scripts that app.js cannot begin without
	besides  map[string]string // imports to add to a script, by its file: see addApp
	wasmExec string            // where wasm_exec.js is
	names    map[string]string // what each of the page's languages calls itself, by its file's name without .json
}

// Build makes the bundle and returns its files in the order of their paths.
func Build(o Options) ([]*File, error) {
	b := &builder{Options: o, paths: map[string]string{}, names: map[string]string{}}
	for _, step := range []func() error{b.addWasm, b.addAssets, b.addPosters, b.addPage, b.compress, b.addExtras} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("bundle: %w", err)
		}
	}
	slices.SortFunc(b.files, func(x, y *File) int { return cmp.Compare(x.Path, y.Path) })
	if err := write(o.Out, b.files); err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return b.files, nil
}

// add puts a file under a hashed name.
func (b *builder) add(name string, data []byte) error {
	sum := sha256.Sum256(data)
	ext := path.Ext(name)
	return b.addAs(name, strings.TrimSuffix(name, ext)+"."+hex.EncodeToString(sum[:5])+ext, true, data)
}

func (b *builder) addAs(name, at string, immutable bool, data []byte) error {
	if old, ok := b.paths[name]; ok {
		return fmt.Errorf("two files are called %q: %s and %s", name, old, at)
	}
	b.paths[name] = at
	b.files = append(b.files, &File{Name: name, Path: at, Immutable: immutable, Data: data})
	return nil
}

// assetDirs are the directories of assets that the page fetches from.
var assetDirs = []string{"data", "icons", "strings", "weights"}

// addAssets adds the files of assetDirs.
func (b *builder) addAssets() error {
	for _, dir := range assetDirs {
		root := os.DirFS(filepath.Join(b.Root, "assets"))
		err := fs.WalkDir(root, dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(d.Name(), ".go") {
				return err
			}
			data, err := fs.ReadFile(root, p)
			if err != nil {
				return err
			}
			if strings.HasPrefix(p, "strings/") {
				return b.addLanguage(p, data)
			}
			return b.add(p, data)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// english is the language that is part of app.js, but for what one opens later.
const english = "en"

// addLanguage adds the texts of a language, which the page fetches when
// somebody chooses it.
func (b *builder) addLanguage(name string, data []byte) error {
	var texts struct {
		Name string `json:"language.name"`
	}
	if err := json.Unmarshal(data, &texts); err != nil {
		return fmt.Errorf("assets/%s: %w", name, err)
	}
	if texts.Name == "" {
		return fmt.Errorf("assets/%s does not say what the language calls itself: add \"language.name\"", name)
	}
	language := strings.TrimSuffix(path.Base(name), ".json")
	b.names[language] = texts.Name
	if language == english {
		var err error
		if _, data, err = splitLater(data); err != nil {
			return fmt.Errorf("assets/%s: %w", name, err)
		}
	}
	return b.add(name, data)
}

// laterText is a key of a text of what one opens later: a lesson's step, Mine, the
// image's way through the network, the list of the page's keys, or a file.
var laterText = regexp.MustCompile(`^(lesson\.\w+\.\d|mine\.|through\.(empty|pad|picture|input|conv|pool|linear|answers|back|step)|` +
	`keys\.(at|mine|space|present|next|back|go|step|pad|stage|play)|log\.(shown|line|empty)|picture\.(format|blank)|share\.(same|change|other|assumed|reads)$)`)

// splitLater parts a language's texts into those of the page and those of what one
// opens later. English has the second in a file of its own, which the page fetches
// when somebody opens one of them.
func splitLater(data []byte) (page, later []byte, err error) {
	var texts map[string]any
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, nil, err
	}
	of := map[string]any{}
	for key, text := range texts {
		if laterText.MatchString(key) {
			of[key] = text
			delete(texts, key)
		}
	}
	if page, err = json.Marshal(texts); err == nil {
		later, err = json.Marshal(of)
	}
	return page, later, err
}

// addExtras adds the files of Extra, and the list of the full training sets
// among them. Their content never changes, they have names of their own.
func (b *builder) addExtras() error {
	var sets []string
	for _, e := range b.Extra {
		data, err := os.ReadFile(e.File)
		if err != nil {
			return err
		}
		if err := b.addAs(e.Name, e.Name, true, data); err != nil {
			return err
		}
		if set := path.Dir(strings.TrimPrefix(e.Name, fulldata.Prefix)); !slices.Contains(sets, set) {
			sets = append(sets, set)
		}
	}
	return b.addAs(fulldata.Index, fulldata.Index, false, fulldata.AppendIndex(nil, sets))
}

// compress fills in the compressed variants, as many at a time as there are processors.
func (b *builder) compress() error {
	errs := make([]error, len(b.files))
	var wg sync.WaitGroup
	for i, f := range b.files {
		if compressible(f.Path) {
			wg.Go(func() { errs[i] = b.Level.compress(b.Cache, f) })
		}
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("compressing %s: %w", b.files[i].Path, err)
		}
	}
	return nil
}

// write puts the files and manifest.json into dir and removes what an earlier
// bundle left there. It refuses a directory that holds anything else.
func write(dir string, files []*File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := listed(dir)
	if err != nil {
		return err
	}
	keep := map[string]bool{manifest.Name: true}
	for _, f := range files {
		for _, v := range []struct {
			suffix string
			data   []byte
		}{{"", f.Data}, {".br", f.Brotli}, {".gz", f.Gzip}} {
			if v.data == nil && v.suffix != "" {
				continue
			}
			keep[f.Path+v.suffix] = true
			if err := writeFile(filepath.Join(dir, filepath.FromSlash(f.Path+v.suffix)), v.data); err != nil {
				return err
			}
		}
	}
	if err := writeFile(filepath.Join(dir, manifest.Name), listOf(files)); err != nil {
		return err
	}
	for _, p := range old {
		if !keep[p] {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(p))); err != nil {
				return err
			}
			os.Remove(filepath.Dir(filepath.Join(dir, filepath.FromSlash(p)))) // fails, as it should, unless empty
		}
	}
	return nil
}

// writeFile writes a file, unless it has the content already.
func writeFile(name string, data []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

// listed returns the files in dir, dot-files aside.
func listed(dir string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
			names = append(names, p)
		}
		return err
	})
	if err == nil && len(names) > 0 && !slices.Contains(names, manifest.Name) {
		err = fmt.Errorf("%s holds files but no %s: give an empty directory or an earlier bundle", dir, manifest.Name)
	}
	return names, err
}
