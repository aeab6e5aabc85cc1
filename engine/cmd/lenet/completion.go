package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/dataset"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

func (completionCmd) Help() string {
	return `Prints a script that completes commands, options and their values.

  source <(lenet completion bash)                                        bash, in ~/.bashrc
  source <(lenet completion zsh)                                         zsh, in ~/.zshrc
  lenet completion fish > ~/.config/fish/completions/lenet.fish          fish`
}

func (c completionCmd) Run(e *env) error {
	commands := commandsOf(newParser(&commandLine{}, e).Model.Node)
	switch c.Shell {
	case "fish":
		return fishCompletion(e.out, commands)
	case "zsh":
		if _, err := io.WriteString(e.out, "autoload -U +X bashcompinit && bashcompinit\n"); err != nil {
			return err
		}
	}
	return bashCompletion(e.out, commands)
}

// command is the program or one of its commands, at any depth.
type command struct {
	*kong.Node
	path []string // the names that lead to it, empty for the program
}

// commandsOf returns a node and all commands below it.
func commandsOf(n *kong.Node) []command {
	var all []command
	var walk func(n *kong.Node, path []string)
	walk = func(n *kong.Node, path []string) {
		all = append(all, command{n, path})
		for _, child := range n.Children {
			if child.Type == kong.CommandNode && !child.Hidden {
				walk(child, append(slices.Clone(path), child.Name))
			}
		}
	}
	walk(n, nil)
	return all
}

// subcommands returns the names of the commands right below.
func (c command) subcommands() []string {
	var names []string
	for _, child := range c.Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return names
}

// flags returns the command's options; --help is the program's, and every command's.
func (c command) flags() []*kong.Flag {
	var flags []*kong.Flag
	for _, f := range c.Flags {
		if !f.Hidden {
			flags = append(flags, f)
		}
	}
	return flags
}

// names returns an option's spellings.
func names(f *kong.Flag) []string {
	all := []string{"--" + f.Name}
	if f.Tag.Negatable != "" {
		all = append(all, "--no-"+f.Name)
	}
	if f.Short != 0 {
		all = append(all, "-"+string(f.Short))
	}
	return all
}

// values returns what an option can be, nil where that is no list.
func values(f *kong.Flag) []string {
	switch f.Name {
	case "preset":
		var presets []string
		for _, p := range engine.Presets() {
			presets = append(presets, p.Preset)
		}
		return presets
	case "dataset":
		return dataset.Names()
	case "weights":
		return assets.WeightNames()
	case "names":
		return []string{"plain", "reshape", "net"}
	}
	if f.Enum != "" {
		return strings.Split(f.Enum, ",")
	}
	if strings.Contains(f.PlaceHolder, "|") {
		return strings.Split(f.PlaceHolder, "|")
	}
	return nil
}

func bashCompletion(w io.Writer, commands []command) error {
	var b strings.Builder
	path := func(c command) string { return strings.Join(c.path, " ") }
	b.WriteString(`_lenet() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= words= word
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "${path:+$path }$word" in
`)
	for _, c := range commands[1:] {
		fmt.Fprintf(&b, "		'%s') path='%s' ;;\n", path(c), path(c))
	}
	b.WriteString(`		esac
	done
	COMPREPLY=()
	case "$path $before" in
`)
	for _, c := range commands {
		for _, f := range c.flags() {
			switch vs := values(f); {
			case vs != nil:
				also := ""
				if f.Name == "weights" {
					also = ` $(compgen -f -- "$current")`
				}
				fmt.Fprintf(&b, "	'%s --%s') COMPREPLY=($(compgen -W '%s' -- \"$current\")%s); return ;;\n", path(c), f.Name, strings.Join(vs, " "), also)
			case !f.IsBool():
				fmt.Fprintf(&b, "	'%s --%s') return ;;\n", path(c), f.Name) // a file or a number
			}
		}
	}
	b.WriteString(`	esac
	case "$path" in
`)
	for _, c := range commands {
		words := c.subcommands()
		for _, f := range c.flags() {
			words = append(words, names(f)...)
		}
		fmt.Fprintf(&b, "	'%s') words='%s' ;;\n", path(c), strings.Join(append(words, "--help"), " "))
	}
	b.WriteString(`	esac
	if [[ $current == -* || -z $path || $words != -* ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$current"))
	fi
}
complete -o bashdefault -o default -F _lenet lenet
`)
	_, err := io.WriteString(w, b.String())
	return err
}

func fishCompletion(w io.Writer, commands []command) error {
	var b strings.Builder
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }
	for _, c := range commands {
		// Where a word of the path is missing, or one of a command below is there, it is another command's turn.
		condition := "__fish_use_subcommand"
		if len(c.path) > 0 {
			var parts []string
			for _, word := range c.path {
				parts = append(parts, "__fish_seen_subcommand_from "+word)
			}
			if below := c.subcommands(); len(below) > 0 {
				parts = append(parts, "not __fish_seen_subcommand_from "+strings.Join(below, " "))
			}
			condition = strings.Join(parts, "; and ")
		}
		line := func(rest string) { fmt.Fprintf(&b, "complete -c lenet -n %s %s\n", quote(condition), rest) }
		for _, child := range c.Children {
			if !child.Hidden {
				line(fmt.Sprintf("-f -a %s -d %s", child.Name, quote(firstSentence(child.Help))))
			}
		}
		for _, f := range c.flags() {
			rest := "-l " + f.Name
			if f.Short != 0 {
				rest += " -s " + string(f.Short)
			}
			if vs := values(f); vs != nil {
				rest += " -x -a " + quote(strings.Join(vs, " "))
			} else if !f.IsBool() {
				rest += " -r"
			}
			line(rest + " -d " + quote(firstSentence(f.Help)))
			if f.Tag.Negatable != "" {
				line("-l no-" + f.Name)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// firstSentence shortens a help text.
func firstSentence(s string) string {
	s, _, _ = strings.Cut(s, ". ")
	return strings.TrimSuffix(s, ".")
}
