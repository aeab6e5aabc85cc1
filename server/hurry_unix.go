//go:build linux || darwin

package main

import (
	"net"
	"runtime"
	"syscall"
)

// hurry has the system take no more than unsent bytes of a connection that it
// cannot send yet. Otherwise it takes megabytes, and a client that reads slowly
// looks for minutes like one that does not read. Bytes on their way do not
// count, so that long, fast lines stay fast.
func hurry(c net.Conn) {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return
	}
	option := 25 // TCP_NOTSENT_LOWAT
	if runtime.GOOS == "darwin" {
		option = 0x201
	}
	raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, option, unsent) })
}
