package digest

import "testing"

// The page's sum is crypto/sha256's, however the bytes are parted.
func FuzzSum(f *testing.F) {
	for _, n := range []int{0, 1, 55, 56, 63, 64, 65, 119, 120, 1000} {
		f.Add(make([]byte, n), make([]byte, n/3))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if got, want := plain(a, b), Sum(a, b); got != want {
			t.Fatalf("%d and %d bytes: %x, crypto/sha256 %x", len(a), len(b), got, want)
		}
	})
}
