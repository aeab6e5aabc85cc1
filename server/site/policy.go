package site

import (
	"fmt"
	"strings"
)

// contentPolicy returns the content security policy: nothing but what comes
// from this origin, WebAssembly, and no inline script or style. ancestors are
// the pages that may frame this one, "" for all: it is made to be embedded.
func contentPolicy(ancestors string) (string, error) {
	if ancestors == "" {
		ancestors = "*"
	}
	if strings.ContainsAny(ancestors, ";,\r\n") {
		return "", fmt.Errorf("frame ancestors %q: separate origins with spaces, as in \"'self' https://example.org\"", ancestors)
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"connect-src 'self'",
		"worker-src 'self' blob:",
		"frame-src 'self'",
		"img-src 'self' data: blob:",
		"style-src 'self'",
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors " + ancestors,
	}, "; "), nil
}
