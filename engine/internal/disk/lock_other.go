//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package disk

import "errors"

// Lock does not lock here.
func Lock(path string) (release func(), err error) {
	return nil, errors.New("locks are not there on this system")
}
