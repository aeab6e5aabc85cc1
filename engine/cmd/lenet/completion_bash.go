package main

import (
	"fmt"
	"strings"
)

// bashCompletion returns a function for bash, which makes words of their own of
// "--option", "=" and "value" unless COMP_WORDBREAKS was changed.
func bashCompletion(commands []command) string {
	var b strings.Builder
	path := func(c command) string { return strings.Join(c.path, " ") }
	lines := func(words []string) string { return "$'" + strings.Join(words, `\n`) + "'" }
	b.WriteString(`_lenet() {
	local IFS=$'\n' current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} prefix= path= words= word
	if [[ $current == = ]]; then
		current=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD-2]}
	elif [[ $current == --*=* ]]; then
		before=${current%%=*} prefix=${current%%=*}= current=${current#*=}
	fi
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "${path:+$path }$word" in
`)
	for _, c := range commands[1:] {
		fmt.Fprintf(&b, "		'%s') path='%[1]s' ;;\n", path(c))
	}
	b.WriteString(`		esac
	done
	COMPREPLY=()
	case "$path $before" in
`)
	reply := func(v values) string {
		var kinds []string
		if v.words != nil {
			kinds = append(kinds, "-W "+lines(v.words))
		}
		if v.files {
			kinds = append(kinds, "-f")
		}
		if v.dirs {
			kinds = append(kinds, "-d")
		}
		if kinds == nil {
			return ""
		}
		names := ""
		if v.files || v.dirs {
			names = "compopt -o filenames 2>/dev/null; "
		}
		return fmt.Sprintf(`%sCOMPREPLY=($(compgen -P "$prefix" %s -- "$current"));`, names, strings.Join(kinds, " "))
	}
	for _, c := range commands {
		flags, _ := c.completed()
		for _, f := range flags {
			if !f.IsBool() {
				fmt.Fprintf(&b, "	'%s --%s') %s return ;;\n", path(c), f.Name, reply(valuesOf(f.Value)))
			}
		}
	}
	b.WriteString(`	esac
	case "$path" in
`)
	for _, c := range commands {
		flags, arguments := c.completed()
		options := []string{"--help"}
		for _, f := range flags {
			options = append(options, names(f)...)
		}
		other := values{words: c.subcommands()}
		for _, a := range arguments {
			v := valuesOf(a)
			other.words, other.files = append(other.words, v.words...), other.files || v.files
		}
		fmt.Fprintf(&b, "	'%s') words=%s; [[ $current == -* ]] || { %s } ;;\n", path(c), lines(options), strings.TrimSpace(reply(other)+" :;"))
	}
	b.WriteString(`	esac
	if [[ $current == -* ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$current"))
	fi
}
complete -o bashdefault -o default -F _lenet lenet
`)
	return b.String()
}
