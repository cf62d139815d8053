package process

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// idleTimeout is how long a connection may wait for its next request.
const idleTimeout = 2 * time.Minute

// idleAfter is how long a connection may do so while others wait to be accepted.
const idleAfter = time.Second

// connections is a listener that bounds how many connections of a server are open; more wait to be accepted. An open one takes
// some 20 KiB of memory, even while it is idle. So, where the limit is reached, idle ones are closed, and each other one that has been
// open for a second is closed with its next answer.
type connections struct {
	net.Listener
	refuser Refuser // nil: all requests come to the server
	limit   int
	ended   chan struct{} // a connection has ended
	stop    chan struct{} // closed by Close
	close   func() error

	mu   sync.Mutex
	open int
	idle map[net.Conn]time.Time // since when
}

func limitConnections(listener net.Listener, limit int, refuser Refuser) *connections {
	c := &connections{Listener: listener, refuser: refuser, limit: limit, ended: make(chan struct{}, 1), stop: make(chan struct{}), idle: map[net.Conn]time.Time{}}
	c.close = sync.OnceValue(func() error { close(c.stop); return listener.Close() })
	return c
}

// Accept waits until there are fewer connections than the limit, and then for one more.
func (c *connections) Accept() (net.Conn, error) {
	for c.full() {
		c.closeIdle()
		select {
		case <-c.ended:
		case <-time.After(idleAfter / 10):
		case <-c.stop:
			return nil, net.ErrClosed
		}
	}
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, of: c, accepted: time.Now()}, nil
}

// Close ends Accept.
func (c *connections) Close() error { return c.close() }

func (c *connections) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open >= c.limit
}

func (c *connections) closeIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn, since := range c.idle {
		if time.Since(since) > idleAfter {
			delete(c.idle, conn)
			_ = conn.Close() // the server sees it, and calls changed
		}
	}
}

// changed is the server's ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.idle, conn)
	switch state {
	case http.StateNew: // before the next Accept
		c.open++
	case http.StateIdle:
		c.idle[conn] = time.Now()
		conn.(*connection).awaits = true // it came from Accept
	case http.StateClosed, http.StateHijacked:
		c.open--
		select {
		case c.ended <- struct{}{}:
		default:
		}
	}
}

// note is the server's ConnContext.
func (*connections) note(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

type connectionKey struct{}

// closeWhileFull closes connections with their answers where the limit is reached, but lets each have its second: to open one costs more
// than to refuse a request.
func (c *connections) closeWhileFull(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, ok := r.Context().Value(connectionKey{}).(*connection); ok {
			if r.ProtoMajor == 1 && c.refuser != nil {
				conn.refusable = true
			}
			if conn.hadItsTurn() {
				w.Header().Set("Connection", "close")
			}
		}
		next.ServeHTTP(w, r)
	})
}
