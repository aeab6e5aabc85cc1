package boundaries

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every module that the programs are made of comes with a licence that lets
// anyone use them for anything: known by a sentence of it.
func TestLicences(t *testing.T) {
	permissive := []string{
		"Permission is hereby granted, free of charge",                                    // MIT
		"Redistribution and use in source and binary forms, with or without modification", // BSD
		"Apache License Version 2.0",
		"This is free and unencumbered software released into the public domain",      // Unlicense
		"Creative Commons Attribution 4.0 International Public License By exercising", // svgo, which gonum's plots are written with
		"Use of the Freetype-Go software is subject to your choice of exactly one of the following two licenses: * The FreeType License, which is similar to the original BSD license with an advertising clause",
	}
	file := regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying`)
	const format = `{{with .Module}}{{if not .Main}}{{.Path}}|{{.Dir}}{{end}}{{end}}`
	modules := slices.Concat(goCommand(t, nil, "list", "-deps", "-f", format, "./engine/cmd/lenet", "./server", "./wasm/bundle"),
		goCommand(t, js, "list", "-deps", "-f", format, "./wasm/cmd/playground", "./wasm/cmd/worker"))
	slices.Sort(modules)
	for _, m := range slices.Compact(modules) {
		name, dir, _ := strings.Cut(m, "|")
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var text string
		for _, e := range entries {
			if !file.MatchString(e.Name()) || e.IsDir() {
				continue
			}
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			text += strings.Join(strings.Fields(string(data)), " ")
		}
		if !slices.ContainsFunc(permissive, func(s string) bool { return strings.Contains(text, s) }) {
			t.Errorf("%s in %s has no licence that is known to be permissive: look at it, and leave the module or add a sentence of its licence here", name, dir)
		}
	}
}
