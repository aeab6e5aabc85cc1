package browsertest

import (
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Line is a connection to the server; the zero value is as fast as it can be.
type Line struct {
	Latency time.Duration // of each request
	Bytes   float64       // a second
}

// noteTimes notes in a playground's document when it first shows a prediction.
const noteTimes = `
addEventListener('DOMContentLoaded', () => {
	const said = document.getElementById('prediction');
	const o = said && new MutationObserver(() => {
		if (!said.dataset.class) return;
		o.disconnect();
		document.documentElement.dataset.said = performance.now();
	});
	o?.observe(said, { attributes: true });
});`

// Embed opens a course page around the playground at a URL in a new tab with an
// empty cache. It returns, in milliseconds, when the playground is first
// painted and when its poster shows a prediction, both from when its document
// is asked for, and how long after a click there is a prediction of the engine.
func Embed(b *Browser, url string, l Line) (times [3]float64, err error) {
	around := Around(url+"/#embed=1", "700")
	defer around.Close()
	p, err := b.Open(View{Width: 720, Height: 720, Script: noteTimes})
	if err != nil {
		return times, err
	}
	defer p.Close()
	if l.Bytes > 0 {
		_, err := chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{
			Latency: float64(l.Latency.Milliseconds()), DownloadThroughput: l.Bytes, UploadThroughput: l.Bytes}}})
		if err != nil {
			return times, err
		}
	}
	if err := p.Go(around.URL); err != nil {
		return times, err
	}
	if err := p.Enter(); err != nil {
		return times, err
	}
	if err := p.Wait(`document.documentElement.dataset.said && performance.getEntriesByName('first-contentful-paint').length`, time.Minute); err != nil {
		return times, err
	}
	seen, err := Eval[[]float64](p, `[performance.getEntriesByName('first-contentful-paint')[0].startTime, Number(document.documentElement.dataset.said)]`)
	if err != nil {
		return times, err
	}
	// A dot drawn by a message wakes the engine as a click does, and is answered by what it reads.
	took, err := Await[float64](&Page{ctx: p.ctx}, `new Promise((resolve) => {
		const begun = performance.now();
		addEventListener('message', (e) => e.data.id === 1 && resolve(performance.now() - begun));
		document.querySelector('iframe').contentWindow.postMessage({ lenet: 1, id: 1, type: 'draw', strokes: [[[14, 4], [14, 24]]] }, '*');
	})`)
	copy(times[:], append(seen, took))
	return times, err
}
