// Package manifest is the form of the list of files in a bundle: the bundler
// writes it, the server reads it.
package manifest

// Name is the file of a bundle that lists all its other files.
const Name = "manifest.json"

// Manifest lists the files that may be served, in the order of their paths.
type Manifest struct {
	Files []File `json:"files"`
}

// File is one file of a bundle.
type File struct {
	Name      string `json:"name"`             // logical name: its path before a hash of the content came into it
	Path      string `json:"path"`             // path in the bundle, with slashes
	Immutable bool   `json:"immutable"`        // the content at this path never changes
	SHA256    string `json:"sha256"`           // of the content, in hex
	Size      int    `json:"size"`             // bytes
	Brotli    int    `json:"brotli,omitempty"` // bytes of path + ".br"; absent when there is none; of a .gz file's content
	Gzip      int    `json:"gzip,omitempty"`   // bytes of path + ".gz"
}
