package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/apierror"
)

// open returns a session without a user, with services that answer so.
func open(t *testing.T, answer http.HandlerFunc) *Session {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c := New(At(server.URL), Config{})
	t.Cleanup(c.Close)
	return c.Session(nil)
}

// TestErrorsNameNoQuery: a query may hold a secret, and errors are logged.
func TestErrorsNameNoQuery(t *testing.T) {
	t.Parallel()
	broken := open(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	away := New(At("http://127.0.0.1:1"), Config{}).Session(nil)
	for _, s := range []*Session{broken, away} {
		err := s.StopMails(t.Context(), "the.secret.token")
		if err == nil || strings.Contains(fmt.Sprintf("%+v", err), "secret") || !strings.Contains(err.Error(), "POST /api/notifications/unsubscribe: ") {
			t.Errorf("%v", err)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"an error it knows":     {404, `{"message":"Ticket not found.","code":"ticket_not_found"}`, ErrNoSuchTicket},
		"its own fault":         {500, `{"message":"Internal error.","code":"internal_error"}`, apierror.Unavailable(nil)},
		"that it says itself":   {500, `{"message":"Internal error.","code":"internal_error"}`, apierror.New(500, "Internal error.")},
		"a proxy's page":        {404, `<html>default backend</html>`, apierror.Unavailable(nil)},
		"no code":               {400, `{"message":"Bad."}`, apierror.Unavailable(nil)},
		"a redirect":            {302, ``, apierror.Unavailable(nil)},
		"nothing where much is": {200, ``, apierror.Unavailable(nil)},
		"another type":          {200, `[]`, apierror.Unavailable(nil)},
		"more than can be":      {200, `"` + strings.Repeat("x", maxAnswer) + `"`, apierror.Unavailable(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			s := open(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			if _, err := s.Ticket(t.Context(), 3); !errors.Is(err, c.want) || calls != 1 {
				t.Errorf("%v after %d calls", err, calls)
			}
		})
	}
}

// TestRefusalIsNoFailure: a service that says that it is unavailable has counted that, and logged what it must: its callers
// do not log each such answer. What no service says of itself, they do.
func TestRefusalIsNoFailure(t *testing.T) {
	t.Parallel()
	for body, said := range map[string]bool{`{"message":"Service unavailable.","code":"service_unavailable"}`: true, `<html>no backend</html>`: false} {
		s := open(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(body))
		})
		if _, err := s.Ticket(t.Context(), 3); apierror.IsOverload(err) != said || apierror.From(err).RetryAfter != time.Second {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestRefusedConnection: it is asked for once more, and not for ever.
func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ticket":{"id":3}}`)) }))
	t.Cleanup(server.Close)
	for refusals, want := range map[int]error{1: nil, 2: apierror.Unavailable(nil)} {
		dialed := 0
		c := New(At(server.URL), Config{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dialed++; dialed <= refusals {
				return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}})
		t.Cleanup(c.Close)
		if ticket, err := c.Session(nil).OfferTicket(t.Context(), Offer{Title: "Cup"}); !errors.Is(err, want) || err == nil && ticket.ID != 3 || dialed != 2 {
			t.Errorf("%d refusals: %v, %v, %d times", refusals, ticket.ID, err, dialed)
		}
	}
}

// TestTrace: what a service does for a page belongs to the page's trace.
func TestTrace(t *testing.T) {
	t.Parallel()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	s := open(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Traceparent"); !strings.Contains(got, span.TraceID().String()+"-"+span.SpanID().String()) {
			t.Errorf("trace %q", got)
		}
		_, _ = w.Write([]byte(`{}`))
	})
	if _, err := s.Ticket(trace.ContextWithSpanContext(t.Context(), span), 3); err != nil {
		t.Error(err)
	}
}

func TestAway(t *testing.T) {
	t.Parallel()
	if _, err := New(At("http://127.0.0.1:1"), Config{}).Session(nil).Ticket(t.Context(), 3); !errors.Is(err, apierror.Unavailable(nil)) {
		t.Error(err)
	}
}

// TestSilence: a service that never answers does not keep a caller forever.
func TestSilence(t *testing.T) {
	t.Parallel()
	silent := open(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	silent.client.timeout = 10 * time.Millisecond
	if _, err := silent.Ticket(t.Context(), 3); !errors.Is(err, apierror.Unavailable(nil)) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	s := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "42")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"message":"Too many attempts.","code":"too_many_attempts"}`))
	})
	err := s.SignIn(t.Context(), Credentials{})
	if !errors.Is(err, ErrTooManyAttempts) || apierror.From(err).RetryAfter != 42*time.Second {
		t.Errorf("%#v", err)
	}
}
