package process

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestStopEndsConnectionsThatAreOpening: an HTTP/2 connection whose first bytes came before the stop and the
// others after it, and which then asks nothing, does not hold the server until its deadline.
func TestStopEndsConnectionsThatAreOpening(t *testing.T) {
	t.Parallel()
	s, err := Serve("127.0.0.1", 0, http.NotFoundHandler(), slog.New(slog.DiscardHandler), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(s.URL(), "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the server closes it
	const preface, settings = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	write(t, conn, preface[:3])
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(ctx) }()
	for { // until it listens no more
		another, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = another.Close() // it was only a question
	}
	write(t, conn, preface[3:]+settings)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}
