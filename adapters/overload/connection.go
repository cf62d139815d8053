package overload

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// answer is what matters of one.
type answer struct {
	status int
	after  int  // seconds, of Retry-After; 0: it does not say
	closes bool // the connection ends
}

// connection is a TCP connection, opened when it is needed.
type connection struct {
	net.Conn
	r *bufio.Reader
}

// send sends a request and reads its answer. As every client does, it sends it once more where a connection that it had kept has been closed.
func (c *connection) send(address string, text []byte, method string) (answer, error) {
	kept := c.Conn != nil
	a, err := c.once(address, text, method)
	if err != nil && kept && !errors.Is(err, os.ErrDeadlineExceeded) {
		return c.once(address, text, method)
	}
	return a, err
}

func (c *connection) once(address string, text []byte, method string) (answer, error) {
	if c.Conn == nil {
		conn, err := net.DialTimeout("tcp", address, answerWithin) //nolint:noctx // it is bounded
		if err != nil {
			return answer{}, err
		}
		c.Conn, c.r = conn, bufio.NewReader(conn)
	}
	a, err := c.exchange(text, method)
	if err != nil || a.closes {
		c.close()
	}
	return a, err
}

func (c *connection) exchange(text []byte, method string) (answer, error) {
	_ = c.SetDeadline(time.Now().Add(answerWithin)) // an error shows in what follows
	_, wrong := c.Write(text)                       // an answer may have come all the same
	start, err := c.r.Peek(len(refusal))
	if err != nil {
		return answer{}, errors.Join(wrong, err)
	}
	if string(start) == refusal {
		return c.refused()
	}
	whole, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	_, err = io.Copy(io.Discard, whole.Body)
	return answer{status: whole.StatusCode, closes: whole.Close}, errors.Join(err, whole.Body.Close())
}

const refusal = "HTTP/1.1 503"

// refused reads a refusal, which has to be cheap: there are nine of them for each answer that is served.
func (c *connection) refused() (answer, error) {
	a, length := answer{status: http.StatusServiceUnavailable}, 0
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "":
			_, err := c.r.Discard(length)
			return a, err
		case "Content-Length":
			length, err = strconv.Atoi(string(value))
		case "Retry-After":
			a.after, err = strconv.Atoi(string(value))
		case "Connection":
			a.closes = string(value) == "close"
		}
		if err != nil {
			return a, err
		}
	}
}

func (c *connection) close() {
	if c.Conn != nil {
		_ = c.Conn.Close() // it has served its purpose
		c.Conn = nil
	}
}
