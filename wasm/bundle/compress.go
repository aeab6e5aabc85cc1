package bundle

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	// Best is for publishing. Ten megabytes take a minute or more the first time.
	Best = Level{brotli: 11, gzip: 9}
	// Quick is for trying things: a seventh larger, in seconds. Files that the
	// cache has at Best are taken from there.
	Quick = Level{brotli: 9, gzip: 6}
)

// compressible reports whether files of that type have compressed forms:
// images, say, are compressed already.
func compressible(name string) bool {
	return slices.Contains([]string{".html", ".js", ".css", ".json", ".svg", ".txt", ".wasm", ".safetensors", ".webmanifest", ".gz"}, path.Ext(name))
}

// compress fills in the file's brotli and gzip forms, and leaves one out that
// is not smaller than the file by a twentieth.
//
// A gzip file has no gzip form, and its brotli form is that of its content, a
// seventh smaller: the engine reads plain and compressed IDX files alike, and a
// host that knows no brotli still sends the gzip file.
func (l Level) compress(cache string, f *File) (err error) {
	plain := f.Data
	if path.Ext(f.Path) == ".gz" {
		if plain, err = gunzip(f.Data); err != nil {
			return err
		}
	} else if f.Gzip, err = cached(cache, plain, "gz", l.gzip, Best.gzip, writeGzip); err != nil {
		return err
	}
	if f.Brotli, err = cached(cache, plain, "br", l.brotli, Best.brotli, writeBrotli); err != nil {
		return err
	}
	for _, form := range []*[]byte{&f.Brotli, &f.Gzip} {
		if len(*form) > len(f.Data)-len(f.Data)/20 {
			*form = nil
		}
	}
	return nil
}

// cached returns the output of write for data, from the cache where possible,
// at the better level if the cache has it.
func cached(cache string, data []byte, kind string, level, better int, write func(w io.Writer, data []byte, level int) error) ([]byte, error) {
	sum := sha256.Sum256(data)
	at := func(level int) string {
		return filepath.Join(cache, fmt.Sprintf("%s.%s%d", hex.EncodeToString(sum[:]), kind, level))
	}
	for _, name := range []string{at(better), at(level)} {
		if out, err := os.ReadFile(name); err == nil {
			return out, nil
		}
	}
	var b bytes.Buffer
	if err := write(&b, data, level); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	// Written beside it and renamed, so that an interrupted build leaves no partial file.
	tmp := fmt.Sprintf("%s.%d", at(level), os.Getpid())
	if err := os.WriteFile(tmp, b.Bytes(), 0o644); err != nil {
		return nil, err
	}
	return b.Bytes(), os.Rename(tmp, at(level))
}

func writeBrotli(w io.Writer, data []byte, level int) error {
	z := brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: level, LGWin: 24})
	_, err := z.Write(data)
	return errors.Join(err, z.Close())
}

func writeGzip(w io.Writer, data []byte, level int) error {
	z, err := gzip.NewWriterLevel(w, level)
	if err != nil {
		return err
	}
	_, err = z.Write(data)
	return errors.Join(err, z.Close())
}

func gunzip(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
