// Package browsertest drives the page in Chromium, as people use it: with
// pointer, touch and key events, reading what the page shows. Its tests are the
// page's tests; command screenshots uses it too.
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"lenet/engine/browser"
)

// Launch says which browser to start. The zero value is Chromium with WebGL
// drawn by the CPU.
type Launch struct {
	NoWebGL   bool // WebGL is switched off
	NoStorage bool // sites may not store anything
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
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("use-angle", "swiftshader"),
		chromedp.Flag("enable-unsafe-swiftshader", true),
	)
	if l.NoWebGL {
		opts = append(opts, chromedp.Flag("disable-3d-apis", true))
	}
	if l.NoStorage {
		profile, err := os.MkdirTemp("", "browsertest-")
		if err != nil {
			return nil, err
		}
		b.close = append(b.close, func() { os.RemoveAll(profile) })
		if err := blockStorage(profile); err != nil {
			return nil, errors.Join(err, os.RemoveAll(profile))
		}
		opts = append(opts, chromedp.UserDataDir(profile))
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

// blockStorage writes a profile's settings as those of somebody who blocks cookies,
// and with them all that sites could store.
func blockStorage(profile string) error {
	dir := filepath.Join(profile, "Default")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	const preferences = `{"profile":{"default_content_setting_values":{"cookies":2},"block_third_party_cookies":true}}`
	return os.WriteFile(filepath.Join(dir, "Preferences"), []byte(preferences), 0o644)
}
