// Screenshots pictures the page at three sizes, light and dark.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"lenet/engine/pen"
	"lenet/server/browsertest"
)

const usage = `Screenshots pictures the page at three sizes, light and dark, reading a drawn
digit while it trains.

Usage: go run ./server/cmd/screenshots [-bundle DIR] [-out DIR] [-long]

Flags:
`

var views = []struct {
	name string
	browsertest.View
}{
	{"desktop", browsertest.View{Width: 1280, Height: 800}},
	{"tablet", browsertest.View{Width: 768, Height: 1024}},
	{"phone", browsertest.View{Width: 390, Height: 844, Ratio: 2, Touch: true}},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("screenshots: ")
	bundle := flag.String("bundle", filepath.Join("server", "dist"), "the bundle's `directory`")
	out := flag.String("out", filepath.Join(".cache", "screenshots"), "`directory` for the pictures")
	long := flag.Bool("long", false, "also the whole length of the page, on NAME-long.png")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q: screenshots takes flags only, see -help", flag.Arg(0))
	}
	if err := run(*bundle, *out, *long); err != nil {
		log.Fatal(err)
	}
}

func run(bundle, out string, long bool) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return browsertest.With(bundle, func(b *browsertest.Browser, url string) error { return pictures(b, url, out, long) })
}

func pictures(b *browsertest.Browser, url, out string, long bool) error {
	for _, v := range views {
		for _, light := range []bool{false, true} {
			v.Light = light
			name := filepath.Join(out, v.name+map[bool]string{false: "-dark", true: "-light"}[light])
			if err := picture(b, url+"/", v.View, name, long); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// five is a drawn 5, in units of the pad.
var five = pen.Drawing{
	{{X: 20.5, Y: 5.5}, {X: 16, Y: 5.8}, {X: 11.5, Y: 6}, {X: 10.8, Y: 9}, {X: 10.2, Y: 12.6}, {X: 12.5, Y: 11.7}, {X: 15.5, Y: 11.8}, {X: 18, Y: 13.2}, {X: 19.2, Y: 16}, {X: 18.6, Y: 19.2}, {X: 16.2, Y: 21.6}, {X: 12.8, Y: 22.4}, {X: 9.2, Y: 21.4}},
}

// picture takes the pictures of one view, in the third epoch of a run.
func picture(b *browsertest.Browser, url string, v browsertest.View, name string, long bool) error {
	p, err := b.Open(v)
	if err != nil {
		return err
	}
	defer p.Close()
	save := func(file string, all bool) error {
		data, err := p.Screenshot(all)
		if err != nil {
			return err
		}
		fmt.Println(file)
		return os.WriteFile(file, data, 0o644)
	}
	steps := []func() error{
		func() error { return p.Go(url) },
		func() error {
			return p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, 2*time.Minute)
		},
		func() error { return p.Draw(five) },
		func() error { _, err := p.Read(); return err },
		func() error { return p.Click("#train") },
		func() error {
			return p.Wait(`document.querySelectorAll('#table tbody tr').length >= 2`, 2*time.Minute)
		},
		func() error { _, err := browsertest.Eval[any](p, `void scrollTo(0, 0)`); return err },
		func() error { time.Sleep(500 * time.Millisecond); return nil }, // fades end
		func() error { return save(name+".png", false) },
	}
	if long {
		steps = append(steps, func() error { return save(name+"-long.png", true) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
