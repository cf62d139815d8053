package process

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errPart = errors.New("the part failed")

// parts adds parts that note when they start and stop.
func parts(l *Lifecycle, log *[]string, names ...string) {
	for _, name := range names {
		l.Add(name, func(context.Context) (Stop, error) {
			*log = append(*log, "start "+name)
			return func(context.Context) error { *log = append(*log, "stop "+name); return nil }, nil
		})
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		build func(l *Lifecycle, log *[]string)
		want  string
		err   error
	}{
		"all is well": {func(l *Lifecycle, log *[]string) {
			parts(l, log, "a", "b")
			l.Add("no stop", func(context.Context) (Stop, error) { return nil, nil })
			parts(l, log, "c")
		}, "start a, start b, start c, stop c, stop b, stop a", nil},
		"one does not start": {func(l *Lifecycle, log *[]string) {
			parts(l, log, "a", "b")
			l.Add("c", func(context.Context) (Stop, error) { return nil, errPart })
			parts(l, log, "d")
		}, "start a, start b, stop b, stop a", errPart},
		"one fails later": {func(l *Lifecycle, log *[]string) {
			parts(l, log, "a", "b")
			l.Add("c", func(context.Context) (Stop, error) { go l.Fail(errPart); return nil, nil })
		}, "start a, start b, stop b, stop a", errPart},
		"one does not stop well": {func(l *Lifecycle, log *[]string) {
			parts(l, log, "a")
			l.Add("b", func(context.Context) (Stop, error) { return func(context.Context) error { return errPart }, nil })
		}, "start a, stop a", errPart},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log []string
			l := New(time.Minute, slog.New(slog.DiscardHandler))
			c.build(l, &log)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if name != "one fails later" {
				cancel()
			}
			if err := l.Run(ctx); !errors.Is(err, c.err) {
				t.Errorf("got %v, want %v", err, c.err)
			}
			if got := strings.Join(log, ", "); got != c.want || !l.isStopping() {
				t.Errorf("%s, want %s", got, c.want)
			}
			parts(l, &log, "late")
			if err := errors.Join(l.Close(), l.Close()); err != nil || l.Start(t.Context()) == nil || slices.Contains(log, "start late") {
				t.Errorf("after the stop: %v, %v", log, err)
			}
		})
	}
}

// TestStopHasAnEnd: a part that does not stop is left behind when the time is over, and those below it are still stopped.
func TestStopHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log []string
		l := New(time.Minute, slog.New(slog.DiscardHandler))
		parts(l, &log, "a")
		release := make(chan struct{})
		l.Add("b", func(context.Context) (Stop, error) { return Closing(func() { <-release }), nil })
		begin := time.Now()
		if err := l.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := l.Close()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stop b") || time.Since(begin) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if !slices.Contains(log, "stop a") {
			t.Error("the other part was not stopped")
		}
		close(release)
	})
}

// TestServerFails: a server whose listener breaks ends the process.
func TestServerFails(t *testing.T) {
	t.Parallel()
	l := New(time.Minute, slog.New(slog.DiscardHandler))
	l.Add("server", func(context.Context) (Stop, error) {
		listener, err := Listen("127.0.0.1", 0)
		if err != nil {
			return nil, err
		}
		return l.Serve(listener, http.NotFoundHandler(), time.Minute, 8), listener.Close()
	})
	if err := l.Run(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// TestStopEndsConnectionsThatAreOpening: an HTTP/2 connection whose first bytes came before the stop and the
// others after it, and which then asks nothing, does not hold the server until its deadline.
func TestStopEndsConnectionsThatAreOpening(t *testing.T) {
	t.Parallel()
	listener, err := Listen("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	stop := New(time.Minute, slog.New(slog.DiscardHandler)).Serve(listener, http.NotFoundHandler(), time.Minute, 8)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the server closes it
	const preface, settings = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	if _, err := conn.Write([]byte(preface[:3])); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- stop(ctx) }()
	for { // until it listens no more
		another, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			break
		}
		_ = another.Close() // it was only a question
	}
	if _, err := conn.Write([]byte(preface[3:] + settings)); err != nil {
		t.Fatal(err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
