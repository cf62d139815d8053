package process

import (
	"bufio"
	"cmp"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestRefusedUnparsed: what is plainly a request is refused without the server, while the service is full, and its connection is kept.
func TestRefusedUnparsed(t *testing.T) {
	t.Parallel()
	var s turnstile
	c := behind(t, &s, 8)
	for _, text := range []string{
		"GET /api/tickets?q=a HTTP/1.1\r\nHost: any\r\n\r\n",
		"DELETE /api/tickets/1 HTTP/1.1\r\nHost: any\r\nconnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
		"POST /api/orders HTTP/1.1\r\nHost: any\r\ncontent-length: 2\r\n\r\n{}",
	} {
		for range 2 {
			s.full.Store(true)
			c.writes(text)
			if c.reads(http.StatusServiceUnavailable, "") {
				t.Errorf("%q ended the connection", text)
			}
			<-c.idle
		}
		s.full.Store(false)
		c.writes("GET /api/tickets HTTP/1.1\r\nHost: any\r\n\r\n")
		c.reads(http.StatusOK, "GET /api/tickets ")
		<-c.idle
	}
}

// TestServerSeesAllElse: probes, what is unusual, and what comes in parts.
func TestServerSeesAllElse(t *testing.T) {
	t.Parallel()
	const looks = "GET /api/x HTTP/1.1\r\nHost: any\r\n\r\n" // a request, or a part of one
	for name, c := range map[string]struct {
		first, full, then, want string
		status                  int // 0: 200
	}{
		"a probe":                         {full: "GET /health HTTP/1.1\r\nHost: any\r\n\r\n", want: "GET /health "},
		"readiness":                       {full: "GET /api/healthz HTTP/1.1\r\nHost: any\r\n\r\n", want: "GET /api/healthz "},
		"a method":                        {full: "OPTIONS /api/x HTTP/1.1\r\nHost: any\r\n\r\n", want: "OPTIONS /api/x "},
		"HTTP/1.0":                        {full: "GET /api/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", want: "GET /api/x "},
		"chunks":                          {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", want: "POST /api/x "},
		"chunks behind a bare LF":         {full: "POST /api/x HTTP/1.1\r\nHost: any\nTransfer-Encoding: chunked\r\n\r\n", then: "0\r\n\r\n", want: "POST /api/x "},
		"a name that is none":             {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nTransfer-Encoding\x00: chunked\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request"},
		"a space behind a name":           {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nTransfer-Encoding : chunked\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request: invalid header name"},
		"a folded field":                  {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n", want: "POST /api/x "},
		"a bare CR in a value":            {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request"},
		"a length behind more than space": {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nContent-Length: \v2\r\n\r\n{}", status: http.StatusBadRequest, want: "400 Bad Request"},
		"a length behind a wide space":    {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nContent-Length: 2\u00a0\r\n\r\n{}", status: http.StatusBadRequest, want: "400 Bad Request"},
		"no length, and then one":         {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nContent-Length:\r\nContent-Length: 2\r\n\r\n{}", status: http.StatusBadRequest, want: "400 Bad Request"},
		"an empty length":                 {full: "POST /api/x HTTP/1.1\r\nHost: any\r\nContent-Length:\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request"},
		"a field without a name":          {full: "GET /api/x HTTP/1.1\r\nHost: any\r\nx\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request"},
		"no host":                         {full: "GET /api/x HTTP/1.1\r\nX: any\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request: missing required Host header"},
		"two hosts":                       {full: "GET /api/x HTTP/1.1\r\nHost: any\r\nHost: other\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request"},
		"a target that is none":           {full: "GET /api/%zz HTTP/1.1\r\nHost: any\r\n\r\n", status: http.StatusBadRequest, want: "400 Bad Request"},
		"the last":                        {full: "GET /api/x HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n", want: "GET /api/x "},
		"a body in the next read":         {first: "POST /api/x HTTP/1.1\r\nHost: any\r\nContent-Length: 34\r\n\r\n", full: looks, want: "POST /api/x " + looks},
		"a body behind another request": {
			first: looks + "POST /api/y HTTP/1.1\r\nHost: any\r\nContent-Length: 34\r\n\r\n", full: looks, want: "POST /api/y " + looks,
		},
		"fields behind another request": {
			first: looks + "PUT /api/y HTTP/1.1\r\nHost: any\r\n", full: looks, status: http.StatusBadRequest, want: "400 Bad Request",
		},
		"a field behind another request": {first: looks + "PUT /api/y HTTP/1.1\r\nX: ", full: looks, want: "PUT /api/y "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s turnstile
			client := behind(t, &s, 8)
			if c.first != "" {
				client.writes(c.first)
			}
			if strings.HasPrefix(c.first, looks) {
				client.reads(http.StatusOK, "GET /api/x ")
			}
			s.full.Store(true)
			client.writes(c.full)
			if c.then != "" {
				client.writes(c.then)
			}
			client.reads(cmp.Or(c.status, http.StatusOK), c.want)
		})
	}
}

// TestRefusalsTakeTurns: where others wait to be accepted, who is refused has a second, as everybody.
func TestRefusalsTakeTurns(t *testing.T) {
	t.Parallel()
	var s turnstile
	c := behind(t, &s, 1)
	s.full.Store(true)
	for began := time.Now(); ; {
		c.writes("GET /api/x HTTP/1.1\r\nHost: any\r\n\r\n")
		if last := c.reads(http.StatusServiceUnavailable, ""); last {
			if time.Since(began) < idleAfter/2 {
				t.Error("closed at once")
			}
			break
		}
	}
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after the last: %v", err)
	}
}

// TestRefusesOnlyRequests: whatever is refused unparsed, net/http takes for the same: one request, behind which the connection goes on.
func TestRefusesOnlyRequests(t *testing.T) {
	t.Parallel()
	whole := 0
	rapid.Check(t, func(r *rapid.T) {
		body := strings.Repeat("a", rapid.IntRange(0, 12).Draw(r, "length"))
		text := "POST /api/x?q=a HTTP/1.1\r\nHost: any\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\nX-Y: a b\r\n\r\n" + body
		for range rapid.IntRange(1, 3).Draw(r, "changes") {
			from := rapid.IntRange(0, len(text)).Draw(r, "from")
			to := min(len(text), from+rapid.IntRange(0, 3).Draw(r, "without"))
			text = text[:from] + rapid.SampledFrom([]string{
				"", " ", "\t", "\r", "\n", "\r\n", "\r\n\r\n", ":", ",", "\x00", "\v", "\u00a0", "\xff", "%", "0", "1", "+", "-", "/", "?", "#", "@", "{", "a",
				"Content-Length: 1\r\n", "Host: b\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "HTTP/1.1", "GET /api/x HTTP/1.1\r\nHost: any\r\n\r\n",
			}).Draw(r, "with") + text[to:]
		}
		if !isWhole([]byte(text)) {
			return
		}
		whole++
		c := behind(t, new(turnstile), 8)
		c.writes(text)
		request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		sent, err := io.ReadAll(request.Body)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		c.reads(http.StatusOK, request.Method+" "+request.URL.Path+" "+string(sent))
		<-c.idle
		c.writes("GET /next HTTP/1.1\r\nHost: any\r\n\r\n")
		c.reads(http.StatusOK, "GET /next ")
	})
	if whole == 0 {
		t.Error("nothing was whole")
	}
}

// TestRefusedStays: a connection that is refused time and again is not idle.
func TestRefusedStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s turnstile
		c := behind(t, &s, 8)
		s.full.Store(true)
		for range 3 {
			time.Sleep(idleTimeout * 2 / 3)
			c.writes("GET /api/x HTTP/1.1\r\nHost: any\r\n\r\n")
			c.reads(http.StatusServiceUnavailable, "")
			<-c.idle
		}
	})
}
