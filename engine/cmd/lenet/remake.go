package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// recipes are the options of lenet train that make the embedded weights: d2l's
// LeNet on all 60,000 images, for longer and with a falling learning rate.
// Digits are varied so that people's drawings are read as well as MNIST's;
// pictures of clothes gain nothing from it. --reproducible makes the same bits
// on every processor.
var recipes = map[string]string{
	"mnist":   "--dataset mnist --epochs 60 --batch 64 --lr 0.9 --decay cosine --augment digits --reproducible",
	"fashion": "--dataset fashion --epochs 60 --batch 64 --lr 0.9 --decay cosine --reproducible",
}

type weightsCmd struct {
	Names []datasetName `arg:"" optional:"" name:"dataset" help:"mnist or fashion; both when none is given."`
	Dir   string        `default:"assets/weights" type:"existingdir" help:"Directory to write to."`
}

func (weightsCmd) Help() string {
	return `Trains d2l's LeNet on the whole data sets as the weights in the program were trained, a few minutes in all. It is the same as

  lenet train ` + recipes["mnist"] + `
  lenet train ` + recipes["fashion"]
}

func (c weightsCmd) Run(e *env) error {
	infos, err := lookupAll(c.Names)
	if err != nil {
		return err
	}
	for _, d := range infos {
		args := append([]string{"train"}, strings.Fields(recipes[d.Name])...)
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
