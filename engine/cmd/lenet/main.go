// Lenet trains, evaluates and inspects LeNet, the convolutional network of
// Dive into Deep Learning, on MNIST and Fashion-MNIST. Run `lenet --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// Exit codes of the program.
const (
	exitOK          = 0
	exitFailure     = 1   // something went wrong, or a check did not pass
	exitUsage       = 2   // the command line is wrong
	exitInterrupted = 130 // stopped by Ctrl-C, as shells have it
)

type commandLine struct {
	Train   trainCmd   `cmd:"" help:"Train a network and report as d2l does."`
	Layers  layersCmd  `cmd:"" help:"Print each layer's output shape and parameter count."`
	Eval    evalCmd    `cmd:"" help:"Test trained weights on a data set or on drawn digits."`
	Predict predictCmd `cmd:"" help:"Tell what pictures or drawn digits show."`
	Plot    plotCmd    `cmd:"" help:"Draw figures: curves from logs, kernels, activations, confusion matrices."`
	Convert convertCmd `cmd:"" help:"Write weights for PyTorch, NumPy or ONNX, and read PyTorch's."`
	Data    dataCmd    `cmd:"" help:"List, fetch and verify the data sets."`
	Verify  verifyCmd  `cmd:"" help:"Hold the engine against PyTorch's numbers."`
	Bench   benchCmd   `cmd:"" help:"Measure training and inference speed."`
	GPU     gpuCmd     `cmd:"" name:"gpu" help:"Tell what GPU there is, or why none, and measure training on it."`
	Weights weightsCmd `cmd:"" help:"Train the embedded weights again."`

	Completion completionCmd `cmd:"" help:"Print a script that completes command lines in bash, zsh or fish."`
	Man        manCmd        `cmd:"" help:"Print the manual page."`

	Version kong.VersionFlag `help:"Print the version and quit."`
}

const about = `LeNet, the convolutional network of Dive into Deep Learning (d2l.ai), on MNIST and Fashion-MNIST.

Start with

  lenet train --preset quick      learns digits in seconds, downloads nothing
  lenet train                     d2l's recipe on Fashion-MNIST: loss 0.47, test acc 0.80
  lenet layers                    the network, layer by layer
  lenet predict --weights mnist three.png

Exit status: 0 done, 1 failed or a check did not pass, 2 wrong command line, 130 stopped by Ctrl-C.`

// env is what a command works with.
type env struct {
	ctx      context.Context // ends with Ctrl-C
	out, err io.Writer
	terminal bool // err is a terminal
	noted    bool // noteCPU has said why
}

// errInterrupted tells that Ctrl-C ended the command after it had cleaned up.
var errInterrupted = errors.New("interrupted")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	e := &env{ctx: ctx, out: os.Stdout, err: os.Stderr, terminal: term.IsTerminal(int(os.Stderr.Fd()))}
	os.Exit(run(e, os.Args[1:]))
}

func run(e *env, args []string) int {
	var grammar commandLine
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := newParser(&grammar, e).Parse(args)
	if err != nil {
		fmt.Fprintf(e.err, "lenet: error: %v\n", err)
		help := "lenet --help"
		var parse *kong.ParseError
		if errors.As(err, &parse) && parse.Context.Selected() != nil {
			help = parse.Context.Selected().FullPath() + " --help"
		}
		fmt.Fprintf(e.err, "For help: %s\n", help)
		return exitUsage
	}
	out := &output{to: e.out}
	e.out = out
	if err = command.Run(e); err == nil && out.err != nil {
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

// output remembers what went wrong with it, for the exit status.
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
