package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

const manifestName = "manifest.json"

// Entry describes one file in manifest.json, which lists the files that the
// server may serve, in the order of their paths.
type Entry struct {
	Name      string `json:"name"`             // logical name
	Path      string `json:"path"`             // path in the bundle, with slashes
	Immutable bool   `json:"immutable"`        // the content at this path never changes
	SHA256    string `json:"sha256"`           // of the content, in hex
	Size      int    `json:"size"`             // bytes
	Brotli    int    `json:"brotli,omitempty"` // bytes of path + ".br"; absent when there is none; of a .gz file's content
	Gzip      int    `json:"gzip,omitempty"`   // bytes of path + ".gz"
}

func manifest(files []*File) []byte {
	entries := make([]Entry, len(files))
	for i, f := range files {
		sum := sha256.Sum256(f.Data)
		entries[i] = Entry{f.Name, f.Path, f.Immutable, hex.EncodeToString(sum[:]), len(f.Data), len(f.Brotli), len(f.Gzip)}
	}
	data, err := json.MarshalIndent(struct {
		Files []Entry `json:"files"`
	}{entries}, "", "\t")
	if err != nil {
		panic(err) // plain strings and numbers
	}
	return append(data, '\n')
}
