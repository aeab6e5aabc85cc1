// Pagespeed measures how fast the page comes and how fast it trains in Chromium.
package main

import (
	"flag"
	"fmt"
	"log"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"lenet/server/browsertest"
)

const usage = `Pagespeed measures how fast the page trains in Chromium, as people see it:
d2l's recipe, for one and for several workers in turn, and how much faster
several are. With -hidden that is out of sight: nothing is drawn, which where
there is no graphics chip the processors do. With -run it times the whole
recipe instead, all 60,000 images for 10 epochs, loading and evaluation included.
With -first it times a first visit instead: until the picture that the page
brings along is painted, and until the network reads what is in the pad, from
this machine and over a network of 10 Mbit/s with 20 ms latency.

Usage: go run ./server/cmd/pagespeed [-bundle DIR] [-workers N] [-batch N] [-rounds N] [-seconds N] [-hidden] [-run] [-first]

Flags:
`

var (
	bundle  = flag.String("bundle", filepath.Join("server", "dist"), "the bundle's `directory`; make wasm makes it")
	workers = flag.Int("workers", 2, "how many to compare with one: 2, 4 or 8")
	batch   = flag.Int("batch", 256, "examples in a step")
	rounds  = flag.Int("rounds", 5, "how often to measure")
	seconds = flag.Float64("seconds", 4, "how long to measure")
	hidden  = flag.Bool("hidden", false, "train out of sight")
	whole   = flag.Bool("run", false, "time d2l's whole recipe")
	visits  = flag.Bool("first", false, "time first visits")
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("pagespeed: ")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q: pagespeed takes flags only, see -help", flag.Arg(0))
	}
	if *rounds < 1 {
		log.Fatal("-rounds takes 1 or more")
	}
	if err := browsertest.With(*bundle, run); err != nil {
		log.Fatal(err)
	}
}

func run(b *browsertest.Browser, url string) error {
	if *visits {
		return first(b, url)
	}
	p, err := b.Open(browsertest.View{Width: 1280, Height: 800})
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Go(url + "/"); err != nil {
		return err
	}
	if err := p.EmptyPad(); err != nil {
		return err
	}
	if err := p.Wait(`document.getElementById('stage-box').dataset.view === 'frame'`, time.Minute); err != nil {
		return err
	}
	if err := p.Hide(*hidden); err != nil {
		return err
	}
	if *whole {
		return recipe(p)
	}
	set := [][2]string{{"preset", "d2l"}, {"size", "subset"}, {"batch", strconv.Itoa(*batch)}, {"epochs", "1000"}}
	for _, s := range set { // the preset first: it sets the others too
		if err := p.Set(s[0], s[1]); err != nil {
			return err
		}
	}
	return compare(p)
}

// compare trains on one worker and on several in turn.
func compare(p *browsertest.Page) error {
	var ratios []float64
	for range *rounds {
		var speed [2]float64
		for i, n := range []int{1, *workers} {
			var err error
			if speed[i], err = train(p, n); err != nil {
				return err
			}
		}
		ratios = append(ratios, speed[1]/speed[0])
		fmt.Printf("1 worker %6.0f examples/s, %d workers %6.0f: %.2f times\n", speed[0], *workers, speed[1], speed[1]/speed[0])
	}
	slices.Sort(ratios)
	fmt.Printf("batch %d, median of %d: %.2f times\n", *batch, *rounds, ratios[len(ratios)/2])
	return nil
}

// train trains for a while and gives the run up. It returns how many examples a
// second that were, as d2l counts them, without evaluation.
func train(p *browsertest.Page, workers int) (float64, error) {
	if err := p.Set("workers", strconv.Itoa(workers)); err != nil {
		return 0, err
	}
	if err := click(p, "train"); err != nil {
		return 0, err
	}
	type mark struct{ Seen, Seconds, Workers float64 }
	const at = `(({ seen, seconds, workers }) => ({ Seen: Number(seen), Seconds: Number(seconds), Workers: Number(workers) }))(document.getElementById('status').dataset)`
	if err := p.Wait(`Number(document.getElementById('status').dataset.seconds) > 0.5`, time.Minute); err != nil {
		return 0, err
	}
	from, err := browsertest.Eval[mark](p, at)
	if err != nil {
		return 0, err
	}
	time.Sleep(time.Duration(*seconds * float64(time.Second)))
	to, err := browsertest.Eval[mark](p, at)
	if err != nil {
		return 0, err
	}
	if to.Seconds <= from.Seconds || to.Workers != float64(workers) {
		return 0, fmt.Errorf("no step in %v s, or %v workers trained, not %d", *seconds, to.Workers, workers)
	}
	if err := click(p, "reset"); err != nil {
		return 0, err
	}
	return (to.Seen - from.Seen) / (to.Seconds - from.Seconds), p.Wait(`document.getElementById('status').dataset.state === 'idle'`, time.Minute)
}

// click clicks on an element, also out of sight.
func click(p *browsertest.Page, id string) error {
	_, err := browsertest.Eval[any](p, fmt.Sprintf(`void document.getElementById(%q).click()`, id))
	return err
}

// recipe runs d2l's recipe.
func recipe(p *browsertest.Page) error {
	for _, set := range [][2]string{{"preset", "d2l"}, {"workers", strconv.Itoa(*workers)}} {
		if err := p.Set(set[0], set[1]); err != nil {
			return err
		}
	}
	if _, err := browsertest.Eval[any](p, `void (globalThis.begun = performance.now())`); err != nil {
		return err
	}
	begun := time.Now()
	if err := click(p, "train"); err != nil {
		return err
	}
	if err := p.Wait(`document.getElementById('status').dataset.step > 0`, time.Minute); err != nil {
		return err
	}
	loaded := time.Since(begun)
	if err := p.Wait(`document.getElementById('status').dataset.state === 'finished'`, 10*time.Minute); err != nil {
		return err
	}
	took := time.Since(begun)
	type result struct {
		Steps, Seen, Seconds float64
		Note                 string
		Long                 []float64
	}
	r, err := browsertest.Eval[result](p, `(({ step, seen, seconds }) => ({
		Steps: Number(step), Seen: Number(seen), Seconds: Number(seconds), Note: document.getElementById('note').textContent,
		Long: longTasks.filter((e) => e.start > begun).map((e) => e.ms),
	}))(document.getElementById('status').dataset)`)
	if err != nil {
		return err
	}
	fmt.Printf("%d workers, %.0f steps, %.0f examples: %.1f s from the click, %.1f s of it loading; %.0f examples/s in training steps\n",
		*workers, r.Steps, r.Seen, took.Seconds(), loaded.Seconds(), r.Seen/r.Seconds)
	fmt.Println(r.Note)
	fmt.Printf("tasks of the page longer than 50 ms by the clock: %v\n", r.Long)
	return nil
}
