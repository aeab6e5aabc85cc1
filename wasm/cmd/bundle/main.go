// Bundle makes the directory that the page is served from.
package main

import (
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"lenet/engine/dataset"
	"lenet/wasm/bundle"
	"lenet/wasm/fulldata"
)

const usage = `Bundle makes the directory that the page is served from.

Usage: go run ./wasm/cmd/bundle [-out DIR] [-quick] [-full]

Flags:
`

func main() {
	log.SetFlags(0)
	log.SetPrefix("bundle: ")
	root := flag.String("root", ".", "the repository's root")
	out := flag.String("out", "dist", "directory to write: empty, new, or an earlier bundle")
	cache := flag.String("cache", filepath.Join(".cache", "bundle"), "directory that keeps compressed files between runs")
	full := flag.Bool("full", false, "add the full training sets, 44 MB, for the page's whole-data presets")
	quick := flag.Bool("quick", false, "compress in seconds, and leave files a seventh larger, unless the cache has them smaller")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q: bundle takes flags only, see -help", flag.Arg(0))
	}
	abs, err := filepath.Abs(*root)
	if err != nil {
		log.Fatal(err)
	}
	o := bundle.Options{Root: abs, Out: *out, Cache: *cache, Level: bundle.Best, Wasm: bundle.Binaries(), Posters: bundle.Posters}
	if *quick {
		o.Level = bundle.Quick
	}
	if *full {
		if o.Extra, err = fullData(); err != nil {
			log.Fatal(err)
		}
	}
	files, err := bundle.Build(o)
	if err != nil {
		log.Fatal(err)
	}
	report(files)
	fmt.Printf("%d files in %s\n", len(files), *out)
}

// fullData lists the full training sets' files.
func fullData() ([]bundle.Extra, error) {
	var extra []bundle.Extra
	for _, d := range dataset.All() {
		files, err := fulldata.Files(d.Name, "")
		if err != nil {
			return nil, err
		}
		for _, p := range slices.Sorted(maps.Keys(files)) {
			extra = append(extra, bundle.Extra{Name: p, File: files[p]})
		}
	}
	return extra, nil
}

// report prints what each file weighs.
func report(files []*bundle.File) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "bytes\tbrotli\tgzip\t  \t")
	for _, f := range files {
		fmt.Fprintf(w, "%d\t%s\t%s\t  %s\n", len(f.Data), size(f.Brotli), size(f.Gzip), f.Path)
	}
	w.Flush()
}

func size(b []byte) string {
	if b == nil {
		return "-"
	}
	return fmt.Sprint(len(b))
}
