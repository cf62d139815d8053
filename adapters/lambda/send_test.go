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
	"time"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
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
func ticketsWith(t *testing.T, p *topic, database string) (a *Adapter, call func(method, path, body string) int) {
	t.Helper()
	values := functiontest.EventKeys().With(sending).With(config.Values{"DATABASE_URL": database, "JWT_SECRET": functiontest.Secret, "ATTACHMENT_KEY": functiontest.Secret})
	a, err := Open(tickets.New, values, AWS{Bus: p.connect}, io.Discard)
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
	return a, func(method, path, body string) int {
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
	_, call := ticketsWith(t, p, pgtest.Database(t))
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
	_, call := ticketsWith(t, p, pgtest.Database(t))
	p.fails.Store(1)
	if status := call("POST", "/api/tickets", opera); status != http.StatusCreated || len(p.sent) != 1 {
		t.Fatalf("%d, sent %v", status, p.sent)
	}
}

// TestSendLater: a bus that is away fails no answer, and after a pause the next invocation sends what is left, whatever it is for.
func TestSendLater(t *testing.T) {
	t.Parallel()
	p := &topic{}
	a, call := ticketsWith(t, p, pgtest.Database(t))
	p.fails.Store(1000)
	for range 2 {
		if status := call("POST", "/api/tickets", opera); status != http.StatusCreated {
			t.Fatal(status)
		}
	}
	p.fails.Store(0)
	a.sender.pause.Store(nil) // it is over
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
	_, call := ticketsWith(t, p, database)
	if status := call("POST", "/api/tickets", opera); status != http.StatusCreated || len(p.sent) > 0 {
		t.Fatalf("%d, sent %v", status, p.sent)
	}
	p.fails.Store(0)
	_, call = ticketsWith(t, p, database)
	if call("GET", "/api/tickets", ""); len(p.sent) != 1 {
		t.Errorf("sent %v", p.sent)
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
		}, functiontest.EventKeys().With(config.Values{"BUS_URL": c.url}), AWS{Bus: c.connect}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "BUS_URL") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
