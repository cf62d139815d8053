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

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const timeout = 30 * time.Second

// echo is a service that announces what is posted, and consumes what it announces. Where a test sets a gate, both wait in it.
type echo struct {
	db              *postgres.DB
	said, received  chan struct{} // one for each that has begun
	request, events chan struct{} // the gates: nil is open
	consumed        chan error    // how each consumer's context ended
}

func newEcho(t *testing.T, databaseURL string) *echo {
	t.Helper()
	db, err := postgres.Open(databaseURL, postgres.Events())
	if err != nil {
		t.Fatal(err)
	}
	return &echo{db: db, said: make(chan struct{}, 100), received: make(chan struct{}, 100), consumed: make(chan error, 100)}
}

func (e *echo) service() function.Service {
	return function.Service{
		Name: "echo",
		Endpoints: []function.Endpoint{
			function.POST("say", "/say", e.say),
			function.GET("listen", "/listen", func(context.Context, function.None) (string, error) { return "silence", nil }),
			function.GET("panic", "/panic", func(context.Context, function.None) (string, error) { panic("s3cret") }),
		},
		Consumers: []function.Consumer{function.On("receive", e.receive, event.TicketCreated)},
		Outbox:    e.db.Outbox(), DeadLetters: e.db.DeadLetters(), Collectors: e.db.Collectors(),
		Start: e.db.Migrate, Ready: e.db.Ready, Stop: e.db.Close,
	}
}

func (e *echo) say(ctx context.Context, _ function.None) (int64, error) {
	e.said <- struct{}{}
	if e.request != nil {
		<-e.request
	}
	return e.db.Change(ctx, func(postgres.Tx) (event.Draft, error) {
		return event.Of(ctx, event.TicketCreated, event.Ticket{ID: 1, UserID: 1, Title: "Hello", Price: 100})
	})
}

func (e *echo) receive(ctx context.Context, _ event.Ticket) error {
	e.received <- struct{}{}
	if e.events != nil {
		<-e.events
	}
	e.consumed <- ctx.Err()
	return ctx.Err()
}

var quiet = slog.New(slog.DiscardHandler)

// settings are those of values, on free ports.
func settings(t *testing.T, values config.Values) process.Settings {
	t.Helper()
	s, err := config.Parse[process.Settings](config.Values{"PORT": "0", "METRICS_PORT": "0", "BUS_ACK_WAIT": "5s"}.With(values))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// started runs a service until the end of the test, if the test does not stop it.
func started(t *testing.T, service function.Service, values config.Values) *process.Host {
	t.Helper()
	service.Sign(functiontest.Signatures())
	host, err := open(service, settings(t, values), quiet)
	return adaptertest.Started(t, host, err)
}

func newBus(t *testing.T) string {
	t.Helper()
	server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server.URL()
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

// eventually waits until a request is answered with the status, and a body that holds the texts.
func eventually(t *testing.T, method, url string, status int, texts ...string) *http.Response {
	t.Helper()
	var answer *http.Response
	if err := adaptertest.Await(t.Context(), timeout, func(ctx context.Context) error {
		var body string
		var err error
		if answer, body, err = request(ctx, method, url); err != nil {
			return err
		}
		for _, text := range texts {
			if answer.StatusCode != status || !strings.Contains(body, text) {
				return fmt.Errorf("%s %s: %d %s, want %d %s", method, url, answer.StatusCode, body, status, text)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return answer
}

// becomes waits until the readiness probe answers with a status.
func becomes(t *testing.T, host *process.Host, status int) {
	t.Helper()
	eventually(t, http.MethodGet, host.URL+"/api/healthz", status, `{"status":"`)
}
