package overload

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// connection is a TCP connection, opened when it is needed.
type connection struct {
	net.Conn
	r *bufio.Reader
}

// send sends a request and reads its answer. As every client does, it sends it once more where a connection that it had kept has been closed.
func (c *connection) send(address string, text []byte, method string) (*http.Response, error) {
	kept := c.Conn != nil
	answer, err := c.once(address, text, method)
	if err != nil && kept && !errors.Is(err, os.ErrDeadlineExceeded) {
		return c.once(address, text, method)
	}
	return answer, err
}

func (c *connection) once(address string, text []byte, method string) (*http.Response, error) {
	if c.Conn == nil {
		conn, err := net.DialTimeout("tcp", address, answerWithin) //nolint:noctx // it is bounded
		if err != nil {
			return nil, err
		}
		c.Conn, c.r = conn, bufio.NewReader(conn)
	}
	answer, err := c.exchange(text, method)
	if err != nil || answer.Close {
		c.close()
	}
	return answer, err
}

func (c *connection) exchange(text []byte, method string) (*http.Response, error) {
	_ = c.SetDeadline(time.Now().Add(answerWithin)) // an error shows in what follows
	_, wrong := c.Write(text)                       // an answer may have come all the same
	answer, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		if wrong != nil {
			err = wrong
		}
		return nil, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer, err
}

func (c *connection) close() {
	if c.Conn != nil {
		_ = c.Conn.Close() // it has served its purpose
		c.Conn = nil
	}
}
