package main

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// guests are the connections of clients: so many at once, of one address three
// quarters of that at most. Where there is no room, one that is idle gives way:
// the one that has been for the longest time.
type guests struct {
	net.Listener
	most, each int

	mu    sync.Mutex
	room  sync.Cond // on mu: a connection was closed, or has become idle
	all   map[*guest]bool
	of    map[string]int // connections by address
	idle  list.List      // of *guest, the longest first
	ended bool
}

// guest is one connection.
type guest struct {
	net.Conn
	guests *guests
	key    string        // of its address
	place  *list.Element // in idle, or nil
	asked  bool          // a request has begun to come
}

func newGuests(l net.Listener, most int) *guests {
	g := &guests{Listener: l, most: most, each: share(most), all: map[*guest]bool{}, of: map[string]int{}}
	g.room.L = &g.mu
	return g
}

// share is how much of all one address may have: three quarters.
func share(all int) int { return all - all/4 }

// addressKey is what connections of one client have in common: its address, or,
// as a client has very many of them, the network of its IPv6 address.
func addressKey(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	ip := a.Addr().Unmap().WithZone("")
	if ip.Is6() {
		if network, err := ip.Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}

// Accept returns the next connection for which there is room. While there is
// none, it waits; one of an address that has its share already is closed.
func (g *guests) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		hurry(c)
		one := &guest{Conn: c, guests: g, key: addressKey(c.RemoteAddr().String())}
		if g.admit(one) {
			return one, nil
		}
		c.Close()
	}
}

func (g *guests) admit(one *guest) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.each < g.most && g.of[one.key] >= g.each && !g.dismiss(one.key) {
		return false
	}
	for len(g.all) >= g.most && !g.ended && !g.dismiss("") {
		g.room.Wait()
	}
	if g.ended {
		return false
	}
	g.all[one] = true
	g.of[one.key]++
	return true
}

// dismiss closes the connection that has been idle for the longest time, of
// one address or of any. It reports whether there was one. Called with mu held.
func (g *guests) dismiss(key string) bool {
	for e := g.idle.Front(); e != nil; e = e.Next() {
		if one := e.Value.(*guest); key == "" || one.key == key {
			g.remove(one)
			one.Conn.Close()
			return true
		}
	}
	return false
}

// remove forgets a connection. Called with mu held.
func (g *guests) remove(one *guest) {
	if !g.all[one] {
		return
	}
	delete(g.all, one)
	if g.of[one.key]--; g.of[one.key] == 0 {
		delete(g.of, one.key)
	}
	g.busy(one)
	g.room.Signal()
}

func (g *guests) busy(one *guest) {
	if one.place != nil {
		g.idle.Remove(one.place)
		one.place = nil
	}
}

// changed is for [http.Server.ConnState].
func (g *guests) changed(c net.Conn, state http.ConnState) {
	if over, ok := c.(*tls.Conn); ok {
		c = over.NetConn()
	}
	one, ok := c.(*guest)
	if !ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.all[one] {
		return
	}
	g.busy(one)
	one.asked = one.asked || state != http.StateNew
	if state == http.StateIdle {
		one.place = g.idle.PushBack(one)
		g.room.Signal()
	}
}

// dismissSilent closes the connections that nothing has come on: browsers open
// some in advance, which [http.Server.Shutdown] would wait for.
func (g *guests) dismissSilent() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for one := range g.all {
		if !one.asked {
			g.remove(one)
			one.Conn.Close()
		}
	}
}

// Close closes the listener: no one is let in any more.
func (g *guests) Close() error {
	g.mu.Lock()
	g.ended = true
	g.room.Broadcast()
	g.mu.Unlock()
	return g.Listener.Close()
}

// Close closes the connection.
func (one *guest) Close() error {
	one.guests.mu.Lock()
	one.guests.remove(one)
	one.guests.mu.Unlock()
	return one.Conn.Close()
}
