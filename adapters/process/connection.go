package process

import (
	"bytes"
	"cmp"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// Refuser answers requests before anything is made of them, while whatever comes is refused. function.Handler is one.
type Refuser interface {
	Full() bool
	Refuse(w io.Writer, last bool) error // last: the connection ends with this answer
}

// connection is one that a server has accepted.
//
// Where it has served a request before, it lets the Refuser answer those that come while that is full, in the server's place: net/http
// takes three times as long for a refusal as reading and writing it does, and ten times the load are nine refusals for each request served.
// What is not plainly one whole request comes to net/http, as it is.
type connection struct {
	net.Conn
	of       *connections
	accepted time.Time

	// Only the goroutine that serves the connection uses these.
	refusable bool // there is a Refuser, and the server speaks HTTP/1
	awaits    bool // the server is about to wait for the next request
	begins    bool // what is read next begins a request, if all before it has been used
}

// buffer is the size of net/http's, in bytes. It asks for less where it has read some of the next request already.
const buffer = 4 << 10

// Read reads what the server is to see.
func (c *connection) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil || len(p) < buffer || !c.begins { // a single byte is read beside the handler
			return n, err
		}
		c.begins = false
		if !c.of.refuser.Full() || !isWhole(p[:n]) {
			return n, nil
		}
		last := c.hadItsTurn()
		if err := c.refuse(last); err != nil || last {
			return 0, cmp.Or(err, io.EOF)
		}
		c.of.changed(c, http.StateIdle)
		if err := c.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
			return 0, err
		}
	}
}

// SetReadDeadline is what the server calls before it waits for a request, and again as soon as that has begun, of which it may have used
// all that has come.
func (c *connection) SetReadDeadline(t time.Time) error {
	if c.refusable {
		c.begins, c.awaits = c.awaits, false
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *connection) refuse(last bool) error {
	if err := c.SetWriteDeadline(time.Now().Add(idleAfter)); err != nil {
		return err
	}
	return c.of.refuser.Refuse(c, last)
}

// hadItsTurn reports whether others wait to be accepted, and this one has been open for long enough.
func (c *connection) hadItsTurn() bool { return time.Since(c.accepted) > idleAfter && c.of.full() }

// CloseWrite lets the server end a connection whose client still sends.
func (c *connection) CloseWrite() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

var (
	fieldName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	hostName  = regexp.MustCompile(`^[A-Za-z0-9.:[\]-]+$`)
)

// isWhole reports whether b is one request of HTTP/1.1 to the API with all of its body, and nothing more, that leaves the connection as it
// is. What is unusual is not.
func isWhole(b []byte) bool {
	head, body, ends := bytes.Cut(b, []byte("\r\n\r\n"))
	line, fields, _ := bytes.Cut(head, []byte("\r\n"))
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, _ := bytes.Cut(rest, []byte(" "))
	switch string(method) {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return false
	}
	if !ends || string(version) != "HTTP/1.1" || !bytes.HasPrefix(target, []byte("/api/")) || bytes.HasPrefix(target, []byte("/api/healthz")) {
		return false
	}
	if path, _, _ := bytes.Cut(target, []byte("?")); !isText(target) || bytes.ContainsAny(target, "\t") || bytes.Contains(path, []byte("%")) {
		return false
	}
	var hosts, lengths int
	for field := range bytes.SplitSeq(fields, []byte("\r\n")) {
		name, value, named := bytes.Cut(field, []byte(":"))
		value = bytes.Trim(value, " \t")
		switch {
		case !named, !fieldName.Match(name), !isText(value): // what net/http refuses, and a proxy may take for another
			return false
		case bytes.EqualFold(name, []byte("Host")):
			if hosts++; !hostName.Match(value) {
				return false
			}
		case bytes.EqualFold(name, []byte("Content-Length")):
			if lengths++; string(value) != strconv.Itoa(len(body)) {
				return false
			}
		case bytes.EqualFold(name, []byte("Connection")):
			if !bytes.EqualFold(value, []byte("keep-alive")) {
				return false
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")), bytes.EqualFold(name, []byte("Expect")), bytes.EqualFold(name, []byte("Upgrade")):
			return false
		}
	}
	return hosts == 1 && (lengths == 1 || lengths == 0 && len(body) == 0)
}

// isText reports whether b is printable ASCII, and tabs.
func isText(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' })
}
