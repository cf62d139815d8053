package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/session"
)

// topic is a bus that is published to. It refuses as many as fails says.
type topic struct {
	bus.Conn
	fails atomic.Int32
	mu    sync.Mutex
	sent  []string // types
}

func (p *topic) Publish(ctx context.Context, subject string, data []byte) error {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > sendWithin {
		return fmt.Errorf("%s may take until %v", subject, deadline)
	}
	if p.fails.Add(-1) >= 0 {
		return bus.ErrUnavailable
	}
	if e, err := event.Decode(data); err != nil || e.Type() != subject {
		return fmt.Errorf("%s: %s, %w", subject, data, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, subject)
	return nil
}

func (p *topic) connect(url string) (bus.Conn, error) {
	if !strings.HasPrefix(url, "sns:///") {
		return nil, errors.New("no topic")
	}
	return p, nil
}

var sending = config.Values{"BUS_URL": "sns:///arn:aws:sns:eu-west-1:1:ticketing"}

// ticketsWith is the tickets service as it runs on Lambda, and a request of a user.
func ticketsWith(t *testing.T, p *topic, database string) func(method, path, body string) int {
	t.Helper()
	values := functiontest.EventKeys().With(sending).With(config.Values{"DATABASE_URL": database, "JWT_SECRET": functiontest.Secret})
	a, err := Open(tickets.New, values, p.connect, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	if err := a.service.Start(t.Context()); err != nil { // migrations, which a deploy runs
		t.Fatal(err)
	}
	cookie, err := session.Keys{Secret: []byte(functiontest.Secret), Secure: true}.Issue(1, "user@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path, body string) int {
		t.Helper()
		return invoke(t, a, fmt.Sprintf(`{"path":%q,"httpMethod":%q,"body":%q,"headers":{"Content-Type":"application/json","Cookie":"%s=%s"}}`,
			path, method, body, cookie.Name, cookie.Value)).Status
	}
}

const opera = `{"title":"Opera","price":42.5}`

// TestSendBeforeTheAnswer: when a change has been answered, its event is on the bus.
func TestSendBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	p := &topic{}
	call := ticketsWith(t, p, pgtest.Database(t))
	for i := range 3 {
		if status := call("POST", "/api/tickets", opera); status != http.StatusCreated || len(p.sent) != i+1 {
			t.Fatalf("%d, sent %v", status, p.sent)
		}
	}
}

// TestSendOverABrokenConnection: one failure is made good at once.
func TestSendOverABrokenConnection(t *testing.T) {
	t.Parallel()
	p := &topic{}
	call := ticketsWith(t, p, pgtest.Database(t))
	p.fails.Store(1)
	if status := call("POST", "/api/tickets", opera); status != http.StatusCreated || len(p.sent) != 1 {
		t.Fatalf("%d, sent %v", status, p.sent)
	}
}

// TestSendLater: a bus that is away fails no answer, and the next invocation sends what is left, whatever it is for.
func TestSendLater(t *testing.T) {
	t.Parallel()
	p := &topic{}
	call := ticketsWith(t, p, pgtest.Database(t))
	p.fails.Store(1000)
	for range 2 {
		if status := call("POST", "/api/tickets", opera); status != http.StatusCreated {
			t.Fatal(status)
		}
	}
	p.fails.Store(0)
	if status := call("GET", "/api/tickets", ""); status != http.StatusOK || !slices.Equal(p.sent, []string{"tickets.created", "tickets.created"}) {
		t.Errorf("%d, sent %v", status, p.sent)
	}
}

// TestSendAfterACrash: a new process sends what one before it has left.
func TestSendAfterACrash(t *testing.T) {
	t.Parallel()
	p := &topic{}
	database := pgtest.Database(t)
	p.fails.Store(1000)
	if status := ticketsWith(t, p, database)("POST", "/api/tickets", opera); status != http.StatusCreated || len(p.sent) > 0 {
		t.Fatalf("%d, sent %v", status, p.sent)
	}
	p.fails.Store(0)
	if ticketsWith(t, p, database)("GET", "/api/tickets", ""); len(p.sent) != 1 {
		t.Errorf("sent %v", p.sent)
	}
}

// source is an outbox that counts who looks into it.
type source struct {
	outbox.Source
	unsent bool
	looks  int
	err    error
}

func (s *source) Unsent() bool { return s.unsent }

func (s *source) Relay(context.Context, int, outbox.Send) (int, error) {
	s.looks++
	s.unsent = s.err != nil
	return 0, s.err
}

// withSource is a service with an outbox, and what is invoked.
func withSource(t *testing.T, s *source, handle func(context.Context, event.Ticket) error) *Adapter {
	t.Helper()
	service := twice(handle, func(context.Context) error { return nil }, nil)
	service.Name, service.Outbox, service.DeadLetters, service.Consumers = "tickets", s, &letters{}, service.Consumers[:1]
	a, err := Open(func(config.Values) (function.Service, error) { return service, nil }, functiontest.EventKeys().With(sending), (&topic{}).connect, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestOutboxIsLeftAlone: an invocation that has stored nothing asks the database for nothing, but for the first of a process.
func TestOutboxIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := &source{}
	a := withSource(t, s, asTitled)
	for i, stores := range []bool{false, false, true, false} {
		s.unsent = stores
		if _, err := a.Invoke(t.Context(), queue(t, 1, 0, titled(t, "done")...)); err != nil {
			t.Fatal(err)
		}
		if want := []int{1, 1, 2, 2}[i]; s.looks != want {
			t.Errorf("invocation %d: looked %d times, want %d", i, s.looks, want)
		}
	}
}

// TestOutboxIsLookedInto: a process that goes on finds what another one has left when it ended.
func TestOutboxIsLookedInto(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		a := withSource(t, s, asTitled)
		for i, pause := range []time.Duration{0, lookEvery - time.Second, time.Second, time.Second} {
			time.Sleep(pause)
			if _, err := a.Invoke(t.Context(), queue(t, 1, 0, titled(t, "done")...)); err != nil {
				t.Fatal(err)
			}
			if want := []int{1, 1, 2, 2}[i]; s.looks != want {
				t.Errorf("invocation %d: looked %d times, want %d", i, s.looks, want)
			}
		}
	})
}

// TestQueueComesAgainUntilSent: who is no client tries again what could not send its events.
func TestQueueComesAgainUntilSent(t *testing.T) {
	t.Parallel()
	s := &source{err: errors.New("no bus")}
	a := withSource(t, s, asTitled)
	for name, payload := range map[string][]byte{"queue": queue(t, 1, 0, titled(t, "done")...), "schedule": []byte(`{"schedule":"tick"}`)} {
		if answer, err := a.Invoke(t.Context(), payload); err == nil || !errors.Is(err, s.err) {
			t.Errorf("%s: answered %s, %v", name, answer, err)
		}
	}
}

// TestBusURLRefused: a setting that cannot be used ends the start.
func TestBusURLRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url     string
		connect Connect
	}{"malformed": {"nats://secret", (&topic{}).connect}, "without the tag": {"sns:///x", nil}} {
		_, err := Open(func(config.Values) (function.Service, error) {
			return function.Service{Name: "tickets", Outbox: &source{}}, nil
		}, functiontest.EventKeys().With(config.Values{"BUS_URL": c.url}), c.connect, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "BUS_URL") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
