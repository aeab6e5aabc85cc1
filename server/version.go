package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"lenet/server/site"
	"maps"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// version describes this program: its own version, which names
// the commit, the build of the page in it, and the compiler.
func version(page string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return fmt.Sprintf("%s, page %s, %s", info.Main.Version, page, info.GoVersion)
}

// sbom is a software bill of materials in the form of CycloneDX 1.6.
type sbom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"` // "library", or "file" for one of the page
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

// writeSBOM lists what the program was compiled from, and the WebAssembly
// programs of the page in it, as the compiler noted it in them: the modules and
// Go's own library. Then come the page's files; its scripts have no other
// source than this repository and Go. page is nil where there is none.
func writeSBOM(w io.Writer, bundle fs.FS, page *site.Site) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program was built without build information: build it with the go command")
	}
	infos := []*debug.BuildInfo{info}
	var files []component
	if page != nil {
		listed := page.Files()
		for _, name := range slices.Sorted(maps.Keys(listed)) {
			files = append(files, component{Type: "file", Name: name, Hashes: []hash{{"SHA-256", listed[name].SHA256}}})
			if path.Ext(name) != ".wasm" {
				continue
			}
			data, err := fs.ReadFile(bundle, name)
			if err != nil {
				return err
			}
			of, err := wasmInfo(data)
			if err != nil {
				return fmt.Errorf("%q: %w", name, err)
			}
			infos = append(infos, of)
		}
	}
	module := func(m debug.Module) component {
		return component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version}
	}
	s := sbom{Format: "CycloneDX", Spec: "1.6", Version: 1}
	s.Metadata.Component = module(info.Main)
	s.Metadata.Component.Type = "application"
	for _, i := range infos {
		s.Components = append(s.Components, module(debug.Module{Path: "std", Version: i.GoVersion}))
		for _, m := range i.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			s.Components = append(s.Components, module(*m))
		}
	}
	slices.SortFunc(s.Components, func(a, b component) int { return strings.Compare(a.PURL, b.PURL) })
	s.Components = slices.CompactFunc(s.Components, func(a, b component) bool { return a.PURL == b.PURL })
	s.Components = append(s.Components, files...)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// Before and after the modules that the linker writes into a program: package
// cmd/go/internal/modload has these numbers. debug/buildinfo reads them from
// programs of operating systems only.
var (
	infoStart = []byte("\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6")
	infoEnd   = []byte("\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2")
)

// wasmInfo returns what the compiler noted in a WebAssembly program.
func wasmInfo(program []byte) (*debug.BuildInfo, error) {
	_, rest, ok := bytes.Cut(program, infoStart)
	text, _, ended := bytes.Cut(rest, infoEnd)
	if !ok || !ended {
		return nil, errors.New("no build information in this program")
	}
	info, err := debug.ParseBuildInfo(string(text))
	if err == nil {
		info.GoVersion = cmp.Or(info.GoVersion, runtime.Version()) // the text leaves out the compiler: the one of this program made the page
	}
	return info, err
}
