package process

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// turnstile refuses while it is full.
type turnstile struct{ full atomic.Bool }

func (s *turnstile) Full() bool { return s.full.Load() }

func (s *turnstile) Refuse(w io.Writer, last bool) error {
	return (&http.Response{StatusCode: http.StatusServiceUnavailable, ProtoMajor: 1, ProtoMinor: 1, Close: last, Body: http.NoBody}).Write(w)
}

// pipes is a listener whose clients decide what a read brings.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// idling is a connection that says when the server reads and has nothing left of what it read before.
type idling struct {
	net.Conn
	idle chan struct{}
}

func (i idling) Read(p []byte) (int, error) {
	if len(p) >= buffer {
		i.idle <- struct{}{}
	}
	return i.Conn.Read(p)
}

// behind returns a connection to a server behind a turnstile, on which it has had an answer. The server says what it was sent.
func behind(t *testing.T, s *turnstile, limit int) *client {
	t.Helper()
	listener := make(pipes)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+string(body)) // the client would miss it
	})
	stop := New(time.Minute, slog.New(slog.DiscardHandler)).serve(limitConnections(listener, limit, s), handler, time.Minute)
	ours, theirs := net.Pipe()
	idle := make(chan struct{}, 1_000_000) // as many as there may be reads
	listener <- idling{theirs, idle}
	t.Cleanup(func() {
		_ = ours.Close() // of a pipe
		if err := stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	c := &client{t, ours, bufio.NewReader(ours), idle}
	c.writes("GET /first HTTP/1.1\r\nHost: any\r\n\r\n")
	c.reads(http.StatusOK, "GET /first ")
	<-idle
	return c
}

type client struct {
	*testing.T
	net.Conn
	r    *bufio.Reader
	idle chan struct{} // the server waits for a request
}

// writes returns when all has been read.
func (c *client) writes(text string) {
	c.Helper()
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.Fatal(err)
	}
}

// reads reads one answer, and returns whether the connection ends with it.
func (c *client) reads(status int, body string) (last bool) {
	c.Helper()
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status || string(text) != body {
		c.Fatalf("%d %q, %v; want %d %q", answer.StatusCode, text, err, status, body)
	}
	return answer.Close
}
