//go:build !js

package digest

import "crypto/sha256"

// Sum returns the SHA-256 of the parts, one after the other.
func Sum(parts ...[]byte) (sum [32]byte) {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}
