package orders

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	seller, buyer, stranger = 7, 8, 9
	hold                    = 15 * time.Minute
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// world is the service on a database and a clock of its own.
type world struct {
	*functiontest.Run
	t   *testing.T
	mu  sync.Mutex
	now time.Time
}

// start starts the service at noon, with these limits.
func start(t *testing.T, maxOpen, maxExtensions int) *world {
	t.Helper()
	db, err := postgres.Open(pgtest.Database(t), postgres.Events(), postgres.NewSchema("orders", migrations))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: noon}
	o := &Orders{db: db, hold: hold, maxOpen: maxOpen, maxExtensions: maxExtensions, metrics: newMetrics(), now: func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}}
	w.Run = functiontest.Start(t, o.service(session.Keys{Secret: []byte(functiontest.Secret)}))
	return w
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// tell delivers an event that the consumer must take.
func (w *world) tell(consumer string, e event.Event) {
	w.t.Helper()
	if err := w.Deliver(consumer, e); err != nil {
		w.t.Fatal(err)
	}
}

// offer lets the service know of a ticket that the seller offers for ten dollars.
func (w *world) offer(id int32) event.Ticket {
	w.t.Helper()
	ticket := event.Ticket{ID: id, Title: fmt.Sprint("Opera ", id), Price: 1000, UserID: seller, CreatedAt: timestamp.Of(noon), UpdatedAt: timestamp.Of(noon)}
	w.tell("copy-ticket", functiontest.Event(w.t, event.TicketCreated, ticket))
	return ticket
}

type reply struct {
	Message string
	Order   event.Order
	Seq     int64
}

func (w *world) order(ticketID int32) functiontest.Answer {
	w.t.Helper()
	return w.Call(buyer, "POST", "/api/orders", fmt.Sprintf(`{"ticketId":%d}`, ticketID))
}

// reserve offers a ticket and orders it, and forgets the events of that.
func (w *world) reserve(ticketID int32) event.Order {
	w.t.Helper()
	w.offer(ticketID)
	order := functiontest.Parse[reply](w.t, w.order(ticketID), 201).Order
	w.Announced()
	return order
}

func (w *world) get(id int32) event.Order {
	w.t.Helper()
	return functiontest.Parse[event.Order](w.t, w.Call(buyer, "GET", path(id), ""), 200)
}

func path(id int32) string { return fmt.Sprintf("/api/orders/%d", id) }

// text is how an order reads.
func text(o event.Order) string {
	b, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// announced checks that exactly this was announced since the last time, and is what is stored.
func (w *world) announced(kind event.Type[event.Order], r reply) {
	w.t.Helper()
	events := w.Announced()
	if len(events) != 1 {
		w.t.Fatalf("%d events", len(events))
	}
	e := events[0]
	if e.Extensions()["sequence"] != strconv.FormatInt(r.Seq, 10) || text(functiontest.Data(w.t, kind, e)) != text(r.Order) || text(w.get(r.Order.ID)) != text(r.Order) {
		w.t.Errorf("announced %s\nanswered %+v\nstored %+v", e, r, w.get(r.Order.ID))
	}
}

// silent checks that nothing was announced since the last time.
func (w *world) silent(what string) {
	w.t.Helper()
	if events := w.Announced(); len(events) > 0 {
		w.t.Errorf("%s: announced %v", what, events)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := config.Values{"DATABASE_URL": "postgres://localhost/db", "JWT_SECRET": functiontest.Secret}
	for _, c := range []struct{ name, value string }{
		{"", ""}, {"EXPIRATION_ORDER_MINUTES", "0.05"}, {"EXPIRATION_ORDER_MINUTES", "10080"}, {"MAX_OPEN_ORDERS", "1"}, {"MAX_HOLD_EXTENSIONS", "0"},
	} {
		s, err := New(good.With(config.Values{c.name: c.value}))
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		s.Stop()
	}
	for _, c := range []struct{ name, value string }{
		{"EXPIRATION_ORDER_MINUTES", "0"}, {"EXPIRATION_ORDER_MINUTES", "-1"}, {"EXPIRATION_ORDER_MINUTES", "NaN"}, {"EXPIRATION_ORDER_MINUTES", "+Inf"},
		{"EXPIRATION_ORDER_MINUTES", "10081"}, {"EXPIRATION_ORDER_MINUTES", "soon"}, {"MAX_OPEN_ORDERS", "0"}, {"MAX_HOLD_EXTENSIONS", "-1"},
		{"DATABASE_URL", ""}, {"DATABASE_URL", "postgres://:x/"}, {"JWT_SECRET", ""}, {"JWT_SECRET", "short"},
	} {
		if _, err := function.Open(New, good.With(config.Values{c.name: c.value})); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%v: %v", c, err)
		}
	}
}
