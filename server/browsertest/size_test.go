package browsertest

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// Limits of what crosses the network, in bytes after brotli.
const (
	beforePrediction = 1_200_000
	wholePage        = 4_300_000
)

// weight is what the file weighs on the network, where the host knows brotli.
func weight(name string) int {
	for _, f := range files {
		if f.Name == name {
			if f.Brotli != nil {
				return len(f.Brotli)
			}
			return len(f.Data)
		}
	}
	return 0
}

func needBest(t *testing.T) {
	if testing.Short() {
		t.Skip("with -short the page is compressed quickly, not well")
	}
}

// All that is fetched until the page can read a drawing, as the browser tells.
func TestSizeBeforePrediction(t *testing.T) {
	t.Parallel()
	needBest(t)
	v := desktop
	v.Script = `
if (top === self) addEventListener('DOMContentLoaded', () => {
	const status = document.getElementById('status');
	new MutationObserver((_, o) => {
		if (status.dataset.state !== 'idle') return;
		o.disconnect();
		globalThis.readyAt = performance.now();
	}).observe(status, { attributes: true });
});`
	p := openTab(t, normal, v)
	must(t, p.Go(server.URL+"/"))
	must(t, p.Wait(`globalThis.readyAt`, 30*time.Second))
	fetched := eval[[]string](t, p, `performance.getEntriesByType('resource').filter((e) => e.responseEnd <= readyAt).map((e) => e.name)`)
	// The worker loads wasm_exec.js by itself.
	names := map[string]bool{"index.html": true, "wasm_exec.js": true}
	for _, u := range fetched {
		at, err := url.Parse(u)
		must(t, err)
		for _, f := range files {
			if "/"+f.Path == at.Path {
				names[f.Name] = true
			}
		}
	}
	for _, name := range []string{"worker.wasm", "worker.js", "app.js", "weights/mnist.safetensors"} {
		if !names[name] {
			t.Errorf("%s is not among what was fetched: %q", name, fetched)
		}
	}
	total := 0
	for name := range names {
		total += weight(name)
		t.Logf("%8d %s", weight(name), name)
	}
	t.Logf("%8d bytes before the first prediction", total)
	if total > beforePrediction {
		t.Errorf("%d bytes before the first prediction, the limit is %d", total, beforePrediction)
	}
}

// The whole page with the default data set: all files but those that only
// another choice fetches.
func TestSizeOfPage(t *testing.T) {
	needBest(t)
	total, fashion, readers := 0, 0, 0
	for _, f := range files {
		switch {
		case strings.Contains(f.Name, "fashion"):
			fashion += weight(f.Name)
		case f.Name == "worker-scalar.wasm": // for data sets of one's own, and for browsers without SIMD
			readers += weight(f.Name)
		case strings.HasPrefix(f.Name, "strings/") && f.Name != "strings/en.json":
		case f.Name == "sw.js", f.Name == "embed.js", strings.HasPrefix(f.Name, "course-demo"): // for those who ask for them
		default:
			total += weight(f.Name)
		}
	}
	t.Logf("%d bytes, %d more with Fashion-MNIST, %d more with data of one's own", total, fashion, readers)
	if total > wholePage {
		t.Errorf("the page weighs %d bytes, the limit is %d", total, wholePage)
	}
	if total < 1_000_000 || fashion < 1_000_000 {
		t.Error("files are missing from the sum")
	}
}

// What a course page loads for each playground, until somebody wants it to run.
func TestSizeOfEmbed(t *testing.T) {
	needBest(t)
	element, poster := weight("embed.js"), weight("index.html")
	var index string
	for _, f := range files {
		if f.Name == "index.html" {
			index = string(f.Data)
		}
	}
	for _, f := range files {
		if strings.Contains(index, `"`+f.Path+`"`) {
			poster += weight(f.Name)
			t.Logf("%8d %s", weight(f.Name), f.Name)
		}
	}
	t.Logf("embed.js %d bytes, a poster %d", element, poster)
	if element == 0 || element > 2000 {
		t.Errorf("embed.js weighs %d bytes, the limit is 2000", element)
	}
	if poster > 100_000 {
		t.Errorf("a poster weighs %d bytes, the limit is 100,000", poster)
	}
}
