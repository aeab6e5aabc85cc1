package bundle

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/andybalholm/brotli"
)

// Level says how hard to compress.
type Level struct{ brotli, gzip int }

var (
	// Best is for what is published. Ten megabytes take a minute or more the first time.
	Best = Level{brotli: 11, gzip: 9}
	// Quick is for what is made to be tried: a seventh larger, in seconds. What
	// the cache has at Best is taken from there.
	Quick = Level{brotli: 9, gzip: 6}
)

// compressible reports whether files of that type get smaller: not images,
// fonts and archives, which are compressed already.
func compressible(name string) bool {
	return slices.Contains([]string{".html", ".js", ".css", ".json", ".svg", ".txt", ".wasm", ".safetensors", ".webmanifest"}, path.Ext(name))
}

// compress returns the brotli and gzip forms of data, from the cache where
// they are there; nil for one that is not smaller than data by a twentieth.
func (l Level) compress(cache string, data []byte) (br, gz []byte, err error) {
	br, err = cached(cache, data, "br", l.brotli, Best.brotli, func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: l.brotli, LGWin: 24})
	})
	if err != nil {
		return nil, nil, err
	}
	gz, err = cached(cache, data, "gz", l.gzip, Best.gzip, func(w io.Writer) io.WriteCloser {
		zw, err := gzip.NewWriterLevel(w, l.gzip)
		if err != nil {
			panic(err) // a level out of range
		}
		return zw
	})
	return br, gz, err
}

// cached returns what open makes of data, or what it or the better level made before.
func cached(cache string, data []byte, kind string, level, better int, open func(io.Writer) io.WriteCloser) ([]byte, error) {
	sum := sha256.Sum256(data)
	at := func(level int) string {
		return filepath.Join(cache, fmt.Sprintf("%s.%s%d", hex.EncodeToString(sum[:]), kind, level))
	}
	name := at(level)
	out, err := os.ReadFile(at(better))
	if err != nil {
		out, err = os.ReadFile(name)
	}
	if err != nil {
		var b bytes.Buffer
		w := open(&b)
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		out = b.Bytes()
		if err := os.MkdirAll(cache, 0o755); err != nil {
			return nil, err
		}
		// Written aside and renamed, so that a build that is stopped leaves no half file.
		tmp := fmt.Sprintf("%s.%d", name, os.Getpid())
		if err := os.WriteFile(tmp, out, 0o644); err != nil {
			return nil, err
		}
		if err := os.Rename(tmp, name); err != nil {
			return nil, err
		}
	}
	if len(out) > len(data)-len(data)/20 {
		return nil, nil
	}
	return out, nil
}
