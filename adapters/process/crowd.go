package process

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// manners is how long a connection may ask for nothing more while others wait.
const manners = time.Second

// crowd is a listener of a server whose connections are at most so many at the same time; more wait to be accepted. An open one takes
// some 20 KiB of memory, even where it asks for nothing. So, while there is no room, those that have asked for nothing more for a while are closed,
// and each other one is closed with its next answer: who waits has a turn.
type crowd struct {
	net.Listener
	most   int
	left   chan struct{} // a connection has ended
	closed chan struct{}
	close  func() error

	mu    sync.Mutex
	open  int
	quiet map[net.Conn]time.Time // since when each asks for nothing
}

func newCrowd(listener net.Listener, most int) *crowd {
	c := &crowd{Listener: listener, most: most, left: make(chan struct{}, 1), closed: make(chan struct{}), quiet: map[net.Conn]time.Time{}}
	c.close = sync.OnceValue(func() error { close(c.closed); return listener.Close() })
	return c
}

// Accept waits for room, and then for a connection.
func (c *crowd) Accept() (net.Conn, error) {
	for !c.room() {
		select {
		case <-c.left:
		case <-time.After(manners / 10):
		case <-c.closed:
			return nil, net.ErrClosed
		}
	}
	return c.Listener.Accept()
}

// Close ends Accept.
func (c *crowd) Close() error { return c.close() }

// room reports whether there is room for one more. Where there is none, it makes some.
func (c *crowd) room() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open < c.most {
		return true
	}
	for conn, since := range c.quiet {
		if time.Since(since) > manners {
			delete(c.quiet, conn)
			_ = conn.Close() // its goroutine finds out
		}
	}
	return false
}

// note is the server's ConnState.
func (c *crowd) note(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.quiet, conn)
	switch state {
	case http.StateNew: // before the next Accept; ReadHeaderTimeout ends it, should it ask for nothing
		c.open++
	case http.StateIdle:
		c.quiet[conn] = time.Now()
	case http.StateClosed, http.StateHijacked:
		c.open--
		select {
		case c.left <- struct{}{}:
		default:
		}
	}
}

// politely ends each connection with its answer while there is no room.
func (c *crowd) politely(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.full() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func (c *crowd) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open >= c.most
}
