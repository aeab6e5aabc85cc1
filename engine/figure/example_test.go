package figure_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"lenet/engine/figure"
	"lenet/engine/runlog"
)

// Draw the figure of a run from its log.
func ExampleSaveCurves() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "run.jsonl")
	text := `{"event":"step","epoch":0.5,"loss":2.3,"train_acc":0.1}
{"event":"epoch","epoch":1,"loss":1.9,"train_acc":0.3,"test_acc":0.4}
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	run, err := runlog.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	f := figure.Curves{Title: "LeNet", Runs: []figure.Run{{Name: "first", Curves: run.Curves}}}
	if err := figure.SaveCurves(filepath.Join(dir, "curves.svg"), f); err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Curves.TestAcc)
	// Output: [{1 0.4}]
}
