package own

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"lenet/engine/internal/foreign"
	"lenet/engine/internal/zipfile"
)

// file is a file of a folder or of a zip archive.
type file struct {
	path string // slash-separated, from the folder
	read func() ([]byte, error)
}

const (
	depth    = 4 // of folders: letters/train/a/1.png in a zip archive
	maxFiles = MaxExamples + 1000
)

// list returns the files below a folder, sorted by path. Hidden ones, and those
// that macOS adds, are left out.
func list(fsys fs.FS, dir string, depth, most int) ([]file, error) {
	var all []file
	var walk func(at, below string, depth int) error
	walk = func(at, below string, depth int) error {
		entries, err := fs.ReadDir(fsys, at)
		if err != nil {
			return err
		}
		for _, e := range entries {
			name, full := path.Join(below, e.Name()), path.Join(at, e.Name())
			if hidden(e.Name()) {
				continue
			}
			isDir := e.IsDir()
			if e.Type()&fs.ModeSymlink != 0 {
				info, err := fs.Stat(fsys, full)
				if err != nil {
					continue // it leads nowhere
				}
				isDir = info.IsDir()
			}
			switch {
			case isDir && depth > 1:
				if err := walk(full, name, depth-1); err != nil {
					return err
				}
			case !isDir:
				all = append(all, file{name, func() ([]byte, error) { return readFile(fsys, full, most) }})
			}
			if len(all) > maxFiles {
				return fmt.Errorf("it has more than %d files: take fewer, at most %d examples are read", maxFiles, MaxExamples)
			}
		}
		return nil
	}
	if err := walk(dir, "", depth); err != nil {
		return nil, err
	}
	return all, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }

// readFile returns the content of a file of at most so many bytes.
func readFile(fsys fs.FS, name string, most int) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	var b bytes.Buffer
	if info.Size() <= int64(most) {
		b.Grow(int(info.Size()) + bytes.MinRead)
		_, err = b.ReadFrom(io.LimitReader(f, int64(most)+1))
	}
	switch {
	case err != nil:
		return nil, err
	case max(info.Size(), int64(b.Len())) > int64(most):
		return nil, fmt.Errorf("it is larger than %d bytes: take fewer examples", most)
	case int64(b.Len()) < info.Size():
		return nil, io.ErrUnexpectedEOF
	}
	return b.Bytes(), nil
}

// find returns the file of that path, nil for none.
func (r *reader) find(name string) *file {
	i, ok := slices.BinarySearchFunc(r.files, name, func(f file, name string) int { return strings.Compare(f.path, name) })
	if !ok {
		return nil
	}
	return &r.files[i]
}

// readFile reads a data set's file in the format that its first bytes say.
func (r *reader) readFile(name string) (part, error) {
	f := r.find(name)
	if f == nil {
		return part{}, errors.New("hidden files are not read: rename it")
	}
	b, err := f.read()
	if err != nil {
		return part{}, err
	}
	start := b[:min(len(b), 512)]
	if gzipped(b) {
		start = make([]byte, 512)
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err == nil {
			var n int
			n, err = io.ReadFull(z, start)
			start = start[:n]
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			return part{}, fmt.Errorf("gzip: %w: get the file again", err)
		}
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(start, bom))
	what := foreign.What(start)
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return r.readZip(name, b)
	case bytes.HasPrefix(start, []byte{0, 0}) && len(start) > 4:
		return part{}, r.readIDX()
	case bytes.HasPrefix(text, []byte("[")):
		return r.readStrokes(name, b)
	case bytes.HasPrefix(start, []byte("\x93NUMPY")):
		return part{}, errors.New("it is one array: save images and labels together, with numpy.savez(…, images=x, labels=y)")
	case what == "text":
		return r.readCSV(name, b)
	case strings.HasSuffix(what, "picture"):
		return part{}, fmt.Errorf("it is %s: name the folder that has a folder of pictures for each class", what)
	case what == "":
		return part{}, errors.New("its format is not known: " + forms)
	}
	return part{}, fmt.Errorf("it is %s; %s", what, forms)
}

var bom = []byte("\xef\xbb\xbf")

func gzipped(b []byte) bool { return len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b }

// unpacked returns a reader of the content of a file, compressed with gzip or not.
func unpacked(b []byte) (io.Reader, error) {
	if !gzipped(b) {
		return bytes.NewReader(b), nil
	}
	return gzip.NewReader(bytes.NewReader(b))
}

// only returns the one data set's file that there is: of several those for the
// training set, and for images, are looked for.
func (r *reader) only() (string, error) {
	endings := []string{".csv", ".json", ".npz"}
	if r.inside {
		endings = endings[:2] // an archive in an archive in …
	}
	found := map[string]named{}
	for _, f := range r.files {
		name := strings.TrimSuffix(strings.ToLower(f.path), ".gz")
		if slices.Contains(endings, path.Ext(name)) && !strings.HasSuffix(name, "classmap.csv") {
			found[f.path] = parse(f.path)
		}
	}
	all := slices.Sorted(maps.Keys(found))
	main := slices.DeleteFunc(slices.Clone(all), func(name string) bool {
		n := found[name]
		return slices.ContainsFunc(all, func(other string) bool {
			o := found[other]
			return o.set == n.set && (n.part == "test" && o.part == "train" || n.kind == "labels" && o.kind == "images" && o.part == n.part)
		})
	})
	switch len(main) {
	case 0:
		return "", errors.New("it has neither IDX files, such as train-images-idx3-ubyte, nor folders of pictures, one for each class, nor an .npz, .csv or .json file")
	case 1:
		return main[0], nil
	}
	return "", fmt.Errorf("it has several data sets, %s: name one of them itself", few(main))
}

// readZip reads an .npz file, or a zip archive of one of the other formats.
func (r *reader) readZip(name string, b []byte) (part, error) {
	z, err := zipfile.Open(b, maxFiles)
	if err != nil {
		return part{}, err
	}
	var files []file
	for i := range z.Files {
		f := &z.Files[i]
		if strings.HasSuffix(f.Name, ".npy") {
			return r.readNPZ(name, b)
		}
		if strings.HasSuffix(f.Name, "/") || slices.ContainsFunc(strings.Split(f.Name, "/"), hidden) {
			continue
		}
		files = append(files, file{f.Name, func() ([]byte, error) {
			if f.Size > r.most {
				return nil, fmt.Errorf("it is larger than %d bytes: take fewer examples", r.most)
			}
			return f.Read(f.Size)
		}})
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	in := reader{files: files, limit: r.limit, most: r.most, inside: true, picture: r.picture, labels: r.labels}
	if err := in.read(); err != nil {
		return part{}, err
	}
	r.format, r.labels, r.names, r.notes = in.format, in.labels, in.names, append(r.notes, in.notes...)
	r.test = in.test
	return in.train, nil
}
