package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// command carries out one of the operator's commands on the system that runs on a folder.
func command(ctx context.Context, dir, line string) (string, error) {
	var out bytes.Buffer
	err := local.Command(ctx, strings.Fields(line), functiontest.EventKeys().With(config.Values{"DATA_DIR": dir}), &out)
	return out.String(), err
}

// says checks that a command succeeds and says all that.
func says(t *testing.T, dir, line string, wants ...string) string {
	t.Helper()
	out, err := command(t.Context(), dir, line)
	for _, want := range wants {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v, does not say %q:\n%s", line, err, want, out)
		}
	}
	return out
}

// TestCommands: the operator's commands on a system that a command runs. An order that is announced before its ticket
// exists is a dead letter, fails again while nothing has changed, and finds its place once there is such a ticket.
func TestCommands(t *testing.T) {
	t.Parallel()
	port, err := program.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir, url := t.TempDir(), fmt.Sprint("http://127.0.0.1:", port)
	s := systemtest.NewSystem(t, systemtest.NewBackends(t, systemtest.NATSStreaming, url), url)
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer // to be read after the end
	ended := make(chan error, 1)
	go func() {
		ended <- local.Command(ctx, []string{"run"}, s.Settings("").With(config.Values{
			"PORT": fmt.Sprint(port), "DATA_DIR": dir, "DATABASE_URL": s.Postgres.URL("postgres"), "BUS_ACK_WAIT": "2s", "LOG_LEVEL": "ERROR+1",
		}), &out)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if banner := out.String(); !strings.Contains(banner, fmt.Sprint("running on http://localhost:", port)) || strings.Contains(banner, "@") {
			t.Errorf("it should say where it runs, and no password: %s", banner)
		}
		if _, err := command(context.Background(), dir, "demo"); err == nil || !strings.Contains(err.Error(), "nothing runs") {
			t.Errorf("after its end: %v", err)
		}
	})
	s.AwaitReady(t)
	says(t, dir, "migrate", "auth       is up to date", "payments   is up to date", "expiration is up to date")
	says(t, dir, "demo --users 2 --tickets 3", "sold", "charge ch_")
	s.AwaitSound(t)
	says(t, dir, "outbox replay --since 2h --until 1h --service tickets", "tickets    0 events")
	says(t, dir, "outbox replay --since 1h", "tickets    ", "orders     ", "payments   ", "events will be sent again")
	s.AwaitSound(t)
	for line, lacks := range map[string]string{
		"sessions end --all --service tickets": "sessions", "deadletters list --service client": "dead letters", "deadletters replay --service client": "dead letters",
		"outbox replay --service expiration --since 1h": "events that it has sent", "migrate --service client": "data",
	} {
		if out, err := command(t.Context(), dir, line); err == nil || !strings.Contains(err.Error(), "it keeps no "+lacks) || out != "" {
			t.Errorf("%s: %v, and writes %q", line, err, out)
		}
	}
	announceOrder(t, s, 4711)
	s.Eventually(t, "dead letter", func(ctx context.Context) error {
		out, err := command(ctx, dir, "deadletters list")
		if err == nil && !strings.Contains(out, "tickets 1  ") {
			err = fmt.Errorf("only %q", out)
		}
		return err
	})
	says(t, dir, "deadletters list --service tickets", "hold-ticket", "holds ticket 4, which does not exist", `"id":4711`)
	if out, err := command(t.Context(), dir, "deadletters replay"); err == nil || !strings.Contains(out, "failed again") {
		t.Errorf("replayed for nothing: %v\n%s", err, out)
	}
	if ticket, err := s.User(t).OfferTicket(t.Context(), api.Offer{Title: "At last", Price: "10"}); err != nil || ticket.ID != 4 {
		t.Fatalf("ticket %+v, %v", ticket, err)
	}
	says(t, dir, "deadletters replay --service tickets 1", "tickets 1  hold-ticket  replayed")
	s.AwaitHolder(t, 4, 4711)
	if out := says(t, dir, "deadletters list"); out != "" {
		t.Errorf("replayed, and still there:\n%s", out)
	}
}

// announceOrder publishes an order of ticket 4 that orders has not.
func announceOrder(t *testing.T, s *systemtest.System, id int32) {
	t.Helper()
	b, err := busurl.Open(s.Bus.URL, "test", bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(functiontest.Event(t, event.OrderCreated, event.Order{
		ID: id, UserID: 1, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(time.Now().Add(time.Hour)), TicketID: 4, Ticket: event.OrderTicket{ID: 4, Title: "x", Price: 1000},
	}))
	if err != nil {
		t.Fatal(err)
	}
	s.Eventually(t, "publish", func(ctx context.Context) error { return b.Publish(ctx, "orders.created", data) })
	if err := b.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// TestRunRefuses: what a process on Kubernetes refuses, and a choice of functions, of which a whole system has all.
func TestRunRefuses(t *testing.T) {
	t.Parallel()
	nowhere := config.Values{"PORT": "0", "DATA_DIR": t.TempDir(), "DATABASE_URL": "postgres://127.0.0.1:1/x", "BUS_URL": "jetstream://127.0.0.1:1", "REDIS_URL": "redis://127.0.0.1:1"}
	for _, setting := range []string{
		"BUS_GIVE_UP=0s", "BUS_GIVE_UP=-5m", "BUS_MAX_DELIVERIES=0", "BUS_CONCURRENCY=0", "BUS_ACK_WAIT=1ns", "SHUTDOWN_TIMEOUT=0s",
		"DRAIN_DELAY=25s", "REQUEST_TIMEOUT=-1s", "MAX_IN_FLIGHT=0", "FUNCTIONS=list-tickets",
	} {
		name, value, _ := strings.Cut(setting, "=")
		err := local.Command(t.Context(), []string{"run"}, nowhere.With(config.Values{name: value}), new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line that names it", setting, err)
		}
	}
}

func TestCommandsRefuse(t *testing.T) {
	t.Parallel()
	nowhere := config.Values{"DATA_DIR": t.TempDir(), "DATABASE_URL": "postgres://127.0.0.1:1/x", "BUS_URL": "jetstream://127.0.0.1:1", "REDIS_URL": "redis://127.0.0.1:1"}
	for line, want := range map[string]string{
		"sing": "usage", "deadletters": "usage", "outbox": "usage", "migrate --loud": "usage", "run --loud": "usage", "demo --users x": "usage",
		"deadletters replay x": `"x" is not the id`, "deadletters replay 1": "needs its --service", "demo": "nothing runs",
		"outbox replay": "--since", "outbox replay --since yesterday": "--since", "outbox replay --since -1h": "--since",
		"migrate --service sales": `no service "sales"`, "deadletters list --service payments": "DATABASE_URL: 127.0.0.1:1: connection refused",
	} {
		if err := local.Command(t.Context(), strings.Fields(line), nowhere, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", line, err, want)
		}
	}
}
