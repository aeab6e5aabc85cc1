package main

import (
	"fmt"
	"lenet/engine/dataset"
	"path/filepath"
	"strings"
)

// recipe returns the options of lenet train that make the embedded weights of a
// data set: d2l's LeNet on all 60,000 images, for longer and with a falling
// learning rate. Digits are varied so that people's drawings are read as well as
// the set's; other pictures gain nothing from it. --reproducible makes the same
// bits on every processor.
func recipe(d dataset.Info) string {
	augment := ""
	if d.Digits {
		augment = " --augment digits"
	}
	return "--dataset " + d.Name + " --epochs 60 --batch 64 --lr 0.9 --decay cosine" + augment + " --reproducible"
}

type weightsCmd struct {
	Names []datasetName `arg:"" optional:"" name:"dataset" help:"${sets}; all when none is given."`
	Dir   string        `default:"assets/weights" type:"existingdir" help:"Directory to write to."`
}

func (weightsCmd) Help() string {
	lines := "Trains d2l's LeNet on the whole data sets as the weights in the program were trained, a few minutes in all. It is the same as\n"
	for _, d := range dataset.All() {
		lines += "\n  lenet train " + recipe(d)
	}
	return lines
}

func (c weightsCmd) Run(e *env) error {
	infos, err := lookupAll(c.Names)
	if err != nil {
		return err
	}
	for _, d := range infos {
		args := append([]string{"train"}, strings.Fields(recipe(d))...)
		args = append(args, "--out", filepath.Join(c.Dir, d.Name+".safetensors"))
		fmt.Fprintf(e.out, "lenet %s\n", strings.Join(args, " "))
		var grammar commandLine
		command, err := newParser(&grammar, e).Parse(args)
		if err != nil {
			return err
		}
		if err := command.Run(e); err != nil {
			return err
		}
	}
	return nil
}
