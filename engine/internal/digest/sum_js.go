package digest

// Sum returns the SHA-256 of the parts, one after the other.
func Sum(parts ...[]byte) [32]byte { return plain(parts...) }
