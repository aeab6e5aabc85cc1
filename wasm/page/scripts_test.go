package page

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Scripts that need no browser are tested beside them, in NAME.test.mjs, by
// node's own test runner. Each of its tests is one here.
func TestScripts(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	files, err := fs.Glob(os.DirFS("."), "*/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of tests, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".test.mjs"), func(t *testing.T) {
			t.Parallel()
			if out, err := exec.Command(node, "--test", "--no-warnings", file).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
