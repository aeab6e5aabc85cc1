//go:build !linux && !darwin

package main

import "net"

// hurry has the system take little of a connection that it cannot send yet.
// Otherwise it takes megabytes, and a client that reads slowly cannot be told
// from one that does not read for minutes.
func hurry(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		t.SetWriteBuffer(2 * unsent)
	}
}
