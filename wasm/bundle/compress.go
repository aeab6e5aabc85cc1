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

// Levels says how hard to compress.
type Levels struct {
	Brotli int // 0 to 11
	Gzip   int // 1 to 9
}

// Best is for what is published. A megabyte takes some seconds the first time.
var Best = Levels{Brotli: 11, Gzip: gzip.BestCompression}

// compressible reports whether files of that type get smaller: not images,
// fonts and archives, which are compressed already.
func compressible(name string) bool {
	return slices.Contains([]string{".html", ".js", ".css", ".json", ".svg", ".txt", ".wasm", ".safetensors", ".webmanifest"}, path.Ext(name))
}

// compress returns the brotli and gzip forms of data, from the cache where
// they are there; nil for one that is not smaller than data by a twentieth.
func (l Levels) compress(cache string, data []byte) (br, gz []byte, err error) {
	br, err = cached(cache, data, fmt.Sprintf("br%d", l.Brotli), func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: l.Brotli, LGWin: 24})
	})
	if err != nil {
		return nil, nil, err
	}
	gz, err = cached(cache, data, fmt.Sprintf("gz%d", l.Gzip), func(w io.Writer) io.WriteCloser {
		zw, err := gzip.NewWriterLevel(w, l.Gzip)
		if err != nil {
			panic(err) // a level out of range
		}
		return zw
	})
	return br, gz, err
}

func cached(cache string, data []byte, kind string, open func(io.Writer) io.WriteCloser) ([]byte, error) {
	sum := sha256.Sum256(data)
	name := filepath.Join(cache, hex.EncodeToString(sum[:])+"."+kind)
	out, err := os.ReadFile(name)
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
