// Classroom has many students open the page of a server within a minute.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"lenet/engine/dataset"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const usage = `Classroom starts the server and lets many students open the page of it within
a minute, each with connections and an empty cache of its own, and says how
the server did: requests a second, how long they took, and what it used.

Usage: go run ./server/cmd/classroom [-server bin/server] [-students 400] [-within 1m]

Flags:
`

func main() {
	log.SetFlags(0)
	log.SetPrefix("classroom: ")
	server := flag.String("server", "bin/server", "the server's `program`")
	students := flag.Int("students", 400, "how many open the page")
	within := flag.Duration("within", time.Minute, "the `time` in which they do, each at a random moment; 0 for all at once")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q: classroom takes flags only, see -help", flag.Arg(0))
	}
	if err := run(*server, *students, *within); err != nil {
		log.Fatal(err)
	}
}

func run(server string, students int, within time.Duration) error {
	cmd := exec.Command(server, "-addr", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: build it with \"make build\"", err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	_, rest, _ := strings.Cut(line, ": ")
	url, _, ok := strings.Cut(rest, " ")
	if err != nil || !ok {
		return fmt.Errorf("%s did not say where it serves: %q, %v", server, line, err)
	}

	files, err := pageFiles(url)
	if err != nil {
		return err
	}
	c := &class{url: url, files: files}
	begun := time.Now()
	var wg sync.WaitGroup
	for range students {
		wg.Go(func() {
			time.Sleep(time.Duration(rand.Float64() * float64(within)))
			c.open()
		})
	}
	wg.Wait()
	took := time.Since(begun)
	if len(c.errs) > 0 {
		return fmt.Errorf("%d students saw an error: %w", len(c.errs), errors.Join(c.errs[:min(3, len(c.errs))]...))
	}
	slices.Sort(c.requests)
	slices.Sort(c.pages)
	at := func(d []time.Duration, share float64) time.Duration {
		return d[min(int(share*float64(len(d))), len(d)-1)].Round(100 * time.Microsecond)
	}
	fmt.Printf("students %d within %v, each %d files, %.2f MB\n", students, within, len(files)+1, float64(c.bytes)/float64(students)/1e6)
	fmt.Printf("requests %d, %.0f a second, %.0f MB/s\n", len(c.requests), float64(len(c.requests))/took.Seconds(), float64(c.bytes)/took.Seconds()/1e6)
	fmt.Printf("a request: median %v, p99 %v, longest %v\n", at(c.requests, .5), at(c.requests, .99), at(c.requests, 1))
	fmt.Printf("the page, all of it: median %v, p99 %v\n", at(c.pages, .5), at(c.pages, .99))
	fmt.Printf("server: %s\n", resources(cmd.Process.Pid))
	return nil
}

// hashed is the name of a file that a page or its script refers to.
var hashed = regexp.MustCompile(`[\w./-]+\.[0-9a-f]{10}\.\w+`)

// pageFiles returns the files that a browser fetches for the whole page.
func pageFiles(url string) ([]string, error) {
	get := func(name string) (string, error) {
		resp, err := http.Get(url + name)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return string(body), err
	}
	page, err := get("")
	if err != nil {
		return nil, err
	}
	files := hashed.FindAllString(page, -1)
	for _, f := range slices.Clone(files) {
		if !strings.HasPrefix(f, "app.") || !strings.HasSuffix(f, ".js") {
			continue
		}
		script, err := get(f)
		if err != nil {
			return nil, err
		}
		for _, name := range hashed.FindAllString(script, -1) {
			other := strings.Contains(name, "data/") && !strings.HasPrefix(name, "data/"+dataset.Default()) || strings.Contains(name, "weights/") && !strings.HasPrefix(name, "weights/"+dataset.Default()) || strings.Contains(name, "scalar") || strings.Contains(name, "strings/") || strings.Contains(name, "poster/")
			if !other && !slices.Contains(files, name) {
				files = append(files, name)
			}
		}
	}
	if len(files) < 8 {
		return nil, fmt.Errorf("%s: only %d files in the page", url, len(files))
	}
	return files, nil
}

// class is all the students, and their results.
type class struct {
	url   string
	files []string

	mu       sync.Mutex
	requests []time.Duration
	pages    []time.Duration
	bytes    int64
	errs     []error
}

// open opens the page as a browser does: the document, then everything else
// over six connections.
func (c *class) open() {
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 6, MaxIdleConnsPerHost: 6, DisableCompression: true}}
	defer client.CloseIdleConnections()
	begun := time.Now()
	c.get(client, "")
	var wg sync.WaitGroup
	for _, f := range c.files {
		wg.Go(func() { c.get(client, f) })
	}
	wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages = append(c.pages, time.Since(begun))
}

func (c *class) get(client *http.Client, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	begun := time.Now()
	n, err := func() (int64, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+name, nil)
		if err != nil {
			return 0, err
		}
		req.Header.Set("Accept-Encoding", "br, gzip")
		resp, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return 0, fmt.Errorf("%s: %s", name, resp.Status)
		}
		return io.Copy(io.Discard, resp.Body)
	}()
	took := time.Since(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.errs = append(c.errs, err)
	}
	c.requests = append(c.requests, took)
	c.bytes += n
}

// resources returns a process's use of resources, where the system reports it.
func resources(pid int) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "its memory is only known on Linux"
	}
	peak := "?"
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kb float64
			fmt.Sscan(v, &kb)
			peak = fmt.Sprintf("%.0f MB", kb/1024)
		}
	}
	var user, system int
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		fmt.Sscan(fields[11], &user)
		fmt.Sscan(fields[12], &system)
	}
	return fmt.Sprintf("%s of memory at most, %.1f s of processor time", peak, float64(user+system)/100)
}
