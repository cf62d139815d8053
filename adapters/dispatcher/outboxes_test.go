package dispatcher

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// newService is the database of a service, which its owner may use.
func newService(t *testing.T) (db *postgres.DB, address string) {
	t.Helper()
	address = pgtest.Database(t)
	return migrated(t, address), address
}

func migrated(t *testing.T, address string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(address, postgres.Events())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// relayRole makes the role that a dispatcher is given, by these statements and no others, and returns its URL.
func relayRole(t *testing.T, owner *postgres.DB, address string) string {
	t.Helper()
	role, password := "relay_"+strings.ToLower(rand.Text()), rand.Text()
	for _, statement := range []string{
		`CREATE ROLE ` + role + ` LOGIN PASSWORD '` + password + `'`,
		`GRANT SELECT, UPDATE (sent_at) ON outbox TO ` + role,
	} {
		if _, err := owner.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := owner.Exec(ctx, `DROP OWNED BY `+role); err != nil {
			t.Error(err)
		}
		if _, err := owner.Exec(ctx, `DROP ROLE `+role); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("not a URL")
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// change stores an event.
func change(t *testing.T, db *postgres.DB, id int32) {
	t.Helper()
	if _, err := db.Change(t.Context(), func(postgres.Tx) (event.Draft, error) {
		return event.Of(t.Context(), event.TicketCreated, event.Ticket{ID: id, UserID: 1, Title: "x", Price: 100})
	}); err != nil {
		t.Fatal(err)
	}
}

func unsent(t *testing.T, db *postgres.DB) int {
	t.Helper()
	n, err := postgres.One(t.Context(), db, pgx.RowTo[int], `SELECT count(*) FROM outbox WHERE sent_at IS NULL`)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// subscribe returns what comes on a subject.
func subscribe(t *testing.T, b *bus.Bus, subject string) <-chan event.Event {
	t.Helper()
	events := make(chan event.Event, 1000)
	if err := b.Subscribe(bus.Subscription{Subject: subject, Group: "tester", Handle: func(_ context.Context, d bus.Delivery) error {
		e, err := event.Decode(d.Data)
		if err == nil {
			events <- e
		}
		return err
	}}); err != nil {
		t.Fatal(err)
	}
	return events
}

func next(t *testing.T, events <-chan event.Event) event.Event {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(timeout):
		t.Fatal("nothing comes")
		return event.Event{}
	}
}

// TestRelaysWithTheNarrowestRole: what is stored before and after the start is sent, by a role that can do
// nothing else (package migrate tests what it cannot).
func TestRelaysWithTheNarrowestRole(t *testing.T) {
	t.Parallel()
	db, address := newService(t)
	role := relayRole(t, db, address)
	change(t, db, 1)
	busURL := newJetStream(t)
	events := subscribe(t, newBus(t, busURL), "tickets.created")
	p := started(t, busURL, config.Values{"DISPATCH_OUTBOXES": "tickets=" + role})
	next(t, events)
	change(t, db, 2)
	if e := next(t, events); e.Subject() != "ticket/2" {
		t.Errorf("received %s", e)
	}
	equals(t, "unsent", 0, func() int { return unsent(t, db) })
	shows(t, p, `ticketing_dispatch_relayed_total{outbox="tickets"}`, 2)
	shows(t, p, `ticketing_events_sent_total{service="tickets",type="tickets.created"}`, 2)
	_, page, err := get(t.Context(), p.MetricsURL+"/metrics")
	for _, line := range []string{`ticketing_dispatch_outbox_age_seconds{outbox="tickets"} 0`, `ticketing_outbox_unsent{service="tickets"} 0`,
		`ticketing_outbox_oldest_age_seconds{service="tickets"} 0`} {
		if err != nil || !strings.Contains(page, line) {
			t.Errorf("%v: the metrics lack %s", err, line)
		}
	}
	eventually(t, func() error { return p.Ready(t.Context()) })
}

// TestWaitsForItsOutbox: a dispatcher may start before the service has migrated.
func TestWaitsForItsOutbox(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	busURL := newJetStream(t)
	events := subscribe(t, newBus(t, busURL), "tickets.created")
	p := started(t, busURL, config.Values{"DISPATCH_OUTBOXES": "tickets=" + address})
	eventually(t, func() error { return p.Bus.Ready(t.Context()) })
	if err := p.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "tickets: ") {
		t.Errorf("ready without an outbox: %v", err)
	}
	change(t, migrated(t, address), 1)
	next(t, events)
}

// TestAge: what cannot be sent grows old, as operators see.
func TestAge(t *testing.T) {
	t.Parallel()
	db, _ := newService(t)
	change(t, db, 1)
	change(t, db, 2)
	m := newMetrics()
	source := watch("tickets", db.Outbox(), m).(*watched)
	down, up := errors.New("no bus"), error(nil)
	send := func(answer error) func(context.Context, []event.Event) []error {
		return func(_ context.Context, events []event.Event) []error {
			errs := make([]error, len(events))
			for i := range errs {
				errs[i] = answer
			}
			return errs
		}
	}
	for i, c := range []struct {
		limit int
		send  error
		old   bool
	}{{10, down, true}, {1, up, true}, {10, up, false}, {10, up, false}} {
		_, err := source.Relay(t.Context(), c.limit, send(c.send))
		if (err == nil) != (c.send == nil) {
			t.Fatal(err)
		}
		if old := source.behind.Load() != 0; old != c.old {
			t.Errorf("step %d: behind: %v, age %v", i, old, source.age())
		}
	}
	db.Close()
	if _, err := source.Relay(t.Context(), 1, send(nil)); err == nil || source.behind.Load() == 0 {
		t.Errorf("it does not report that the outbox cannot be read: %v", err)
	}
}
