//go:build !js

// Compressing takes minutes under js, and tests nothing that the native run does not.

package dataset

import (
	"bytes"
	"testing"

	"lenet/assets"
)

// `lenet data subset` makes the embedded files from the whole sets.
func TestEmbeddedFilesAreReproducible(t *testing.T) {
	for _, d := range All() {
		t.Run(d.Name, func(t *testing.T) {
			train, test := load(t, d.Name)
			if train.Len() != 60000 || test.Len() != 10000 {
				t.Fatalf("%d and %d examples", train.Len(), test.Len())
			}
			made, err := SubsetFiles(train, test)
			if err != nil {
				t.Fatal(err)
			}
			if len(made) != 4 {
				t.Errorf("%d files", len(made))
			}
			for name, want := range made {
				got, err := assets.Data(d.Name, name)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("assets/data/%s/%s differs (%v): run `lenet data subset`", d.Name, name, err)
				}
			}
		})
	}
}
