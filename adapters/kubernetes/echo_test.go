package kubernetes

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const patience = 30 * time.Second

// echo is a service: what is said to it, it announces, and what is announced it hears. Where a test gives
// it a gate, saying and hearing wait in it.
type echo struct {
	db            *postgres.DB
	said, heard   chan struct{} // one for each that has begun
	mouth, ear    chan struct{} // the gates: nil is open
	heardToTheEnd chan error
}

func newEcho(t *testing.T, databaseURL string) *echo {
	t.Helper()
	db, err := postgres.Open(databaseURL, postgres.Events())
	if err != nil {
		t.Fatal(err)
	}
	return &echo{db: db, said: make(chan struct{}, 100), heard: make(chan struct{}, 100), heardToTheEnd: make(chan error, 100)}
}

func (e *echo) service() function.Service {
	return function.Service{
		Name: "echo",
		Endpoints: []function.Endpoint{
			function.POST("say", "/say", e.say),
			function.GET("listen", "/listen", func(context.Context, function.None) (string, error) { return "silence", nil }),
		},
		Consumers: []function.Consumer{function.On("hear", e.hear, event.TicketCreated)},
		Outbox:    e.db.Outbox(), DeadLetters: e.db.DeadLetters(), Collectors: e.db.Collectors(),
		Start: e.db.Migrate, Ready: e.db.Ready, Stop: e.db.Close,
	}
}

func (e *echo) say(ctx context.Context, _ function.None) (int64, error) {
	e.said <- struct{}{}
	if e.mouth != nil {
		<-e.mouth
	}
	return e.db.Change(ctx, func(postgres.Tx) (event.Draft, error) {
		return event.Of(ctx, event.TicketCreated, event.Ticket{ID: 1, UserID: 1, Title: "Hello", Price: 100})
	})
}

func (e *echo) hear(ctx context.Context, _ event.Ticket) error {
	e.heard <- struct{}{}
	if e.ear != nil {
		<-e.ear
	}
	e.heardToTheEnd <- ctx.Err()
	return ctx.Err()
}

// settings are those that values say, on free ports.
func settings(t *testing.T, values config.Values) process.Settings {
	t.Helper()
	s, err := config.Parse[process.Settings](config.Values{"PORT": "0", "METRICS_PORT": "0", "BUS_ACK_WAIT": "5s"}.With(values))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// started runs a service; the test stops it, or else it is stopped at the end.
func started(t *testing.T, service function.Service, values config.Values) *deployment {
	t.Helper()
	p, err := start(service, settings(t, values), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.stopping.Load() {
			if err := p.stop(); err != nil {
				t.Errorf("stop: %v", err)
			}
		}
	})
	return p
}

func newBus(t *testing.T) *jetstreamserver.Server {
	t.Helper()
	server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// request sends a request and returns the answer, read.
func request(ctx context.Context, method, url string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader("{}"))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(answer.Body)
	return answer, string(body), err
}

// answers checks the status of one request, and that the body holds the text.
func answers(t *testing.T, method, url string, status int, text string) *http.Response {
	t.Helper()
	answer, body, err := request(t.Context(), method, url)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != status || !strings.Contains(body, text) {
		t.Errorf("%s %s: %d %s, want %d %s", method, url, answer.StatusCode, body, status, text)
	}
	return answer
}

// becomes waits until the readiness probe answers that.
func becomes(t *testing.T, p *deployment, status int) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		answer, body, err := request(ctx, http.MethodGet, p.api.URL()+"/api/healthz")
		if err == nil && answer.StatusCode != status {
			err = fmt.Errorf("readiness is %d %s, not %d", answer.StatusCode, body, status)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
