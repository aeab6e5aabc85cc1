// Embedspeed measures how soon a playground in a course page shows something.
package main

import (
	"flag"
	"fmt"
	"log"
	"slices"
	"time"

	"lenet/server/browsertest"
)

const usage = `Embedspeed measures how soon a playground in a course page shows something,
each time with an empty cache: the first paint, the poster's prediction, and
from the command draw, which wakes it, the engine's own prediction. Medians,
over loopback and over a line of 10 Mbit/s with a latency of 50 ms.

Usage: go run ./server/cmd/embedspeed [-bundle DIR] [-rounds N]

Flags:
`

func main() {
	log.SetFlags(0)
	log.SetPrefix("embedspeed: ")
	bundle := flag.String("bundle", "dist", "the bundle's `directory`, best one made by \"make dist\"")
	rounds := flag.Int("rounds", 5, "how often each is measured")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q: embedspeed takes flags only, see -help", flag.Arg(0))
	}
	if *rounds < 1 {
		log.Fatal("-rounds takes 1 or more")
	}
	err := browsertest.With(*bundle, func(b *browsertest.Browser, url string) error { return run(b, url, *rounds) })
	if err != nil {
		log.Fatal(err)
	}
}

func run(b *browsertest.Browser, url string, rounds int) error {
	fmt.Println("| | first paint, ms | poster's prediction, ms | engine's prediction, ms after the command draw |")
	fmt.Println("|---|---:|---:|---:|")
	for _, line := range []struct {
		name string
		browsertest.Line
	}{{"loopback", browsertest.Line{}}, {"10 Mbit/s, 50 ms", browsertest.Line{Latency: 50 * time.Millisecond, Bytes: 10e6 / 8}}} {
		var all [3][]float64
		for range rounds {
			times, err := browsertest.Embed(b, url, line.Line)
			if err != nil {
				return fmt.Errorf("%s: %w", line.name, err)
			}
			for i, t := range times {
				all[i] = append(all[i], t)
			}
		}
		for i := range all {
			slices.Sort(all[i])
		}
		fmt.Printf("| %s | %.0f | %.0f | %.0f |\n", line.name, all[0][rounds/2], all[1][rounds/2], all[2][rounds/2])
	}
	return nil
}
