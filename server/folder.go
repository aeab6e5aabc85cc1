package main

import (
	"io/fs"
	"os"
	"sync"
)

// folder is the file system of -dir: files inside it only, whatever links there
// are. Where another directory has taken its place, that one is served.
type folder struct {
	name string

	mu   sync.Mutex
	root *os.Root
	info fs.FileInfo // of root
}

func openFolder(name string) (*folder, error) {
	f := &folder{name: name}
	return f, f.reopen()
}

func (f *folder) reopen() error {
	root, err := os.OpenRoot(f.name)
	if err != nil {
		return err
	}
	info, err := root.Stat(".")
	if err != nil {
		root.Close()
		return err
	}
	if f.root != nil {
		f.root.Close()
	}
	f.root, f.info = root, info
	return nil
}

// now returns the directory that the name stands for now. Called with mu held.
func (f *folder) now() (*os.Root, error) {
	if now, err := os.Stat(f.name); err == nil && !os.SameFile(now, f.info) {
		if err := f.reopen(); err != nil {
			return nil, err
		}
	}
	return f.root, nil
}

// Open implements [fs.FS].
func (f *folder) Open(name string) (fs.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	root, err := f.now()
	if err != nil {
		return nil, err
	}
	return root.FS().Open(name)
}

// Stat implements [fs.StatFS]. It opens nothing.
func (f *folder) Stat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	root, err := f.now()
	if err != nil {
		return nil, err
	}
	return root.Stat(name)
}

func (f *folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.root.Close()
}
