package main

import (
	"fmt"
	"slices"
	"time"

	"lenet/server/browsertest"
)

// seen notes when the page's own picture is painted for the first time, and
// when the network has read what is in the pad: milliseconds since the page was asked for.
const seen = `
if (top === self) addEventListener('DOMContentLoaded', () => {
	const note = (name, e, options, done) => new MutationObserver((_, o) => {
		if (!done()) return;
		o.disconnect();
		// The frame that shows it has been painted when the one after it begins.
		requestAnimationFrame(() => requestAnimationFrame((now) => { globalThis[name] = now; }));
	}).observe(e, options);
	const labels = document.querySelector('#reduced .labels'), prediction = document.getElementById('prediction'), status = document.getElementById('status');
	note('picture', labels, { childList: true }, () => labels.children.length > 5);
	note('predicted', prediction, { attributes: true }, () => prediction.dataset.settled !== undefined && status.dataset.state !== 'loading');
});`

// net is a way to reach the page.
type net struct {
	name    string
	mbits   float64 // 0 is as fast as this machine
	latency time.Duration
}

var nets = []net{{"on this machine", 0, 0}, {"at 10 Mbit/s", 10, 20 * time.Millisecond}}

// first measures what a first visit waits for: the picture that the page brings
// along, and the network's own prediction. Each visit has an empty cache.
func first(b *browsertest.Browser, url string) error {
	for _, n := range nets {
		var times [2][]float64
		for range *rounds {
			t, err := visit(b, url, n)
			if err != nil {
				return err
			}
			for i, ms := range t {
				times[i] = append(times[i], ms)
			}
		}
		for _, t := range times {
			slices.Sort(t)
		}
		fmt.Printf("%s, medians of %d: picture after %.0f ms (%.0f to %.0f), first prediction after %.0f ms (%.0f to %.0f)\n", n.name, *rounds,
			times[0][*rounds/2], times[0][0], times[0][*rounds-1], times[1][*rounds/2], times[1][0], times[1][*rounds-1])
	}
	return nil
}

// visit opens the page once and returns the milliseconds until its picture and its prediction.
func visit(b *browsertest.Browser, url string, n net) (t [2]float64, err error) {
	p, err := b.Open(browsertest.View{Width: 1280, Height: 720, Script: seen})
	if err != nil {
		return t, err
	}
	defer p.Close()
	if n.mbits > 0 {
		if err := p.Slow(n.mbits, n.latency); err != nil {
			return t, err
		}
	}
	if err := p.Go(url + "/"); err != nil {
		return t, err
	}
	if err := p.Wait(`globalThis.picture && globalThis.predicted`, time.Minute); err != nil {
		return t, err
	}
	got, err := browsertest.Eval[[]float64](p, `[picture, predicted]`)
	if err == nil {
		copy(t[:], got)
	}
	return t, err
}
