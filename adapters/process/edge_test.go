package process

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

// serve runs a server until the end of the test, if stop is not called before.
func serve(t *testing.T, handler http.Handler) (address string, stop Stop) {
	t.Helper()
	return serveFew(t, handler, 128)
}

// serveFew takes so many connections at the same time.
func serveFew(t *testing.T, handler http.Handler, connections int) (address string, stop Stop) {
	t.Helper()
	listener, err := Listen("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	stop = New(time.Minute, slog.New(slog.DiscardHandler)).Serve(listener, handler, time.Minute, connections)
	t.Cleanup(func() {
		if err := stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String(), stop
}

// TestStreamsOfOneConnection: an HTTP/2 client is told how many requests it may have open at the same time, and how much of bodies
// it may send ahead.
func TestStreamsOfOneConnection(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, http.NotFoundHandler())
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it was only a question
	if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	var head [9]byte // length, type 4: SETTINGS, flags, stream
	if _, err := io.ReadFull(conn, head[:]); err != nil || head[3] != 4 {
		t.Fatalf("% x, %v", head, err)
	}
	settings := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(conn, settings); err != nil {
		t.Fatal(err)
	}
	told := map[uint16]uint32{}
	for ; len(settings) >= 6; settings = settings[6:] {
		told[binary.BigEndian.Uint16(settings)] = binary.BigEndian.Uint32(settings[2:])
	}
	const streams, window = 3, 4
	if told[streams] != 100 || told[window] != 64<<10 {
		t.Errorf("told %v", told)
	}
}

// TestLargeHeaders: a request whose headers take more memory than those of any browser of ours is refused.
func TestLargeHeaders(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, http.NotFoundHandler())
	for size, want := range map[int]int{8 << 10: http.StatusNotFound, 32 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", "a="+strings.Repeat("x", size))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != want {
			t.Errorf("%d bytes: %d, want %d", size, answer.StatusCode, want)
		}
	}
}

// TestServerOptions: what net/http would answer by itself has the headers of every other answer.
func TestServerOptions(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, function.Runner{}.Edge(http.NewServeMux()))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, "http://"+address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = "*"
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusBadRequest || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d, %v", answer.StatusCode, answer.Header)
	}
}

// TestStopIsNoClientThatWentAway: a request that outlives the stop loses its connection, and knows why.
func TestStopIsNoClientThatWentAway(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan context.Context, 1)
	address, stop := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		ended <- r.Context()
	}))
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, http.NoBody)
		if err == nil {
			if answer, err := http.DefaultClient.Do(r); err == nil {
				_ = answer.Body.Close() // nobody reads it
			}
		}
	}()
	<-began
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stop(now); err == nil {
		t.Error("stopped in good order")
	}
	if ctx := <-ended; function.Gone(ctx) || !errors.Is(context.Cause(ctx), errStopping) {
		t.Errorf("the request ended because of %v", context.Cause(ctx))
	}
}
