package site

import (
	"fmt"
	"strings"
)

// contentPolicy returns the content security policy: nothing but what comes
// from this origin, WebAssembly, and no inline script or style; and, to be
// added to that of pages, the ancestors that may frame them, "" for all: they
// are made to be embedded.
func contentPolicy(ancestors string) (policy, framing string, err error) {
	if strings.ContainsAny(ancestors, ";,\r\n") {
		return "", "", fmt.Errorf("frame ancestors %q: separate origins with spaces, as in \"'self' https://example.org\"", ancestors)
	}
	policy = strings.Join([]string{
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
	if ancestors != "" && ancestors != "*" {
		framing = "; frame-ancestors " + ancestors
	}
	return policy, framing, nil
}

// isStage reports whether a file is the stage's document, a frame of the page's
// own, which is of no use elsewhere. Who may frame it is not said: a sandboxed
// page has no origin that the list could name, nor "*" match.
func isStage(name string) bool {
	return strings.HasPrefix(name, "play.") && strings.HasSuffix(name, ".html")
}
