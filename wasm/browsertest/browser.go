// Package browsertest drives the page in Chromium, as people use it: with
// pointer, touch and key events, reading what the page shows. Its tests are the
// page's tests; command screenshots uses it too.
package browsertest

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"

	"lenet/engine/browser"
)

// Launch says which browser to start. The zero value is Chromium with WebGL
// drawn by the CPU.
type Launch struct {
	NoWebGL bool // WebGL is switched off
}

// Browser is a running Chromium with a profile of its own, that can reach this
// machine only.
type Browser struct {
	ctx   context.Context
	close []func()
}

// Start starts Chromium.
func Start(ctx context.Context, l Launch) (*Browser, error) {
	path, err := browser.Find()
	if err != nil {
		return nil, err
	}
	b := &Browser{}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("use-angle", "swiftshader"),
		chromedp.Flag("enable-unsafe-swiftshader", true),
	)
	if l.NoWebGL {
		opts = append(opts, chromedp.Flag("disable-3d-apis", true))
	}
	ctx, cancel := chromedp.NewExecAllocator(ctx, opts...)
	b.close = append(b.close, cancel)
	b.ctx, cancel = chromedp.NewContext(ctx)
	b.close = append(b.close, cancel)
	if err := chromedp.Do(b.ctx); err != nil { // starts the process
		b.Close()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return b, nil
}

// Close stops the browser.
func (b *Browser) Close() {
	for _, f := range b.close {
		defer f()
	}
}
