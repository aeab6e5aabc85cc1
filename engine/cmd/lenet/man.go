package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

func (manCmd) Help() string {
	return `Prints the manual page of all commands, as roff.

  lenet man | man -l -
  lenet man > /usr/local/share/man/man1/lenet.1`
}

func (manCmd) Run(e *env) error {
	commands := commandsOf(newParser(&commandLine{}, e).Model.Node)
	var b strings.Builder
	fmt.Fprintf(&b, ".TH LENET 1 \"\" \"%s\" \"User Commands\"\n", roff(version()))
	description, rest, _ := strings.Cut(about, "\n")
	b.WriteString(".SH NAME\nlenet \\- train, inspect and use d2l's LeNet\n.SH SYNOPSIS\n.B lenet\n.I command\n[options]\n.SH DESCRIPTION\n")
	b.WriteString(paragraphs(description + "\n" + rest))
	b.WriteString(".SH OPTIONS\n")
	options(&b, commands[0])
	for _, c := range commands[1:] {
		if len(c.path) == 1 {
			fmt.Fprintf(&b, ".SH LENET %s\n", strings.ToUpper(roff(strings.Join(c.path, " "))))
		} else {
			fmt.Fprintf(&b, ".SS lenet %s\n", roff(strings.Join(c.path, " ")))
		}
		fmt.Fprintf(&b, ".PP\n.B %s\n.PP\n%s\n", roff(usage(c)), roff(c.Help))
		b.WriteString(paragraphs(c.Detail))
		options(&b, c)
	}
	_, err := io.WriteString(e.out, b.String())
	return err
}

// usage is a command with its arguments: "lenet predict <file> ... [options]".
func usage(c command) string {
	words := append([]string{"lenet"}, c.path...)
	for _, p := range c.Positional {
		words = append(words, p.Summary())
	}
	if len(c.subcommands()) > 0 {
		words = append(words, "<command>")
	}
	return strings.Join(append(words, "[options]"), " ")
}

// options lists a command's arguments and options.
func options(b *strings.Builder, c command) {
	for _, p := range c.Positional {
		fmt.Fprintf(b, ".TP\n.I %s\n%s\n", roff(p.Summary()), roff(p.Help))
	}
	for _, f := range c.flags() {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(spelling(f)), roff(f.Help))
		if f.HasDefault && f.Default != "" {
			fmt.Fprintf(b, "Default: %s.\n", roff(f.Default))
		}
		if len(f.Envs) > 0 {
			fmt.Fprintf(b, "Environment: %s.\n", roff(strings.Join(f.Envs, ", ")))
		}
	}
}

// spelling is an option with its value: "-q, --quiet" or "--lr=X".
func spelling(f *kong.Flag) string {
	s := "--" + f.Name
	if f.Tag.Negatable != "" {
		s = "--[no-]" + f.Name
	}
	if f.Short != 0 {
		s = "-" + string(f.Short) + ", " + s
	}
	if !f.IsBool() {
		s += "=" + f.FormatPlaceHolder()
	}
	return s
}

// paragraphs writes running text as it wraps, and indented lines as they are.
func paragraphs(text string) string {
	var b strings.Builder
	verbatim := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "  ")
		if indented != verbatim && line != "" {
			b.WriteString(map[bool]string{true: ".PP\n.nf\n", false: ".fi\n.PP\n"}[indented])
			verbatim = indented
		}
		if line == "" && !verbatim {
			b.WriteString(".PP\n")
		} else if line != "" {
			b.WriteString(roff(line) + "\n")
		}
	}
	if verbatim {
		b.WriteString(".fi\n")
	}
	return b.String()
}

// roff keeps a text from being taken for requests and escapes.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
