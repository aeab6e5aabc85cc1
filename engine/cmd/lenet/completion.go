package main

import (
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
	return `Prints a script that completes commands, options and their values, files too.

  source <(lenet completion bash)                                        bash, in ~/.bashrc
  source <(lenet completion zsh)                                         zsh, in ~/.zshrc
  lenet completion fish > ~/.config/fish/completions/lenet.fish          fish

The one for zsh starts zsh's own completion (compinit) where ~/.zshrc has not done so before.`
}

func (c completionCmd) Run(e *env) error {
	commands := commandsOf(newParser(&commandLine{}, e).Model.Node)
	script := map[string]func([]command) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	_, err := io.WriteString(e.out, script(commands))
	return err
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

// completed are the flags and arguments that may follow the command, those of
// the command below that it stands for included.
func (c command) completed() (flags []*kong.Flag, arguments []*kong.Positional) {
	flags, arguments = c.flags(), c.Positional
	if d := c.DefaultCmd; d != nil {
		flags, arguments = slices.Concat(flags, command{Node: d}.flags()), d.Positional
	}
	return flags, arguments
}

// values are the possible values of an option or an argument.
type values struct {
	words       []string
	files, dirs bool // those of the disk, too
}

func valuesOf(v *kong.Value) (c values) {
	switch v.Name {
	case "preset":
		for _, p := range engine.Presets() {
			c.words = append(c.words, p.Preset)
		}
	case "dataset":
		c.words = dataset.Names()
	case "weights", "in", "init":
		c.words, c.files = assets.WeightNames(), true
	case "command": // lenet help's
		c.words = commandsOf(newParser(&commandLine{}, &env{}).Model.Node)[0].subcommands()
	case "names":
		c.words = []string{"plain", "reshape", "net"}
	default:
		switch placeholder := v.Tag.PlaceHolder; {
		case v.Enum != "":
			c.words = strings.Split(v.Enum, ",")
		case strings.Contains(placeholder, "|"):
			c.words = strings.Split(placeholder, "|")
		case v.Tag.Type == "existingdir" || placeholder == "DIR":
			c.dirs = true
		case strings.HasPrefix(placeholder, "FILE") || placeholder == "PATH" || v.Flag == nil:
			c.files = true
		}
	}
	return c
}

// firstSentence shortens a help text.
func firstSentence(s string) string {
	s, _, _ = strings.Cut(s, ". ")
	return strings.TrimSuffix(s, ".")
}
