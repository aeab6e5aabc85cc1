// Serve runs cases that it reads from standard input, one a line as JSON, on the
// CPU backend of whatever platform it is built for, and answers each with its
// hashes: for tests that run it as WebAssembly.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"lenet/engine/cpu"
	"lenet/engine/internal/difftest"
)

func main() {
	log.SetFlags(0)
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var c difftest.Case
		if err := in.Decode(&c); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		b, err := cpu.New(c.Config, cpu.Options{Threads: 1, Reproducible: true})
		if err != nil {
			log.Fatal(err)
		}
		o, err := c.Run(b)
		if err != nil {
			log.Fatal(err)
		}
		b.Close()
		if err := out.Encode(o.Hashes()); err != nil {
			log.Fatal(err)
		}
	}
}
