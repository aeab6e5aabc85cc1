package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"lenet/wasm/manifest"
)

// listOf returns the manifest of the files, as JSON.
func listOf(files []*File) []byte {
	entries := make([]manifest.File, len(files))
	for i, f := range files {
		sum := sha256.Sum256(f.Data)
		entries[i] = manifest.File{Name: f.Name, Path: f.Path, Immutable: f.Immutable, SHA256: hex.EncodeToString(sum[:]),
			Size: len(f.Data), Brotli: len(f.Brotli), Gzip: len(f.Gzip)}
	}
	data, err := json.MarshalIndent(manifest.Manifest{Files: entries}, "", "\t")
	if err != nil {
		panic(err) // plain strings and numbers
	}
	return append(data, '\n')
}
