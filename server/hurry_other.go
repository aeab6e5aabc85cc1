//go:build !linux && !darwin

package main

import "net"

// hurry has the system take little of a connection that it cannot send yet.
// Otherwise it takes megabytes, and a client that reads slowly looks for
// minutes like one that does not read.
func hurry(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		t.SetWriteBuffer(2 * unsent)
	}
}
