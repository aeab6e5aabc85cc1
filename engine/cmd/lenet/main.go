// Lenet trains, evaluates and inspects LeNet, the convolutional network of
// Dive into Deep Learning, on MNIST and Fashion-MNIST. Run `lenet --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"lenet/engine/cpu"
	"lenet/engine/dataset"
)

// Exit codes of the program.
const (
	exitOK          = 0
	exitFailure     = 1   // something went wrong, or a check did not pass
	exitUsage       = 2   // the command line is wrong
	exitInterrupted = 130 // stopped by Ctrl-C, SIGTERM or SIGHUP; shells have it so for Ctrl-C
)

type commandLine struct {
	Train   trainCmd   `cmd:"" help:"Train a network and report as d2l does."`
	Layers  layersCmd  `cmd:"" help:"Print each layer's output shape and parameter count."`
	Eval    evalCmd    `cmd:"" help:"Test trained weights on a data set or on drawn digits."`
	Predict predictCmd `cmd:"" help:"Classify pictures or drawn digits."`
	Explain explainCmd `cmd:"" help:"Ask a network why it says so, what a unit wants to see, and what fools it."`
	Plot    plotCmd    `cmd:"" help:"Draw figures: curves from logs, kernels, activations, confusion matrices."`
	Convert convertCmd `cmd:"" help:"Write weights for PyTorch, NumPy or ONNX, and read PyTorch's."`
	Data    dataCmd    `cmd:"" help:"List, fetch and verify the data sets."`
	Verify  verifyCmd  `cmd:"" help:"Hold the engine against PyTorch's numbers."`
	Bench   benchCmd   `cmd:"" help:"Measure training and inference speed."`
	GPU     gpuCmd     `cmd:"" name:"gpu" help:"Show the GPU, or why there is none, and measure training on it."`
	Weights weightsCmd `cmd:"" help:"Train the embedded weights again."`

	Help       helpCmd       `cmd:"" help:"Print how to use a command."`
	Completion completionCmd `cmd:"" help:"Print a script that completes command lines in bash, zsh or fish."`
	Man        manCmd        `cmd:"" help:"Print the manual page."`

	Version kong.VersionFlag `help:"Print the version and quit."`
}

const about = `LeNet, the convolutional network of Dive into Deep Learning (d2l.ai), on MNIST, Fashion-MNIST and your own images.

Start with

  lenet train --preset quick      learns digits in seconds, downloads nothing
  lenet train                     d2l's recipe on Fashion-MNIST: loss 0.47, test acc 0.80
  lenet train --init mnist --data letters.json
                                  your own drawings, pictures or arrays, of 2 to 64 classes
  lenet layers                    the network, layer by layer
  lenet predict --weights mnist three.png

Exit status: 0 done, 1 failed or a check did not pass, 2 wrong command line, 130 stopped by Ctrl-C,
SIGTERM or SIGHUP.`

// env is what surrounds a command: context, output and terminal.
type env struct {
	ctx      context.Context // ends with Ctrl-C
	saves    atomic.Bool     // the command looks at ctx and saves its work; otherwise Ctrl-C ends it at once
	out, err io.Writer
	terminal bool // err is a terminal, on which a line can be drawn again
	noted    bool // noteCPU has said why
}

// errInterrupted means that Ctrl-C ended the command after it had cleaned up.
var errInterrupted = errors.New("interrupted")

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	e := &env{ctx: ctx, out: os.Stdout, err: os.Stderr, terminal: redraws(os.Stderr)}
	e.watchSignals(cancel)
	os.Exit(run(e, os.Args[1:]))
}

// redraws reports whether f is a terminal that takes escape sequences.
func redraws(f *os.File) bool {
	kind := os.Getenv("TERM")
	dumb := kind == "dumb" || kind == "" && runtime.GOOS != "windows" || os.Getenv("NO_COLOR") != ""
	return !dumb && term.IsTerminal(int(f.Fd()))
}

func run(e *env, args []string) int {
	out := &output{to: e.out}
	e.out = out
	var grammar commandLine
	command, err := parse(e, &grammar, args)
	if err == nil && command != nil {
		err = command.Run(e)
	}
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && out.err == nil {
		fmt.Fprintf(e.err, "lenet: error: %v\n", err)
		help := "lenet --help"
		if wrong.Context.Selected() != nil {
			help = wrong.Context.Selected().FullPath() + " --help"
		}
		fmt.Fprintf(e.err, "For help: %s\n", help)
		return exitUsage
	}
	if err == nil && out.err != nil {
		err = fmt.Errorf("not all of the output was written: %w", out.err)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled):
		fmt.Fprintln(e.err, "lenet: interrupted")
		return exitInterrupted
	}
	fmt.Fprintf(e.err, "lenet: error: %v\n", err)
	return exitFailure
}

// printed is the value with which kong's Exit panics after it has printed the help or the version.
type printed struct{}

// parse returns the command to run, nil where help or the version was asked for
// and printed.
func parse(e *env, grammar *commandLine, args []string) (command *kong.Context, err error) {
	defer func() {
		if p := recover(); p != nil && p != (printed{}) {
			panic(p)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k := newParser(grammar, e)
	return k.Parse(joinNegative(k, args))
}

var negative = regexp.MustCompile(`(?i)^-(\d|\.\d|inf|nan)`)

// joinNegative makes one argument of an option and a negative number that
// follows it, which would be taken for short options otherwise.
func joinNegative(k *kong.Kong, args []string) []string {
	takesNone := map[string]bool{}
	for _, c := range commandsOf(k.Model.Node) {
		for _, f := range c.flags() {
			for _, name := range names(f) {
				takesNone[name] = f.IsBool()
			}
		}
	}
	var joined []string
	for i, arg := range args {
		if arg == "--" {
			return append(joined, args[i:]...)
		}
		if n := len(joined); n > 0 && negative.MatchString(arg) && strings.HasPrefix(joined[n-1], "--") && !strings.Contains(joined[n-1], "=") && !takesNone[joined[n-1]] {
			joined[n-1] += "=" + arg
			continue
		}
		joined = append(joined, arg)
	}
	return joined
}

// checkNames refuses an option for a file whose name is empty, as that of an unset
// variable of a shell is: the result would be lost.
func checkNames(k *kong.Context) error {
	for _, p := range k.Path {
		if f := p.Flag; f != nil && f.Target.Kind() == reflect.String && f.Target.String() == "" && (strings.HasPrefix(f.Tag.PlaceHolder, "FILE") || f.Tag.PlaceHolder == "PATH") {
			return fmt.Errorf("--%s: the name of the file is empty", f.Name)
		}
	}
	return nil
}

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command, such as train or plot kernels."`
}

func (helpCmd) Help() string {
	return `The same as --help after the command.

  lenet help train
  lenet help plot kernels`
}

func (c helpCmd) Run(e *env) error {
	_, err := parse(e, &commandLine{}, append(c.Command, "--help"))
	return err
}

// output remembers its first error, for the exit status.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

func newParser(grammar *commandLine, e *env) *kong.Kong {
	return kong.Must(grammar,
		kong.Name("lenet"),
		kong.Description(about),
		kong.Writers(e.out, e.err),
		kong.Exit(func(int) { panic(printed{}) }),
		kong.WithAfterApply(checkNames),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Vars{"version": version() + "\n" + cpu.Kernels(), "sets": strings.Join(dataset.Names(), " or ")},
	)
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "lenet"
	}
	return fmt.Sprintf("lenet %s, built with %s", info.Main.Version, info.GoVersion)
}
