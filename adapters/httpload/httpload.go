// Package httpload is a client for measurements: it sends requests over connections that are kept, and costs little itself.
package httpload

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"
)

// Within is how long a connection waits for an answer.
const Within = 20 * time.Second

// Request is a request as it is sent, of HTTP/1.1. Header lines end with \r\n; a body is JSON.
func Request(method, path, header, body string) []byte {
	if body != "" {
		header += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return []byte(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n" + body)
}

// Answer is what matters of one.
type Answer struct {
	Status     int
	RetryAfter time.Duration // 0: it does not say
	Body       []byte        // of a status of 400 and above; valid until the next Send
	closes     bool          // the connection ends
}

// Connection is a TCP connection, opened when it is needed. The zero value, with an address, is ready for use.
type Connection struct {
	Address string // host:port
	conn    net.Conn
	r       *bufio.Reader
}

// Send sends a request and reads its answer. Where a connection that it had kept has been closed, it sends it once more.
// Errors: no connection, no whole answer.
func (c *Connection) Send(request []byte) (Answer, error) {
	kept := c.conn != nil
	a, err := c.once(request)
	if err != nil && kept && !errors.Is(err, os.ErrDeadlineExceeded) {
		return c.once(request)
	}
	return a, err
}

// Close ends the connection. The next Send opens another one.
func (c *Connection) Close() {
	if c.conn != nil {
		_ = c.conn.Close() // it has served its purpose
		c.conn = nil
	}
}

func (c *Connection) once(request []byte) (Answer, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.Address, Within) //nolint:noctx // it is bounded
		if err != nil {
			return Answer{}, err
		}
		c.conn, c.r = conn, bufio.NewReaderSize(conn, 16<<10)
	}
	a, err := c.exchange(request)
	if err != nil || a.closes {
		c.Close()
	}
	return a, err
}

func (c *Connection) exchange(request []byte) (Answer, error) {
	_ = c.conn.SetDeadline(time.Now().Add(Within)) // an error shows in what follows
	_, wrong := c.conn.Write(request)              // an answer may have come all the same
	start, err := c.r.Peek(len(refusal))
	if err != nil {
		return Answer{}, errors.Join(wrong, err)
	}
	if string(start) == refusal {
		return c.refused()
	}
	whole, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: whole.StatusCode, closes: whole.Close}
	if a.Status >= http.StatusBadRequest {
		a.Body, err = io.ReadAll(whole.Body)
	} else {
		_, err = io.Copy(io.Discard, whole.Body)
	}
	return a, errors.Join(err, whole.Body.Close())
}

const refusal = "HTTP/1.1 503"

// refused reads a refusal, which has to be cheap: under overload there are nine of them for each answer that is served.
func (c *Connection) refused() (Answer, error) {
	a, length := Answer{Status: http.StatusServiceUnavailable}, 0
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "":
			if a.Body, err = c.r.Peek(length); err == nil {
				_, err = c.r.Discard(length)
			}
			return a, err
		case "Content-Length":
			length, err = strconv.Atoi(string(value))
		case "Retry-After":
			var seconds int
			seconds, err = strconv.Atoi(string(value))
			a.RetryAfter = time.Duration(seconds) * time.Second
		case "Connection":
			a.closes = string(value) == "close"
		}
		if err != nil {
			return a, err
		}
	}
}

// Times are how long answers took.
type Times struct{ P50, P99, Max time.Duration }

// TimesOf sorts what answers took. Without any, all are 0.
func TimesOf(took []time.Duration) Times {
	if len(took) == 0 {
		return Times{}
	}
	slices.Sort(took)
	return Times{took[len(took)/2], took[len(took)*99/100], took[len(took)-1]}
}
