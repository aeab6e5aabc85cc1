package main

import (
	"fmt"
	"strings"

	"lenet/assets"
)

// zshCompletion returns functions for zsh's own completion, one for each
// command. The script may be read by a shell or lie in $fpath as _lenet.
func zshCompletion(commands []command) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#compdef lenet
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_lenet__weights() { _alternative 'names:embedded weights:(%s)' 'files:file:_files' }
`, strings.Join(assets.WeightNames(), " "))
	for _, c := range commands {
		zshFunction(&b, c)
	}
	b.WriteString("if [[ $funcstack[1] == _lenet ]]; then _lenet \"$@\"; else compdef _lenet lenet; fi\n")
	return b.String()
}

// zshFunction writes the function of a command, which passes on to those of the
// commands below it.
func zshFunction(b *strings.Builder, c command) {
	name := strings.Join(append([]string{"_lenet"}, c.path...), "_")
	fmt.Fprintf(b, "%s() {\n	local curcontext=$curcontext state line\n	_arguments -s -S -C :", name)
	spec := func(s string) { fmt.Fprintf(b, " \\\n		'%s'", strings.ReplaceAll(s, "'", `'\''`)) }
	if len(c.path) > 0 { // the program has it among its flags
		spec("--help[Show help]")
	}
	flags, arguments := c.completed()
	for _, f := range flags {
		for _, n := range names(f) {
			s := "[" + zshEscape(firstSentence(f.Help)) + "]"
			if f.IsBool() {
				spec(n + s)
			} else {
				spec(n + "=" + s + ":" + f.Name + ":" + zshAction(valuesOf(f.Value)))
			}
		}
	}
	below := c.subcommands()
	if below == nil {
		for _, a := range arguments {
			place := ":"
			if a.IsSlice() {
				place = "*:"
			}
			spec(place + a.Name + ":" + zshAction(valuesOf(a)))
		}
		b.WriteString("\n}\n")
		return
	}
	spec(":command:->command")
	spec("*:::rest:->rest")
	b.WriteString("\n	case $state in\n	command)\n		local -a commands=(")
	for _, child := range c.Children {
		if !child.Hidden {
			fmt.Fprintf(b, " '%s:%s'", child.Name, strings.ReplaceAll(firstSentence(child.Help), "'", `'\''`))
		}
	}
	b.WriteString(" )\n		_describe command commands\n")
	for _, a := range arguments {
		fmt.Fprintf(b, "		%s\n", zshAction(valuesOf(a)))
	}
	b.WriteString("		;;\n	rest)\n		words=($line[1] \"${words[@]}\"); (( CURRENT += 1 ))\n		case $line[1] in\n")
	for _, child := range below {
		fmt.Fprintf(b, "		%s) %s_%[1]s ;;\n", child, name)
	}
	if len(arguments) > 0 {
		fmt.Fprintf(b, "		*) %s ;;\n", zshAction(valuesOf(arguments[0])))
	}
	b.WriteString("		esac\n	esac\n}\n")
}

// zshAction completes values.
func zshAction(v values) string {
	switch {
	case v.words != nil && v.files:
		return "_lenet__weights"
	case v.words != nil:
		return "(" + strings.Join(v.words, " ") + ")"
	case v.files:
		return "_files"
	case v.dirs:
		return "_files -/"
	}
	return " "
}

// zshEscape keeps a text from ending the part of a specification that it is in.
func zshEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(s)
}
