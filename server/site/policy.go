package site

import (
	"fmt"
	"strings"
)

// contentPolicy returns the content security policy: nothing but what comes
// from this origin, WebAssembly, and no inline script or style. ancestors are
// the pages that may frame this one, "" for all: it is made to be embedded.
func contentPolicy(ancestors string) (string, error) {
	if strings.ContainsAny(ancestors, ";,\r\n") {
		return "", fmt.Errorf("frame ancestors %q: separate origins with spaces, as in \"'self' https://example.org\"", ancestors)
	}
	policy := strings.Join([]string{
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
	}, "; ")
	// Not "*", which would keep the stage, a frame of the page's own, out of a
	// sandboxed page: that has no origin that a pattern matches.
	if ancestors != "" && ancestors != "*" {
		policy += "; frame-ancestors " + ancestors
	}
	return policy, nil
}
