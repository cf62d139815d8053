package function_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

// TestUnreadBodies: where a body means nothing, nothing of it is read.
func TestUnreadBodies(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, function.None) (function.None, error) { return function.None{}, nil }
	read := func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d %v", len(b), err)
	}
	h := handler(t, function.GET("get", "/typed", nothing), function.PATCH("patch", "/typed", nothing),
		function.Raw("raw", "GET", "/raw", read), function.Raw("form", "POST", "/raw", read))
	for _, ask := range [][2]string{{"GET", "/typed"}, {"HEAD", "/typed"}, {"PATCH", "/typed"}, {"GET", "/raw"}, {"HEAD", "/raw"}} {
		r := httptest.NewRequest(ask[0], ask[1], unreadable{t})
		r.ContentLength = 60 << 20
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("%v: %d", ask, w.Code)
		}
	}
	for length, want := range map[int]string{0: "0 <nil>", 10: "10 <nil>", function.MaxBody: "1048576 <nil>", function.MaxBody + 1: "0 http: request body too large"} {
		for _, known := range []bool{true, false} {
			r := httptest.NewRequest("POST", "/raw", strings.NewReader(strings.Repeat("x", length)))
			if !known {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Body.String() != want {
				t.Errorf("%d bytes, known %v: %s, want %s", length, known, w.Body, want)
			}
		}
	}
}

// unreadable is a body that must not be read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("it was read")
	return 0, io.EOF
}

// TestAnswersDoNotWaitForBodies: a refusal for want of room does not wait for a body that is not small, and ends its connection.
func TestAnswersDoNotWaitForBodies(t *testing.T) {
	t.Parallel()
	h, runs, gate := bounded(t, 16) // room for one large body
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ask := func(request string, length, status int) {
		t.Helper()
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // the server closes it
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{", request, length); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(request, length, err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != status || !answer.Close {
			t.Errorf("%s, %d bytes: %d, want %d, close %v, %v", request, length, answer.StatusCode, status, answer.Close, err)
		}
	}
	rest, first := arriving(t, h, `{"text":"a"}`+strings.Repeat(" ", 40<<10))
	ask("PUT /notes/1", 100<<10, http.StatusServiceUnavailable) // no room for it
	_ = rest.Close()                                            // of a pipe
	expect(t, <-first, 200, "")
	for range 16 {
		go call(h, "GET", "/wait", "")
		<-runs
	}
	ask("GET /small", 100<<10, http.StatusServiceUnavailable) // no room for any request
	close(gate)
}

// connection is a client whose body comes as far as it is written; its deadline counts.
type connection struct {
	*httptest.ResponseRecorder
	rest *io.PipeWriter
	late *time.Timer
}

func (c *connection) SetReadDeadline(at time.Time) error {
	c.late.Stop()
	c.late = time.AfterFunc(time.Until(at), func() { _ = c.rest.CloseWithError(os.ErrDeadlineExceeded) })
	return nil
}

// TestSlowBodies: a small body, and the beginning of a larger one, have five seconds; the whole has the time of a request.
// Then its place is free.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, first, second, takes int // bytes of each of two parts; seconds before each, and in all
		status                     int
	}{
		{1, 2, 2, 4, 200}, {1, 3, 3, 5, 408}, {1, 6, 0, 5, 408},
		{33 << 10, 4, 40, 44, 200}, {33 << 10, 4, 60, 60, 408}, {33 << 10, 6, 0, 5, 408},
	} {
		synctest.Test(t, func(t *testing.T) {
			runner, _ := newRunner(t)
			h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{function.Raw("put", "PUT", "/", func(_ http.ResponseWriter, r *http.Request) {
				if _, err := io.ReadAll(r.Body); err != nil {
					t.Error(err)
				}
			})}})
			body, rest := io.Pipe()
			w := &connection{httptest.NewRecorder(), rest, time.NewTimer(time.Hour)}
			r := httptest.NewRequest("PUT", "/", body)
			r.ContentLength = -1
			var sends sync.WaitGroup
			defer sends.Wait()
			sends.Go(func() {
				for _, seconds := range []int{c.first, c.second} {
					time.Sleep(time.Duration(seconds) * time.Second)
					_, _ = io.WriteString(rest, strings.Repeat("x", c.part)) // it may be too late
				}
				_ = rest.Close() // of a pipe
			})
			start := time.Now()
			h.ServeHTTP(w, r)
			if took := time.Since(start); w.Code != c.status || took != time.Duration(c.takes)*time.Second {
				t.Errorf("%+v: %d after %v", c, w.Code, took)
			}
		})
	}
}
