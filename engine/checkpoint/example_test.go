package checkpoint_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"lenet/engine"
	"lenet/engine/checkpoint"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/runlog"
)

// Keep a run after its first epoch, and go on with it later, or elsewhere.
func ExampleSave() {
	train, test, err := dataset.Subset("mnist")
	if err != nil {
		log.Fatal(err)
	}
	preset, err := engine.PresetByName("quick")
	if err != nil {
		log.Fatal(err)
	}
	recipe := preset.Recipe
	recipe.Epochs = 1
	net, err := cpu.New(recipe.Config, cpu.Options{Reproducible: true})
	if err != nil {
		log.Fatal(err)
	}
	defer net.Close()
	weights := engine.NewParams(recipe.Config)
	weights.Init(recipe.Seed)
	if err := net.SetParams(weights); err != nil {
		log.Fatal(err)
	}
	var last engine.Report
	if err := engine.Train(context.Background(), net, recipe, train, test, 0, func(r engine.Report) { last = r }); err != nil {
		log.Fatal(err)
	}
	if err := net.Params(weights); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "run.ckpt")
	if err := checkpoint.Save(file, weights, checkpoint.NewState(recipe, net.Name(), last, last.Test, runlog.Curves{}), nil); err != nil {
		log.Fatal(err)
	}

	b, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	weights, state, err := checkpoint.Decode(b)
	if err != nil {
		log.Fatal(err)
	}
	if err := net.SetParams(weights); err != nil {
		log.Fatal(err)
	}
	state.Recipe.Epochs = 2
	if err := engine.Continue(context.Background(), net, state.Recipe, train, test, state.Report(), func(r engine.Report) { last = r }); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("epoch %d: test acc %.3f\n", last.Epoch, last.Test.Accuracy())
	// Output: epoch 2: test acc 0.901
}
