package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
)

// version tells what this program was made of: its own version, which names
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
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
}

// writeSBOM lists what the program was compiled from, as the compiler noted it
// in the program: the modules and Go's own library.
func writeSBOM(w io.Writer) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return fmt.Errorf("this program was built without build information: build it with the go command")
	}
	module := func(m debug.Module) component {
		return component{"library", m.Path, m.Version, "pkg:golang/" + m.Path + "@" + m.Version}
	}
	s := sbom{Format: "CycloneDX", Spec: "1.6", Version: 1}
	s.Metadata.Component = module(info.Main)
	s.Metadata.Component.Type = "application"
	s.Components = []component{module(debug.Module{Path: "std", Version: info.GoVersion})}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		s.Components = append(s.Components, module(*m))
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
}
