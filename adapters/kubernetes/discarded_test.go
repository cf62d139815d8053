package kubernetes

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/operator"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestDiscarded: more is announced than the bus has room for while a consumer is away. Every outbox is sent all the same; the consumer
// comes back, it is noticed that it missed events, and what an operator sends again makes all copies complete.
func TestDiscarded(t *testing.T) {
	t.Parallel()
	const room = 64 << 10
	for name, start := range map[string]func(t *testing.T) string{
		"NATS Streaming": func(t *testing.T) string {
			server, err := stanserver.Start(stanserver.Config{Dir: t.TempDir(), MaxBytes: room})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Stop)
			return server.URL()
		},
		"JetStream": func(t *testing.T) string {
			server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir(), MaxStore: 2 * room})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Stop)
			conn, err := jetstream.New(jetstream.Config{Servers: []string{"nats://" + server.Addr()}, MaxBytes: room}).Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Close(t.Context()); err != nil { // the stream stays, with a limit that no URL may set
				t.Fatal(err)
			}
			return server.URL()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			discarded(t, start(t))
		})
	}
}

func discarded(t *testing.T, bus string) {
	values := config.Values{"BUS_URL": bus, "DATABASE_URL": pgtest.Database(t), "JWT_SECRET": "0123456789abcdef0123456789abcdef", "PASS_KEY": "0123456789abcdef0123456789abcdef"}
	db, err := postgres.Open(pgtest.Database(t), postgres.Events())
	if err != nil {
		t.Fatal(err)
	}
	copied, err := postgres.Open(values["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(copied.Close)
	tickets := function.Service{Name: "tickets", Outbox: db.Outbox(), Start: db.Migrate, Ready: db.Ready, Stop: db.Close}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	started(t, tickets, values)
	consumer := func() *process.Host {
		service, err := function.Open(orders.New, values.With(functiontest.EventKeys()))
		if err != nil {
			t.Fatal(err)
		}
		return started(t, service, values)
	}
	await := func(what string, so func(context.Context) (bool, error)) {
		t.Helper()
		if err := adaptertest.Await(t.Context(), timeout, func(ctx context.Context) error {
			ok, err := so(ctx)
			if err == nil && !ok {
				err = fmt.Errorf("not yet: %s", what)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	copies := func(from, to int32) func(context.Context) (bool, error) {
		return func(ctx context.Context) (bool, error) {
			n, err := postgres.One(ctx, copied, pgx.RowTo[int32], `SELECT count(*) FROM tickets WHERE id BETWEEN $1 AND $2`, from, to)
			return n == to-from+1, err
		}
	}
	sent := func(ctx context.Context) (bool, error) {
		n, err := postgres.One(ctx, db, pgx.RowTo[int], `SELECT count(*) FROM outbox WHERE sent_at IS NULL`)
		return n == 0, err
	}
	offer := func(from, to int32) (begun, ended time.Time) {
		t.Helper()
		begun = time.Now()
		for id := from; id <= to; id++ {
			now := timestamp.Of(time.Now())
			_, err := db.Change(t.Context(), func(postgres.Tx) (event.Draft, error) {
				return event.Of(t.Context(), event.TicketCreated, event.Ticket{ID: id, UserID: 1, Title: strings.Repeat("x", 200), Price: 100, CreatedAt: now, UpdatedAt: now})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		await("all is sent", sent)
		return begun, time.Now()
	}

	first := consumer()
	offer(1, 1)
	await("the first copy", copies(1, 1))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	const parts, part = 6, 40 // the bus has room for one and a half
	var begun, ended [parts]time.Time
	for i := range int32(parts) {
		begun[i], ended[i] = offer(2+i*part, 1+(i+1)*part)
	}

	back := consumer()
	await("the newest", copies(2+(parts-1)*part, 1+parts*part))
	await("it is noticed", func(ctx context.Context) (bool, error) {
		_, text, err := request(ctx, "GET", back.MetricsURL+"/metrics")
		return strings.Contains(text, `ticketing_events_missed_total{function="copy-ticket",service="orders"}`), err
	})
	if all, err := copies(1, 1+parts*part)(t.Context()); all || err != nil {
		t.Fatalf("nothing was discarded, %v", err)
	}
	for i := range int32(parts) {
		command, err := operator.Parse([]string{
			"outbox", "replay", "--since", begun[i].Format(time.RFC3339Nano), "--until", ended[i].Format(time.RFC3339Nano)})
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Run(t.Context(), []function.Service{tickets}, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		await("what was discarded", copies(2+i*part, 1+(i+1)*part))
	}
	await("every copy", copies(1, 1+parts*part))
}
