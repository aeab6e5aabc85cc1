package main

import (
	"fmt"
	"strings"
)

// fishCompletion returns the lines for fish. Each has a condition, the command
// that the words before the cursor make.
func fishCompletion(commands []command) string {
	var b strings.Builder
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }
	var paths []string
	for _, c := range commands[1:] {
		paths = append(paths, quote(strings.Join(c.path, " ")))
	}
	fmt.Fprintf(&b, `function __lenet_at
    set -l at
    for word in (commandline -opc)[2..-1]
        set -l longer (string trim "$at $word")
        contains -- "$longer" %s; and set at $longer
    end
    test "$at" = "$argv"
end
`, strings.Join(paths, " "))
	for _, c := range commands {
		line := func(rest string) {
			fmt.Fprintf(&b, "complete -c lenet -n %s %s\n", quote("__lenet_at "+strings.Join(c.path, " ")), rest)
		}
		flags, arguments := c.completed()
		files := false
		for _, a := range arguments {
			v := valuesOf(a)
			if files = files || v.files; v.words != nil {
				line("-a " + quote(strings.Join(v.words, " ")))
			}
		}
		if !files {
			line("-f")
		}
		for _, child := range c.Children {
			if !child.Hidden {
				line(fmt.Sprintf("-a %s -d %s", child.Name, quote(firstSentence(child.Help))))
			}
		}
		line("-l help -d 'Show help'")
		for _, f := range flags {
			rest := "-l " + f.Name
			if f.Short != 0 {
				rest += " -s " + string(f.Short)
			}
			v := valuesOf(f.Value)
			switch {
			case f.IsBool():
			case v.files:
				rest += " -r -F"
			case v.dirs:
				rest += " -x -a '(__fish_complete_directories)'"
			default:
				rest += " -x"
			}
			if v.words != nil && !f.IsBool() {
				rest += " -a " + quote(strings.Join(v.words, " "))
			}
			line(rest + " -d " + quote(firstSentence(f.Help)))
			if f.Tag.Negatable != "" {
				line("-l no-" + f.Name)
			}
		}
	}
	return b.String()
}
