package dataset

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lenet/assets"
	"lenet/engine"
)

// A row of the table is whole: texts, files, a subset, weights and an attribution.
func TestTable(t *testing.T) {
	attribution, err := os.ReadFile("../../assets/ATTRIBUTION.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range All() {
		if d.Title == "" || d.Licence == "" || slices.Contains(d.Classes, "") || len(d.Classes) != engine.DefaultClasses || len(d.URLs) == 0 {
			t.Errorf("%s: %+v", d.Name, d)
		}
		if _, _, err := Subset(d.Name); err != nil {
			t.Errorf("%s: %v: run lenet data subset", d.Name, err)
		}
		if _, err := assets.Weights(d.Name); err != nil {
			t.Errorf("%s: %v: run lenet weights", d.Name, err)
		}
		if !strings.Contains(string(attribution), "## "+d.Title) {
			t.Errorf("assets/ATTRIBUTION.md has no %q", "## "+d.Title)
		}
	}
}

// Nothing but the table knows which data sets there are, so that another one is a
// row of it. Recipes, lessons and measurements are of one data set and name it.
func TestOnlyTheTableNamesThem(t *testing.T) {
	allowed := []string{"engine/dataset/", "engine/recipe.go", "engine/cmd/lenet/bench.go", "engine/cmd/lenet/gpu.go",
		"wasm/cmd/speed/", "wasm/page/learn/", "wasm/page/shell/constants.js"}
	names := regexp.MustCompile(`["'` + "`" + `](fashion|Fashion-MNIST)["'` + "`" + `]|(mnist or fashion|fashion or mnist)`)
	n := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "dist" || d.Name() == "shared") {
			return filepath.SkipDir
		}
		place := filepath.ToSlash(strings.TrimPrefix(path, filepath.Join("..", "..")+string(filepath.Separator)))
		if ext := filepath.Ext(path); ext != ".go" && ext != ".js" && ext != ".html" || strings.HasSuffix(path, "_test.go") ||
			slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(place, a) }) {
			return nil
		}
		n++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if m := names.FindString(line); m != "" && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				t.Errorf("%s:%d names a data set, %s: take it from the table", place, i+1, m)
			}
		}
		return nil
	})
	if err != nil || n < 100 {
		t.Errorf("%d files read, %v", n, err)
	}
}
